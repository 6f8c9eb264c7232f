/** TensorFlow.js's webgpu backend. */
import { tfjsSupport } from "./tfjs.ts";

export const tfjsWebgpu = tfjsSupport("webgpu", "probed: our module of each one-operator network, run in Chromium 156 with @tensorflow/tfjs-backend-webgpu 4.22.0 (WebGPU by SwiftShader)", "2026-11");
