/** The runtimes that run in this process, each loaded when it is first named. */
import type { Artifact } from "../../backends/artifact.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { BackendName } from "../../workspace/backends.ts";
import type { Runtime } from "./runtime.ts";

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
  if (name === "ort_wasm") return (await import("./onnx.ts")).onnxRuntime(graph, artifacts);
  if (name === "tfjs_wasm") return (await import("./tfjs.ts")).tfjsRuntime(graph, artifacts);
  return (await import("./onnx-node.ts")).onnxNodeRuntime(graph, artifacts);
}
