/** onnxruntime-node: ONNX Runtime's CPU provider. */
import { ortWasm } from "./ort-wasm.ts";
import type { KernelSupport } from "./rules.ts";

export const ortNode: KernelSupport = { ...ortWasm, title: "onnxruntime-node 1.30.0, CPU" };
