/** Runs what a backend emitted, in this process, through the runtime that it was emitted for. */
import type { Artifact } from "../backends/artifact.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import type { BackendName } from "../workspace/backends.ts";

/** Values in the language's own layout: `[channels, height, width]`, row-major, without the batch. */
export type Values = ReadonlyMap<string, Float32Array>;

export interface Runtime {
  /** What it is and which version: `onnxruntime-web 1.30.0 (wasm, one thread)`. */
  readonly name: string;
  /** From inputs to outputs, by name. */
  readonly run: (inputs: Values) => Promise<Values>;
  /** The same run again and again, as measurements want it: the inputs are in the runtime's own form already, and the outputs are thrown away. */
  readonly prepare: (inputs: Values) => Prepared;
  readonly dispose: () => Promise<void>;
}

export interface Prepared {
  readonly run: () => Promise<void>;
  readonly dispose: () => void;
}

/** What runs networks in this process, by the kernels that it has. */
export const RUNTIME_NAMES = ["ort_wasm", "tfjs_wasm", "ort_node"] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** The backend whose artifacts a runtime takes. */
export const BACKEND_OF: Readonly<Record<RuntimeName, BackendName>> = { ort_wasm: "onnx", tfjs_wasm: "tfjs", ort_node: "onnx" };

/** A runtime with the model loaded. */
export async function runtime(backend: BackendName, graph: Graph, artifacts: readonly Artifact[]): Promise<Runtime> {
  return runtimeNamed(backend === "onnx" ? "ort_wasm" : "tfjs_wasm", graph, artifacts);
}

export async function runtimeNamed(name: RuntimeName, graph: Graph, artifacts: readonly Artifact[]): Promise<Runtime> {
  if (name === "ort_wasm") return (await import("./runtime-onnx.ts")).onnxRuntime(graph, artifacts);
  if (name === "tfjs_wasm") return (await import("./runtime-tfjs.ts")).tfjsRuntime(graph, artifacts);
  return (await import("./runtime-onnx-node.ts")).onnxNodeRuntime(graph, artifacts);
}

/** The whole of the artifact with this ending. */
export function contents(artifacts: readonly Artifact[], ending: string): Uint8Array {
  const artifact = artifacts.find(({ path }) => path.endsWith(ending));
  if (!artifact) throw new Error(`no artifact ends in ${ending}`);
  const whole = new Uint8Array(artifact.bytes);
  let at = 0;
  for (const chunk of artifact.chunks()) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
