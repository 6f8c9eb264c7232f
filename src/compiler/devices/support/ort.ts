/** How our ONNX model spells each operator, and what onnxruntime makes of it: the same for every provider, as far as a provider has the kernels. */
import type { Activation, Node } from "../../ir/graph.ts";
import type { Pair } from "../../ir/op.ts";
import { decomposed, native, nothing, type Rules, type Seen, type Verdict } from "./rules.ts";
import { hangsOver, shapeOf } from "./windows.ts";

/** Axes of an image along which adaptive windows differ in size. */
function uneven({ inputs: [x], attrs }: Seen<{ readonly size: Pair }>): number {
  return attrs.size.filter((count, a) => shapeOf(x)[a + 1] % count !== 0).length;
}

/** ONNX Runtime joins these to a Conv (`conv_activation_fusion.cc`) and those to a Gemm (`gemm_activation_fusion.cc`). relu6 is a Clip. */
const onConv: ReadonlySet<string> = new Set(["relu", "relu6", "leaky_relu", "sigmoid", "tanh", "hardsigmoid"]);
const onGemm: ReadonlySet<string> = new Set(["relu", "leaky_relu", "sigmoid", "tanh", "elu", "hardsigmoid"]);

export function ortFuses({ op: { name } }: Activation, { op, inputs: [x] }: Node): boolean {
  if (op.name === "conv2d" || op.name === "depthwise") return onConv.has(name);
  // A list of vectors is laid out again between the product and the activation.
  const shape = shapeOf(x);
  return op.name === "dense" && (shape.length === 1 || (shape.length === 3 && shape[1] * shape[2] === 1)) && onGemm.has(name);
}

export const ortRules: Rules = {
  conv2d: native(),
  depthwise: native(),
  conv_transpose2d({ attrs: { outputPad, pads, stride } }): Verdict {
    const rest = outputPad.map((n, a) => Math.max(n - pads[a + 2], 0));
    return rest.some((n, a) => n >= stride[a]) ? decomposed("ONNX Runtime takes an output_pad below the stride only: the rest is padded behind it, and the bias added", "use an `output_pad` smaller than the stride") : native();
  },
  dense: native("a Gemm"),
  matmul: native(),
  batchnorm: native(),
  layernorm: ({ inputs: [x], attrs }) => (attrs.axis === shapeOf(x).length - 1 ? native() : decomposed("ONNX normalises over the last axes: they are exchanged before and after", "use `batchnorm`, which is folded into the layer before it")),
  maxpool: native(),
  avgpool: (node) =>
    node.attrs.countIncludePad && node.attrs.pads.some((n) => n > 0) && hangsOver(shapeOf(node.inputs[0]), shapeOf(node.outputs[0]), node.attrs)
      ? decomposed("zeros that count, and a last window that reaches beyond them: they are laid around the image first", "write `ceil=false` or `count_include_pad=false`")
      : native(),
  global_avgpool: native(),
  global_maxpool: native(),
  adaptive_avgpool: (node) => (node.attrs.size.every((n) => n === 1) || uneven(node) < 2 ? native() : decomposed("windows of different sizes: a matrix product along each axis", "choose an output size that divides the input's")),
  adaptive_maxpool: (node) => (node.attrs.size.every((n) => n === 1) || uneven(node) === 0 ? native() : decomposed("windows of different sizes: their elements are gathered side by side first", "choose an output size that divides the input's")),
  relu: native(),
  relu6: native("a Clip"),
  leaky_relu: native(),
  prelu: native(),
  elu: native(),
  sigmoid: native(),
  hardsigmoid: native(),
  tanh: native(),
  swish: native("a Sigmoid and a Mul, which become one kernel"),
  hardswish: decomposed("ONNX Runtime spells it as HardSigmoid and Mul", "use `relu6`"),
  gelu: native(),
  softmax: native(),
  add: native(),
  sub: native(),
  mul: native(),
  div: native(),
  concat: native(),
  split: native(),
  slice: native(),
  pad: native(),
  reshape: native(),
  flatten: native(),
  transpose: native(),
  channel_shuffle: native("a Transpose between two Reshapes"),
  resize({ inputs: [x], attrs: { size, mode } }): Verdict {
    const [, height, width] = shapeOf(x);
    const gathered = mode === "nearest" && (size[0] % height > 0 || size[1] % width > 0) && size[0] !== height && size[1] !== width;
    return gathered ? decomposed("not by whole factors: rows are gathered, then columns", "use whole factors, or `mode=bilinear`") : native();
  },
  reduce_mean: native(),
  reduce_sum: native(),
  reduce_max: native(),
  dropout: nothing,
  drop_path: nothing,
  constant: nothing,
};
