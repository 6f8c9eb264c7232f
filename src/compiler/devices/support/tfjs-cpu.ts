/** TensorFlow.js's cpu backend. */
import { tfjsSupport } from "./tfjs.ts";

export const tfjsCpu = tfjsSupport("cpu", "probed: our module of each one-operator network, run in Node 20", "2026-11");
