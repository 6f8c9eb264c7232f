/** The arithmetic of sliding windows, which convolutions and poolings share. */
import type { Padding, Pair, Problem } from "../ir/op.ts";

/** Explicit padding: [top, left, bottom, right]. */
export type Pads = readonly [number, number, number, number];

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly pad: Padding;
}

export interface Placed {
  readonly pads: Pads;
  readonly height: number;
  readonly width: number;
}

/**
 * Resolves the padding for an input of this height and width, and computes the output's.
 *
 * `same` pads max((⌈n/s⌉ − 1)·s + (k − 1)·d + 1 − n, 0) in all, the odd one at the end (TensorFlow); it depends on the input's
 * size. `half` pads (k − 1)·d / 2, rounded down, on both sides (PyTorch's convention for odd kernels).
 * Output: ⌊(n + pads − (k − 1)·d − 1) / s⌋ + 1. With `ceil`, ⌈…⌉, except that the last window must start within the
 * input or its leading padding (PyTorch `ceil_mode`, Caffe).
 */
export function place(height: number, width: number, window: Window, ceil = false): Placed | Problem {
  const { kernel, stride, dilation, pad } = window;
  if (kernel[0] * kernel[1] * stride[0] * stride[1] * dilation[0] * dilation[1] > 2 ** 40) return { problem: "has a window beyond all measure; kernel, stride and dilation may multiply to 2^40 at most" };
  const [top, bottom] = sides(height, kernel[0], stride[0], dilation[0], pad, 0);
  const [left, right] = sides(width, kernel[1], stride[1], dilation[1], pad, 1);
  const h = steps(height, top, bottom, kernel[0], stride[0], dilation[0], ceil);
  const w = steps(width, left, right, kernel[1], stride[1], dilation[1], ceil);
  if (h < 1 || w < 1) {
    const short = h < 1 ? { name: "height", size: height + top + bottom, reach: (kernel[0] - 1) * dilation[0] + 1 } : { name: "width", size: width + left + right, reach: (kernel[1] - 1) * dilation[1] + 1 };
    return { problem: `has a window of ${short.name} ${short.reach}, but its input has only ${short.size} with the padding`, attribute: "kernel" };
  }
  return { pads: [top, left, bottom, right], height: h, width: w };
}

/** The output's side on an axis (0: height) for an input of this side, as `place` has it; below 1 where the window does not fit. */
export function outputSide(n: number, { kernel, stride, dilation, pad }: Window, axis: 0 | 1): number {
  const k = kernel[axis];
  const s = stride[axis];
  const d = dilation[axis];
  return steps(n, 0, padded(n, k, s, d, pad, axis), k, s, d, false);
}

/** Rows or columns of padding in all. */
function padded(n: number, k: number, s: number, d: number, pad: Padding, axis: 0 | 1): number {
  if (pad === "valid") return 0;
  if (pad === "half") return 2 * Math.floor(((k - 1) * d) / 2);
  if (pad === "same") return Math.max((Math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0);
  return pad[axis] + pad[axis + 2];
}

function sides(n: number, k: number, s: number, d: number, pad: Padding, axis: 0 | 1): readonly [number, number] {
  if (typeof pad !== "string") return [pad[axis], pad[axis + 2]];
  const total = padded(n, k, s, d, pad, axis);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function steps(n: number, before: number, after: number, k: number, s: number, d: number, ceil: boolean): number {
  const room = n + before + after - (k - 1) * d - 1;
  if (!ceil) return Math.floor(room / s) + 1;
  const count = Math.ceil(room / s) + 1;
  return (count - 1) * s >= n + before ? count - 1 : count;
}
