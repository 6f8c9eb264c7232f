/** What the rules ask of windows, shapes and axes. */
import type { Tensor } from "../../ir/graph.ts";
import type { Pair } from "../../ir/op.ts";
import type { Shape } from "../../ir/shape.ts";
import { adaptiveWindow } from "../../ops/pool.ts";
import type { Seen } from "./rules.ts";

export function shapeOf(tensor: Tensor): Shape {
  return tensor.shape ?? [];
}

/** Whether an axis exchange moves nothing but sides of 1. */
export function isView(shape: Shape, order: readonly number[]): boolean {
  const moving = order.filter((axis) => shape[axis] !== 1);
  return moving.every((axis, i) => i === 0 || moving[i - 1] < axis);
}

/** A tensor as channels-last runtimes hold it, the batch first: [1, height, width, channels] for an image. */
export function channelsLast(shape: Shape): Shape {
  return shape.length === 3 ? [1, shape[1], shape[2], shape[0]] : [1, ...shape];
}

/** Where an axis of the graph lies in a channels-last tensor. */
export function lastAxes(axis: number, rank: number): number {
  return rank === 3 ? [3, 1, 2][axis] : axis + 1;
}

/** Whether an image's own order of elements differs from channels-last. */
export function isReordered(shape: Shape): boolean {
  return shape.length === 3 && !isView([1, ...shape], [0, 2, 3, 1]);
}

/** Stride and window where adaptive pooling's windows are alike and end with the side. */
export function regularWindows(count: number, side: number): { readonly window: number; readonly stride: number } | undefined {
  const [, window] = adaptiveWindow(0, count, side);
  const stride = count === 1 ? 1 : adaptiveWindow(1, count, side)[0];
  for (let i = 0; i < count; i++) {
    const [start, end] = adaptiveWindow(i, count, side);
    if (stride === 0 || start !== i * stride || end !== start + window) return undefined;
  }
  return (count - 1) * stride + window === side ? { window, stride } : undefined;
}

export interface Windowed {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: readonly number[];
  readonly dilation?: Pair;
}

/** Whether the last window hangs over the end of the padded input (`ceil`). */
export function hangsOver(x: Shape, y: Shape, { kernel, stride, pads }: Windowed): boolean {
  return [0, 1].some((a) => (y[a + 1] - 1) * stride[a] + kernel[a] > x[a + 1] + pads[a] + pads[a + 2]);
}

/**
 * Which of TensorFlow's two paddings a window has: `valid` none, `same` max((⌈n/s⌉ − 1)·s + (k − 1)·d + 1 − n, 0) in all, the odd one at the end; else
 * `explicit`. A last window that hangs over is explicit.
 */
export function paddingOf(x: Shape, y: Shape, attrs: Windowed): "valid" | "same" | "explicit" {
  const [, height, width] = x;
  if (hangsOver(x, y, attrs)) return "explicit";
  const { kernel, stride, pads, dilation = [1, 1] } = attrs;
  const same = [height, width].every((side, a) => {
    const total = Math.max((Math.ceil(side / stride[a]) - 1) * stride[a] + (kernel[a] - 1) * dilation[a] + 1 - side, 0);
    return pads[a] === Math.floor(total / 2) && pads[a + 2] === total - Math.floor(total / 2);
  });
  if (pads.every((n) => n === 0)) return "valid";
  return same ? "same" : "explicit";
}

/** The pads that TensorFlow's SAME gives to a transposed convolution, with what the output has beyond them. */
export function transposedPaddingOf(node: Seen, { kernel, stride, pads, outputPad, dilation = [1, 1] }: Windowed & { readonly outputPad: Pair }): "valid" | "same" | "explicit" {
  if (pads.every((n) => n === 0) && outputPad.every((n) => n === 0)) return "valid";
  const [, height, width] = shapeOf(node.inputs[0]);
  const [, outHeight, outWidth] = shapeOf(node.outputs[0]);
  const scaled = outHeight === height * stride[0] && outWidth === width * stride[1];
  const centred = [0, 1].every((a) => pads[a] === Math.floor(Math.max((kernel[a] - 1) * dilation[a] + 1 - stride[a], 0) / 2));
  return scaled && centred ? "same" : "explicit";
}

/** Whether each image axis with more than one element is reduced, and nothing else: a mean or maximum over the whole image. */
export function isOverImage(shape: Shape, axes: readonly number[]): boolean {
  return shape.length === 3 && axes.length === 2 && axes[0] === 1 && axes[1] === 2;
}
