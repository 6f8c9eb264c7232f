/**
 * The Edge TPU's compiler: operators by its table, with the limits of its latest runtime (14). It maps the network up to the first operator that it does
 * not know; that one and everything behind it run on the CPU.
 */
import type { Activation } from "../../ir/graph.ts";
import type { Pair } from "../../ir/op.ts";
import type { AdaptiveAttrs } from "../../ops/pool.ts";
import { bounded, decomposed, fallback, firstOf, native, nothing, unsupported, type KernelSupport, type Rules, type Seen, type Verdict } from "./rules.ts";
import { overLast, padded, pooled, scaled, transposed } from "./tflite.ts";
import { regularWindows, shapeOf } from "./windows.ts";

const clamp = "use `relu6`";
const absent = (what: string, way?: string): Verdict => fallback(`${what} is not in the Edge TPU compiler's table`, way);
const listed = native();

/** "Only the 3 innermost dimensions may have a size greater than 1"; the batch is 1. */
function wide(node: Seen): Verdict | undefined {
  const x = [...node.inputs, ...node.outputs].find((tensor) => shapeOf(tensor).filter((side) => side > 1).length > 3);
  return x && fallback("a tensor has more than three sides above 1, which the Edge TPU does not take", "merge axes with `reshape`");
}

function dilated({ attrs: { dilation } }: Seen<{ readonly dilation: Pair }>): Verdict | undefined {
  return dilation[0] === dilation[1] ? undefined : fallback("the Edge TPU wants the same dilation in height and width", "write `dilation` as one number");
}

/** Mean, over height and width, or over channels that come in fours. */
function reduced({ inputs: [x], attrs: { axes } }: Seen<{ readonly axes: readonly number[] }>): Verdict | undefined {
  const shape = shapeOf(x);
  const deep = axes.includes(shape.length === 3 ? 0 : shape.length - 1);
  const channels = shape.length === 3 ? shape[0] : shape[shape.length - 1];
  return deep && channels % 4 > 0 ? fallback(`the Edge TPU reduces channels in fours, and these are ${channels}`, "choose a number of channels that 4 divides") : undefined;
}

function adaptive({ inputs: [x], attrs: { size } }: Seen<AdaptiveAttrs>): Verdict {
  const [, height, width] = shapeOf(x);
  return regularWindows(size[0], height) && regularWindows(size[1], width) ? listed : decomposed("windows of different sizes: a slice and a pooling for each", "choose an output size that divides the input's");
}

const resized = native("mapped unless the sizes would cost precision, which its compiler decides");

const rules: Rules = {
  conv2d: (node) => firstOf(dilated(node), node.attrs.groups > 1 && decomposed("no grouped convolution: a split, one for each group, a concatenation", "use `depthwise`, or `groups=1`"), padded(node)),
  depthwise: (node) => firstOf(dilated(node), padded(node)),
  conv_transpose2d: (node) => firstOf(transposed(node)),
  dense: ({ inputs: [x] }) => (shapeOf(x).length === 2 || shapeOf(x).length > 3 ? decomposed("its output may have one dimension only: a 1×1 convolution over the list") : listed),
  matmul: absent("a product of two computed matrices", "use a dense layer or a convolution"),
  batchnorm: scaled,
  layernorm: absent("layer normalisation", "use `batchnorm`, which is folded into the layer before it"),
  maxpool: (node) => firstOf(pooled(node)),
  avgpool: (node) => firstOf(pooled(node)),
  global_avgpool: native("Mean over height and width"),
  global_maxpool: native("a MaxPool2d over the whole image"),
  adaptive_avgpool: adaptive,
  adaptive_maxpool: adaptive,
  relu: listed,
  relu6: listed,
  leaky_relu: decomposed("as a PReLU whose slopes are alike", clamp),
  prelu: listed,
  elu: absent("ELU", clamp),
  sigmoid: listed,
  hardsigmoid: decomposed("Mul, Add and a ReLU6", "use `sigmoid`"),
  tanh: listed,
  swish: decomposed("Logistic and Mul, whose outputs have no bound that suits 8 bits", clamp),
  hardswish: absent("HARD_SWISH", clamp),
  gelu: absent("GELU", clamp),
  softmax: ({ inputs, attrs }) =>
    overLast({ inputs }, attrs.axis) && shapeOf(inputs[0]).filter((side) => side > 1).length <= 1 && shapeOf(inputs[0]).reduce((a, b) => a * b, 1) <= 16_000
      ? listed
      : fallback("the Edge TPU's Softmax takes one dimension of at most 16,000 elements", "leave it to the program that reads the logits"),
  add: listed,
  sub: listed,
  mul: listed,
  div: absent("DIV", "use `mul`"),
  concat: ({ inputs }) => (inputs.some((x) => x.node?.op.kind === "source") ? fallback("the Edge TPU concatenates a constant only where it is one of two inputs and all zeros", "use `pad`") : listed),
  split: listed,
  slice: ({ attrs }) => (attrs.step === 1 ? listed : fallback("the Edge TPU's StridedSlice wants strides of 1", "use `maxpool(1, stride=…)`, or no step")),
  pad: ({ attrs }) => (attrs.mode === "constant" && attrs.value === 0 ? listed : absent(attrs.mode === "constant" ? "PadV2, which pads with another number than 0," : "MirrorPad", "pad with zeros")),
  reshape: listed,
  flatten: listed,
  transpose: listed,
  channel_shuffle: ({ inputs: [x] }) => (shapeOf(x)[1] === 1 ? native("a Transpose between two Reshapes") : fallback("between its Reshapes the tensor has more than three sides above 1, which the Edge TPU does not take", "shuffle by slices and `concat`")),
  resize: resized,
  reduce_mean: (node) => firstOf(reduced(node)),
  reduce_sum: listed,
  reduce_max: listed,
  dropout: nothing,
  drop_path: nothing,
  constant: nothing,
};

const refused = unsupported("the Edge TPU computes with integers of 8 bits alone", "use `precision=int8`");

export const edgeTpu: KernelSupport = {
  title: "Edge TPU compiler 16, runtime 14",
  source: "Google Coral, \"TensorFlow models on the Edge TPU\", table of supported operations, edgetpu_compiler 16.0 (2021)",
  date: "2026-11",
  at: { float32: refused, float16: refused, int8: bounded(rules, wide) },
  fuses: ({ op: { name } }: Activation) => name === "relu" || name === "relu6",
};
