/** onnxruntime-web in Node: WebAssembly, one thread. */
import type { Artifact } from "../../backends/artifact.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { contents, type Runtime, type Values } from "./runtime.ts";

export async function onnxRuntime(graph: Graph, artifacts: readonly Artifact[]): Promise<Runtime> {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(contents(artifacts, ".onnx"), { executionProviders: ["wasm"] });
  const fed = (inputs: Values) => Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, new ort.Tensor("float32", inputs.get(name)!, [1, ...tensor.shape!])]));
  return {
    name: `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common} (wasm, one thread)`,
    async run(inputs) {
      const results = await session.run(fed(inputs));
      const outputs: Values = new Map(graph.outputs.map(({ name }) => [name, results[name].data as Float32Array]));
      return outputs;
    },
    prepare(inputs) {
      const feeds = fed(inputs);
      return { run: async () => void (await session.run(feeds)), dispose: () => {} };
    },
    dispose: () => session.release(),
  };
}
