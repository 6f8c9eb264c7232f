/** The numbers of a program's constants, one tensor at a time, as they lie in the weights file. */
import { elements } from "../../compiler/ir/shape.ts";
import { evaluate } from "../weights/evaluate.ts";
import { toFloat16 } from "../weights/float16.ts";
import { fitsHalf, storedAsHalf } from "../weights/half-storage.ts";
import type { WeightStore } from "../weights/store.ts";
import type { Constant, Program } from "./program.ts";
import { applyLayout } from "./weight-layout.ts";

export type Storage = "float32" | "float16";

/** Names of the constants that are stored as float16. */
export type Halves = ReadonlySet<string>;

/** With float16, the weights that `storedAsHalf` names and float16 can hold; numbers of the source stay whole. */
export function halvesOf(program: Program, store: WeightStore, weightsAs: Storage): Halves {
  if (weightsAs === "float32") return new Set();
  const kernels = program.constants.filter(({ source }) => source.kind === "weight" && storedAsHalf(source.weight.shape));
  return new Set(kernels.filter((constant) => fitsHalf(constantValues(constant, store))).map(({ name }) => name));
}

export function storedBytes(constant: Constant, halves: Halves): number {
  return elements(constant.shape) * (halves.has(constant.name) ? 2 : 4);
}

/** In TF.js's layout. */
export function constantValues(constant: Constant, store: WeightStore): Float32Array {
  const { source } = constant;
  if (source.kind === "fill") return new Float32Array(elements(constant.shape)).fill(source.value);
  if (source.kind === "numbers") return Float32Array.from(source.numbers);
  const values = applyLayout(source.layout, evaluate(source.weight, store));
  const { scale, shift } = source;
  return scale === 1 && shift === 0 ? values : values.map((value) => value * scale + shift);
}

/** The bytes of all constants, one after another, in the program's order. */
export function* constantChunks(program: Program, store: WeightStore, halves: Halves): Generator<Uint8Array> {
  for (const constant of program.constants) {
    const values = constantValues(constant, store);
    const stored = halves.has(constant.name) ? toFloat16(values) : values;
    yield new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  }
}
