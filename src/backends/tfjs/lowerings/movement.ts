/** Operators that move elements, and those that join or reduce tensors. */
import type { NodeOf } from "../../../compiler/ops/index.ts";
import { elements, sameShape, type Shape } from "../../../compiler/ir/shape.ts";
import { emit, formShape, hold, holdConstant, newValue, onlyReader, reshaped, take, takeAnyForm, takeValue, transposed, type Form, type Lowering } from "../lowering.ts";
import type { Kernel, Operand, Value } from "../program.ts";
import type { Tensor } from "../../../compiler/ir/graph.ts";

/** The physical axis of a graph axis, in canonical form. */
export function physicalAxis(axis: number, rank: number): number {
  return rank === 3 ? [3, 1, 2][axis] : axis + 1;
}

export function concatenated(to: Lowering, parts: readonly Value[], axis: number): Value {
  const shape = parts[0].shape.map((side, a) => (a === axis ? parts.reduce((sum, part) => sum + part.shape[a], 0) : side));
  return emit(to, { name: "concat", axis }, parts, shape);
}

export function concat(to: Lowering, node: NodeOf<"concat">): void {
  const rank = node.outputs[0].shape!.length;
  const parts = node.inputs.map((input) => takeValue(to, input));
  hold(to, node.outputs[0], parts.length === 1 ? parts[0] : concatenated(to, parts, physicalAxis(node.attrs.axis, rank)));
}

/** One split, or slices where not every part is wanted. */
export function split(to: Lowering, node: NodeOf<"split">): void {
  const x = takeValue(to, node.inputs[0]);
  const axis = physicalAxis(node.attrs.axis, node.inputs[0].shape!.length);
  const { sizes } = node.attrs;
  if (sizes.length === 1) return hold(to, node.outputs[0], x);
  const sized = (size: number) => x.shape.map((side, a) => (a === axis ? size : side));
  const wanted = node.outputs.filter((output) => to.results.has(output) || (to.readers.get(output)?.length ?? 0) > 0);
  if (wanted.length === sizes.length) {
    const outputs = sizes.map((size) => newValue(to, sized(size)));
    to.calls.push({ kernel: { name: "split", axis, sizes }, inputs: [x], outputs, path: to.path });
    outputs.forEach((value, i) => hold(to, node.outputs[i], value));
    return;
  }
  let begin = 0;
  sizes.forEach((size, i) => {
    if (wanted.includes(node.outputs[i])) hold(to, node.outputs[i], emit(to, { name: "slice", axis, begin, end: begin + size, step: 1 }, [x], sized(size)));
    begin += size;
  });
}

export function slice(to: Lowering, node: NodeOf<"slice">): void {
  const { start, end, step } = node.attrs;
  const shape = node.outputs[0].shape!;
  const x = takeValue(to, node.inputs[0]);
  if (sameShape(shape, node.inputs[0].shape!)) return hold(to, node.outputs[0], x);
  const axis = physicalAxis(node.attrs.axis, shape.length);
  hold(to, node.outputs[0], emit(to, { name: "slice", axis, begin: start, end, step }, [x], formShape(shape, "canonical")));
}

/** An edge is repeated by mirroring one row at a time, the row itself included. */
export function pad(to: Lowering, node: NodeOf<"pad">): void {
  const { pads, mode, value } = node.attrs;
  let x = takeValue(to, node.inputs[0]);
  const grown = (p: readonly number[]): Shape => [x.shape[0], x.shape[1] + p[0] + p[2], x.shape[2] + p[1] + p[3], x.shape[3]];
  if (mode === "constant") x = emit(to, { name: "pad", pads, value }, [x], grown(pads));
  if (mode === "reflect") x = emit(to, { name: "mirrorPad", pads, mode: "reflect" }, [x], grown(pads));
  for (let i = 0; mode === "edge" && i < Math.max(...pads); i++) {
    const one = pads.map((side) => (side > i ? 1 : 0)) as unknown as typeof pads;
    x = emit(to, { name: "mirrorPad", pads: one, mode: "symmetric" }, [x], grown(one));
  }
  hold(to, node.outputs[0], x);
}

/** The order of elements is the graph's: channels, height, width. */
export function reshape(to: Lowering, node: NodeOf<"reshape">): void {
  hold(to, node.outputs[0], reshaped(to, takeValue(to, node.inputs[0], "plain"), [1, ...node.attrs.shape]), "plain");
}

/** Nothing where the image is one pixel or has one channel; nor where a dense layer behind it permutes its kernel instead. */
export function flatten(to: Lowering, node: NodeOf<"flatten">): void {
  const [x] = node.inputs;
  const shape = x.shape!;
  const [y] = node.outputs;
  if (shape.length === 3 && shape[1] * shape[2] === 1) return hold(to, y, takeValue(to, x, "canonical"), "pixel");
  if (shape.length === 1) {
    const { operand, form } = takeAnyForm(to, x);
    return hold(to, y, operand, form);
  }
  if (shape.length === 3 && shape[0] > 1 && onlyReader(to, y)?.op.name === "dense") return;
  hold(to, y, reshaped(to, takeValue(to, x, "plain"), [1, elements(shape)]), "canonical");
}

export function transpose(to: Lowering, node: NodeOf<"transpose">): void {
  const { order } = node.attrs;
  const from = takeValue(to, node.inputs[0]);
  if (order.length === 3) {
    // Physical axes of the result are batch, height, width, channels: axes 1, 2, 0 of the graph.
    const physical = [0, ...[1, 2, 0].map((axis) => physicalAxis(order[axis], 3))];
    return hold(to, node.outputs[0], transposed(to, from, physical));
  }
  hold(to, node.outputs[0], transposed(to, from, [0, ...order.map((axis) => axis + 1)]));
}

/** [h, w, groups, n] → [h, w, n, groups], height and width as one axis. */
export function channelShuffle(to: Lowering, node: NodeOf<"channel_shuffle">): void {
  const { groups } = node.attrs;
  const x = takeValue(to, node.inputs[0]);
  const [, h, w, c] = x.shape;
  const seen = reshaped(to, x, [1, h * w, groups, c / groups]);
  hold(to, node.outputs[0], reshaped(to, transposed(to, seen, [0, 1, 3, 2]), x.shape));
}

export function resize(to: Lowering, node: NodeOf<"resize">): void {
  const { mode, size, coordinates } = node.attrs;
  const x = takeValue(to, node.inputs[0]);
  const shape = formShape(node.outputs[0].shape!, "canonical");
  if (sameShape(shape, x.shape)) return hold(to, node.outputs[0], x);
  const bilinear = mode === "bilinear";
  hold(to, node.outputs[0], emit(to, { name: "resize", mode, size, alignCorners: bilinear && coordinates === "align_corners", halfPixel: bilinear && coordinates === "half_pixel" }, [x], shape));
}

/** Arithmetic on one shape, or on shapes that stretch to one: sides of 1 by TF.js, lower ranks by leading sides of 1. */
export function arithmetic(f: "add" | "sub" | "mul" | "div", to: Lowering, node: NodeOf<"add">): void {
  const [a, b] = node.inputs;
  const shape = node.outputs[0].shape!;
  const forms = [takeForm(to, a), takeForm(to, b)];
  if (a.shape!.length === 1 && b.shape!.length === 1 && forms.includes("pixel")) {
    hold(to, node.outputs[0], emit(to, { name: "binary", f }, oneComputed(to, take(to, a, "pixel"), take(to, b, "pixel")), formShape(shape, "pixel")), "pixel");
    return;
  }
  const x = ranked(to, a, shape.length);
  const y = ranked(to, b, shape.length);
  hold(to, node.outputs[0], emit(to, { name: "binary", f }, oneComputed(to, x, y), formShape(shape, "canonical")));
}

function takeForm(to: Lowering, tensor: Tensor): Form {
  return to.held.get(tensor)?.constant ? "canonical" : takeAnyForm(to, tensor).form;
}

/** Of two constants the first is repeated for the batch. */
function oneComputed(to: Lowering, x: Operand, y: Operand): readonly [Operand, Operand] {
  return [x.kind === "constant" && y.kind === "constant" ? emit(to, { name: "repeat" }, [x], x.shape) : x, y];
}

/** The tensor in the canonical form of a rank that may be higher than its own. */
function ranked(to: Lowering, tensor: Tensor, rank: number): Operand {
  const own = tensor.shape!;
  if (own.length === rank) return take(to, tensor);
  const wide = [...Array.from<number>({ length: rank - own.length }).fill(1), ...own];
  // The new sides are 1, so with one channel the order of elements is the same in both layouts.
  return reshaped(to, take(to, tensor, "plain"), formShape(wide, "canonical"));
}

export function matmul(to: Lowering, node: NodeOf<"matmul">): void {
  const { transposeA, transposeB } = node.attrs;
  const inputs = node.inputs.map((input) => takeValue(to, input, "plain"));
  hold(to, node.outputs[0], emit(to, { name: "matMul", transposeA, transposeB }, inputs, [1, ...node.outputs[0].shape!]), "plain");
}

/** Over an image's height and width by pooling, which wasm does ten times faster. */
export function reduce(f: "mean" | "sum" | "max", to: Lowering, node: NodeOf<"reduce_mean">): void {
  const { axes, keepdims } = node.attrs;
  const [input] = node.inputs;
  const rank = input.shape!.length;
  const x = takeValue(to, input);
  const physical = axes.map((axis) => physicalAxis(axis, rank)).sort((a, b) => a - b);
  const shape = x.shape.map((side, a) => (physical.includes(a) ? 1 : side));
  const image = rank === 3 && axes.length === 2 && axes[0] === 1 && f !== "sum" && x.shape[1] * x.shape[2] > 1;
  const kernel: Kernel = image
    ? { name: f === "max" ? "maxPool" : "avgPool", window: [x.shape[1], x.shape[2]], strides: [1, 1], pads: [0, 0, 0, 0] }
    : { name: "reduce", f, axes: physical };
  const y = sameShape(shape, x.shape) ? x : emit(to, kernel, [x], shape);
  if (keepdims) return hold(to, node.outputs[0], y);
  if (rank === 3 && shape[1] * shape[2] === 1 && axes.length === 2) return hold(to, node.outputs[0], y, "pixel");
  const plain = rank === 3 ? transposed(to, y, [0, 3, 1, 2]) : y;
  hold(to, node.outputs[0], reshaped(to, plain, [1, ...node.outputs[0].shape!]), "plain");
}

export function softmax(to: Lowering, node: NodeOf<"softmax">): void {
  const rank = node.inputs[0].shape!.length;
  const { form } = takeAnyForm(to, node.inputs[0]);
  if (rank === 1) {
    const x = takeValue(to, node.inputs[0], form);
    return hold(to, node.outputs[0], emit(to, { name: "softmax" }, [x], x.shape), form);
  }
  const x = takeValue(to, node.inputs[0]);
  const axis = physicalAxis(node.attrs.axis, rank);
  const last = x.shape.length - 1;
  const order = x.shape.map((_, a) => (a === axis ? last : a === last ? axis : a));
  const turned = transposed(to, x, order);
  hold(to, node.outputs[0], transposed(to, emit(to, { name: "softmax" }, [turned], turned.shape), order));
}

export function constant(to: Lowering, node: NodeOf<"constant">): void {
  holdConstant(to, node.outputs[0], { name: node.path, data: node.attrs.data });
}

/** Dropout and drop path: the identity at inference. */
export function identity(to: Lowering, node: NodeOf<"dropout">): void {
  const held = to.held.get(node.inputs[0]);
  if (held) to.held.set(node.outputs[0], held);
}
