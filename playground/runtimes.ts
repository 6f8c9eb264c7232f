/** onnxruntime-web and TensorFlow.js, each loaded from beside the page when it is first used; one thread, and no eval. */
import type { Backend, Fed, MadeFile } from "./protocol.ts";

type Tensor = import("@tensorflow/tfjs").Tensor;
type Ort = typeof import("onnxruntime-web");

export const RUNTIMES = {
  ort_wasm: { title: "onnxruntime-web, wasm", backend: "onnx", predicted: "onnxruntime-web 1.30.0, wasm" },
  tfjs_wasm: { title: "TensorFlow.js, wasm", backend: "tfjs", predicted: "TF.js, wasm with SIMD" },
  tfjs_webgl: { title: "TensorFlow.js, WebGL", backend: "tfjs", predicted: "TF.js, WebGL" },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly backend: Backend; readonly predicted: string }>>;
export type RuntimeName = keyof typeof RUNTIMES;

export interface Network {
  /** With its version. */
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Of the last run, channels first. */
  readonly results: () => Promise<readonly Fed[]>;
  readonly dispose: () => Promise<void> | void;
}

type Outputs = readonly { readonly name: string; readonly shape: readonly number[] }[];

const FOLDER = new URL("runtimes/", import.meta.url).href;

export function started(name: RuntimeName, files: readonly MadeFile[], input: Fed, outputs: Outputs): Promise<Network> {
  return name === "ort_wasm" ? onnx(files, input, outputs) : tfjs(name === "tfjs_wasm" ? "wasm" : "webgl", files, input, outputs);
}

function ending(files: readonly MadeFile[], end: string): Uint8Array {
  return files.find(({ path }) => path.endsWith(end))!.bytes;
}

async function onnx(files: readonly MadeFile[], input: Fed, outputs: Outputs): Promise<Network> {
  await script("ort.wasm.min.js");
  const { ort } = globalThis as unknown as { readonly ort: Ort };
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = FOLDER;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(ending(files, ".onnx"), { executionProviders: ["wasm"] });
  const feeds = { [input.name]: new ort.Tensor("float32", input.values, [1, ...input.shape]) };
  let last: Awaited<ReturnType<typeof session.run>> = {};
  return {
    name: `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}`,
    run: async () => void (last = await session.run(feeds)),
    results: async () => outputs.map(({ name, shape }) => ({ name, shape, values: last[name].data as Float32Array })),
    dispose: () => session.release(),
  };
}

async function tfjs(backend: "wasm" | "webgl", files: readonly MadeFile[], input: Fed, outputs: Outputs): Promise<Network> {
  const tf = await import("@tensorflow/tfjs");
  if (backend === "wasm") {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(FOLDER);
    wasm.setThreadsCount(1);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`this browser has no ${backend} for TensorFlow.js`);
  await tf.ready();
  const manifest = JSON.parse(new TextDecoder().decode(ending(files, ".json")));
  const weightData = ending(files, ".bin").slice().buffer as ArrayBuffer;
  const weightSpecs = manifest.weightsManifest.flatMap((group: { readonly weights: readonly unknown[] }) => group.weights);
  const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology: manifest.modelTopology, ...(manifest.signature ? { signature: manifest.signature } : {}), weightSpecs, weightData }));
  const [channels, height, width] = input.shape;
  const first = tf.tensor(input.values, [1, channels, height, width]);
  const fed = { [input.name]: tf.transpose(first, [0, 2, 3, 1]) };
  first.dispose();
  let last: readonly Tensor[] = [];
  return {
    name: `TensorFlow.js ${tf.version.tfjs}, ${backend === "webgl" ? "WebGL" : backend}`,
    async run() {
      tf.dispose([...last]);
      const predicted = model.predict(fed);
      last = predicted instanceof tf.Tensor ? [predicted] : Array.isArray(predicted) ? predicted : outputs.map(({ name }) => predicted[name]);
      for (const result of last) await result.data();
    },
    results: () =>
      Promise.all(outputs.map(async ({ name, shape }, i) => {
        const values = await (shape.length === 3 ? tf.tidy(() => tf.transpose(last[i], [0, 3, 1, 2])) : last[i]).data();
        return { name, shape, values: values as Float32Array };
      })),
    dispose() {
      model.dispose();
      tf.dispose([fed, ...last]);
    },
  };
}

let loaded: Promise<void> | undefined;

function script(file: string): Promise<void> {
  return (loaded ??= new Promise<void>((resolve, reject) => {
    const element = document.createElement("script");
    element.src = FOLDER + file;
    element.onload = () => resolve();
    element.onerror = () => {
      loaded = undefined;
      element.remove();
      reject(new Error(`${file} could not be loaded`));
    };
    document.head.append(element);
  }));
}
