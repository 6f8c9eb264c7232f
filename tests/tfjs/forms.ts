/** Emits networks for TensorFlow.js and runs the three forms of each: the module's inference, its trainable model, and the graph model. */
import { createRequire } from "node:module";
import { transform } from "esbuild";
import type * as TF from "@tensorflow/tfjs";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { elements, type Shape } from "../../src/compiler/ir/shape.ts";
import type { EmitRequest } from "../../src/backends/artifact.ts";
import type { WeightStore } from "../../src/backends/weights/store.ts";
import { tfjs, type TfjsOptions } from "../../src/backends/tfjs/index.ts";

const require = createRequire(import.meta.url);
export type Tf = typeof TF;

let loaded: Promise<Tf> | undefined;

/** TF.js with its wasm and cpu backends; one of them current. */
export async function loadTf(backend: "wasm" | "cpu"): Promise<Tf> {
  loaded ??= (async () => {
    const { warn, log } = console;
    Object.assign(console, { warn: () => {}, log: () => {} });
    const tf = require("@tensorflow/tfjs") as Tf;
    require("@tensorflow/tfjs-backend-wasm");
    await tf.setBackend("cpu");
    Object.assign(console, { warn, log });
    return tf;
  })();
  const tf = await loaded;
  await tf.setBackend(backend);
  await tf.ready();
  return tf;
}

export interface Files {
  readonly module: string;
  readonly json: string;
  readonly bin: Uint8Array;
  readonly safetensors: Uint8Array;
}

export async function emitFiles(graph: Graph, weights: WeightStore, options: Partial<TfjsOptions> = {}, request: Partial<EmitRequest> = {}): Promise<Files> {
  const bytes = await emit(graph, weights, options, request);
  const text = (end: string) => new TextDecoder().decode(bytes(end));
  return { module: text(".ts"), json: text(".json"), bin: bytes(".bin"), safetensors: bytes(".safetensors") };
}

/** The module alone. */
export async function emitModule(graph: Graph, weights: WeightStore, options: Partial<TfjsOptions> = {}, request: Partial<EmitRequest> = {}): Promise<string> {
  return new TextDecoder().decode((await emit(graph, weights, { ...options, forms: ["module"] }, request))(".ts"));
}

/** The bytes of the file that ends like this. */
async function emit(graph: Graph, weights: WeightStore, options: Partial<TfjsOptions>, request: Partial<EmitRequest>): Promise<(end: string) => Uint8Array> {
  const figures = { params: 1, buffers: 0, macs: 1, flops: 1, weights: 4, activations: 4 };
  const { artifacts, diagnostics } = await tfjs.emit({ graph, figures, reading: undefined, weights, labels: () => undefined, at: (span) => `${span.file}:1:1`, ...request }, { weightsAs: "float32", ...options });
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => d.message).join("\n"));
  return (end) => {
    const artifact = artifacts.find(({ path }) => path.endsWith(end))!;
    const all = Buffer.concat([...artifact.chunks()]);
    if (all.length !== artifact.bytes) throw new Error(`${artifact.path} is ${all.length} bytes, not the ${artifact.bytes} announced`);
    return new Uint8Array(all.buffer.slice(all.byteOffset, all.byteOffset + all.length));
  };
}

export interface NetworkModule {
  readonly costs: Readonly<Record<string, number>>;
  createModel(options?: { seed?: number; weights?: Uint8Array }): TF.LayersModel;
  pictureTensor?(picture: { data: ArrayLike<number>; width: number; height: number }): TF.Tensor4D;
  loadInference(weights: Uint8Array): {
    predict(input: TF.Tensor | Record<string, TF.Tensor>): Record<string, TF.Tensor>;
    classify?(picture: { data: ArrayLike<number>; width: number; height: number }, k?: number): Promise<readonly { readonly index: number; readonly name?: string; readonly probability?: number; readonly score?: number }[]>;
    dispose(): void;
  };
  loadWeights(model: TF.LayersModel, weights: Uint8Array): void;
  saveWeights(model: TF.LayersModel): Promise<Uint8Array>;
}

/** Runs the text of a module; TF.js is all that it may import. */
export async function loadModule(source: string, tf: Tf): Promise<NetworkModule> {
  const { code } = await transform(source, { loader: "ts", format: "cjs" });
  const exports = {};
  const module = { exports };
  new Function("module", "exports", "require", code)(module, exports, (name: string) => {
    if (name !== "@tensorflow/tfjs") throw new Error(`the module imports ${name}`);
    return tf;
  });
  return module.exports as NetworkModule;
}

export function loadGraph(files: Files, tf: Tf): Promise<TF.GraphModel> {
  const { modelTopology, signature, weightsManifest } = JSON.parse(files.json);
  return tf.loadGraphModel(tf.io.fromMemory({ modelTopology, signature, weightSpecs: weightsManifest[0].weights, weightData: files.bin.buffer as ArrayBuffer }));
}

/** Examples in the graph's own order of axes, as one tensor in TF.js's. */
export function tensorOf(tf: Tf, examples: readonly ArrayLike<number>[], shape: Shape): TF.Tensor {
  return tf.tidy(() => {
    const plain = tf.tensor(Float32Array.from(examples.flatMap((example) => Array.from(example))), [examples.length, ...shape]);
    return shape.length === 3 ? plain.transpose([0, 2, 3, 1]) : plain;
  });
}

/** A tensor of TF.js's, in the graph's order of axes. */
export function numbersOf(tf: Tf, tensor: TF.Tensor, shape: Shape): Float32Array {
  const values = tf.tidy(() => (shape.length === 3 ? tensor.transpose([0, 3, 1, 2]) : tensor).dataSync()) as Float32Array;
  if (tensor.shape.slice(1).join() !== (shape.length === 3 ? [shape[1], shape[2], shape[0]] : shape).join()) throw new Error(`a result is [${tensor.shape}] for [${shape}]`);
  if (values.length % elements(shape) !== 0) throw new Error("a result of another size");
  return values;
}

export type FormName = "inference" | "graph" | "layers";
export type Results = Readonly<Record<FormName, Readonly<Record<string, Float32Array>>>>;

/** What each form makes of a batch of examples. */
export async function runForms(tf: Tf, graph: Graph, files: Files, examples: readonly Readonly<Record<string, ArrayLike<number>>>[]): Promise<Results> {
  const before = tf.memory().numTensors;
  const module = await loadModule(files.module, tf);
  const inputs = Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, tensorOf(tf, examples.map((example) => example[name]), tensor.shape!)]));
  const [only] = Object.values(inputs);
  const named = (results: Readonly<Record<string, TF.Tensor>>) =>
    Object.fromEntries(
      graph.outputs.map(({ name, tensor }) => {
        const numbers = numbersOf(tf, results[name], tensor.shape!);
        return [name, numbers];
      }),
    );

  const inference = module.loadInference(files.bin);
  const held = tf.memory().numTensors;
  const predicted = inference.predict(graph.inputs.length === 1 ? only : inputs);
  if (tf.memory().numTensors !== held + graph.outputs.length) throw new Error(`predict leaves ${tf.memory().numTensors - held} tensors, not ${graph.outputs.length}`);
  const first = named(predicted);
  tf.dispose(predicted);
  inference.dispose();

  const model = await loadGraph(files, tf);
  const feed = model.inputs[0].shape?.[0] === 1 && examples.length > 1 ? undefined : inputs;
  const second = feed ? graphResults(tf, graph, model, feed, named) : first;
  model.dispose();

  const layers = module.createModel({ weights: files.safetensors });
  const third = tf.tidy(() => {
    const results = [layers.predict(graph.inputs.map(({ name }) => inputs[name]))].flat() as TF.Tensor[];
    return named(Object.fromEntries(graph.outputs.map(({ name }, i) => [name, results[i]])));
  });
  layers.dispose();
  // TF.js itself keeps a layer that was applied twice.
  tf.disposeVariables();
  tf.dispose(inputs);
  if (tf.memory().numTensors !== before) throw new Error(`${tf.memory().numTensors - before} tensors are left over`);
  return { inference: first, graph: second, layers: third };
}

function graphResults(tf: Tf, graph: Graph, model: TF.GraphModel, feed: TF.NamedTensorMap, named: (results: Readonly<Record<string, TF.Tensor>>) => Readonly<Record<string, Float32Array>>) {
  const result = model.predict(feed) as TF.Tensor | TF.Tensor[] | TF.NamedTensorMap;
  const results = result instanceof tf.Tensor ? { [graph.outputs[0].name]: result } : Array.isArray(result) ? Object.fromEntries(graph.outputs.map(({ name }, i) => [name, result[i]])) : result;
  const numbers = named(results);
  tf.dispose(result);
  return numbers;
}
