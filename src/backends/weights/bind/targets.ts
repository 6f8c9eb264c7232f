/** The layers of a graph that need weights, and what the graph says of each one's place. */
import type { Graph, Node, Tensor } from "../../../compiler/ir/graph.ts";
import type { Weight } from "../../../compiler/ir/weight.ts";
import { layerName, type LayerName } from "./names.ts";
import { partsOf, type Part } from "./words.ts";

/** A convolution or a dense layer. */
export interface KernelTarget {
  readonly node: Node;
  /** Its place in execution order, among all nodes. */
  readonly at: number;
  readonly name: LayerName;
  readonly weight: Weight;
  readonly bias: Weight | undefined;
  /** The kernel as [out, in / groups, height, width]; a dense layer's sides are 1. */
  readonly shape: readonly [number, number, number, number];
  readonly dense: boolean;
  readonly transposed: boolean;
  /** The image that was flattened to make a dense layer's input. */
  readonly image: readonly [number, number, number] | undefined;
  readonly parts: Set<Part>;
  /** The layers with kernels that its input comes from, through others. */
  readonly after: readonly KernelTarget[];
}

/** A normalisation or a learnt activation. */
export interface VectorTarget {
  readonly node: Node;
  readonly at: number;
  readonly kind: "norm" | "affine" | "slope";
  readonly name: LayerName;
  readonly size: number;
  /** The layer with a kernel that it follows. */
  readonly host: KernelTarget | undefined;
  /** Whether it follows it at once and alone, so that the two can be one. */
  readonly direct: boolean;
  /** The layer with a kernel that alone takes what comes out, at once or through activations. */
  readonly guest: KernelTarget | undefined;
}

export interface Targets {
  readonly kernels: readonly KernelTarget[];
  readonly vectors: readonly VectorTarget[];
  /** Whether the later of two nodes needs the earlier, by their places. */
  readonly needs: (later: number, earlier: number) => boolean;
}

const vectorKinds: Readonly<Record<string, VectorTarget["kind"]>> = { batchnorm: "norm", layernorm: "affine", prelu: "slope" };

export function targetsOf(graph: Graph): Targets {
  const readers = new Map<Tensor, Node[]>();
  for (const node of graph.nodes) for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  const kernels: KernelTarget[] = [];
  const vectors: Omit<VectorTarget, "guest">[] = [];
  const kernelOf = new Map<Node, KernelTarget>();
  const seen = new Map<string, KernelTarget | undefined>();
  const nearest = new Map<Tensor, readonly KernelTarget[]>();
  const after = (tensor: Tensor): readonly KernelTarget[] => nearest.get(tensor) ?? [];
  const isInput = new Set(graph.inputs.map(({ tensor }) => tensor));

  graph.nodes.forEach((node, at) => {
    const before = unique(node.inputs.flatMap(after));
    let made: readonly KernelTarget[] = before;
    const [weight] = node.weights;
    if (weight && isKernelNode(node)) {
      // A layer used again has the weights, and the place, of its first use.
      const target = seen.get(weight.name) ?? kernelTarget(node, at, before, readers, isInput);
      made = [target];
      kernelOf.set(node, target);
      if (!seen.has(weight.name)) kernels.push(target);
      seen.set(weight.name, target);
    } else if (weight && vectorKinds[node.op.name] && !seen.has(weight.name)) {
      vectors.push({ node, at, kind: vectorKinds[node.op.name], name: ownerName(weight), size: weight.shape[0], host: before.length === 1 ? before[0] : undefined, direct: isDirect(node, readers) });
      seen.set(weight.name, undefined);
    }
    for (const output of node.outputs) nearest.set(output, made);
  });
  const places = new Map(graph.nodes.map((node, at) => [node, at]));
  const needs = dependencies(graph, places);
  for (const target of kernels) if (isShortcut(target, readers, places, needs)) target.parts.add("shortcut");
  const guestOf = ({ outputs: [output] }: Node): KernelTarget | undefined => {
    const takers = readersThrough(output, readers);
    return takers.length === 1 ? kernelOf.get(takers[0]) : undefined;
  };
  return { kernels, vectors: vectors.map((vector) => ({ ...vector, guest: guestOf(vector.node) })), needs };
}

function isKernelNode(node: Node): boolean {
  return node.op.kind === "convolution" || node.op.name === "dense";
}

function isDirect({ inputs: [input] }: Node, readers: ReadonlyMap<Tensor, readonly Node[]>): boolean {
  return input.node !== undefined && isKernelNode(input.node) && readers.get(input)?.length === 1;
}

function ownerName(weight: Weight): LayerName {
  return layerName(weight.name.slice(0, -weight.role.length - 1).split("."));
}

function kernelTarget(node: Node, at: number, after: readonly KernelTarget[], readers: ReadonlyMap<Tensor, readonly Node[]>, isInput: ReadonlySet<Tensor>): KernelTarget {
  const [weight, bias] = node.weights;
  const dense = node.op.name === "dense";
  const [out, into, height = 1, width = 1] = weight.shape;
  const name = ownerName(weight);
  const parts = new Set(partsOf(name.tokens.map(({ word }) => word)));
  const byDepth = after.some(({ parts: of }) => of.has("depth") && !of.has("gate"));
  const isFirst = after.length === 0 || node.inputs.some((input) => isInput.has(input));
  if (isDepthwise(node)) parts.add("depth");
  else if (isGate(node, readers)) {
    parts.add("gate");
    parts.delete("project");
    parts.add(reachesKernel(node, readers) ? "squeeze" : "excite");
  } else if (byDepth) parts.add("project");
  else if (!isFirst && feedsDepthwise(node, readers)) parts.add("expand");
  if (isFirst) parts.add("stem");
  return { node, at, name, weight, bias, shape: [out, into, height, width], dense, transposed: node.op.name === "conv_transpose2d", image: dense ? flattened(node.inputs[0]) : undefined, parts, after };
}

function isDepthwise(node: Node): boolean {
  const channels = node.inputs[0].shape?.[0] ?? 1;
  return node.op.name === "depthwise" || (channels > 1 && node.attrs.groups === channels);
}

/** What stands between layers with kernels without changing which layer a tensor comes from. */
const passing: ReadonlySet<string> = new Set(["normalization", "activation", "regularization"]);

/** The nodes that read a tensor, seen through normalisations, activations and dropout. */
function readersThrough(tensor: Tensor, readers: ReadonlyMap<Tensor, readonly Node[]>, through: (node: Node) => boolean = (node) => passing.has(node.op.kind)): readonly Node[] {
  const found: Node[] = [];
  const open = [tensor];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const node of readers.get(next) ?? []) {
      if (through(node)) open.push(...node.outputs);
      else found.push(node);
    }
  }
  return found;
}

function feedsDepthwise(node: Node, readers: ReadonlyMap<Tensor, readonly Node[]>): boolean {
  return readersThrough(node.outputs[0], readers).some(isDepthwise);
}

/** Whether the layer works on one number a channel and ends in a factor for an image. */
function isGate(node: Node, readers: ReadonlyMap<Tensor, readonly Node[]>): boolean {
  if (!isPoint(node.inputs[0].shape)) return false;
  const through = (reader: Node): boolean => passing.has(reader.op.kind) || isKernelNode(reader) || reader.op.name === "reshape";
  return readersThrough(node.outputs[0], readers, through).some((reader) => reader.op.name === "mul" && !isPoint(reader.outputs[0].shape));
}

function isPoint(shape: readonly number[] | undefined): boolean {
  return shape !== undefined && (shape.length === 1 || (shape.length === 3 && shape[1] === 1 && shape[2] === 1));
}

function reachesKernel(node: Node, readers: ReadonlyMap<Tensor, readonly Node[]>): boolean {
  return readersThrough(node.outputs[0], readers).some(isKernelNode);
}

/** The image under a dense layer's input, where it was flattened from one larger than a point. */
function flattened(tensor: Tensor): readonly [number, number, number] | undefined {
  let node = tensor.node;
  while (node && passing.has(node.op.kind)) node = node.inputs[0].node;
  const image = node && (node.op.name === "flatten" || node.op.name === "reshape") && node.outputs[0].shape?.length === 1 ? node.inputs[0].shape : undefined;
  return image?.length === 3 && !isPoint(image) ? [image[0], image[1], image[2]] : undefined;
}

/** A layer between what a longer branch begins with and the sum that ends both, beside the branch, is a shortcut. */
function isShortcut({ node, at }: KernelTarget, readers: ReadonlyMap<Tensor, readonly Node[]>, places: ReadonlyMap<Node, number>, needs: Targets["needs"]): boolean {
  const [from] = node.inputs;
  const sums = readersThrough(node.outputs[0], readers).filter(({ op }) => op.name === "add");
  return sums.some((sum) =>
    sum.inputs.some((input) => {
      const other = kernelBehind(input);
      if (other === undefined || other === node || other.inputs[0] === from || needs(places.get(other)!, at)) return false;
      return from.node === undefined || needs(places.get(other)!, places.get(from.node)!);
    }),
  );
}

function kernelBehind(tensor: Tensor): Node | undefined {
  let node = tensor.node;
  while (node && passing.has(node.op.kind)) node = node.inputs[0].node;
  return node && isKernelNode(node) ? node : undefined;
}

function dependencies(graph: Graph, places: ReadonlyMap<Node, number>): Targets["needs"] {
  const words = Math.ceil(graph.nodes.length / 32);
  const needed = graph.nodes.map(() => new Uint32Array(words));
  graph.nodes.forEach((node, at) => {
    for (const { node: maker } of node.inputs) {
      const from = maker === undefined ? undefined : places.get(maker);
      if (from === undefined) continue;
      for (let i = 0; i < words; i++) needed[at][i] |= needed[from][i];
      needed[at][from >> 5] |= 1 << (from & 31);
    }
  });
  return (later, earlier) => ((needed[later][earlier >> 5] >>> (earlier & 31)) & 1) === 1;
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
