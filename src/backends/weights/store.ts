/** Named weights as float32, keyed by the layer paths of the language. Everything that needs weights reads them from here. */
import { elementCount } from "./dtype.ts";
import type { WeightFile } from "./safetensors.ts";

export interface WeightStore {
  has(name: string): boolean;
  /** The values, row-major; possibly a view that the store also holds, so not to be written to. A name that it lacks is the caller's bug. */
  get(name: string): Float32Array;
  shape(name: string): readonly number[] | undefined;
  /** In the store's own order. */
  names(): readonly string[];
}

export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Weights that are in memory. Of entries of the same name the last holds. */
export function memoryStore(entries: Iterable<WeightEntry>): WeightStore {
  const held = new Map<string, WeightEntry>();
  for (const entry of entries) {
    if (elementCount(entry.shape) !== entry.values.length) throw new Error(`${entry.name} has ${entry.values.length} values for the shape [${entry.shape.join(", ")}]`);
    held.set(entry.name, entry);
  }
  const names = [...held.keys()];
  return {
    has: (name) => held.has(name),
    get: (name) => held.get(name)?.values ?? missing(name),
    shape: (name) => held.get(name)?.shape,
    names: () => names,
  };
}

/** Weights in a file, read at each `get` and not kept, so that one tensor at a time is in memory. Complex tensors are left out. */
export function fileStore(file: WeightFile): WeightStore {
  const held = new Map([...file.tensors].filter(([, info]) => info.dtype !== "C64"));
  const names = [...held.keys()];
  return {
    has: (name) => held.has(name),
    get: (name) => (held.has(name) ? file.readFloat32(name) : missing(name)),
    shape: (name) => held.get(name)?.shape,
    names: () => names,
  };
}

function missing(name: string): never {
  throw new Error(`the store has no weights called ${JSON.stringify(name)}`);
}
