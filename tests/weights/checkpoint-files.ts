/** Checkpoints in memory, and what tests do to them: other names, other layouts, other orders. */
import { bytesOf, memoryBytes, open, plan, toBytes, type WeightFile } from "../../src/backends/weights/safetensors.ts";
import { readShared } from "../shared.ts";

export interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A file of these tensors, in this order of the header's keys. */
export function fileOf(entries: readonly Entry[]): WeightFile {
  const values = new Map(entries.map((entry) => [entry.name, entry.values]));
  const made = plan(entries.map(({ name, shape }) => ({ name, dtype: "F32" as const, shape })));
  return open(memoryBytes(toBytes(made, (name) => bytesOf(values.get(name)!))), "made.safetensors").store!;
}

export function entriesOf(file: WeightFile): readonly Entry[] {
  return [...file.tensors.values()].map(({ name, shape, dtype }) => ({ name, shape, values: dtype === "I64" ? new Float32Array(1) : file.readFloat32(name) }));
}

export function sharedFile(...path: readonly string[]): WeightFile {
  return open(memoryBytes(readShared(...path)), path.join("/")).store!;
}

/** The entry with its axes in another order. */
export function transposed({ name, shape, values }: Entry, axes: readonly number[]): Entry {
  const sides = axes.map((axis) => shape[axis]);
  const result = new Float32Array(values.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0; to < result.length; to++) {
    let from = 0;
    for (let axis = 0; axis < shape.length; axis++) from = from * shape[axis] + index[axes.indexOf(axis)];
    result[to] = values[from];
    for (let at = sides.length - 1; at >= 0 && ++index[at] === sides[at]; at--) index[at] = 0;
  }
  return { name, shape: sides, values: result };
}

/** Convolutions as TensorFlow stores them. Depthwise kernels [C, 1, h, w] become [h, w, C, 1], or [h, w, 1, C] where `naive`. */
export function asHwio(entry: Entry, naive = false): Entry {
  if (entry.shape.length !== 4) return entry;
  return transposed(entry, !naive && entry.shape[1] === 1 && entry.shape[0] > 1 ? [2, 3, 0, 1] : [2, 3, 1, 0]);
}

export function asDense(entry: Entry): Entry {
  return entry.shape.length === 4 && entry.shape[2] === 1 && entry.shape[3] === 1 ? { ...entry, shape: entry.shape.slice(0, 2) } : entry;
}

export function asConvolution(entry: Entry): Entry {
  return entry.shape.length === 2 ? { ...entry, shape: [...entry.shape, 1, 1] } : entry;
}

export function transposedDense(entry: Entry): Entry {
  return entry.shape.length === 2 ? transposed(entry, [1, 0]) : entry;
}

export function renamed(entries: readonly Entry[], name: (name: string) => string): readonly Entry[] {
  return entries.map((entry) => ({ ...entry, name: name(entry.name) }));
}
