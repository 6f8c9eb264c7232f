/**
 * What an operator is: one record of facts. Elaboration binds calls by `attributes`, the graph computes shapes by `infer`, costs
 * add up `weights`, `macs` and `flops`, and hover, `lwmc explain` and the reference manual print the docs.
 */
import type { Shape } from "./shape.ts";
import type { WeightSpec } from "./weight.ts";

/** What kind of work it is; costs, passes and reports group by it. */
export type Kind =
  | "convolution"
  | "dense"
  | "normalization"
  | "pooling"
  | "activation"
  | "elementwise"
  | "movement"
  | "reduction"
  | "regularization"
  | "source";

/** `same`, `half`, `valid`, or explicit `[top, left, bottom, right]`. */
export type Padding = "same" | "half" | "valid" | readonly [number, number, number, number];
export type Pair = readonly [number, number];

/** The types an argument can have. An int stands for a pair with both sides equal, and for a padding with all four equal. */
export interface AttributeTypes {
  channels: number;
  int: number;
  float: number;
  bool: boolean;
  pair: Pair;
  padding: Padding;
  ints: readonly number[];
  /** A number, or nested lists of numbers. */
  data: Data;
  enum: string;
}
export type Data = number | readonly Data[];

export interface Attribute<T extends keyof AttributeTypes = keyof AttributeTypes> {
  readonly type: T;
  readonly doc: string;
  /** Without a default the argument must be given, unless it is optional. */
  readonly default?: AttributeTypes[T];
  readonly optional?: true;
  readonly min?: number;
  readonly max?: number;
  readonly options?: readonly string[];
}
export type Attributes = Readonly<Record<string, Attribute>>;

/** The arguments of a call after binding: defaults filled in, absent optionals undefined. */
export type Given<S extends Attributes> = {
  readonly [K in keyof S]: AttributeTypes[S[K]["type"]] | (S[K] extends { readonly optional: true } ? undefined : never);
};

/** Why an operator cannot take these inputs: a sentence that goes on from its name, and which argument or input is at fault. */
export interface Problem {
  readonly problem: string;
  readonly attribute?: string;
  readonly input?: number;
  /** The shapes that were meant, where they are plain all the same: what follows is looked at with them. */
  readonly meant?: readonly Shape[];
}

export interface Inferred<A> {
  readonly attrs: A;
  readonly outputs: readonly Shape[];
}

/** `S`: the arguments as written in a call. `A`: the attributes as a node keeps them, with everything resolved to numbers. */
export interface Op<N extends string = string, S extends Attributes = Attributes, A = any> {
  readonly name: N;
  readonly kind: Kind;
  /** One paragraph: what it computes. */
  readonly doc: string;
  /** The operator's specification, or the paper that introduced it. */
  readonly source: string;
  /** Names of the tensors it takes. One name: a layer. `variadic`: two or more of the last. No name: a source. */
  readonly inputs: readonly string[];
  readonly variadic?: true;
  /** Calls give a tensor at once, with the inputs as leading arguments: `add(a, b)`. Otherwise a call is a layer. */
  readonly atOnce?: true;
  /** A call gives a list of tensors, not one. */
  readonly list?: true;
  /** Positional order is this order. */
  readonly attributes: S;
  readonly infer: (inputs: readonly Shape[], given: Given<S>) => Inferred<A> | Problem;
  /** The shape that is meant where some inputs have none because of a mistake; absent where the others do not tell. */
  readonly presumed?: (known: readonly Shape[]) => Shape | undefined;
  readonly weights?: (inputs: readonly Shape[], attrs: A) => readonly WeightSpec[];
  /** Multiply-adds of one example; absent for operators without. */
  readonly macs?: (inputs: readonly Shape[], outputs: readonly Shape[], attrs: A) => number;
  /** Floating-point operations beside 2 per MAC: 1 per output element of a bias, an activation or an elementwise step, 1 per input element of a reduction's windows. */
  readonly flops: (inputs: readonly Shape[], outputs: readonly Shape[], attrs: A) => number;
}

/** Keeps the literal types of a record. */
export function defineOp<N extends string, const S extends Attributes, A>(op: Op<N, S, A>): Op<N, S, A> {
  return op;
}

export function isProblem(value: object): value is Problem {
  return "problem" in value;
}
