/** A program as TypeScript: one line a kernel, each tensor disposed of where it was used for the last time. */
import type { Shape } from "../../compiler/ir/shape.ts";
import type { Call, Kernel, KernelName, KernelOf, Operand, Program, Value } from "./program.ts";
import { numberText } from "./text.ts";

/** Small functions that the lines call; only those that a program needs are written. */
export type HelperName = "conv" | "depthwise" | "cut";

export const inferenceHelpers: Readonly<Record<HelperName, string>> = {
  conv: `/** Convolution, bias and activation in one pass. Padding: one number, or [top, left, bottom, right]. */
const conv = (x: tf.Tensor4D, layer: Layer, strides: Pair, pad: Padding, activation?: Activation, dilations: Pair = 1, leakyreluAlpha?: number): tf.Tensor4D =>
  tf.fused.conv2d({ x, filter: w(\`\${layer}.weight\`) as tf.Tensor4D, bias: w(\`\${layer}.bias\`), strides, pad: sides(pad), dilations, ...(activation && { activation }), ...(leakyreluAlpha !== undefined && { leakyreluAlpha }) });`,
  depthwise: `/** One filter per channel, bias and activation in one pass. (TF.js takes paddings here that its types leave out.) */
const depthwise = (x: tf.Tensor4D, layer: Layer, strides: Pair, pad: Padding, activation?: Activation, dilations: Pair = 1, leakyreluAlpha?: number): tf.Tensor4D =>
  tf.fused.depthwiseConv2d({ x, filter: w(\`\${layer}.weight\`) as tf.Tensor4D, bias: w(\`\${layer}.bias\`), strides, pad: sides(pad) as unknown as number, dilations, ...(activation && { activation }), ...(leakyreluAlpha !== undefined && { leakyreluAlpha }) });`,
  cut: `/** The part of a tensor from \`begin\` to before \`end\` along one axis. */
const cut = <T extends tf.Tensor>(x: T, axis: number, begin: number, end: number): T =>
  tf.slice(x, x.shape.map((_, a) => (a === axis ? begin : 0)), x.shape.map((_, a) => (a === axis ? end - begin : -1)));`,
};

export interface InferenceCode {
  readonly lines: readonly string[];
  readonly helpers: readonly HelperName[];
  /** The expression of each output, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * @param inputs the expression of each input of the program, in order
 * @param heading what stands as a comment before the lines of a layer; lines of layers with the same heading stand together
 */
export function inferenceCode(program: Program, inputs: readonly string[], heading: (path: string) => string): InferenceCode {
  const names = new Map<number, string>();
  program.inputs.forEach(({ value }, i) => names.set(value.id, inputs[i]));
  const name = (operand: Operand): string => (operand.kind === "constant" ? `w(${JSON.stringify(operand.name)})` : names.get(operand.id)!);
  const helpers = new Set<HelperName>();
  const lines: string[] = [];
  let last = "";
  let count = 0;
  program.calls.forEach((call, i) => {
    const title = heading(call.path);
    if (title !== last) lines.push(`${lines.length > 0 ? "\n" : ""}// ${title}`);
    last = title;
    const expression = (table[call.kernel.name] as (kernel: Kernel, call: Call, x: readonly string[], use: (helper: HelperName) => string) => string)(call.kernel, call, call.inputs.map(name), (helper) => {
      helpers.add(helper);
      return helper;
    });
    const made = call.outputs.map((value) => {
      const variable = `t${++count}`;
      names.set(value.id, variable);
      return variable;
    });
    const used = program.disposed[i].map((value) => `${names.get(value.id)}.dispose();`);
    lines.push([`const ${made.length === 1 ? made[0] : `[${made.join(", ")}]`} = ${expression};`, ...used].join(" "));
  });
  return { lines, helpers: [...helpers].sort(), outputs: Object.fromEntries(program.outputs.map((o) => [o.name, names.get(o.value.id)!])) };
}

type Render<N extends KernelName> = (kernel: KernelOf<N>, call: Call, x: readonly string[], use: (helper: HelperName) => string) => string;

const table: { readonly [N in KernelName]: Render<N> } = {
  conv2d: (kernel, call, [x], use) => convolution(use("conv"), kernel, call, x),
  depthwise: (kernel, call, [x], use) => convolution(use("depthwise"), kernel, call, x),
  convTranspose: (kernel, _call, [x, filter]) =>
    `tf.conv2dTranspose(${x}, ${filter} as tf.Tensor4D, [${x}.shape[0], ${kernel.outputShape.slice(1).join(", ")}], ${list(kernel.strides)}, ${explicit(kernel.pads)})`,
  maxPool: (kernel, _call, [x]) => `tf.maxPool(${x}, ${list(kernel.window)}, ${list(kernel.strides)}, ${poolPadding(kernel.pads)})`,
  avgPool: (kernel, _call, [x]) => `tf.avgPool(${x}, ${list(kernel.window)}, ${list(kernel.strides)}, ${poolPadding(kernel.pads)})`,
  matMul: (kernel, call, [a, b]) => `tf.matMul<${type(call.outputs[0])}>(${a}, ${b}${kernel.transposeA || kernel.transposeB ? `, ${kernel.transposeA}, ${kernel.transposeB}` : ""})`,
  unary: (kernel, call, [x]) => `tf.${kernel.f}<${type(call.outputs[0])}>(${x})`,
  leakyRelu: (kernel, call, [x]) => `tf.leakyRelu<${type(call.outputs[0])}>(${x}, ${numberText(kernel.alpha)})`,
  clip: (kernel, call, [x]) => `tf.clipByValue<${type(call.outputs[0])}>(${x}, ${numberText(kernel.min)}, ${numberText(kernel.max)})`,
  prelu: (_kernel, call, [x, slope]) => `tf.prelu<${type(call.outputs[0])}>(${x}, ${slope} as tf.Tensor as ${type(call.outputs[0])})`,
  binary: (kernel, call, [a, b]) => `tf.${kernel.f}<${type(call.outputs[0])}>(${a}, ${b})`,
  softmax: (_kernel, call, [x]) => `tf.softmax<${type(call.outputs[0])}>(${x})`,
  concat: (kernel, call, x) => `tf.concat<${type(call.outputs[0])}>([${x.join(", ")}], ${kernel.axis})`,
  split: (kernel, call, [x]) => `tf.split<${type(call.outputs[0])}>(${x}, ${list(kernel.sizes)}, ${kernel.axis}) as [${call.outputs.map(type).join(", ")}]`,
  slice: (kernel, call, [x], use) => (kernel.step === 1 ? `${use("cut")}(${x}, ${kernel.axis}, ${kernel.begin}, ${kernel.end})` : strided(kernel, call, x)),
  pad: (kernel, call, [x]) => `tf.pad<${type(call.outputs[0])}>(${x}, ${explicit(kernel.pads)}, ${numberText(kernel.value)})`,
  mirrorPad: (kernel, call, [x]) => `tf.mirrorPad<${type(call.outputs[0])}>(${x}, ${explicit(kernel.pads)}, "${kernel.mode}")`,
  reshape: (kernel, _call, [x]) => `tf.reshape<tf.Rank.R${kernel.shape.length}>(${x}, ${list([-1, ...kernel.shape.slice(1)])})`,
  transpose: (kernel, call, [x]) => `tf.transpose<${type(call.outputs[0])}>(${x}, ${list(kernel.order)})`,
  resize: (kernel, _call, [x]) => `tf.image.${kernel.mode === "bilinear" ? "resizeBilinear" : "resizeNearestNeighbor"}(${x}, ${list(kernel.size)}, ${kernel.alignCorners}, ${kernel.halfPixel})`,
  reduce: (kernel, call, [x]) => `tf.${kernel.f}<${type(call.outputs[0])}>(${x}, ${list(kernel.axes)}, true)`,
  repeat: (_kernel, call, [x]) => `tf.tile(${x}, [batch, ${call.outputs[0].shape.slice(1).map(() => 1).join(", ")}]) as ${type(call.outputs[0])}`,
  clone: (_kernel, _call, [x]) => `tf.clone(${x})`,
};

/** `conv(t3, "stages.1.0.expand_conv.conv2d", 1, 0, "relu6")` */
function convolution(helper: string, kernel: KernelOf<"conv2d" | "depthwise">, call: Call, x: string): string {
  const filter = call.inputs[1];
  if (filter.kind !== "constant") throw new Error("a convolution's kernel is not a constant");
  const layer = filter.name.slice(0, -".weight".length);
  const { activation, dilations } = kernel;
  const leaky = activation?.f === "leakyrelu" ? numberText(activation.alpha) : undefined;
  const rest = [activation ? `"${activation.f}"` : "undefined", pair(dilations), leaky ?? "undefined"];
  const defaults = ["undefined", "1", "undefined"];
  while (rest.length > 0 && rest.at(-1) === defaults[rest.length - 1]) rest.pop();
  return `${helper}(${[x, JSON.stringify(layer), pair(kernel.strides), padding(kernel.pads), ...rest].join(", ")})`;
}

function strided(kernel: KernelOf<"slice">, call: Call, x: string): string {
  const { shape } = call.inputs[0];
  const on = (value: number, other: number) => list(shape.map((_, a) => (a === kernel.axis ? value : other)));
  const mask = shape.reduce((bits, _, a) => (a === kernel.axis ? bits : bits | (1 << a)), 0);
  return `tf.stridedSlice(${x}, ${on(kernel.begin, 0)}, ${on(kernel.end, 0)}, ${on(kernel.step, 1)}, ${mask}, ${mask}) as ${type(call.outputs[0])}`;
}

function type(value: Pick<Value, "shape">): string {
  return tensorType(value.shape);
}

export function tensorType(shape: Shape): string {
  return `tf.Tensor${shape.length}D`;
}

function list(numbers: readonly number[]): string {
  return `[${numbers.join(", ")}]`;
}

function pair(numbers: readonly number[]): string {
  return numbers[0] === numbers[1] ? String(numbers[0]) : list(numbers);
}

function padding(pads: readonly number[]): string {
  return pads.every((side) => side === pads[0]) ? String(pads[0]) : list(pads);
}

function explicit([top, left, bottom, right]: readonly number[]): string {
  return `[[0, 0], [${top}, ${bottom}], [${left}, ${right}], [0, 0]]`;
}

function poolPadding(pads: readonly number[]): string {
  if (pads.every((side) => side === 0)) return '"valid"';
  return explicit(pads);
}
