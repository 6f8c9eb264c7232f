/**
 * Running the first layers patch by patch (Lin et al. 2021, MCUNetV2, arXiv 2110.15352, section 3.1): the output of some early layer is made in
 * n × n patches, one after the other, each from the part of the picture that it depends on. Only that output is ever there as a whole, so the large
 * maps before it are not. What neighbouring patches both depend on, the halo, is computed for each of them: that is what it costs, exactly.
 */
import type { Graph, Node } from "../../ir/graph.ts";
import { elements, type Shape } from "../../ir/shape.ts";
import { isLocal, needed, type Axis, type Interval } from "./receptive.ts";
import { planMemory, planWork, type MemoryOptions } from "./plan.ts";
import { writtenOrder } from "./order.ts";
import { aligned, workOf, type Work, type WorkTensor } from "./work.ts";

export interface PatchPlan {
  /** The layer whose output is put together from patches. */
  readonly split: string;
  /** Patches along each side: the picture takes their square. */
  readonly patches: number;
  /** Layers that run by patches. */
  readonly layers: number;
  /** The most rows and columns of the picture that a patch reads. */
  readonly reads: readonly [number, number];
  /** Bytes while patches run: the whole output of the split, the picture where it is held, and the largest patch's own tensors. */
  readonly stage: number;
  /** Bytes that the layers after the split need. */
  readonly rest: number;
  /** The larger of the two. */
  readonly arena: number;
  /** MACs of the whole network run this way, and those of it that compute what another patch computes as well. */
  readonly macs: number;
  readonly extraMacs: number;
}

export interface PatchOptions extends MemoryOptions {
  /** Whether the whole picture stays in memory, or a patch of it is read in (from a camera, from flash) when it is wanted. */
  readonly picture: "held" | "read";
  /** Patches along each side; every number from 2 to 8 unless given. */
  readonly patches?: number | undefined;
}

const MOST_PATCHES = 8;

/**
 * The ways of patching of which no other needs both less memory and fewer MACs, the cheapest in MACs first. Empty where the network does not begin with local
 * layers of one picture.
 *
 * @param graph as `deployed` makes it
 */
export function patchPlans(graph: Graph, options: PatchOptions): readonly PatchPlan[] {
  const macs = graph.nodes.reduce((sum, node) => sum + macsOf(node), 0);
  const counts = options.patches === undefined ? Array.from({ length: MOST_PATCHES - 1 }, (_, i) => i + 2) : [options.patches];
  const found: Candidate[] = [];
  for (const at of splits(graph)) {
    const [stage, rest] = parted(graph, at);
    const output = stage.outputs[0].tensor.shape!;
    const restBytes = writtenOrder(workOf(rest, options), options.overlap).peak;
    const work = workOf(stage, options);
    for (const patches of counts) {
      if (patches > output[1] || patches > output[2]) continue;
      const bands = ([0, 1] as const).map((axis) => bandsOf(stage.nodes, axis, output[axis + 1], patches));
      const extraMacs = stageMacs(stage.nodes, bands) - stage.nodes.reduce((sum, node) => sum + macsOf(node), 0);
      const worst = worstPatch(stage, work, bands, options);
      found.push({ at, patches, worst, bytes: Math.max(worst.bytes, restBytes), extraMacs });
    }
  }
  // as bounds first: most ways of patching need no layout
  return front(found).map(({ at, patches, worst, extraMacs }): PatchPlan => {
    const [stage, rest] = parted(graph, at);
    const stageBytes = planWork(worst.work, options).arena;
    const restBytes = planMemory(rest, options).arena;
    return { split: stage.outputs[0].name, patches, layers: worst.work.steps.length, reads: worst.reads, stage: stageBytes, rest: restBytes, arena: Math.max(stageBytes, restBytes), macs: macs + extraMacs, extraMacs };
  });
}

interface Candidate {
  readonly at: number;
  readonly patches: number;
  readonly worst: Patch;
  readonly bytes: number;
  readonly extraMacs: number;
}

/** Those of which no other is better in both, the cheapest first. */
function front(candidates: readonly Candidate[]): readonly Candidate[] {
  const sorted = [...candidates].sort((a, b) => a.extraMacs - b.extraMacs || a.bytes - b.bytes || a.patches - b.patches || a.at - b.at);
  const best: Candidate[] = [];
  for (const candidate of sorted) if (candidate.bytes < (best.at(-1)?.bytes ?? Infinity)) best.push(candidate);
  return best;
}

/** Places after which only the output of the node there is needed, all local up to it. */
function splits(graph: Graph): readonly number[] {
  if (graph.inputs.length !== 1) return [];
  const { nodes } = graph;
  const lastRead = new Map<number, number>();
  nodes.forEach(({ inputs }, i) => inputs.forEach(({ id }) => lastRead.set(id, i)));
  for (const { tensor } of graph.outputs) lastRead.set(tensor.id, Infinity);
  const found: number[] = [];
  let horizon = lastRead.get(graph.inputs[0].tensor.id) ?? -1;
  for (let i = 0; i < nodes.length - 1; i++) {
    const node = nodes[i];
    if (node.op.kind === "source") continue;
    if (!isLocal(node)) break;
    // whatever was made before this node is read by it at the latest
    if (horizon <= i && node.outputs.length === 1 && lastRead.get(node.outputs[0].id) !== Infinity) found.push(i);
    for (const { id } of node.outputs) horizon = Math.max(horizon, lastRead.get(id) ?? -1);
  }
  return found;
}

function parted(graph: Graph, at: number): readonly [stage: Graph, rest: Graph] {
  const node = graph.nodes[at];
  const [tensor] = node.outputs;
  const { span } = node.trail;
  return [
    { ...graph, nodes: graph.nodes.slice(0, at + 1).filter(({ op }) => op.kind !== "source"), outputs: [{ name: node.path, tensor, span, labels: undefined, offset: 0 }] },
    { ...graph, nodes: graph.nodes.slice(at + 1), inputs: [{ name: node.path, tensor, span, order: undefined, mean: undefined, std: undefined }] },
  ];
}

/** What each patch along an axis needs of every tensor. */
type Bands = readonly ReadonlyMap<number, Interval>[];

function bandsOf(nodes: readonly Node[], axis: Axis, side: number, patches: number): Bands {
  return Array.from({ length: patches }, (_, i) => needed(nodes, axis, [Math.floor((i * side) / patches), Math.floor(((i + 1) * side) / patches)]));
}

function sideOf(band: ReadonlyMap<number, Interval>, tensor: number): number {
  const interval = band.get(tensor);
  return interval ? interval[1] - interval[0] : 0;
}

function macsOf({ op, inputs, outputs, attrs }: Node): number {
  return op.macs && outputs[0].shape ? op.macs(inputs.map(({ shape }) => shape!), outputs.map(({ shape }) => shape!), attrs) : 0;
}

/** MACs are as many for every pixel of an output, so that they go with the pixels that all patches compute. */
function stageMacs(nodes: readonly Node[], bands: readonly Bands[]): number {
  let macs = 0;
  for (const node of nodes) {
    const { id, shape } = node.outputs[0];
    const [rows, columns] = bands.map((each) => each.reduce((sum, band) => sum + sideOf(band, id), 0));
    macs += (macsOf(node) / (shape![1] * shape![2])) * rows * columns;
  }
  return macs;
}

interface Patch {
  readonly work: Work;
  readonly bytes: number;
  /** Rows and columns of the picture. */
  readonly reads: readonly [number, number];
}

/** The patch that needs most, with the picture if it is held and the whole output of the split beside its own tensors. */
function worstPatch(stage: Graph, { tensors, steps }: Work, [rows, columns]: readonly Bands[], options: PatchOptions): Patch {
  const picture = stage.inputs[0].tensor.id;
  const { name, tensor } = stage.outputs[0];
  const sized = (shape: Shape): { readonly shape: Shape; readonly bytes: number; readonly span: number } => {
    const bytes = options.bytesPerElement * elements(shape);
    return { shape, bytes, span: aligned(bytes, options.alignment) };
  };
  const whole: WorkTensor = { path: name, tensor: tensor.id, ...sized(tensor.shape!), maker: -1, readers: [], kept: true };
  const sides = (bands: Bands): number => Math.max(...bands.map((band) => sideOf(band, picture)));
  let worst: Patch | undefined;
  const seen = new Set<string>();
  for (const band of rows) {
    for (const column of columns) {
      const own = tensors.map((each): WorkTensor => {
        if (each.maker < 0 && options.picture === "held") return { ...each, kept: true };
        // the output of the split is written where it stays
        const shape = each.kept ? [0] : [each.shape[0], sideOf(band, each.tensor), sideOf(column, each.tensor)];
        return { ...each, ...sized(shape), kept: false };
      });
      const key = own.map(({ bytes }) => bytes).join();
      if (seen.has(key)) continue;
      seen.add(key);
      const work = { tensors: [...own, whole], steps };
      const bytes = writtenOrder(work, options.overlap).peak;
      if (worst === undefined || bytes > worst.bytes) worst = { work, bytes, reads: [sides(rows), sides(columns)] };
    }
  }
  return worst!;
}
