/** Poolings: windows, whole images, and adaptive. */
import { defineOp, isProblem, type Inferred, type Padding, type Pair, type Problem } from "../ir/op.ts";
import { elements, type Shape } from "../ir/shape.ts";
import { notAnImage } from "./conv.ts";
import { place, type Pads } from "./window.ts";

export interface PoolAttrs {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: Pads;
  readonly ceil: boolean;
}
export interface AvgpoolAttrs extends PoolAttrs {
  readonly countIncludePad: boolean;
}
export interface AdaptiveAttrs {
  readonly size: Pair;
}

const window = {
  kernel: { type: "pair", min: 1, doc: "height and width of the window" },
  stride: { type: "pair", optional: true, min: 1, doc: "step of the window; the kernel unless given" },
  pad: { type: "padding", default: "valid", doc: "as for conv2d; none unless given" },
  ceil: { type: "bool", default: false, doc: "keeps a last window that hangs over the end (Caffe, `ceil_mode` in PyTorch)" },
} as const;

export const maxpool = defineOp({
  name: "maxpool",
  kind: "pooling",
  doc: "The largest element of each window; padding never wins.",
  source: "ONNX MaxPool",
  inputs: ["x"],
  attributes: window,
  infer: ([x], given) => pooled(x, given),
  flops: windowFlops,
});

export const avgpool = defineOp({
  name: "avgpool",
  kind: "pooling",
  doc: "The mean of each window. Padding counts as zeros with `count_include_pad` (PyTorch's default); without it only real elements are averaged (TensorFlow).",
  source: "ONNX AveragePool",
  inputs: ["x"],
  attributes: { ...window, count_include_pad: { type: "bool", default: true, doc: "whether padded zeros take part in the mean" } },
  infer([x], given) {
    const result = pooled(x, given);
    if (isProblem(result)) return result;
    const attrs: AvgpoolAttrs = { ...result.attrs, countIncludePad: given.count_include_pad };
    return { attrs, outputs: result.outputs };
  },
  flops: windowFlops,
});

export const globalAvgpool = defineOp({
  name: "global_avgpool",
  kind: "pooling",
  doc: "The mean of each channel: [channels, height, width] → [channels, 1, 1].",
  source: "ONNX GlobalAveragePool; Lin et al. 2014 (Network in Network), section 3.2",
  inputs: ["x"],
  attributes: {},
  infer: ([x]) => wholeImage(x),
  flops: ([x]) => elements(x),
});

export const globalMaxpool = defineOp({
  name: "global_maxpool",
  kind: "pooling",
  doc: "The largest element of each channel: [channels, height, width] → [channels, 1, 1].",
  source: "ONNX GlobalMaxPool",
  inputs: ["x"],
  attributes: {},
  infer: ([x]) => wholeImage(x),
  flops: ([x]) => elements(x),
});

const adaptiveSize = { size: { type: "pair", min: 1, doc: "height and width of the output" } } as const;

export const adaptiveAvgpool = defineOp({
  name: "adaptive_avgpool",
  kind: "pooling",
  doc: "The mean over windows chosen so that the output has the given size: window i of n covers rows ⌊i·H/n⌋ to ⌈(i+1)·H/n⌉. An output larger than the input repeats rows.",
  source: "PyTorch AdaptiveAvgPool2d",
  inputs: ["x"],
  attributes: adaptiveSize,
  infer: ([x], given) => adaptive(x, given.size),
  flops: adaptiveFlops,
});

export const adaptiveMaxpool = defineOp({
  name: "adaptive_maxpool",
  kind: "pooling",
  doc: "The largest element over windows chosen so that the output has the given size, as for adaptive_avgpool.",
  source: "PyTorch AdaptiveMaxPool2d",
  inputs: ["x"],
  attributes: adaptiveSize,
  infer: ([x], given) => adaptive(x, given.size),
  flops: adaptiveFlops,
});

/** Rows or columns that window `i` of `n` covers in adaptive pooling: [start, end). */
export function adaptiveWindow(i: number, n: number, side: number): readonly [number, number] {
  return [Math.floor((i * side) / n), Math.ceil(((i + 1) * side) / n)];
}

interface PoolGiven {
  readonly kernel: Pair;
  readonly stride: Pair | undefined;
  readonly pad: Padding;
  readonly ceil: boolean;
}

function pooled(x: Shape, given: PoolGiven): Inferred<PoolAttrs> | Problem {
  const wrong = notAnImage(x);
  if (wrong) return wrong;
  const stride = given.stride ?? given.kernel;
  const at = place(x[1], x[2], { kernel: given.kernel, stride, dilation: [1, 1], pad: given.pad }, given.ceil);
  if (isProblem(at)) return at;
  const [top, left, bottom, right] = at.pads;
  if (top >= given.kernel[0] || bottom >= given.kernel[0] || left >= given.kernel[1] || right >= given.kernel[1]) {
    return { problem: "has windows that lie in the padding alone; pad less than the kernel", attribute: "pad" };
  }
  return { attrs: { kernel: given.kernel, stride, pads: at.pads, ceil: given.ceil }, outputs: [[x[0], at.height, at.width]] };
}

function windowFlops(_inputs: readonly Shape[], [y]: readonly Shape[], attrs: PoolAttrs): number {
  return elements(y) * attrs.kernel[0] * attrs.kernel[1];
}

function wholeImage(x: Shape): Inferred<Record<never, never>> | Problem {
  return notAnImage(x) ?? { attrs: {}, outputs: [[x[0], 1, 1]] };
}

function adaptive(x: Shape, size: Pair): Inferred<AdaptiveAttrs> | Problem {
  return notAnImage(x) ?? { attrs: { size }, outputs: [[x[0], size[0], size[1]]] };
}

/** Windows cover the side once, and each boundary between two that is not whole, of which there are n − gcd(n, side), twice. */
function covered(n: number, side: number): number {
  let [a, b] = [n, side];
  while (b > 0) [a, b] = [b, a % b];
  return side + n - a;
}

function adaptiveFlops([x]: readonly Shape[], _outputs: readonly Shape[], attrs: AdaptiveAttrs): number {
  return x[0] * covered(attrs.size[0], x[1]) * covered(attrs.size[1], x[2]);
}
