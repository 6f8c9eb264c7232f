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
  readonly dispose: () => Promise<void>;
}

/** A runtime with the model loaded. */
export async function runtime(backend: BackendName, graph: Graph, artifacts: readonly Artifact[]): Promise<Runtime> {
  return backend === "onnx" ? (await import("./runtime-onnx.ts")).onnxRuntime(graph, artifacts) : (await import("./runtime-tfjs.ts")).tfjsRuntime(graph, artifacts);
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
