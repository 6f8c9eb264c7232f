/** Arm's Vela, which compiles for the Ethos-U55: what it cannot map runs on the Cortex-M beside it. Limits by Vela 3.10.0's `SUPPORTED_OPS.md`. */
import type { Activation } from "../../ir/graph.ts";
import type { Pair } from "../../ir/op.ts";
import { sameShape, type Shape } from "../../ir/shape.ts";
import type { ConvAttrs } from "../../ops/conv.ts";
import type { ResizeAttrs } from "../../ops/movement.ts";
import type { AdaptiveAttrs } from "../../ops/pool.ts";
import { bounded, decomposed, fallback, firstOf, native, nothing, unsupported, type KernelSupport, type Rules, type Seen, type Verdict } from "./rules.ts";
import { overLast, padded, pooled, scaled, transposed } from "./tflite.ts";
import { channelsLast, isView, lastAxes, paddingOf, regularWindows, shapeOf, type Windowed } from "./windows.ts";

const clamp = "use `relu6`";
const absent = (what: string, way?: string): Verdict => fallback(`Vela maps no ${what}: it runs on the Cortex-M`, way);

/** "Input(s) and Output tensors must not be greater than 4D", "Tensor dimensions must be in the range [1, 65535]". The batch is an axis. */
function large(node: Seen): Verdict | undefined {
  const deep = [...node.inputs, ...node.outputs].find((x) => shapeOf(x).length > 3);
  if (deep) return fallback(`a tensor has ${shapeOf(deep).length + 1} axes with the batch, and Vela maps up to 4`, "merge axes with `reshape`");
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

/** Windows of a maximum, and of an average: at most 256 high and 65,536 elements large; averages that pad as SAME take 8×8 at most. */
function windowed(node: Seen, attrs: Windowed, kind: "average" | "maximum"): Verdict | undefined {
  const { kernel: [height, width], stride } = attrs;
  const same = paddingOf(shapeOf(node.inputs[0]), shapeOf(node.outputs[0]), attrs) === "same";
  if (kind === "average" && same && Math.max(height, width) > 8) return fallback(`Vela maps averages that pad over windows up to 8×8, not ${height}×${width}`, "use a smaller window, or `pad=valid`");
  if (height > 256 || height * width > 65_536) return fallback(`a window of ${height}×${width}: Vela maps heights up to 256 and 65536 elements`, "reduce the image before");
  if (kind === "average" && !same) return strided(node, stride);
  return Math.max(...stride) > 3 ? fallback(`Vela maps strides up to 3, not ${stride.join("×")}`, "use a stride of 1, 2 or 3") : undefined;
}

function adaptive(kind: "average" | "maximum") {
  return (node: Seen<AdaptiveAttrs>): Verdict => {
    const [, height, width] = shapeOf(node.inputs[0]);
    const [down, across] = [regularWindows(node.attrs.size[0], height), regularWindows(node.attrs.size[1], width)];
    if (!down || !across) return decomposed("windows of different sizes: a slice and a pooling for each", "choose an output size that divides the input's");
    return firstOf(windowed(node, { kernel: [down.window, across.window], stride: [down.stride, across.stride], pads: [0, 0, 0, 0] }, kind));
  };
}

/** The window that is the whole image. */
function whole([, height, width]: Shape): Windowed {
  return { kernel: [height, width], stride: [1, 1], pads: [0, 0, 0, 0] };
}

/** "Reduction in Depth axis is supported if at least one of H,W,C are of size 1"; width and depth of at most 4,096, 2²⁴ elements. */
function averaged(x: Shape, reduced: readonly number[]): Verdict | undefined {
  const shape = channelsLast(x);
  const axes = reduced.map((axis) => lastAxes(axis, x.length));
  const depth = shape.length - 1;
  if (shape.length === 4 && axes.includes(depth) && shape.slice(1).every((side) => side > 1)) return fallback("Vela maps a mean over the channels only where the image has one row, column or channel", "use a 1×1 convolution");
  const wide = axes.filter((axis) => axis >= depth - 1).map((axis) => shape[axis]);
  return Math.max(1, ...wide) > 4096 || axes.reduce((n, axis) => n * shape[axis], 1) > 2 ** 24 ? fallback("a mean over more elements than Vela maps: a width or depth of 4096, 16777216 in all", "reduce the image before") : undefined;
}

/** "At least one Input's shape must match the OFM's shape" */
function elementwise({ inputs: [a, b], outputs: [y] }: Seen): Verdict {
  return sameShape(shapeOf(a), shapeOf(y)) || sameShape(shapeOf(b), shapeOf(y)) ? native() : fallback("Vela maps an operator of two tensors only where one of them has the result's shape", "bring one of them to that shape");
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

/** "1xHxWxC -> 1xWxHxC, 1x1xWxC -> 1x1xCxW, 1xHx1xC -> 1xCx1xH", a matrix, and what moves nothing. */
function turnable(shape: Shape, order: readonly number[]): boolean {
  if (shape.length < 3) return true;
  const [rows, columns, channels] = [order[1], order[2], order[0]].map((axis) => lastAxes(axis, 3));
  const [, height, width] = shape;
  const moved = [rows, columns, channels].join("");
  return isView(channelsLast(shape), [0, rows, columns, channels]) || moved === "213" || (height === 1 && moved === "132") || (width === 1 && moved === "321");
}

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
  maxpool: (node) => firstOf(windowed(node, node.attrs, "maximum"), pooled(node)),
  avgpool: (node) => firstOf(windowed(node, node.attrs, "average"), pooled(node)),
  global_avgpool: ({ inputs: [x] }) => averaged(shapeOf(x), [1, 2]) ?? native("MEAN, as a depthwise convolution"),
  global_maxpool: (node) => windowed(node, whole(shapeOf(node.inputs[0])), "maximum") ?? native("MAX_POOL_2D over the whole image"),
  adaptive_avgpool: adaptive("average"),
  adaptive_maxpool: adaptive("maximum"),
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
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: absent("DIV", "use `mul`"),
  concat: native(),
  split: native(),
  slice: ({ attrs }) => (attrs.step === 1 ? native() : fallback("Vela maps slices with strides of 1 only", "use `maxpool(1, stride=…)`, or no step")),
  pad: ({ attrs: { mode, value } }) => {
    if (mode === "constant" && value === 0) return native();
    return absent(mode === "constant" ? "PADV2, which pads with another number than 0" : mode === "reflect" ? "MIRROR_PAD" : "padding that repeats an edge", "pad with zeros");
  },
  reshape: native(),
  flatten: native(),
  transpose: ({ inputs: [x], attrs }) => (turnable(shapeOf(x), attrs.order) ? native() : absent("transpose but of two axes, where the third is 1 or both are height and width", "avoid it, or exchange height and width only")),
  channel_shuffle: absent("transpose between channels", "shuffle by slices and `concat`"),
  resize: ({ inputs: [x], attrs }) =>
    resizable(shapeOf(x), attrs) ? native() : fallback(`Vela resizes by 2, 4 or 8 alike in both directions${attrs.mode === "bilinear" && attrs.coordinates === "half_pixel" ? ", with half_pixel by 2" : ""}`, "resize by 2, several times"),
  reduce_mean: ({ inputs: [x], attrs }) => firstOf(averaged(shapeOf(x), attrs.axes)),
  reduce_sum: absent("SUM", "over a whole image, use `global_avgpool`, whose factor the layer behind it takes in"),
  reduce_max: absent("REDUCE_MAX", "over a whole image, use `global_maxpool`"),
  dropout: nothing,
  drop_path: nothing,
  constant: nothing,
};

export const vela: KernelSupport = {
  title: "Arm Vela for the Ethos-U55",
  source: "Arm Vela 3.10.0, SUPPORTED_OPS.md",
  date: "2026-11",
  at: {
    float32: fallback("the Ethos-U55 computes with integers: what is float32 stays on the Cortex-M", "use `precision=int8`"),
    float16: unsupported("neither the Ethos-U55 nor TensorFlow Lite Micro computes with float16", "use `precision=int8`"),
    int8: bounded(rules, large),
  },
  fuses: ({ op: { name } }: Activation) => ["relu", "relu6", "tanh", "sigmoid", "hardswish"].includes(name),
};
