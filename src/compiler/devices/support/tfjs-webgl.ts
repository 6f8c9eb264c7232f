/** TensorFlow.js's webgl backend. */
import { tfjsSupport } from "./tfjs.ts";

export const tfjsWebgl = tfjsSupport("webgl", "probed: our module of each one-operator network, run in Chromium 156 (WebGL 2 by SwiftShader)", "2026-11");
