/** TensorFlow.js's wasm backend. */
import { tfjsSupport } from "./tfjs.ts";

export const tfjsWasm = tfjsSupport("wasm", "probed: our module of each one-operator network, run in Node 20", "2026-11");
