/** How each weight of a network is made of a file's tensors, and the store that makes it when it is asked for. */
import type { Weight } from "../../../compiler/ir/weight.ts";
import type { TensorInfo, WeightFile } from "../safetensors.ts";
import type { WeightStore } from "../store.ts";
import { permuted, type Permutation } from "./layout.ts";

/** `minus`: the first less the second, one by one. */
export type Source =
  | { readonly kind: "tensor"; readonly from: TensorInfo; readonly permutation: Permutation | undefined }
  | { readonly kind: "minus"; readonly from: TensorInfo; readonly less: TensorInfo }
  | { readonly kind: "fill"; readonly value: number };

export interface Made {
  readonly weight: Weight;
  readonly source: Source;
  /** What was done to the source; empty where it was only copied. */
  readonly how: string;
}

/** Reads at each `get` and keeps nothing, so that one tensor at a time is in memory. */
export function boundStore(made: readonly Made[], file: WeightFile): WeightStore {
  const held = new Map(made.map((one) => [one.weight.name, one]));
  const names = [...held.keys()];
  return {
    has: (name) => held.has(name),
    get(name) {
      const one = held.get(name);
      if (!one) throw new Error(`the network has no weights called ${JSON.stringify(name)}`);
      return valuesOf(one, file);
    },
    shape: (name) => held.get(name)?.weight.shape,
    names: () => names,
  };
}

function valuesOf({ source, weight }: Made, file: WeightFile): Float32Array {
  switch (source.kind) {
    case "fill":
      return new Float32Array(weight.shape.reduce((product, side) => product * side, 1)).fill(source.value);
    case "minus": {
      const less = file.readFloat32(source.less.name);
      return file.readFloat32(source.from.name).map((value, i) => value - less[i]);
    }
    case "tensor": {
      const values = file.readFloat32(source.from.name);
      return source.permutation ? permuted(values, source.permutation) : values;
    }
  }
}

/** The names of a source's tensors. */
export function tensorsIn(source: Source): readonly string[] {
  return source.kind === "fill" ? [] : source.kind === "minus" ? [source.from.name, source.less.name] : [source.from.name];
}

/** How many values are not numbers, or infinite. */
export function notFinite(info: TensorInfo, file: WeightFile): number {
  const values = file.readFloat32(info.name);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]) < Infinity)) count++;
  return count;
}
