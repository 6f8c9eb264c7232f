import { elements } from "../../compiler/ir/shape.ts";
import { evaluate } from "../weights/evaluate.ts";
import type { WeightStore } from "../weights/store.ts";
import type { Constant } from "./program.ts";
import { applyLayout } from "./weight-layout.ts";

/** A constant's numbers, in TF.js's layout. */
export function constantValues(constant: Constant, store: WeightStore): Float32Array {
  const { source } = constant;
  if (source.kind === "fill") return new Float32Array(elements(constant.shape)).fill(source.value);
  if (source.kind === "numbers") return Float32Array.from(source.numbers);
  const values = applyLayout(source.layout, evaluate(source.weight, store));
  const { scale, shift } = source;
  return scale === 1 && shift === 0 ? values : values.map((value) => value * scale + shift);
}
