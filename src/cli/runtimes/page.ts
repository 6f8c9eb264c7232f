/** Runtimes in a web page: their scripts are loaded from files beside the page, and put themselves into the page's globals. Used by the page that calibrates a browser, and by `lwmc bench --browser`. */
import type { Artifact } from "../../backends/artifact.ts";
import type { BackendName } from "../../workspace/backends.ts";
import { contents } from "./runtime.ts";

type Tf = typeof import("@tensorflow/tfjs");
type Ort = typeof import("onnxruntime-web");

export const PAGE_RUNTIMES = ["ort_wasm", "ort_webgpu", "tfjs_wasm", "tfjs_webgl", "tfjs_cpu"] as const;
export type PageRuntime = (typeof PAGE_RUNTIMES)[number];

export const PAGE_BACKEND: Readonly<Record<PageRuntime, BackendName>> = { ort_wasm: "onnx", ort_webgpu: "onnx", tfjs_wasm: "tfjs", tfjs_webgl: "tfjs", tfjs_cpu: "tfjs" };

/** Of onnxruntime-web's and TF.js's packages: what each runtime loads, its script first. */
export const PAGE_FILES: Readonly<Record<PageRuntime, readonly string[]>> = {
  ort_wasm: ["ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"],
  ort_webgpu: ["ort.webgpu.min.js", "ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm"],
  tfjs_wasm: ["tf.min.js", "tf-backend-wasm.min.js", "tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"],
  tfjs_webgl: ["tf.min.js"],
  tfjs_cpu: ["tf.min.js"],
};

/** An input of a network, and the values that go into it: `[channels, height, width]`, row-major. */
export interface PageInput {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface PageNetwork {
  readonly name: string;
  readonly run: () => Promise<void>;
  readonly dispose: () => Promise<void> | void;
}

/** @param folder of the runtimes' files, as a URL */
export async function pageRuntime(name: PageRuntime, folder: string, artifacts: readonly Artifact[], inputs: readonly PageInput[]): Promise<PageNetwork> {
  return name === "ort_wasm" || name === "ort_webgpu" ? onnxNetwork(name, folder, artifacts, inputs) : tfjsNetwork(name, folder, artifacts, inputs);
}

async function onnxNetwork(name: "ort_wasm" | "ort_webgpu", folder: string, artifacts: readonly Artifact[], inputs: readonly PageInput[]): Promise<PageNetwork> {
  await loadScript(`${folder}${PAGE_FILES[name][0]}`);
  const { ort } = globalThis as unknown as { readonly ort: Ort };
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = folder;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(contents(artifacts, ".onnx"), { executionProviders: [name === "ort_wasm" ? "wasm" : "webgpu"] });
  const feeds = Object.fromEntries(inputs.map((input) => [input.name, new ort.Tensor("float32", waves(input.shape), [1, ...input.shape])]));
  return {
    name: `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}, ${name === "ort_wasm" ? "wasm" : "WebGPU"}`,
    run: async () => void (await session.run(feeds)),
    dispose: () => session.release(),
  };
}

async function tfjsNetwork(name: "tfjs_wasm" | "tfjs_webgl" | "tfjs_cpu", folder: string, artifacts: readonly Artifact[], inputs: readonly PageInput[]): Promise<PageNetwork> {
  const backend = name.slice("tfjs_".length);
  await loadScript(`${folder}tf.min.js`);
  const { tf } = globalThis as unknown as { readonly tf: Tf & { readonly wasm: { setWasmPaths(folder: string): void; setThreadsCount(count: number): void } } };
  if (backend === "wasm" && tf.findBackend("wasm") === null) {
    await loadScript(`${folder}tf-backend-wasm.min.js`);
    tf.wasm.setWasmPaths(folder);
    tf.wasm.setThreadsCount(1);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`this browser has no ${backend} for TensorFlow.js`);
  await tf.ready();
  const manifest = JSON.parse(new TextDecoder().decode(contents(artifacts, ".json")));
  const weights = contents(artifacts, ".bin");
  const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength) as ArrayBuffer;
  const weightSpecs = manifest.weightsManifest.flatMap((group: { readonly weights: readonly unknown[] }) => group.weights);
  const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology: manifest.modelTopology, ...(manifest.signature ? { signature: manifest.signature } : {}), weightSpecs, weightData }));
  const fed = Object.fromEntries(inputs.map(({ name: input, shape }) => [input, tf.tensor(waves(shape), [1, ...(shape.length === 3 ? [shape[1], shape[2], shape[0]] : shape)])]));
  return {
    name: `TensorFlow.js ${tf.version.tfjs}, ${backend === "webgl" ? "WebGL" : backend}`,
    async run() {
      const results = [model.predict(fed)].flat().flatMap((result) => (result instanceof tf.Tensor ? [result] : Object.values(result)));
      for (const result of results) await result.data();
      tf.dispose(results);
    },
    dispose() {
      model.dispose();
      tf.dispose(fed);
    },
  };
}

/** Values between −1 and 1, no two neighbours alike. */
function waves(shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
}

let script: string | undefined;

/** Loads a script once; onnxruntime-web's builds share their global, so that the last one asked for is there. */
async function loadScript(url: string): Promise<void> {
  const builds = /\/ort\./.test(url);
  if (builds ? script === url : document.querySelector(`script[src="${url}"]`) !== null) return;
  const element = document.createElement("script");
  element.src = url;
  await new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${url} is not there: the runtimes' files belong beside the page`));
    document.head.append(element);
  });
  if (builds) script = url;
}
