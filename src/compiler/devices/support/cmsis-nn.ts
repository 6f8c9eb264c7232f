/**
 * CMSIS-NN under TensorFlow Lite Micro: the operators for which `tensorflow/lite/micro/kernels/cmsis_nn` has a file (add, batch_matmul, conv,
 * depthwise_conv, fully_connected, maximum_minimum, mul, pad, pooling, softmax, svdf, transpose, transpose_conv, unidirectional_sequence_lstm).
 * Everything else runs in TensorFlow Lite Micro's reference kernels: plain loops.
 */
import type { Activation } from "../../ir/graph.ts";
import type { Shape } from "../../ir/shape.ts";
import { sameShape } from "../../ir/shape.ts";
import { decomposed, fallback, firstOf, native, nothing, unsupported, type KernelSupport, type Rules, type Seen, type Verdict } from "./rules.ts";
import { overLast, padded, pooled, scaled, transposed } from "./tflite.ts";
import { isOverImage, regularWindows, shapeOf } from "./windows.ts";

const clamp = "use `relu6`, which a convolution's own kernel computes";
const reference = (what: string, way?: string): Verdict => fallback(`CMSIS-NN has no ${what}: the framework around it computes it, TensorFlow Lite Micro in plain loops`, way);
/** Copies, which plain loops do as well. */
const copied = native("a copy");

function elementwise(what: string) {
  return ({ inputs: [a, b] }: Seen): Verdict =>
    sameShape(shapeOf(a), shapeOf(b)) ? native() : fallback(`CMSIS-NN ${what} tensors of one shape only; where sides are repeated, TensorFlow Lite Micro computes in plain loops`, "leave the gate out (`se=0`), or bring both to one shape");
}

function overall({ inputs: [x], attrs }: Seen<{ readonly axes: readonly number[] }>): boolean {
  return isOverImage(shapeOf(x), attrs.axes);
}

function even(size: readonly number[], [, height, width]: Shape): boolean {
  return regularWindows(size[0], height) !== undefined && regularWindows(size[1], width) !== undefined;
}

const rules: Rules = {
  conv2d: (node) => firstOf(padded(node)),
  depthwise: (node) => firstOf(padded(node)),
  conv_transpose2d: (node) => firstOf(transposed(node)),
  dense: native(),
  matmul: native(),
  batchnorm: scaled,
  layernorm: reference("layer normalisation", "use `batchnorm`, which is folded into the layer before it"),
  maxpool: (node) => firstOf(pooled(node)),
  avgpool: (node) => firstOf(pooled(node)),
  global_avgpool: native("AVERAGE_POOL_2D over the whole image; MEAN would run in the reference kernel"),
  global_maxpool: native("MAX_POOL_2D over the whole image"),
  adaptive_avgpool: ({ inputs: [x], attrs }) => (even(attrs.size, shapeOf(x)) ? native() : decomposed("windows of different sizes: a slice and a pooling for each", "choose an output size that divides the input's")),
  adaptive_maxpool: ({ inputs: [x], attrs }) => (even(attrs.size, shapeOf(x)) ? native() : decomposed("windows of different sizes: a slice and a pooling for each", "choose an output size that divides the input's")),
  relu: reference("RELU on its own", "put it behind a convolution, a dense layer or an addition, whose kernel computes it"),
  relu6: reference("RELU6 on its own", "put it behind a convolution, a dense layer or an addition, whose kernel computes it"),
  leaky_relu: reference("LEAKY_RELU", clamp),
  prelu: reference("PRELU", clamp),
  elu: reference("ELU", clamp),
  sigmoid: reference("LOGISTIC"),
  hardsigmoid: reference("hard sigmoid (Mul, Add and a clamp)", "use `sigmoid`"),
  tanh: reference("TANH"),
  swish: reference("LOGISTIC (swish is x times that)", clamp),
  hardswish: reference("HARD_SWISH", clamp),
  gelu: unsupported("TensorFlow Lite Micro has no GELU", clamp),
  softmax: (node) => (overLast(node, node.attrs.axis) ? native() : decomposed("SOFTMAX is over the last axis: a transpose before and after", "take the softmax over the channels")),
  add: elementwise("adds"),
  sub: reference("SUB", "use `add`"),
  mul: elementwise("multiplies"),
  div: reference("DIV", "use `mul`"),
  concat: copied,
  split: copied,
  slice: copied,
  pad: ({ attrs }) => (attrs.mode === "edge" ? decomposed("no operator repeats an edge: rows and columns are sliced and concatenated", "use `mode=reflect` or zeros") : attrs.mode === "reflect" ? copied : native()),
  reshape: copied,
  flatten: copied,
  transpose: native(),
  channel_shuffle: native("a transpose between two reshapes"),
  resize: ({ attrs }) => reference(attrs.mode === "nearest" ? "RESIZE_NEAREST_NEIGHBOR" : "RESIZE_BILINEAR", "use `conv_transpose2d`, for which there is a kernel"),
  reduce_mean: (node) => (overall(node) ? native("AVERAGE_POOL_2D over the whole image") : reference("MEAN", "over a whole image, use `global_avgpool`")),
  reduce_sum: reference("SUM", "over a whole image, use `global_avgpool`"),
  reduce_max: (node) => (overall(node) ? native("MAX_POOL_2D over the whole image") : reference("REDUCE_MAX", "over a whole image, use `global_maxpool`")),
  dropout: nothing,
  drop_path: nothing,
  constant: nothing,
};

export const cmsisNn: KernelSupport = {
  title: "CMSIS-NN under TensorFlow Lite Micro",
  source: "tensorflow/tflite-micro, the files of tensorflow/lite/micro/kernels/cmsis_nn",
  date: "2026-11",
  at: {
    float32: fallback("CMSIS-NN computes with integers: at float32 TensorFlow Lite Micro computes in plain loops", "use `precision=int8`"),
    float16: unsupported("TensorFlow Lite Micro has no kernels for float16", "use `precision=int8`"),
    int8: rules,
  },
  fuses: ({ op: { name } }: Activation) => name === "relu" || name === "relu6",
};
