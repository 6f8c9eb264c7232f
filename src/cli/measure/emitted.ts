/** What a runtime is measured with: the emitted network alone, without the modules that go with it, and with random weights. */
import type { Artifact } from "../../backends/artifact.ts";
import { initialStore } from "../../backends/weights/initial.ts";
import type { WeightStore } from "../../backends/weights/store.ts";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { backends, type BackendName } from "../../workspace/backends.ts";

const NO_FIGURES = { params: 0, buffers: 0, macs: 0, flops: 0, weights: 0, activations: 0 } as const;

export async function emitted(backend: BackendName, graph: Graph, weights: WeightStore = initialStore(graph, 0)): Promise<{ readonly artifacts: readonly Artifact[]; readonly diagnostics: readonly Diagnostic[] }> {
  const request = { graph, figures: NO_FIGURES, reading: undefined, weights, labels: () => undefined, at: () => "" };
  if (backend === "onnx") return (await backends.onnx()).emit(request, { fold: true, batch: 1, weightsAs: "float32" });
  return (await backends.tfjs()).emit(request, { weightsAs: "float32", forms: ["graph"] });
}
