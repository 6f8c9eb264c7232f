/**
 * The graph: tensors and the nodes that make them, in execution order. `addNode` is the only way to make a node, so that
 * every node is typed at birth: its inputs are checked and its output shapes known or unknown from the start.
 *
 * A tensor of unknown shape stands for one mistake already reported; what is computed from it is unknown as well, silently.
 */
import type { Span } from "../source.ts";
import { elements, MAX_ELEMENTS, type Shape } from "./shape.ts";
import { isProblem, type Op, type Problem } from "./op.ts";
import type { Weight } from "./weight.ts";

export interface Tensor {
  /** Unique in its graph. */
  readonly id: number;
  /** Undefined where it cannot be known because of an error. */
  readonly shape: Shape | undefined;
  /** The node that makes it; undefined for an input. */
  readonly node: Node | undefined;
  /** Which of the node's outputs it is. */
  readonly index: number;
}

/** How a place in the text was reached: the innermost call first, then the uses of blocks around it. */
export interface Trail {
  readonly span: Span;
  /** What was called: `mbconv`, `conv2d`. */
  readonly name: string;
  /** The table row that made the call, from 0. */
  readonly row: number | undefined;
  readonly parent: Trail | undefined;
}

export interface Node<N extends string = string, A = any> {
  readonly op: Op<N, any, A>;
  /** Unique, readable, stable: `stages.2.0.expand_conv.conv2d`. */
  readonly path: string;
  readonly trail: Trail;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attrs: A;
  /** The arguments from which `attrs` were resolved, to resolve them again for another size; absent where a pass made the node of numbers that it knew. */
  readonly given?: Readonly<Record<string, unknown>>;
  readonly weights: readonly Weight[];
  /** An activation that a pass made part of this node; it is applied to the only output. */
  readonly activation?: Activation;
}

export interface Activation {
  readonly op: Op;
  readonly attrs: any;
  readonly path: string;
  readonly weights: readonly Weight[];
}

export type ImageOrder = "rgb" | "bgr" | "gray";

export interface GraphInput {
  readonly name: string;
  readonly tensor: Tensor;
  readonly span: Span;
  /** How a picture becomes this tensor: (value − mean) / std per channel on 0…255, in this order; undefined where the model does not say. */
  readonly order: ImageOrder | undefined;
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
}

export interface GraphOutput {
  readonly name: string;
  readonly tensor: Tensor;
  readonly span: Span;
  /** The class list's name, and the index of its first class (1 where class 0 is "background"). */
  readonly labels: string | undefined;
  readonly offset: number;
}

export interface Graph {
  /** The model's name. */
  readonly name: string;
  readonly doc: string | undefined;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  readonly nodes: readonly Node[];
}

const NO_WEIGHTS: readonly Weight[] = [];

/** A graph that is being made. Tensor ids count from 0 in order of creation. */
export interface GraphBuilder {
  readonly nodes: Node[];
  nextTensor: number;
}

export function graphBuilder(): GraphBuilder {
  return { nodes: [], nextTensor: 0 };
}

/** A tensor that no node makes: an input. */
export function addInput(builder: GraphBuilder, shape: Shape | undefined): Tensor {
  return { id: builder.nextTensor++, shape, node: undefined, index: 0 };
}

export interface Placement {
  readonly path: string;
  readonly trail: Trail;
  /** The path under which the weights are known; the node's own unless the layer is shared. */
  readonly weightPath?: string;
}

/**
 * Adds a node and returns it, or says what is wrong with its inputs or arguments. Where an input's shape is unknown,
 * the node is made with `unknownOutputs` tensors of unknown or presumed shape, and without weights.
 */
export function addNode(
  builder: GraphBuilder,
  op: Op,
  inputs: readonly Tensor[],
  given: Readonly<Record<string, unknown>>,
  place: Placement,
  unknownOutputs = 1,
): Node | Problem {
  const shapes: Shape[] = [];
  for (const input of inputs) if (input.shape) shapes.push(input.shape);
  if (shapes.length < inputs.length) {
    return attach(builder, op, inputs, given, given, [], Array.from<Shape | undefined>({ length: unknownOutputs }).fill(op.presumed?.(shapes)), place);
  }
  const inferred = op.infer(shapes, given as never);
  if (isProblem(inferred)) return inferred;
  for (const shape of inferred.outputs) {
    if (elements(shape) > MAX_ELEMENTS) return { problem: `would make a tensor of ${elements(shape)} elements; the limit is 2^40` };
  }
  if (!op.weights) return attach(builder, op, inputs, inferred.attrs, given, NO_WEIGHTS, inferred.outputs, place);
  const owner = place.weightPath ?? place.path;
  const specs = op.weights(shapes, inferred.attrs);
  const weights: Weight[] = [];
  for (const spec of specs) {
    if (elements(spec.shape) > MAX_ELEMENTS) return { problem: `would have ${elements(spec.shape)} weights; the limit is 2^40` };
    weights.push({ name: `${owner}.${spec.role}`, role: spec.role, shape: spec.shape, trainable: spec.trainable, init: spec.init });
  }
  return attach(builder, op, inputs, inferred.attrs, given, weights, inferred.outputs, place);
}

/** What copies of a node have in common. */
export interface Copied extends Pick<Node, "op" | "attrs" | "given" | "weights"> {
  readonly shapes: readonly (Shape | undefined)[];
}

export function copied({ op, attrs, given, weights, outputs }: Node): Copied {
  return { op, attrs, given, weights, shapes: outputs.map(({ shape }) => shape) };
}

/** Adds a node like another one, on inputs of the same shapes, in another place. */
export function addCopy(builder: GraphBuilder, { op, attrs, given, weights: like, shapes }: Copied, inputs: readonly Tensor[], place: Placement): Node {
  const weights: Weight[] = [];
  for (const { role, shape, trainable, init } of like) weights.push({ name: `${place.path}.${role}`, role, shape, trainable, init });
  return attach(builder, op, inputs, attrs, given, weights.length > 0 ? weights : NO_WEIGHTS, shapes, place);
}

/** Adds a node that a pass has rewritten: its attributes are resolved already, its weights made by the pass. */
export function addRewritten(builder: GraphBuilder, node: Node, changes: Partial<Pick<Node, "inputs" | "attrs" | "weights" | "activation">>): Node {
  const made = attach(
    builder,
    node.op,
    changes.inputs ?? node.inputs,
    changes.attrs ?? node.attrs,
    node.given,
    changes.weights ?? node.weights,
    node.outputs.map((o) => o.shape),
    node,
  );
  const activation = changes.activation ?? node.activation;
  return activation ? Object.assign(made, { activation }) : made;
}

function attach(
  builder: GraphBuilder,
  op: Op,
  inputs: readonly Tensor[],
  attrs: unknown,
  given: Node["given"],
  weights: readonly Weight[],
  shapes: readonly (Shape | undefined)[],
  place: Placement,
): Node {
  const outputs: Tensor[] = [];
  const node: Node = { op, path: place.path, trail: place.trail, inputs, outputs, attrs, given, weights };
  for (let index = 0; index < shapes.length; index++) outputs.push({ id: builder.nextTensor++, shape: shapes[index], node, index });
  builder.nodes.push(node);
  return node;
}
