/** Operators that move elements. A side of 0 in a Reshape's shape keeps the input's batch, whatever it is; where it is 1, that is written, since WebNN takes no 0. */
import type { AttrsOf } from "../../../compiler/ops/index.ts";
import { floats, ints, result, results, scalar, step, type Site, type Value } from "../target.ts";

export function split(site: Site, [x]: readonly Value[], { axis, sizes }: AttrsOf<"split">): readonly Value[] {
  return results(site, "Split", [x, ints(site, sizes)], { axis: { int: axis + 1 } });
}

export function slice(site: Site, [x]: readonly Value[], { axis, start, end, step: stride }: AttrsOf<"slice">): Value {
  return result(site, "Slice", [x, ints(site, [start]), ints(site, [end]), ints(site, [axis + 1]), ints(site, [stride])]);
}

export function pad(site: Site, [x]: readonly Value[], { pads: [top, left, bottom, right], mode, value }: AttrsOf<"pad">): Value {
  return result(site, "Pad", [x, ints(site, [0, 0, top, left, 0, 0, bottom, right]), ...(mode === "constant" ? [scalar(site, value)] : [])], { mode: { string: mode } });
}

export function reshape(site: Site, [x]: readonly Value[], { shape }: AttrsOf<"reshape">): Value {
  return result(site, "Reshape", [x, ints(site, [batchSide(site), ...shape])]);
}

function batchSide({ target: { batch } }: Site): number {
  return batch === 1 ? 1 : 0;
}

export function flatten(site: Site, [x]: readonly Value[]): Value {
  return result(site, "Flatten", [x], { axis: { int: 1 } });
}

export function transpose(site: Site, [x]: readonly Value[], { order }: AttrsOf<"transpose">): Value {
  return result(site, "Transpose", [x], { perm: { ints: [0, ...order.map((axis) => axis + 1)] } });
}

export function channelShuffle(site: Site, [x]: readonly Value[], { groups }: AttrsOf<"channel_shuffle">): Value {
  const [channels, height, width] = x.shape;
  const each = channels / groups;
  const grouped = step(site, "groups", [groups, each, height, width], "Reshape", [x, ints(site, [batchSide(site), groups, each, height, width])]);
  const dealt = step(site, "dealt", [each, groups, height, width], "Transpose", [grouped], { perm: { ints: [0, 2, 1, 3, 4] } });
  return result(site, "Reshape", [dealt, ints(site, [batchSide(site), channels, height, width])]);
}

/**
 * Resize by whole factors, whose quotients float32 holds well. Nearest to another size gathers rows and columns at ⌊i · side / size⌋ by
 * index, since a runtime's float32 coordinates may round to the neighbour; bilinear gives the size.
 */
export function resize(site: Site, [x]: readonly Value[], { size, mode, coordinates }: AttrsOf<"resize">): Value {
  const [, height, width] = x.shape;
  const whole = size[0] % height === 0 && size[1] % width === 0 && (mode === "nearest" || coordinates !== "align_corners");
  if (mode === "nearest" && !whole) return gather(site, x, size);
  const attributes = {
    mode: { string: mode === "nearest" ? "nearest" : "linear" },
    coordinate_transformation_mode: { string: mode === "nearest" ? "asymmetric" : coordinates },
    ...(mode === "nearest" ? { nearest_mode: { string: "floor" } } : {}),
    axes: { ints: [2, 3] },
  };
  if (whole) return result(site, "Resize", [x, "", floats(site, [2], [size[0] / height, size[1] / width])], attributes);
  return result(site, "Resize", [x, "", "", ints(site, size)], attributes);
}

function gather(site: Site, x: Value, size: readonly [number, number]): Value {
  const [channels, height, width] = x.shape;
  const places = (count: number, side: number) => ints(site, Array.from({ length: count }, (_, i) => Math.floor((i * side) / count)));
  const rows = { axis: { int: 2 } };
  const columns = { axis: { int: 3 } };
  if (size[1] === width) return result(site, "Gather", [x, places(size[0], height)], rows);
  if (size[0] === height) return result(site, "Gather", [x, places(size[1], width)], columns);
  const tall = step(site, "rows", [channels, size[0], width], "Gather", [x, places(size[0], height)], rows);
  return result(site, "Gather", [tall, places(size[1], width)], columns);
}
