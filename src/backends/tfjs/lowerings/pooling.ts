/** Poolings. TF.js leaves padding out of averages, as TensorFlow does; zeros that count are padded first. */
import type { NodeOf } from "../../../compiler/ops/index.ts";
import type { Pair } from "../../../compiler/ir/op.ts";
import type { Shape } from "../../../compiler/ir/shape.ts";
import { adaptiveWindow } from "../../../compiler/ops/pool.ts";
import type { Pads } from "../../../compiler/ops/window.ts";
import { emit, formShape, hold, takeValue, type Lowering } from "../lowering.ts";
import type { Value } from "../program.ts";
import { concatenated } from "./movement.ts";

/** The least float32: padding that never wins a maximum. */
const LEAST = -3.4028234663852886e38;
const NONE: Pads = [0, 0, 0, 0];

export function maxpool(to: Lowering, node: NodeOf<"maxpool">): void {
  const x = takeValue(to, node.inputs[0]);
  const out = formShape(node.outputs[0].shape!, "canonical");
  const { kernel, stride } = node.attrs;
  const pads = reach(x, out, kernel, stride, node.attrs.pads);
  hold(to, node.outputs[0], pool(to, "max", x, kernel, stride, pads, out));
}

/**
 * With `count_include_pad`, zeros are padded where the attribute says so; what a ceiling window reaches beyond them does not count
 * (PyTorch `AvgPool2d`).
 */
export function avgpool(to: Lowering, node: NodeOf<"avgpool">): void {
  const { kernel, stride, countIncludePad } = node.attrs;
  const out = formShape(node.outputs[0].shape!, "canonical");
  let x = takeValue(to, node.inputs[0]);
  let pads = node.attrs.pads;
  if (countIncludePad && pads.some((side) => side > 0)) {
    x = padded(to, x, pads, 0);
    pads = NONE;
  }
  hold(to, node.outputs[0], pool(to, "avg", x, kernel, stride, reach(x, out, kernel, stride, pads), out));
}

export function globalPool(f: "max" | "avg", to: Lowering, node: { readonly inputs: NodeOf<"global_avgpool">["inputs"]; readonly outputs: NodeOf<"global_avgpool">["outputs"] }): void {
  const x = takeValue(to, node.inputs[0]);
  const out = formShape(node.outputs[0].shape!, "canonical");
  hold(to, node.outputs[0], pool(to, f, x, [x.shape[1], x.shape[2]], [1, 1], NONE, out));
}

/** One pooling where all windows are alike; else rows first, then columns, a slice and a pooling for each. */
export function adaptivePool(f: "max" | "avg", to: Lowering, node: NodeOf<"adaptive_avgpool">): void {
  const [rows, columns] = node.attrs.size;
  let x = takeValue(to, node.inputs[0]);
  const out = formShape(node.outputs[0].shape!, "canonical");
  const down = regular(rows, x.shape[1]);
  const across = regular(columns, x.shape[2]);
  if (down && across) {
    hold(to, node.outputs[0], pool(to, f, x, [down.window, across.window], [down.stride, across.stride], NONE, out));
    return;
  }
  x = along(to, f, x, 1, rows);
  hold(to, node.outputs[0], along(to, f, x, 2, columns));
}

/** Stride and window, where windows of one size at equal steps end with the side. */
function regular(count: number, side: number): { readonly window: number; readonly stride: number } | undefined {
  const [, window] = adaptiveWindow(0, count, side);
  const stride = count === 1 ? 1 : adaptiveWindow(1, count, side)[0];
  if (stride === 0) return undefined;
  for (let i = 0; i < count; i++) {
    const [start, end] = adaptiveWindow(i, count, side);
    if (start !== i * stride || end !== start + window) return undefined;
  }
  return (count - 1) * stride + window === side ? { window, stride } : undefined;
}

function along(to: Lowering, f: "max" | "avg", x: Value, axis: 1 | 2, count: number): Value {
  const parts: Value[] = [];
  for (let i = 0; i < count; i++) {
    const [begin, end] = adaptiveWindow(i, count, x.shape[axis]);
    const size = x.shape.map((side, a) => (a === axis ? end - begin : side));
    const part = end - begin === x.shape[axis] ? x : emit(to, { name: "slice", axis, begin, end, step: 1 }, [x], size);
    const window: Pair = axis === 1 ? [end - begin, 1] : [1, end - begin];
    parts.push(pool(to, f, part, window, [1, 1], NONE, size.map((side, a) => (a === axis ? 1 : side))));
  }
  return parts.length === 1 ? parts[0] : concatenated(to, parts, axis);
}

/** The padding with which ⌊…⌋ gives as many windows as the graph wants: more at the end for ceiling windows, less where none reaches. */
function reach(x: Value, out: Shape, kernel: Pair, stride: Pair, [top, left]: Pads): Pads {
  const bottom = (out[1] - 1) * stride[0] + kernel[0] - x.shape[1] - top;
  const right = (out[2] - 1) * stride[1] + kernel[1] - x.shape[2] - left;
  return [top, left, Math.max(0, bottom), Math.max(0, right)];
}

function pool(to: Lowering, f: "max" | "avg", x: Value, window: Pair, strides: Pair, pads: Pads, out: Shape): Value {
  if (window[0] * window[1] === 1 && pads.every((side) => side === 0)) return picked(to, x, strides);
  if (pads.every((side) => side === 0) || to.target === "code" || same(x, out, window, strides, pads)) {
    return emit(to, { name: f === "max" ? "maxPool" : "avgPool", window, strides, pads }, [x], out);
  }
  if (f === "max") return pool(to, f, padded(to, x, pads, LEAST), window, strides, NONE, out);
  // The sum over the window with zeros, divided by how many of them are not padding.
  const whole = pool(to, f, padded(to, x, pads, 0), window, strides, NONE, out);
  return emit(to, { name: "binary", f: "mul" }, [whole, realShare(to.path, x, out, window, strides, pads)], out);
}

/** A window of one element: every stride-th row and column. wasm has no pooling by windows of one. */
function picked(to: Lowering, x: Value, strides: Pair): Value {
  let y = x;
  for (const axis of [1, 2] as const) {
    const step = strides[axis - 1];
    const side = Math.ceil(y.shape[axis] / step);
    if (side < y.shape[axis]) y = emit(to, { name: "slice", axis, begin: 0, end: y.shape[axis], step }, [y], y.shape.map((s, a) => (a === axis ? side : s)));
  }
  return y;
}

/** Whether the padding is what TensorFlow calls SAME. */
export function same(x: Value, out: Shape, window: Pair, strides: Pair, pads: Pads): boolean {
  return [0, 1].every((axis) => {
    const side = x.shape[axis + 1];
    const count = Math.ceil(side / strides[axis]);
    const total = Math.max((count - 1) * strides[axis] + window[axis] - side, 0);
    return count === out[axis + 1] && pads[axis] === Math.floor(total / 2) && pads[axis + 2] === total - Math.floor(total / 2);
  });
}

function padded(to: Lowering, x: Value, pads: Pads, value: number): Value {
  const [n, h, w, c] = x.shape;
  return emit(to, { name: "pad", pads, value }, [x], [n, h + pads[0] + pads[2], w + pads[1] + pads[3], c]);
}

/** For each window, its size over how many of its elements are no padding. */
function realShare(path: string, x: Value, out: Shape, window: Pair, strides: Pair, pads: Pads) {
  const count = (axis: 0 | 1, i: number) => {
    const start = i * strides[axis] - pads[axis];
    return Math.min(start + window[axis], x.shape[axis + 1]) - Math.max(start, 0);
  };
  const numbers: number[] = [];
  for (let i = 0; i < out[1]; i++) for (let j = 0; j < out[2]; j++) numbers.push((window[0] * window[1]) / (count(0, i) * count(1, j)));
  return { kind: "constant", name: `${path}.share`, shape: [1, out[1], out[2], 1], source: { kind: "numbers", numbers } } as const;
}
