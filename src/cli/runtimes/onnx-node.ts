/** onnxruntime's native CPU kernels in Node, one thread. The package is optional. */
import type { Artifact } from "../../backends/artifact.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { problem } from "../environment.ts";
import { contents, type Runtime, type Values } from "./runtime.ts";

type Ort = typeof import("onnxruntime-node");

export async function onnxNodeRuntime(graph: Graph, artifacts: readonly Artifact[]): Promise<Runtime> {
  const ort = await loaded();
  const session = await ort.InferenceSession.create(contents(artifacts, ".onnx"), { executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
  const fed = (inputs: Values) => Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, new ort.Tensor("float32", inputs.get(name)!, [1, ...tensor.shape!])]));
  return {
    name: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common} (CPU, one thread)`,
    async run(inputs) {
      const results = await session.run(fed(inputs));
      return new Map(graph.outputs.map(({ name }) => [name, results[name].data as Float32Array]));
    },
    prepare(inputs) {
      const feeds = fed(inputs);
      return { run: async () => void (await session.run(feeds)), dispose: () => {} };
    },
    dispose: () => session.release(),
  };
}

async function loaded(): Promise<Ort> {
  try {
    return await import("onnxruntime-node");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND" && (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw problem("onnxruntime-node is not installed: `npm install onnxruntime-node` (its own script downloads unless .npmrc says `onnxruntime-node-install=skip`; the CPU kernels come with the package)");
  }
}
