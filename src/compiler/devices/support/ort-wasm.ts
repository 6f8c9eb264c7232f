/** onnxruntime-web's WebAssembly build, which has the kernels of ONNX Runtime's CPU provider. */
import { ortFuses, ortRules } from "./ort.ts";
import { integerRules, integerFuses } from "./ort-integers.ts";
import type { KernelSupport } from "./rules.ts";

export const ortWasm: KernelSupport = {
  title: "onnxruntime-web 1.30.0, wasm",
  source: "probed: our ONNX model of each one-operator network, its node placements and results in Node 20",
  date: "2026-11",
  at: { float32: ortRules, float16: ortRules, int8: integerRules },
  fuses: (activation, node, precision) => (precision === "int8" ? integerFuses(activation) : ortFuses(activation, node)),
};
