/** TensorFlow.js in Node: the wasm backend, and the graph model that the backend emitted. */
import type { Artifact } from "../../backends/artifact.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { Shape } from "../../compiler/ir/shape.ts";
import { contents, type Runtime, type Values } from "./runtime.ts";

type Tf = typeof import("@tensorflow/tfjs");
type Tensor = import("@tensorflow/tfjs").Tensor;

export async function tfjsRuntime(graph: Graph, artifacts: readonly Artifact[]): Promise<Runtime> {
  const tf = await silently(async () => {
    const loaded: Tf = await import("@tensorflow/tfjs");
    await import("@tensorflow/tfjs-backend-wasm");
    await loaded.setBackend("wasm");
    await loaded.ready();
    return loaded;
  });
  const manifest = JSON.parse(new TextDecoder().decode(contents(artifacts, ".json"))) as {
    readonly modelTopology: object;
    readonly signature?: object;
    readonly weightsManifest: readonly { readonly weights: readonly import("@tensorflow/tfjs").io.WeightsManifestEntry[] }[];
  };
  const weights = contents(artifacts, ".bin");
  const model = await tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: manifest.modelTopology,
      ...(manifest.signature ? { signature: manifest.signature } : {}),
      weightSpecs: manifest.weightsManifest.flatMap((group) => group.weights),
      weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength) as ArrayBuffer,
    }),
  );
  const fed = (inputs: Values): Record<string, Tensor> =>
    Object.fromEntries(
      graph.inputs.map(({ name, tensor }) => {
        const shape = tensor.shape!;
        return [name, tf.tensor(reordered(inputs.get(name)!, shape, "last"), [1, ...channelsLast(shape)])];
      }),
    );
  /** In the order of the outputs. */
  const predicted = (feed: Record<string, Tensor>): readonly Tensor[] => {
    const results = [model.predict(feed)].flat() as unknown[];
    if (results.length !== 1 || results[0] instanceof tf.Tensor) return results as Tensor[];
    const byName = results[0] as Record<string, Tensor>;
    return graph.outputs.map(({ name }) => byName[name]);
  };
  return {
    name: `TensorFlow.js ${tf.version.tfjs} (wasm, one thread)`,
    async run(inputs) {
      const feed = fed(inputs);
      const results = predicted(feed);
      const outputs = new Map<string, Float32Array>();
      for (let i = 0; i < graph.outputs.length; i++) {
        outputs.set(graph.outputs[i].name, reordered((await results[i].data()) as Float32Array, graph.outputs[i].tensor.shape!, "first"));
      }
      tf.dispose([Object.values(feed), [...results]]);
      return outputs;
    },
    prepare(inputs) {
      const feed = fed(inputs);
      return {
        async run() {
          const results = predicted(feed);
          for (const result of results) await result.data();
          tf.dispose(results as Tensor[]);
        },
        dispose: () => tf.dispose(feed),
      };
    },
    dispose: async () => model.dispose(),
  };
}

/** TF.js greets whoever loads it in Node with advice on another package. */
async function silently<T>(load: () => Promise<T>): Promise<T> {
  const { warn, info, log } = console;
  const quiet = (): void => {};
  Object.assign(console, { warn: quiet, info: quiet, log: quiet });
  try {
    return await load();
  } finally {
    Object.assign(console, { warn, info, log });
  }
}

function channelsLast(shape: Shape): Shape {
  return shape.length === 3 ? [shape[1], shape[2], shape[0]] : shape;
}

/** Moves the channels of `[channels, height, width]` to the end, or back to the front; other ranks are as they are. */
function reordered(values: Float32Array, shape: Shape, channels: "first" | "last"): Float32Array {
  if (shape.length !== 3) return values;
  const [depth, height, width] = shape;
  const area = height * width;
  const made = new Float32Array(values.length);
  for (let c = 0; c < depth; c++) {
    for (let i = 0; i < area; i++) {
      if (channels === "last") made[i * depth + c] = values[c * area + i];
      else made[c * area + i] = values[i * depth + c];
    }
  }
  return made;
}
