/**
 * What a network costs, exactly, without running it. The definitions are those of the language reference, "Words":
 *
 * - `params`, `buffers`: elements of the distinct weights as declared, trained ones and running statistics.
 * - `macs`: multiply-adds of convolutions, dense layers and matrix products.
 * - `flops`, over the deployed network: 2 per MAC; 1 per output element of each bias (a folded batch norm is one), activation (also one that
 *   is part of a convolution) and elementwise operator; 1 per input element of each pooling window or reduction.
 * - `weights`: bytes of the deployed network's distinct weights, float32; two a channel of a batch norm that stands alone. Constants of the source are no weights.
 * - `activations`: the most bytes alive at once in the deployed network in execution order, batch 1, float32. Constants are not counted.
 */
import type { Graph, Node, Tensor, Trail } from "../ir/graph.ts";
import { elements, type Shape } from "../ir/shape.ts";
import { deployed, prune } from "../passes/index.ts";
import type { Figures, LayerFigures } from "./figures.ts";
import { peak, type Held, type Step } from "./liveness.ts";

/**
 * One layer of the network as it is written. What passes move between layers is priced where it ends: a folded batch norm with its convolution. Weights that
 * layers share count at the first of them.
 */
export interface LayerCost extends LayerFigures {
  readonly path: string;
  readonly op: string;
  readonly trail: Trail;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
}

/** A tensor that takes part in the peak. */
export interface AliveTensor {
  /** The layer that makes it, or the input's name. */
  readonly path: string;
  readonly shape: Shape;
  readonly bytes: number;
}

export interface Cost extends Figures {
  /** Where `activations` is reached: the layer that runs then, undefined where it is the inputs alone, and what is alive. */
  readonly peak: { readonly path: string | undefined; readonly alive: readonly AliveTensor[] };
  readonly layers: readonly LayerCost[];
}

const BYTES = 4;

/** @param graph as elaborated. A tensor of unknown shape, which an error made, counts as empty. */
export function analyse(graph: Graph): Cost {
  const written = prune(graph);
  const final = deployed(graph);
  const { params, buffers, weights } = storage(graph);
  let macs = 0;
  let flops = 0;
  for (const node of final.nodes) {
    const work = workOf(node);
    macs += work.macs;
    flops += work.flops + work.activation;
  }
  const memory = activations(final);
  return new GraphCost({ params, buffers, macs, flops, weights, activations: memory.bytes }, { path: memory.path, alive: memory.alive }, written, final);
}

interface GraphCost extends Figures {}

/** The layers are worked out when they are first asked for. A class for the reason that `compile.ts` has one. */
class GraphCost implements Cost {
  readonly peak: Cost["peak"];
  readonly #written: Graph;
  readonly #final: Graph;
  #layers: readonly LayerCost[] | undefined;

  constructor(figures: Figures, peak: Cost["peak"], written: Graph, final: Graph) {
    Object.assign(this, figures);
    this.peak = peak;
    this.#written = written;
    this.#final = final;
  }

  get layers(): readonly LayerCost[] {
    return (this.#layers ??= layersOf(this.#written, this.#final));
  }
}

/** What a network keeps: the part of its figures that needs no pass over its tensors. */
export function storage(graph: Graph): Pick<Figures, "params" | "buffers" | "weights"> {
  let params = 0;
  let buffers = 0;
  forOwners(prune(graph), (node) => {
    for (const weight of node.weights) {
      if (weight.trainable) params += elements(weight.shape);
      else buffers += elements(weight.shape);
    }
  });
  let weights = 0;
  forOwners(deployed(graph), (node) => (weights += bytesOf(node)));
  return { params, buffers, weights };
}

function layersOf(written: Graph, final: Graph): readonly LayerCost[] {
  const flops = new Map<string, number>();
  const weights = new Map<string, number>();
  for (const node of final.nodes) {
    const work = workOf(node);
    flops.set(node.path, work.flops);
    if (node.activation) flops.set(node.activation.path, work.activation);
  }
  forOwners(final, (node) => weights.set(node.path, bytesOf(node)));
  const owners = new Set<Node>();
  forOwners(written, (node) => owners.add(node));
  return written.nodes.map((node) => {
    const { path, op, trail } = node;
    let params = 0;
    let buffers = 0;
    for (const weight of owners.has(node) ? node.weights : []) {
      if (weight.trainable) params += elements(weight.shape);
      else buffers += elements(weight.shape);
    }
    return { path, op: op.name, trail, inputs: shapesOf(node.inputs), outputs: shapesOf(node.outputs), params, buffers, macs: workOf(node).macs, flops: flops.get(path) ?? 0, weights: weights.get(path) ?? 0 };
  });
}

/** Visits the nodes with weights, of those that share theirs only the first. */
function forOwners(graph: Graph, visit: (node: Node) => void): void {
  const seen = new Set<string>();
  for (const node of graph.nodes) {
    if (node.weights.length === 0) continue;
    const { name } = node.weights[0];
    if (seen.has(name)) continue;
    seen.add(name);
    visit(node);
  }
}

function bytesOf(node: Node): number {
  let bytes = 0;
  for (const weight of node.weights) bytes += BYTES * elements(weight.shape);
  return bytes;
}

const NOTHING = { macs: 0, flops: 0, activation: 0 } as const;

/** What a node computes: MACs, its own FLOPs, and those of the activation that is part of it. */
function workOf(node: Node): { readonly macs: number; readonly flops: number; readonly activation: number } {
  const { op, attrs, activation } = node;
  const inputs = shapesOf(node.inputs);
  const outputs = shapesOf(node.outputs);
  if (inputs.length < node.inputs.length || outputs.length < node.outputs.length) return NOTHING;
  const macs = op.macs ? op.macs(inputs, outputs, attrs) : 0;
  return { macs, flops: 2 * macs + op.flops(inputs, outputs, attrs), activation: activation ? activation.op.flops(outputs, outputs, activation.attrs) : 0 };
}

/** The known shapes. */
function shapesOf(tensors: readonly Tensor[]): readonly Shape[] {
  const shapes: Shape[] = [];
  for (let i = 0; i < tensors.length; i++) {
    const { shape } = tensors[i];
    if (shape) shapes.push(shape);
  }
  return shapes;
}

/** The peak of a graph whose nodes run in order, each making its outputs anew, in float32. */
export function activations(graph: Graph): { readonly bytes: number; readonly path: string | undefined; readonly alive: readonly AliveTensor[] } {
  const steps: Step[] = [];
  for (const node of graph.nodes) {
    const inputs: number[] = [];
    const outputs: Held[] = [];
    for (const x of node.inputs) inputs.push(x.id);
    if (node.op.kind !== "source") for (const y of node.outputs) outputs.push(held(y));
    steps.push({ inputs, outputs });
  }
  const found = peak(graph.inputs.map(({ tensor }) => held(tensor)), steps, graph.outputs.map(({ tensor }) => tensor.id));
  const alive = found.alive.map(({ id, bytes }): AliveTensor => {
    const input = graph.inputs.find(({ tensor }) => tensor.id === id);
    if (input) return { path: input.name, shape: input.tensor.shape ?? [], bytes };
    const maker = graph.nodes.find((node) => node.outputs.some((y) => y.id === id))!;
    return { path: maker.path, shape: maker.outputs.find((y) => y.id === id)!.shape ?? [], bytes };
  });
  return { bytes: found.bytes, path: graph.nodes[found.step]?.path, alive };
}

function held({ id, shape }: Tensor): Held {
  return { id, bytes: shape ? BYTES * elements(shape) : 0 };
}
