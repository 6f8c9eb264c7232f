/**
 * What a network costs, exactly, without running it. The definitions are those of the language reference, "Words":
 *
 * - `params`, `buffers`: elements of the distinct weights as declared, trained ones and running statistics.
 * - `macs`: multiply-adds of convolutions, dense layers and matrix products.
 * - `flops`, over the deployed network: 2 per MAC; 1 per output element of each bias (a folded batch norm is one), activation (also one that
 *   is part of a convolution) and elementwise operator; 1 per input element of each pooling window or reduction.
 * - `weights`: bytes of the deployed network's distinct weights, float32. Constants of the source are no weights.
 * - `activations`: the most bytes alive at once in the deployed network in execution order, batch 1, float32. Constants are not counted.
 */
import type { Graph, Node, Tensor, Trail } from "../ir/graph.ts";
import { elements, type Shape } from "../ir/shape.ts";
import { deployed, prune } from "../passes/index.ts";
import { peak, type Held, type Step } from "./liveness.ts";

/** One layer of the network as it is written. What passes move between layers is priced where it ends: a folded batch norm with its convolution. */
export interface LayerCost {
  readonly path: string;
  readonly op: string;
  readonly trail: Trail;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  /** Weights that layers share count at the first of them. */
  readonly params: number;
  readonly buffers: number;
  readonly macs: number;
  readonly flops: number;
  /** Bytes of its weights as deployed. */
  readonly weights: number;
}

/** A tensor that takes part in the peak. */
export interface AliveTensor {
  /** The layer that makes it, or the input's name. */
  readonly path: string;
  readonly shape: Shape;
  readonly bytes: number;
}

export interface Cost {
  readonly params: number;
  readonly buffers: number;
  readonly macs: number;
  readonly flops: number;
  readonly weights: number;
  readonly activations: number;
  /** Where `activations` is reached: the layer that runs then, undefined where it is the inputs alone, and what is alive. */
  readonly peak: { readonly path: string | undefined; readonly alive: readonly AliveTensor[] };
  readonly layers: readonly LayerCost[];
}

const BYTES = 4;

/** @param graph as elaborated. A tensor of unknown shape, which an error made, counts as empty. */
export function analyse(graph: Graph): Cost {
  const written = prune(graph);
  const { flopsAt, weightsAt, weights, flops } = deployedWork(deployed(graph));
  const counted = new Set<string>();
  const layers: LayerCost[] = [];
  let params = 0;
  let buffers = 0;
  let macs = 0;
  for (const node of written.nodes) {
    const inputs = shapesOf(node.inputs);
    const outputs = shapesOf(node.outputs);
    let trained = 0;
    let stored = 0;
    for (const weight of node.weights) {
      if (counted.has(weight.name)) continue;
      counted.add(weight.name);
      if (weight.trainable) trained += elements(weight.shape);
      else stored += elements(weight.shape);
    }
    const work = macsOf(node, inputs, outputs);
    params += trained;
    buffers += stored;
    macs += work;
    const { path } = node;
    layers.push({ path, op: node.op.name, trail: node.trail, inputs, outputs, params: trained, buffers: stored, macs: work, flops: flopsAt.get(path) ?? 0, weights: weightsAt.get(path) ?? 0 });
  }
  const memory = activations(deployed(graph));
  return { params, buffers, macs, flops, weights, activations: memory.bytes, peak: { path: memory.path, alive: memory.alive }, layers };
}

interface Work {
  readonly flops: number;
  readonly weights: number;
  /** By the path of the layer that is written in the source. */
  readonly flopsAt: ReadonlyMap<string, number>;
  readonly weightsAt: ReadonlyMap<string, number>;
}

function deployedWork(graph: Graph): Work {
  const flopsAt = new Map<string, number>();
  const weightsAt = new Map<string, number>();
  const counted = new Set<string>();
  let flops = 0;
  let weights = 0;
  for (const node of graph.nodes) {
    const inputs = shapesOf(node.inputs);
    const outputs = shapesOf(node.outputs);
    if (outputs.length === node.outputs.length && inputs.length === node.inputs.length) {
      const own = 2 * macsOf(node, inputs, outputs) + node.op.flops(inputs, outputs, node.attrs);
      flops += own;
      flopsAt.set(node.path, own);
      if (node.activation) {
        const act = node.activation.op.flops(outputs, outputs, node.activation.attrs);
        flops += act;
        flopsAt.set(node.activation.path, act);
      }
    }
    let bytes = 0;
    for (const weight of node.weights) {
      if (counted.has(weight.name)) continue;
      counted.add(weight.name);
      bytes += BYTES * elements(weight.shape);
    }
    if (bytes > 0) {
      weights += bytes;
      weightsAt.set(node.path, bytes);
    }
  }
  return { flops, weights, flopsAt, weightsAt };
}

/** The known shapes; fewer than tensors where an error left one unknown. */
function shapesOf(tensors: readonly Tensor[]): readonly Shape[] {
  const shapes: Shape[] = [];
  for (const { shape } of tensors) if (shape) shapes.push(shape);
  return shapes;
}

function macsOf(node: Node, inputs: readonly Shape[], outputs: readonly Shape[]): number {
  if (!node.op.macs || inputs.length < node.inputs.length || outputs.length < node.outputs.length) return 0;
  return node.op.macs(inputs, outputs, node.attrs);
}

/** The peak of a graph whose nodes run in order, each making its outputs anew, in float32. */
export function activations(graph: Graph): { readonly bytes: number; readonly path: string | undefined; readonly alive: readonly AliveTensor[] } {
  const inputs: Held[] = graph.inputs.map(({ tensor }) => held(tensor));
  const steps: Step[] = [];
  for (const node of graph.nodes) {
    const reads: number[] = [];
    for (const x of node.inputs) reads.push(x.id);
    const outputs: Held[] = [];
    if (node.op.kind !== "source") for (const y of node.outputs) outputs.push(held(y));
    steps.push({ inputs: reads, outputs });
  }
  const found = peak(inputs, steps, graph.outputs.map(({ tensor }) => tensor.id));
  const named = new Map<number, { readonly path: string; readonly shape: Shape }>();
  for (const { name, tensor } of graph.inputs) named.set(tensor.id, { path: name, shape: tensor.shape ?? [] });
  for (const node of graph.nodes.slice(0, found.step + 1)) for (const y of node.outputs) named.set(y.id, { path: node.path, shape: y.shape ?? [] });
  return {
    bytes: found.bytes,
    path: graph.nodes[found.step]?.path,
    alive: found.alive.map(({ id, bytes }) => ({ ...named.get(id)!, bytes })),
  };
}

function held(tensor: Tensor): Held {
  return { id: tensor.id, bytes: tensor.shape ? BYTES * elements(tensor.shape) : 0 };
}
