/** Operators that move elements and compute nothing (resize interpolates). */
import { defineOp } from "../ir/op.ts";
import { elements, showShape, type Shape } from "../ir/shape.ts";
import { axisOf } from "./axis.ts";
import { notAnImage } from "./conv.ts";
import type { Pads } from "./window.ts";

const none = () => 0;
const axis = { type: "int", default: 0, doc: "the axis, counted without the batch; 0 is the channels" } as const;

export interface SplitAttrs {
  readonly axis: number;
  readonly sizes: readonly number[];
}

export const split = defineOp({
  name: "split",
  kind: "movement",
  doc: "Cuts a tensor along one axis, into equal parts or parts of the given sizes. A label names the list of parts: `halves: split(2)`, then `halves[0]`.",
  source: "ONNX Split",
  inputs: ["x"],
  list: true,
  attributes: {
    parts: { type: "int", optional: true, min: 1, max: 1024, doc: "number of equal parts" },
    sizes: { type: "ints", optional: true, min: 1, doc: "the size of each part" },
    axis,
  },
  infer([x], given) {
    const at = axisOf(given.axis, x);
    if (typeof at !== "number") return at;
    if ((given.parts === undefined) === (given.sizes === undefined)) return { problem: "wants either `parts` or `sizes`" };
    if (given.parts !== undefined && x[at] % given.parts !== 0) return { problem: `cannot cut ${x[at]} into ${given.parts} equal parts`, attribute: "parts" };
    const sizes = given.sizes ?? Array.from({ length: given.parts! }, () => x[at] / given.parts!);
    const sum = sizes.reduce((a, b) => a + b, 0);
    if (sum !== x[at]) return { problem: `cuts ${x[at]} into parts that sum to ${sum}`, attribute: "sizes" };
    const attrs: SplitAttrs = { axis: at, sizes };
    return { attrs, outputs: sizes.map((size) => x.map((side, a) => (a === at ? size : side))) };
  },
  flops: none,
});

export interface SliceAttrs {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export const slice = defineOp({
  name: "slice",
  kind: "movement",
  doc: "Keeps the elements from `start` to before `end` along one axis, each `step`-th. Negative ends count from the end.",
  source: "ONNX Slice",
  inputs: ["x"],
  attributes: {
    start: { type: "int", default: 0, doc: "the first index that is kept" },
    end: { type: "int", optional: true, doc: "the first index that is not; the axis's size unless given" },
    axis,
    step: { type: "int", default: 1, min: 1, doc: "distance between kept elements" },
  },
  infer([x], given) {
    const at = axisOf(given.axis, x);
    if (typeof at !== "number") return at;
    const start = given.start < 0 ? given.start + x[at] : given.start;
    const end = given.end === undefined ? x[at] : given.end < 0 ? given.end + x[at] : given.end;
    if (start < 0 || end > x[at] || start >= end) return { problem: `cannot take ${start} to ${end} out of ${x[at]}`, attribute: "start" };
    const attrs: SliceAttrs = { axis: at, start, end, step: given.step };
    return { attrs, outputs: [x.map((side, a) => (a === at ? Math.ceil((end - start) / given.step) : side))] };
  },
  flops: none,
});

export interface PadAttrs {
  readonly pads: Pads;
  readonly mode: "constant" | "reflect" | "edge";
  readonly value: number;
}

export const pad = defineOp({
  name: "pad",
  kind: "movement",
  doc: "Adds rows and columns around an image: a constant, the mirrored image, or its edge repeated.",
  source: "ONNX Pad",
  inputs: ["x"],
  attributes: {
    amount: { type: "padding", doc: "`[top, left, bottom, right]`, or one number for all four" },
    value: { type: "float", default: 0, doc: "what is added, for mode=constant" },
    mode: { type: "enum", default: "constant", options: ["constant", "reflect", "edge"], doc: "where the added elements come from" },
  },
  infer([x], given) {
    const wrong = notAnImage(x);
    if (wrong) return wrong;
    if (typeof given.amount === "string") return { problem: `wants numbers of rows and columns, not \`${given.amount}\``, attribute: "amount" };
    const [top, left, bottom, right] = given.amount;
    if (given.mode === "reflect" && (Math.max(top, bottom) >= x[1] || Math.max(left, right) >= x[2])) return { problem: `cannot mirror more than ${showShape(x)} has`, attribute: "amount" };
    const attrs: PadAttrs = { pads: given.amount, mode: given.mode as PadAttrs["mode"], value: given.value };
    return { attrs, outputs: [[x[0], x[1] + top + bottom, x[2] + left + right]] };
  },
  flops: none,
});

export interface ReshapeAttrs {
  readonly shape: Shape;
}

export const reshape = defineOp({
  name: "reshape",
  kind: "movement",
  doc: "The same elements, in the order channels, height, width, under another shape; one side may be -1, which is computed.",
  source: "ONNX Reshape",
  inputs: ["x"],
  attributes: { shape: { type: "ints", min: -1, doc: "the new shape, without the batch" } },
  infer([x], given) {
    const total = elements(x);
    const free = given.shape.filter((side) => side === -1).length;
    const known = given.shape.reduce((a, side) => (side === -1 ? a : a * side), 1);
    if (given.shape.some((side) => side === 0)) return { problem: "cannot make a side of 0", attribute: "shape" };
    if (free > 1) return { problem: "can compute only one side: write -1 once", attribute: "shape" };
    if (free === 1 ? total % known !== 0 : total !== known) return { problem: `cannot make ${showShape(given.shape)} out of ${showShape(x)}: ${total} elements`, attribute: "shape" };
    const attrs: ReshapeAttrs = { shape: given.shape.map((side) => (side === -1 ? total / known : side)) };
    return { attrs, outputs: [attrs.shape] };
  },
  flops: none,
});

export const flatten = defineOp({
  name: "flatten",
  kind: "movement",
  doc: "All elements as one vector, in the order channels, height, width.",
  source: "ONNX Flatten",
  inputs: ["x"],
  attributes: {},
  infer: ([x]) => ({ attrs: {}, outputs: [[elements(x)]] }),
  flops: none,
});

export interface TransposeAttrs {
  readonly order: readonly number[];
}

export const transpose = defineOp({
  name: "transpose",
  kind: "movement",
  doc: "Exchanges axes: axis i of the result is axis order[i] of the input, counted without the batch.",
  source: "ONNX Transpose",
  inputs: ["x"],
  attributes: { order: { type: "ints", min: 0, doc: "a permutation of the axes" } },
  infer([x], given) {
    if (given.order.length !== x.length || [...given.order].sort((a, b) => a - b).some((a, i) => a !== i)) {
      return { problem: `wants each of the axes 0 to ${x.length - 1} once, not [${given.order.join(", ")}]`, attribute: "order" };
    }
    const attrs: TransposeAttrs = { order: given.order };
    return { attrs, outputs: [given.order.map((a) => x[a])] };
  },
  flops: none,
});

export interface ShuffleAttrs {
  readonly groups: number;
}

export const channelShuffle = defineOp({
  name: "channel_shuffle",
  kind: "movement",
  doc: "Deals the channels of `groups` groups out in turn: channels seen as [groups, n], transposed to [n, groups].",
  source: "Zhang et al. 2018 (ShuffleNet), section 3.1",
  inputs: ["x"],
  attributes: { groups: { type: "int", min: 1, doc: "number of groups" } },
  infer([x], given) {
    const wrong = notAnImage(x);
    if (wrong) return wrong;
    if (x[0] % given.groups !== 0) return { problem: `cannot divide ${x[0]} channels into ${given.groups} groups`, attribute: "groups" };
    const attrs: ShuffleAttrs = { groups: given.groups };
    return { attrs, outputs: [x] };
  },
  flops: none,
});

export interface ResizeAttrs {
  /** Height and width of the output. */
  readonly size: readonly [number, number];
  readonly mode: "nearest" | "bilinear";
  readonly coordinates: "half_pixel" | "align_corners" | "asymmetric";
}

export const resize = defineOp({
  name: "resize",
  kind: "movement",
  doc: "Scales an image, by a factor or to a size. Nearest: the element at ⌊i / factor⌋ (PyTorch `nearest`). Bilinear: half_pixel as PyTorch and TensorFlow 2, align_corners, or asymmetric.",
  source: "ONNX Resize",
  inputs: ["x"],
  attributes: {
    factor: { type: "pair", optional: true, min: 1, doc: "a whole factor for height and width" },
    size: { type: "pair", optional: true, min: 1, doc: "height and width of the output" },
    mode: { type: "enum", default: "nearest", options: ["nearest", "bilinear"], doc: "how elements between are made" },
    coordinates: { type: "enum", default: "half_pixel", options: ["half_pixel", "align_corners", "asymmetric"], doc: "where output elements lie on the input, for bilinear" },
  },
  infer([x], given) {
    const wrong = notAnImage(x);
    if (wrong) return wrong;
    if ((given.factor === undefined) === (given.size === undefined)) return { problem: "wants either `factor` or `size`" };
    const size = given.size ?? ([x[1] * given.factor![0], x[2] * given.factor![1]] as const);
    const attrs: ResizeAttrs = { size, mode: given.mode as ResizeAttrs["mode"], coordinates: given.coordinates as ResizeAttrs["coordinates"] };
    return { attrs, outputs: [[x[0], size[0], size[1]]] };
  },
  flops: (_inputs, [y], attrs) => (attrs.mode === "bilinear" ? elements(y) : 0),
});
