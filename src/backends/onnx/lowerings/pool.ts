/** Poolings. A last window that hangs over the end (`ceil`) becomes explicit padding there, so that no runtime's reading of ceil_mode matters. */
import { adaptiveWindow } from "../../../compiler/ops/pool.ts";
import type { AttrsOf } from "../../../compiler/ops/index.ts";
import type { Pair } from "../../../compiler/ir/op.ts";
import { paddingAttributes } from "./padding.ts";
import { floats, ints, result, scalar, step, type Site, type Value } from "../target.ts";

/** MaxPool: padding never wins, so it may be as long as the windows reach. */
export function maxpool(site: Site, [x]: readonly Value[], attrs: AttrsOf<"maxpool">): Value {
  return result(site, "MaxPool", [x], windowAttributes(attrs, reach(site, x, attrs), site, x));
}

/**
 * AveragePool. With `countIncludePad` the padding that the layer states counts as zeros, and what a last window covers beyond it does not
 * count (PyTorch). ONNX has the two apart only where one of them is nothing; where both occur, the zeros are laid around the image first.
 */
export function avgpool(site: Site, [x]: readonly Value[], attrs: AttrsOf<"avgpool">): Value {
  const pads = reach(site, x, attrs);
  const hangsOver = pads.some((n, i) => n !== attrs.pads[i]);
  const padded = attrs.pads.some((n) => n > 0);
  if (!attrs.countIncludePad || !padded) return result(site, "AveragePool", [x], { ...windowAttributes(attrs, pads, site, x), count_include_pad: { int: 0 } });
  if (!hangsOver) return result(site, "AveragePool", [x], { ...windowAttributes(attrs, pads), count_include_pad: { int: 1 } });
  const [top, left, bottom, right] = attrs.pads;
  const shape = [x.shape[0], x.shape[1] + top + bottom, x.shape[2] + left + right];
  const framed = step(site, "zeros", shape, "Pad", [x, ints(site, [0, 0, top, left, 0, 0, bottom, right]), scalar(site, 0)], { mode: { string: "constant" } });
  return result(site, "AveragePool", [framed], { ...windowAttributes(attrs, [0, 0, pads[2] - bottom, pads[3] - right]), count_include_pad: { int: 0 } });
}

export function globalAvgpool(site: Site, [x]: readonly Value[]): Value {
  if (site.target.spellings.globalPool === "global") return result(site, "GlobalAveragePool", [x]);
  return result(site, "AveragePool", [x], { ...evenWindows(x, [1, 1]), count_include_pad: { int: 0 } });
}

export function globalMaxpool(site: Site, [x]: readonly Value[]): Value {
  return result(site, "GlobalMaxPool", [x]);
}

/**
 * Windows of one size are an AveragePool. Others are a matrix product along each axis that needs it: row i of the matrix holds 1 / length at
 * the places that window i covers.
 */
export function adaptiveAvgpool(site: Site, [x]: readonly Value[], { size }: AttrsOf<"adaptive_avgpool">): Value {
  const [channels, height, width] = x.shape;
  if (size[0] === 1 && size[1] === 1) return globalAvgpool(site, [x]);
  if (height % size[0] === 0 && width % size[1] === 0) return result(site, "AveragePool", [x], evenWindows(x, size));
  if (height === size[0]) return result(site, "MatMul", [x, averages(site, size[1], width, true)]);
  const rows = averages(site, size[0], height, false);
  if (width === size[1]) return result(site, "MatMul", [rows, x]);
  const tall = step(site, "rows", [channels, size[0], width], "MatMul", [rows, x]);
  return result(site, "MatMul", [tall, averages(site, size[1], width, true)]);
}

/**
 * Windows of one size are a MaxPool. Others are made so: along each axis that needs it, the elements of every window are gathered side by side,
 * short windows with their last element repeated, which no maximum minds.
 */
export function adaptiveMaxpool(site: Site, [x]: readonly Value[], { size }: AttrsOf<"adaptive_maxpool">): Value {
  if (size[0] === 1 && size[1] === 1) return globalMaxpool(site, [x]);
  let gathered = x;
  for (const axis of [1, 2]) {
    const side = x.shape[axis];
    const count = size[axis - 1];
    if (side % count === 0) continue;
    const windows = Array.from({ length: count }, (_, i) => adaptiveWindow(i, count, side));
    const longest = Math.max(...windows.map(([start, end]) => end - start));
    const places = windows.flatMap(([start, end]) => Array.from({ length: longest }, (_, i) => Math.min(start + i, end - 1)));
    const shape = gathered.shape.map((n, a) => (a === axis ? places.length : n));
    gathered = step(site, axis === 1 ? "rows" : "columns", shape, "Gather", [gathered, ints(site, places)], { axis: { int: axis + 1 } });
  }
  return result(site, "MaxPool", [gathered], evenWindows(gathered, size));
}

/** The pads under which the windows of the result fit exactly: those at the end grow where the last window hangs over. */
function reach(site: Site, x: Value, { kernel, stride, pads }: AttrsOf<"maxpool">): readonly [number, number, number, number] {
  const end = (axis: 0 | 1) => (site.shapes[0][axis + 1] - 1) * stride[axis] + kernel[axis] - x.shape[axis + 1] - pads[axis];
  return [pads[0], pads[1], Math.max(pads[2], end(0)), Math.max(pads[3], end(1))];
}

/** With the site and its input, padding that is SAME may go by its name. */
function windowAttributes({ kernel, stride }: { readonly kernel: Pair; readonly stride: Pair }, pads: readonly number[], site?: Site, x?: Value) {
  return { kernel_shape: { ints: kernel }, strides: { ints: stride }, ...(site && x ? paddingAttributes(site, x, { kernel, stride, pads }) : { pads: { ints: pads } }) };
}

function evenWindows(x: Value, size: Pair) {
  const kernel: Pair = [x.shape[1] / size[0], x.shape[2] / size[1]];
  return windowAttributes({ kernel, stride: kernel }, [0, 0, 0, 0]);
}

/** The matrix [count, side] of window averages, or its transpose. */
function averages(site: Site, count: number, side: number, transposed: boolean): string {
  const numbers = Array.from({ length: count * side }, () => 0);
  for (let i = 0; i < count; i++) {
    const [start, end] = adaptiveWindow(i, count, side);
    for (let j = start; j < end; j++) numbers[transposed ? j * count + i : i * side + j] = 1 / (end - start);
  }
  return floats(site, transposed ? [side, count] : [count, side], numbers);
}
