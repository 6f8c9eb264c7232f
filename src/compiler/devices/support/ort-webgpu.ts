/** onnxruntime-web's WebGPU provider. */
import { ortFuses, ortRules } from "./ort.ts";
import { everywhere, fallback, type KernelSupport } from "./rules.ts";

const rounded = fallback("the WebGPU provider has no QuantizeLinear: the layer computes in float32, and its result goes to the CPU to be rounded, and back", "use `precision=float32` for WebGPU");

export const ortWebgpu: KernelSupport = {
  title: "onnxruntime-web 1.30.0, WebGPU",
  source: "probed: our ONNX model of each one-operator network, its node placements and results in Chromium 156 (WebGPU by SwiftShader)",
  date: "2026-11",
  at: { float32: ortRules, float16: ortRules, int8: everywhere(ortRules, rounded) },
  fuses: ortFuses,
};
