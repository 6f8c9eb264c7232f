/** How a program's constants are stored in the weights file. TF.js makes float32 of them when it loads the file. */
import { elements } from "../../compiler/ir/shape.ts";
import { fitsHalf, storedAsHalf } from "../weights/half-storage.ts";
import { affine, rangeOf } from "../weights/quantisation.ts";
import type { WeightStore } from "../weights/store.ts";
import { constantValues } from "./constant-values.ts";
import type { Constant, Program } from "./program.ts";

export type Storage = "float32" | "float16" | "int8";

/** As TF.js's weights manifest says it: integers q stand for q · scale + min, with one scale for the whole tensor. */
export type StoredAs = { readonly dtype: "float16" } | IntegersAs;

export interface IntegersAs {
  readonly dtype: "uint8" | "uint16";
  readonly scale: number;
  readonly min: number;
}

/** By the names of the constants; the others are float32. */
export type Stored = ReadonlyMap<string, StoredAs>;

/** The largest integer of a type. */
export const LEVELS = { uint8: 2 ** 8 - 1, uint16: 2 ** 16 - 1 } as const;

const BYTES = { float16: 2, uint8: 1, uint16: 2 } as const;

/**
 * The share of a network's kernels, the smallest first, that take 16 bits. They are the first layers of most networks, where few channels average the
 * rounding out; for 5 % more bytes a trained MobileNetV2's logits gain 3 dB, a MobileNetV3's 12.
 */
const FINE_SHARE = 0.05;

/**
 * With float16, the weights that `storedAsHalf` names and float16 can hold. With int8, all kernels and matrices: in 8 bits, except the smallest and those
 * that see one channel at a time, whose channels differ too much for one scale of 8 bits; they take 16. Vectors and numbers of the source stay whole.
 */
export function storedAs(program: Program, store: WeightStore, weightsAs: Storage): Stored {
  const kernels = program.constants.filter(({ source }) => source.kind === "weight" && source.weight.shape.length >= 2);
  if (weightsAs === "float32") return new Map();
  if (weightsAs === "float16") {
    const halves = kernels.filter((kernel) => isWide(kernel) && fitsHalf(constantValues(kernel, store)));
    return new Map(halves.map(({ name }) => [name, { dtype: "float16" }]));
  }
  const fine = smallest(kernels, FINE_SHARE);
  return new Map(kernels.map((kernel) => [kernel.name, integers(constantValues(kernel, store), isWide(kernel) && !fine.has(kernel) ? "uint8" : "uint16")]));
}

function isWide({ source }: Constant): boolean {
  return source.kind === "weight" && storedAsHalf(source.weight.shape);
}

function smallest(kernels: readonly Constant[], share: number): ReadonlySet<Constant> {
  const chosen = new Set<Constant>();
  let room = share * kernels.reduce((sum, { shape }) => sum + elements(shape), 0);
  for (const kernel of kernels.toSorted((a, b) => elements(a.shape) - elements(b.shape))) {
    room -= elements(kernel.shape);
    if (room < 0) break;
    chosen.add(kernel);
  }
  return chosen;
}

/** What stands for 0 gives exactly 0. */
function integers(values: Float32Array, dtype: "uint8" | "uint16"): IntegersAs {
  const { scale, zero } = affine(rangeOf(values), LEVELS[dtype]);
  return { dtype, scale, min: zero === 0 ? 0 : -zero * scale };
}

export function storedBytes(constant: Constant, stored: Stored): number {
  const as = stored.get(constant.name);
  return elements(constant.shape) * (as ? BYTES[as.dtype] : 4);
}
