/** How our TensorFlow.js module spells each operator: the same on every backend of TF.js. */
import type { Activation } from "../../ir/graph.ts";
import type { Pair } from "../../ir/op.ts";
import { bounded, decomposed, firstOf, native, nothing, unsupported, type KernelSupport, type Rules, type Seen, type Verdict } from "./rules.ts";
import { channelsLast, isReordered, isView, lastAxes, regularWindows, shapeOf } from "./windows.ts";

/** TF.js has tensors of six axes at most, the batch among them (`Rank.R6`). */
const MAX_RANK = 5;

const parts = (reason: string): Verdict => decomposed(reason);

/** A window of one element is picked by slices, one along each axis that has a stride. */
function picked({ inputs: [x] }: Seen, kernel: readonly number[], stride: readonly number[], pads: readonly number[]): Verdict | undefined {
  if (kernel[0] * kernel[1] !== 1 || pads.some((n) => n > 0)) return undefined;
  const cuts = stride.filter((step, a) => step > 1 && shapeOf(x)[a + 1] > 1).length;
  return cuts > 1 ? parts("picked by a slice along each axis") : native("a slice or nothing");
}

function adaptive(node: Seen<{ readonly size: Pair }>): Verdict {
  const [, height, width] = shapeOf(node.inputs[0]);
  const down = regularWindows(node.attrs.size[0], height);
  const across = regularWindows(node.attrs.size[1], width);
  if (!down || !across) return decomposed("windows of different sizes: a slice and a pooling for each, then a concatenation", "choose an output size that divides the input's");
  return picked(node, [down.window, across.window], [down.stride, across.stride], [0, 0, 0, 0]) ?? native();
}

/** Reshapes that turn an image's order of elements, on either side. */
function reorders(shapes: readonly Parameters<typeof isReordered>[0][]): Verdict {
  return shapes.filter(isReordered).length > 1 ? parts("both sides are images: their axes are exchanged before and after") : native();
}

function arithmetic({ inputs: [a, b], outputs: [y] }: Seen): Verdict {
  const rank = shapeOf(y).length;
  if (a.node?.op.kind === "source" && b.node?.op.kind === "source") return parts("of two constants, one is repeated for the batch before");
  const turned = [a, b].some((x) => shapeOf(x).length === 3 && rank > 3 && x.node?.op.kind !== "source" && isReordered(shapeOf(x)));
  return turned ? parts("an image is brought into the order of the higher rank first") : native();
}

function reduction({ inputs: [x], attrs }: Seen<{ readonly axes: readonly number[]; readonly keepdims: boolean }>): Verdict {
  const shape = shapeOf(x);
  if (attrs.keepdims || shape.length !== 3) return native();
  const reduced = shape.map((side, a) => (attrs.axes.includes(a) ? 1 : side));
  return isReordered(reduced) ? parts("the axes that stay are exchanged behind it") : native();
}

const rules: Rules = {
  conv2d: ({ attrs }) => (attrs.groups === 1 ? native() : decomposed("TF.js has no grouped convolution: a slice and a convolution for each group, then a concatenation", "use `depthwise`, or `groups=1`")),
  depthwise: native(),
  conv_transpose2d: ({ attrs, activation }) =>
    attrs.groups > 1
      ? decomposed("TF.js has no grouped transposed convolution: a slice and a convolution for each group, then a concatenation", "use `groups=1`")
      : attrs.bias || activation
        ? parts("TF.js adds no bias to a transposed convolution: a 1×1 depthwise convolution does")
        : native(),
  dense: native("a 1×1 convolution"),
  matmul: ({ inputs }) => (inputs.some((x) => isReordered(shapeOf(x))) ? parts("tensors of rank 3 are brought into the order of matrices before, and back") : native()),
  batchnorm: native("a 1×1 depthwise convolution"),
  layernorm: decomposed("mean, variance and the rest are nine kernels", "use `batchnorm`, which is folded into the layer before it"),
  maxpool: (node) => picked(node, node.attrs.kernel, node.attrs.stride, node.attrs.pads) ?? native(),
  avgpool: (node) =>
    firstOf(
      node.attrs.countIncludePad && node.attrs.pads.some((n) => n > 0) && decomposed("TF.js leaves padding out of averages: zeros that count are padded first", "write `count_include_pad=false`"),
      picked(node, node.attrs.kernel, node.attrs.stride, node.attrs.pads),
    ),
  global_avgpool: native("a pooling over the whole image"),
  global_maxpool: native("a pooling over the whole image"),
  adaptive_avgpool: adaptive,
  adaptive_maxpool: adaptive,
  relu: native(),
  relu6: native(),
  leaky_relu: native(),
  prelu: native(),
  elu: ({ attrs }) => (attrs.alpha === 1 ? native() : decomposed("TF.js's elu knows alpha = 1 only: five kernels", "write `elu`, without `alpha`")),
  sigmoid: native(),
  hardsigmoid: decomposed("a product, a sum and a clip", "use `sigmoid`"),
  tanh: native(),
  swish: decomposed("a sigmoid and a product", "use `relu6`"),
  hardswish: decomposed("a product, relu6 of a line, and another product", "use `relu6`"),
  gelu: decomposed("five kernels with erf, nine with tanh", "use `relu6`"),
  softmax({ inputs: [x], attrs }) {
    const shape = channelsLast(shapeOf(x));
    const axis = lastAxes(attrs.axis, shapeOf(x).length);
    const last = shape.length - 1;
    const order = shape.map((_, a) => (a === axis ? last : a === last ? axis : a));
    return isView(shape, order) ? native() : parts("TF.js's softmax is over the last axis: axes are exchanged before and after");
  },
  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: arithmetic,
  concat: ({ inputs }) => (inputs.some((x) => x.node?.op.kind === "source") ? parts("constants are repeated for the batch before") : native()),
  split: native(),
  slice: native(),
  pad: ({ attrs }) => (attrs.mode === "edge" && Math.max(...attrs.pads) > 1 ? parts("TF.js repeats no edge: one mirrored row or column at a time") : native()),
  reshape: ({ inputs: [x], outputs: [y] }) => reorders([shapeOf(x), shapeOf(y)]),
  flatten: native(),
  transpose: native(),
  channel_shuffle: native("an exchange of axes between two reshapes"),
  resize: native(),
  reduce_mean: reduction,
  reduce_sum: reduction,
  reduce_max: reduction,
  dropout: nothing,
  drop_path: nothing,
  constant: nothing,
};

function tooWide({ inputs, outputs }: Seen): Verdict | undefined {
  const wide = [...inputs, ...outputs].find((x) => shapeOf(x).length > MAX_RANK);
  return wide && unsupported(`TF.js has tensors of six axes at most, the batch among them; here one has ${shapeOf(wide).length + 1}`, "merge axes with `reshape` first");
}

const checked = bounded(rules, tooWide);

const fused: ReadonlySet<string> = new Set(["relu", "relu6", "sigmoid", "leaky_relu"]);

/** What a set of TF.js's kernels says; `source` and `date` tell where it was probed. */
export function tfjsSupport(backend: string, source: string, date: string): KernelSupport {
  return {
    title: `TensorFlow.js 4.22.0, ${backend}`,
    source,
    date,
    at: {
      float32: checked,
      float16: checked,
      int8: unsupported("TF.js computes with float32 numbers; integers of 8 bits are a form of storage there", "use `precision=float32`, and store the weights smaller with `--weights-as`"),
    },
    fuses: (activation: Activation) => fused.has(activation.op.name) || (activation.op.name === "elu" && activation.attrs.alpha === 1),
  };
}
