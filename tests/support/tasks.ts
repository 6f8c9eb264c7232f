/** Runs one-operator networks in a runtime that is given, in Node or in a page, and says what happened. */
import type * as Ort from "onnxruntime-common";
import type * as TF from "@tensorflow/tfjs";

export interface Task {
  readonly title: string;
  /** The model in base64. */
  readonly onnx: string;
  /** The TF.js module as CommonJS; undefined where the backend refused, and why. */
  readonly module: string | undefined;
  readonly refused: string;
  readonly weights: string;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly values: readonly number[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface Outcome {
  readonly title: string;
  /** What the runtime, or our backend before it, said when it refused; empty where the network ran. */
  readonly error: string;
  /** Where onnxruntime placed how many of its nodes, by provider; empty for TF.js. */
  readonly placed: Readonly<Record<string, number>>;
  /** The TF.js kernels that ran; empty for onnxruntime. */
  readonly kernels: readonly string[];
  /** The results in the graph's own order of axes; empty where nothing ran, or nothing was run. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

type Runtime = { readonly InferenceSession: typeof Ort.InferenceSession; readonly Tensor: typeof Ort.Tensor };

/** Sessions stay open: what a WebGPU session has compiled is lost with the last of them. */
const kept: Ort.InferenceSession[] = [];

/** @param runs whether the network is run, or only loaded and placed */
export async function onOnnxruntime(ort: Runtime, provider: string, task: Task, runs: boolean): Promise<Outcome> {
  const lines: string[] = [];
  heard = lines;
  let error = "";
  let values: Outcome["values"] = {};
  try {
    const session = await ort.InferenceSession.create(bytesOf(task.onnx), { executionProviders: [provider], intraOpNumThreads: 1, logSeverityLevel: 0, logVerbosityLevel: 0 });
    kept.push(session);
    if (runs) {
      const results = await session.run(Object.fromEntries(task.inputs.map(({ name, shape, values }) => [name, new ort.Tensor("float32", Float32Array.from(values), [1, ...shape])])));
      values = Object.fromEntries(task.outputs.map(({ name }) => [name, Array.from(results[name].data as Float32Array)]));
    }
  } catch (problem) {
    error = String(problem);
  } finally {
    heard = undefined;
  }
  return { title: task.title, error, placed: placements(lines.join("\n")), kernels: [], values };
}

/** onnxruntime's report of where it placed the nodes of a session, at log severity 0: `Node(s) placed on [CPUExecutionProvider]. Number of nodes: 3`. */
export function placements(log: string): Readonly<Record<string, number>> {
  return Object.fromEntries([...log.matchAll(/odes? ?(?:\(s\))? placed on \[(\w+)\]\. Number of nodes: (\d+)/g)].map(([, provider, count]) => [provider, Number(count)]));
}

/** What the console is told goes here instead while a session is being made. onnxruntime-web binds the console's functions when it is loaded, so they are replaced before. */
let heard: string[] | undefined;
for (const name of ["log", "warn", "error", "info", "debug"] as const) {
  const before = console[name].bind(console);
  console[name] = (...words: unknown[]) => void (heard ? heard.push(words.join(" ")) : before(...words));
}

/** Runs the module that we emit, on TF.js's current backend. */
export async function onTfjs(tf: typeof TF, task: Task): Promise<Outcome> {
  const nothing = { title: task.title, error: task.refused, placed: {}, kernels: [], values: {} };
  if (task.module === undefined) return nothing;
  try {
    const module = { exports: {} as { loadInference(weights: Uint8Array): { predict(inputs: unknown): Record<string, TF.Tensor>; dispose(): void } } };
    new Function("module", "exports", "require", task.module)(module, module.exports, () => tf);
    const inference = module.exports.loadInference(bytesOf(task.weights));
    const inputs = Object.fromEntries(
      task.inputs.map(({ name, shape, values }) => {
        const plain = tf.tensor([...values], [1, ...shape]);
        return [name, shape.length === 3 ? tf.transpose(plain, [0, 2, 3, 1]) : plain];
      }),
    );
    let results: Record<string, TF.Tensor> = {};
    const given = task.inputs.length === 1 ? Object.values(inputs)[0] : inputs;
    const profile = await tf.profile(() => {
      results = inference.predict(given);
      return Object.values(results);
    });
    const values: Record<string, readonly number[]> = {};
    for (const { name, shape } of task.outputs) {
      const plain = shape.length === 3 ? tf.transpose(results[name], [0, 3, 1, 2]) : results[name];
      values[name] = Array.from(await plain.data());
      plain.dispose();
    }
    inference.dispose();
    tf.dispose([inputs, results]);
    return { ...nothing, kernels: profile.kernels.map(({ name }) => name), values };
  } catch (problem) {
    return { ...nothing, error: String(problem) };
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
