/** The numbers of a program's constants, one tensor at a time, as they lie in the weights file. */
import { elements } from "../../compiler/ir/shape.ts";
import { evaluate } from "../weights/evaluate.ts";
import { toFloat16 } from "../weights/float16.ts";
import { storedAsHalf } from "../weights/half-storage.ts";
import type { WeightStore } from "../weights/store.ts";
import type { Constant, Program } from "./program.ts";
import { applyLayout } from "./weight-layout.ts";

export type Storage = "float32" | "float16";

/** How a constant is stored: with float16, the weights that `storedAsHalf` names; numbers of the source stay whole. */
export function storageOf(constant: Constant, weightsAs: Storage): Storage {
  return weightsAs === "float16" && constant.source.kind === "weight" && storedAsHalf(constant.source.weight.shape) ? "float16" : "float32";
}

export function storedBytes(constant: Constant, weightsAs: Storage): number {
  return elements(constant.shape) * (storageOf(constant, weightsAs) === "float16" ? 2 : 4);
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
export function* constantChunks(program: Program, store: WeightStore, weightsAs: Storage): Generator<Uint8Array> {
  for (const constant of program.constants) {
    const values = constantValues(constant, store);
    const stored = storageOf(constant, weightsAs) === "float16" ? toFloat16(values) : values;
    yield new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  }
}
