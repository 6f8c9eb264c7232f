/**
 * A network as memory sees it: tensors with their bytes, and the steps that read and make them.
 *
 * Constants are no tensors here: they are stored with the weights. An activation that the runtime does not compute inside the layer before
 * it is a step of its own. Where a runtime may overwrite anything at all, reshaping is a view and no step.
 */
import type { Graph, Node, Tensor } from "../../ir/graph.ts";
import { elements, type Shape } from "../../ir/shape.ts";
import type { Overlap } from "../device.ts";

export interface WorkTensor {
  /** The layer that makes it, or the input's name. */
  readonly path: string;
  /** The graph's tensor that it holds. What an activation of its own reads has the id of what it gives. */
  readonly tensor: number;
  readonly shape: Shape;
  readonly bytes: number;
  /** Bytes up to the next aligned address. */
  readonly span: number;
  /** The step that makes it; -1 for an input. */
  readonly maker: number;
  /** The steps that read it, each once. */
  readonly readers: readonly number[];
  /** It is given back, and stays until the end. */
  readonly kept: boolean;
}

export interface WorkStep {
  readonly path: string;
  readonly op: string;
  /** Tensors, each once. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The inputs over which its only output may be written, the first that is preferred first. */
  readonly over: readonly number[];
}

export interface Work {
  readonly tensors: readonly WorkTensor[];
  readonly steps: readonly WorkStep[];
}

export interface WorkOptions {
  readonly bytesPerElement: number;
  readonly overlap: Overlap;
  readonly alignment: number;
  /** The activations that the runtime computes inside the layer before them; all of them unless given. */
  readonly fused?: ReadonlySet<string> | undefined;
}

const VIEWS: ReadonlySet<string> = new Set(["reshape", "flatten"]);

/** @param graph as `deployed` makes it. A tensor of unknown shape, which an error made, counts as empty. */
export function workOf(graph: Graph, options: WorkOptions): Work {
  const tensors: (WorkTensor & { readonly readers: number[]; kept: boolean })[] = [];
  const steps: WorkStep[] = [];
  /** By the graph's tensor; a view stands for what it shows. */
  const known = new Map<number, number>();

  const add = (path: string, { id, shape = [0] }: Tensor, maker: number): number => {
    const bytes = options.bytesPerElement * elements(shape);
    tensors.push({ path, tensor: id, shape, bytes, span: aligned(bytes, options.alignment), maker, readers: [], kept: false });
    return tensors.length - 1;
  };
  const push = (path: string, op: string, read: readonly number[], outputs: readonly number[], over: readonly number[]): void => {
    const inputs = [...new Set(read)];
    for (const input of inputs) tensors[input].readers.push(steps.length);
    steps.push({ path, op, inputs, outputs, over });
  };

  for (const { name, tensor } of graph.inputs) known.set(tensor.id, add(name, tensor, -1));
  for (const node of graph.nodes) {
    if (node.op.kind === "source") continue;
    const read: number[] = [];
    for (const { id } of node.inputs) {
      const found = known.get(id);
      if (found !== undefined) read.push(found);
    }
    if (options.overlap !== "none" && VIEWS.has(node.op.name) && read.length > 0) {
      known.set(node.outputs[0].id, read[0]);
      continue;
    }
    const { activation } = node;
    const outputs = node.outputs.map((output) => add(node.path, output, steps.length));
    push(node.path, node.op.name, read, outputs, overwritable(node, known));
    if (activation && options.fused?.has(activation.op.name) === false) {
      const made = add(activation.path, node.outputs[0], steps.length);
      push(activation.path, activation.op.name, outputs, [made], outputs);
      known.set(node.outputs[0].id, made);
    } else {
      node.outputs.forEach(({ id }, i) => known.set(id, outputs[i]));
    }
  }
  for (const { tensor } of graph.outputs) {
    const found = known.get(tensor.id);
    if (found !== undefined) tensors[found].kept = true;
  }
  return { tensors, steps };
}

export function aligned(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/**
 * A step that makes each element from the same place of its input needs no room for its output, nor does a depthwise convolution beyond a few
 * rows (Lin et al. 2020, MCUNet, arXiv 2007.10319: "in-place depth-wise convolution"), whatever its stride: its output is no larger.
 */
function overwritable(node: Node, known: ReadonlyMap<number, number>): readonly number[] {
  if (node.outputs.length !== 1) return [];
  const [output] = node.outputs;
  const fits = (input: Tensor): boolean => input.shape !== undefined && output.shape !== undefined && elements(input.shape) === elements(output.shape);
  const found: number[] = [];
  const take = (input: Tensor): void => {
    const tensor = known.get(input.id);
    if (tensor !== undefined && !found.includes(tensor)) found.push(tensor);
  };
  switch (node.op.kind) {
    case "activation":
    case "normalization":
    case "elementwise":
      for (const input of node.inputs) if (fits(input)) take(input);
      break;
    case "convolution": {
      const [input] = node.inputs;
      if (depthwise(node) && input.shape && output.shape && elements(output.shape) <= elements(input.shape)) take(input);
      break;
    }
  }
  return found;
}

function depthwise(node: Node): boolean {
  if (node.op.name === "depthwise") return true;
  const { groups } = node.attrs as { readonly groups?: number };
  return node.op.name === "conv2d" && groups === node.inputs[0].shape?.[0] && groups === node.outputs[0].shape?.[0];
}
