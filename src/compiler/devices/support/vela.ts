/** Arm's Vela, which compiles for the Ethos-U55: what it cannot map runs on the Cortex-M beside it. Limits by `tflite_supported_operators.py`. */
import type { Activation } from "../../ir/graph.ts";
import type { Pair } from "../../ir/op.ts";
import type { Shape } from "../../ir/shape.ts";
import type { ConvAttrs } from "../../ops/conv.ts";
import type { ResizeAttrs } from "../../ops/movement.ts";
import { bounded, decomposed, fallback, firstOf, native, nothing, unsupported, type KernelSupport, type Rules, type Seen, type Verdict } from "./rules.ts";
import { overLast, padded, pooled, scaled, transposed } from "./tflite.ts";
import { shapeOf } from "./windows.ts";

const clamp = "use `relu6`";
const absent = (what: string, way?: string): Verdict => fallback(`Vela maps no ${what}: it runs on the Cortex-M`, way);

/** "Tensor dimensions must be in the range [1, 65535]" */
function large(node: Seen): Verdict | undefined {
  const side = [...node.inputs, ...node.outputs].flatMap((x) => [...shapeOf(x)]).find((n) => n > 65_535);
  return side === undefined ? undefined : fallback(`a tensor has a side of ${side}, and Vela maps up to 65535`, "use smaller tensors");
}

/** Rows at most 3 apart; columns too, unless the image can be folded so that they are. */
function strided({ inputs: [x], outputs: [y] }: Seen, stride: Pair): Verdict | undefined {
  const [, , width] = shapeOf(x);
  const [, outHeight, outWidth] = shapeOf(y);
  const folds = stride[1] <= 3 || [2, 3].some((rest) => stride[1] % rest === 0 && width % (stride[1] / rest) === 0);
  if ((outHeight === 1 || stride[0] <= 3) && (outWidth === 1 || folds)) return undefined;
  return fallback(`Vela maps strides up to 3, not ${stride.join("×")}`, "use a stride of 1, 2 or 3");
}

function filtered({ attrs: { kernel, dilation } }: Seen<ConvAttrs>): Verdict | undefined {
  const [height, width] = [0, 1].map((a) => (kernel[a] - 1) * dilation[a] + 1);
  return height > 64 || height * width > 4096 ? fallback(`a filter that reaches over ${height}×${width}: Vela maps heights up to 64 and 4096 elements`, "use a smaller filter or dilation") : undefined;
}

function reduced({ inputs: [x], attrs: { axes } }: Seen<{ readonly axes: readonly number[] }>): Verdict | undefined {
  const shape = shapeOf(x);
  const product = axes.reduce((n, axis) => n * shape[axis], 1);
  return product > 2 ** 24 || (shape[shape.length - 1] > 4096 && axes.includes(shape.length - 1)) ? fallback("a mean over more elements than Vela maps", "reduce the image before") : undefined;
}

/** By 2, 4 or 8, alike in both directions; half_pixel by 2 only. */
function resizable(x: Shape, { size, mode, coordinates }: ResizeAttrs): boolean {
  const [, height, width] = x;
  if (height * width === 1 || (size[0] === height && size[1] === width)) return true;
  const corners = mode === "bilinear" && coordinates === "align_corners" ? 1 : 0;
  const factors = [(size[0] - corners) / (height - corners), (size[1] - corners) / (width - corners)];
  if (factors[0] !== factors[1] || ![2, 4, 8].includes(factors[0])) return false;
  return mode === "nearest" || coordinates !== "half_pixel" || factors[0] === 2;
}

/** Axes of height and width exchanged, or of a matrix. */
function turnable(shape: Shape, order: readonly number[]): boolean {
  if (shape.length === 2) return true;
  return shape.length === 3 && order[0] === 0 && order[1] === 2 && order[2] === 1;
}

const alike = decomposed("windows of different sizes: a slice and a pooling for each", "choose an output size that divides the input's");

const rules: Rules = {
  conv2d: (node) => firstOf(strided(node, node.attrs.stride), filtered(node), padded(node)),
  depthwise: (node) =>
    firstOf(
      Math.max(...node.attrs.stride) > 3 && fallback(`Vela maps depthwise strides up to 3, not ${node.attrs.stride.join("×")}`, "use a stride of 1, 2 or 3"),
      node.attrs.out > shapeOf(node.inputs[0])[0] && shapeOf(node.inputs[0])[0] > 1 && fallback("Vela maps a depth multiplier only on one channel", "use `conv2d`, or `multiplier=1`"),
      filtered(node),
      padded(node),
    ),
  conv_transpose2d: (node) =>
    firstOf(
      !(node.attrs.stride[0] === node.attrs.stride[1] && node.attrs.stride[0] <= 2) && fallback(`Vela maps transposed convolutions of stride 1 and 2, not ${node.attrs.stride.join("×")}`, "use a stride of 2, twice for 4"),
      filtered(node),
      transposed(node),
    ),
  dense: native(),
  matmul: absent("product of two computed matrices", "use a dense layer or a convolution"),
  batchnorm: scaled,
  layernorm: absent("layer normalisation", "use `batchnorm`, which is folded into the layer before it"),
  maxpool: (node) => firstOf(Math.max(...node.attrs.stride) > 3 && fallback(`Vela maps strides up to 3, not ${node.attrs.stride.join("×")}`, "use a stride of 1, 2 or 3"), pooled(node)),
  avgpool: (node) => firstOf(strided(node, node.attrs.stride), pooled(node)),
  global_avgpool: native("Mean, as a depthwise convolution"),
  global_maxpool: ({ inputs: [x] }) => (shapeOf(x)[1] > 256 ? fallback("Vela maps a maximum over heights up to 256", "reduce the image before") : native("MAX_POOL_2D over the whole image")),
  adaptive_avgpool: ({ inputs: [x], attrs }) => (attrs.size.every((n, a) => shapeOf(x)[a + 1] % n === 0) ? native() : alike),
  adaptive_maxpool: ({ inputs: [x], attrs }) => (attrs.size.every((n, a) => shapeOf(x)[a + 1] % n === 0) ? native() : alike),
  relu: native(),
  relu6: native(),
  leaky_relu: native(),
  prelu: native(),
  elu: absent("ELU", clamp),
  sigmoid: native("a table of 256 values"),
  hardsigmoid: decomposed("Mul, Add and a clamp", "use `sigmoid`"),
  tanh: native("a table of 256 values"),
  swish: decomposed("a table of 256 values, and a product", "use `hardswish` or `relu6`"),
  hardswish: native("a table of 256 values"),
  gelu: absent("GELU", "use `hardswish` or `relu6`"),
  softmax: (node) => (overLast(node, node.attrs.axis) ? native() : decomposed("SOFTMAX is over the last axis: a transpose before and after", "take the softmax over the channels")),
  add: native(),
  sub: native(),
  mul: native(),
  div: absent("DIV", "use `mul`"),
  concat: native(),
  split: native(),
  slice: ({ attrs }) => (attrs.step === 1 ? native() : fallback("Vela maps slices with strides of 1 only", "use `maxpool(1, stride=…)`, or no step")),
  pad: ({ attrs }) => (attrs.mode === "constant" ? native() : absent(attrs.mode === "reflect" ? "MIRROR_PAD" : "padding that repeats an edge", "pad with zeros")),
  reshape: native(),
  flatten: native(),
  transpose: ({ inputs: [x], attrs }) => (turnable(shapeOf(x), attrs.order) ? native() : absent("transpose but of height and width, or of a matrix", "avoid it, or exchange height and width only")),
  channel_shuffle: absent("transpose between channels", "shuffle by slices and `concat`"),
  resize: ({ inputs: [x], attrs }) =>
    resizable(shapeOf(x), attrs) ? native() : fallback(`Vela resizes by 2, 4 or 8 alike in both directions${attrs.mode === "bilinear" && attrs.coordinates === "half_pixel" ? ", with half_pixel by 2" : ""}`, "resize by 2, several times"),
  reduce_mean: (node) => firstOf(reduced(node)),
  reduce_sum: ({ inputs: [x], attrs }) => (overLast({ inputs: [x] }, attrs.axes[0]) && attrs.axes.length === 1 ? native() : absent("sum but over the channels", "over a whole image, use `global_avgpool`")),
  reduce_max: absent("REDUCE_MAX", "over a whole image, use `global_maxpool`"),
  dropout: nothing,
  drop_path: nothing,
  constant: nothing,
};

export const vela: KernelSupport = {
  title: "Arm Vela for the Ethos-U55",
  source: "Arm Vela, ethosu/vela/tflite_supported_operators.py, 2023",
  date: "2026-11",
  at: {
    float32: fallback("the Ethos-U55 computes with integers: what is float32 stays on the Cortex-M", "use `precision=int8`"),
    float16: unsupported("neither the Ethos-U55 nor TensorFlow Lite Micro computes with float16", "use `precision=int8`"),
    int8: bounded(rules, large),
  },
  fuses: ({ op: { name } }: Activation) => ["relu", "relu6", "tanh", "sigmoid", "hardswish"].includes(name),
};
