/**
 * What runs: a straight line of TF.js kernels over tensors in TF.js's own layout, as plain data. The generated inference code, the graph model
 * and the memory figure are three readings of it.
 *
 * Shapes are physical and carry the batch as a leading 1. An image is [1, height, width, channels].
 */
import { elements, type Shape } from "../../compiler/ir/shape.ts";
import type { Weight } from "../../compiler/ir/weight.ts";
import type { Pads } from "../../compiler/ops/window.ts";
import type { Pair } from "../../compiler/ir/op.ts";
import type { WeightLayout } from "./weight-layout.ts";

/** A tensor that is computed. */
export interface Value {
  readonly kind: "value";
  readonly id: number;
  readonly shape: Shape;
}

/** A tensor that is loaded with the weights. Two of the same name are the same. */
export interface Constant {
  readonly kind: "constant";
  readonly name: string;
  readonly shape: Shape;
  readonly source: ConstantSource;
}

/** Numbers, or a weight of the graph brought into TF.js's layout: element ↦ element · scale + shift. */
export type ConstantSource =
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  | { readonly kind: "fill"; readonly value: number }
  | { readonly kind: "weight"; readonly weight: Weight; readonly layout: WeightLayout; readonly scale: number; readonly shift: number };

export type Operand = Value | Constant;

/** Activations that TF.js computes in the same pass as a convolution. */
export type Fused = { readonly f: "relu" | "relu6" | "elu" | "sigmoid" } | { readonly f: "leakyrelu"; readonly alpha: number };

interface Windowed {
  readonly strides: Pair;
  readonly pads: Pads;
}

/** Inputs in order: convolutions x, filter, bias; `prelu` x, slope; the others their tensors. */
export type Kernel =
  | (Windowed & { readonly name: "conv2d" | "depthwise"; readonly dilations: Pair; readonly activation: Fused | undefined })
  /** `outputShape` has the batch as 1. Inputs x, filter. */
  | (Windowed & { readonly name: "convTranspose"; readonly outputShape: Shape })
  | (Windowed & { readonly name: "maxPool" | "avgPool"; readonly window: Pair })
  | { readonly name: "matMul"; readonly transposeA: boolean; readonly transposeB: boolean }
  | { readonly name: "unary"; readonly f: UnaryName }
  | { readonly name: "leakyRelu"; readonly alpha: number }
  | { readonly name: "clip"; readonly min: number; readonly max: number }
  | { readonly name: "prelu" }
  | { readonly name: "binary"; readonly f: "add" | "sub" | "mul" | "div" }
  /** Over the last axis. */
  | { readonly name: "softmax" }
  | { readonly name: "concat"; readonly axis: number }
  | { readonly name: "split"; readonly axis: number; readonly sizes: readonly number[] }
  /** From `begin` to before `end`, each `step`-th, on one axis. */
  | { readonly name: "slice"; readonly axis: number; readonly begin: number; readonly end: number; readonly step: number }
  | { readonly name: "pad"; readonly pads: Pads; readonly value: number }
  | { readonly name: "mirrorPad"; readonly pads: Pads; readonly mode: "reflect" | "symmetric" }
  /** `shape` has the batch as its first side, written 1. */
  | { readonly name: "reshape"; readonly shape: Shape }
  | { readonly name: "transpose"; readonly order: readonly number[] }
  | { readonly name: "resize"; readonly mode: "nearest" | "bilinear"; readonly size: Pair; readonly alignCorners: boolean; readonly halfPixel: boolean }
  /** Keeps the reduced axes with side 1. */
  | { readonly name: "reduce"; readonly f: "mean" | "sum" | "max"; readonly axes: readonly number[] }
  /** A constant, once for each example of the batch. */
  | { readonly name: "repeat" }
  /** The same elements as another tensor, for a result that is also an input. */
  | { readonly name: "clone" };

export type UnaryName = "relu" | "relu6" | "elu" | "sigmoid" | "tanh" | "erf" | "rsqrt";
export type KernelName = Kernel["name"];
export type KernelOf<N extends KernelName> = Kernel extends infer K ? (K extends { readonly name: infer M } ? ([N] extends [M] ? K : never) : never) : never;

export interface Call {
  readonly kernel: Kernel;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Value[];
  /** The layer that it belongs to. */
  readonly path: string;
}

export interface Program {
  readonly inputs: readonly { readonly name: string; readonly value: Value }[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  readonly calls: readonly Call[];
  /** What each call is the last to need, in the order of the calls; inputs and outputs of the program are never among them. */
  readonly disposed: readonly (readonly Value[])[];
  /** In the order of first use. */
  readonly constants: readonly Constant[];
}

/** Completes a list of calls: drops those that nothing needs, and finds when each value was used for the last time. */
export function programOf(inputs: Program["inputs"], outputs: Program["outputs"], all: readonly Call[]): Program {
  const needed = new Set(outputs.map((o) => o.value.id));
  const calls: Call[] = [];
  for (let i = all.length - 1; i >= 0; i--) {
    const call = all[i];
    if (!call.outputs.some((value) => needed.has(value.id))) continue;
    calls.push(call);
    for (const input of call.inputs) if (input.kind === "value") needed.add(input.id);
  }
  calls.reverse();

  const kept = new Set([...inputs, ...outputs].map((io) => io.value.id));
  const constants = new Map<string, Constant>();
  const disposed: Value[][] = calls.map(() => []);
  for (let i = calls.length - 1; i >= 0; i--) {
    for (const operand of [...calls[i].inputs, ...calls[i].outputs]) {
      if (operand.kind === "constant" || kept.has(operand.id)) continue;
      kept.add(operand.id);
      disposed[i].push(operand);
    }
  }
  for (const call of calls) for (const input of call.inputs) if (input.kind === "constant") constants.set(input.name, input);
  return { inputs, outputs, calls, disposed, constants: [...constants.values()] };
}

/**
 * The most bytes of tensors that exist at once, batch 1, without the caller's inputs and the constants: what
 * `tf.profile().peakBytes` shows beyond those. TF.js counts tensors, so a reshape counts although it shares its elements.
 */
export function peakBytes(program: Program): number {
  let live = 0;
  let peak = 0;
  program.calls.forEach((call, i) => {
    for (const value of call.outputs) live += bytesOfValue(value);
    peak = Math.max(peak, live + (hidden[call.kernel.name]?.(call) ?? 0));
    for (const value of program.disposed[i]) live -= bytesOfValue(value);
  });
  return peak;
}

/** Tensors that TF.js itself makes beside the result: `tf.avgPool` ends with a cast to the type that it already has. */
const hidden: { readonly [N in KernelName]?: (call: Call) => number } = {
  avgPool: (call) => bytesOfValue(call.outputs[0]),
};

function bytesOfValue(value: Value): number {
  return 4 * elements(value.shape);
}

/** Whether every call takes a batch of any size; `convTranspose` states its result's shape, `repeat` copies for a known batch. */
export function anyBatch(program: Program): boolean {
  return program.calls.every((call) => call.kernel.name !== "convTranspose" && call.kernel.name !== "repeat");
}
