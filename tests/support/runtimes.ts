/** One-operator networks as artifacts of ours, and what each runtime that is at hand makes of them. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { delimiter, extname, join } from "node:path";
import { text } from "node:stream/consumers";
import { build, transform } from "esbuild";
import { chromium } from "playwright-core";
import type { EmitRequest } from "../../src/backends/artifact.ts";
import { onnx } from "../../src/backends/onnx/index.ts";
import { tfjs } from "../../src/backends/tfjs/index.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { elements } from "../../src/compiler/ir/shape.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { noise, noisyWeights } from "../onnx/networks.ts";
import { run } from "../reference-ops.ts";
import { loadTf } from "../tfjs/forms.ts";
import { cases } from "./cases.ts";
import { onTfjs, placements, type Outcome, type Task } from "./tasks.ts";

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, "../..");

export interface Prepared {
  readonly title: string;
  readonly graph: Graph;
  readonly final: Graph;
  readonly task: Task;
  /** Operator types of the ONNX graph as emitted. */
  readonly emitted: readonly string[];
  readonly expected: Readonly<Record<string, ArrayLike<number>>>;
}

/** Every case as ONNX and as a TF.js module, with an example and what plain loops make of it. */
export async function prepared(): Promise<readonly Prepared[]> {
  const all: Prepared[] = [];
  for (const [title, make] of cases) {
    const graph = make();
    const weights = noisyWeights(graph);
    const figures = { params: 0, buffers: 0, macs: 0, flops: 0, weights: 0, activations: 0 };
    const request: EmitRequest = { graph, figures, reading: undefined, weights, labels: () => undefined, at: ({ file }) => `${file}:1:1` };
    const model = (await onnx.emit(request, { fold: true, batch: 1, weightsAs: "float32" })).artifacts.find(({ path }) => path.endsWith(".onnx"))!;
    const web = await tfjs.emit(request, { weightsAs: "float32", forms: ["module"] });
    const bytesAt = (end: string) => Buffer.concat([...(web.artifacts.find(({ path }) => path.endsWith(end))?.chunks() ?? [])]);
    const bytes = Buffer.concat([...model.chunks()]);
    const example = Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, noise(`${title} ${name}`, elements(tensor.shape!))]));
    const expected = Object.fromEntries(Object.entries(run(graph, example, weights)).map(([name, { data }]) => [name, data]));
    const task: Task = {
      title,
      onnx: bytes.toString("base64"),
      module: web.diagnostics.length > 0 ? undefined : (await transform(bytesAt(".ts").toString(), { loader: "ts", format: "cjs" })).code,
      refused: web.diagnostics.map(({ message }) => message).join("; "),
      weights: bytesAt(".bin").toString("base64"),
      inputs: graph.inputs.map(({ name, tensor }) => ({ name, shape: tensor.shape!, values: [...example[name]] })),
      outputs: graph.outputs.map(({ name, tensor }) => ({ name, shape: tensor.shape! })),
    };
    all.push({ title, graph, final: deployed(graph), task, emitted: typesOf(bytes), expected });
  }
  return all;
}

function typesOf(model: Uint8Array): readonly string[] {
  const { fromBinary } = require("@bufbuild/protobuf") as typeof import("@bufbuild/protobuf");
  const { ModelProtoSchema } = require("onnx-buf") as typeof import("onnx-buf");
  return fromBinary(ModelProtoSchema, model).graph!.node.map((node) => node.opType);
}

/** TF.js in Node. */
export async function inTfjs(backend: "cpu" | "wasm", tasks: readonly Task[]): Promise<readonly Outcome[]> {
  const tf = await loadTf(backend);
  const outcomes: Outcome[] = [];
  for (const task of tasks) outcomes.push(await onTfjs(tf, task));
  return outcomes;
}

/** onnxruntime in a Node process of its own, whose standard error tells the placements: there a native library writes them, and WebAssembly too. */
export async function inOnnxruntime(library: "onnxruntime-web" | "onnxruntime-node", tasks: readonly Task[]): Promise<readonly Outcome[]> {
  const contents = `import { readFileSync, writeSync } from "node:fs";
import { onOnnxruntime } from "./tasks.ts";
const ort = require("${library}");
if (ort.env.wasm) ort.env.wasm.numThreads = 1;
ort.env.logLevel = "verbose";
(async () => {
  const outcomes = [];
  for (const task of JSON.parse(readFileSync(0, "utf8"))) {
    writeSync(2, "\\n<task>\\n");
    outcomes.push(await onOnnxruntime(ort, "${library === "onnxruntime-web" ? "wasm" : "cpu"}", task, true));
  }
  writeSync(1, "<outcomes>" + JSON.stringify(outcomes));
})();`;
  const bundle = await build({ stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" }, bundle: true, format: "cjs", platform: "node", external: ["onnxruntime-*"], write: false, logLevel: "silent" });
  const child = spawn(process.execPath, ["-e", bundle.outputFiles[0].text], { cwd: root });
  child.stdin.end(JSON.stringify(tasks));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const outcomes = out.slice(out.indexOf("<outcomes>") + "<outcomes>".length);
  const logs = err.split("\n<task>\n").slice(1);
  if (logs.length !== tasks.length) throw new Error(`${library} stopped: ${err.slice(-2000)}`);
  return (JSON.parse(outcomes) as Outcome[]).map((outcome, i) => ({ ...outcome, placed: placements(logs[i]) }));
}

export const chromiumPath = process.env.LWM_CHROMIUM ?? "/usr/bin/chromium";
export const chromiumAbsent = existsSync(chromiumPath) ? "" : ` (skipped: needs ${chromiumPath} or LWM_CHROMIUM)`;

/** Whether TF.js's WebGPU backend is at hand; the project does without it. */
export const tfjsWebgpu = resolvable("@tensorflow/tfjs-backend-webgpu");

export interface Tab {
  readonly version: string;
  /** What the browser offers: WebGPU's adapter, and what became of a WebNN context; empty where there is one. */
  readonly facts: { readonly webgpu: string; readonly webnn: string };
  /** Runs the tasks; those whose titles are not in `runs` are only loaded and placed. */
  onnx(provider: "wasm" | "webgpu" | "webnn", tasks: readonly Task[], runs?: ReadonlySet<string>): Promise<readonly Outcome[]>;
  tfjs(backend: "cpu" | "wasm" | "webgl" | "webgpu", tasks: readonly Task[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** A page of headless Chromium with both libraries. WebGPU and WebGL run in software (SwiftShader) where there is no graphics card. */
export async function openTab(): Promise<Tab> {
  const contents = `import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
${tfjsWebgpu ? 'import "@tensorflow/tfjs-backend-webgpu";' : ""}
import { onOnnxruntime, onTfjs } from "./tasks.ts";
import * as ort from "onnxruntime-web/webgpu";
setWasmPaths("/tfjs/");
tf.env().set("WEBGL_USE_SHAPES_UNIFORMS", true);
tf.env().set("WEBGL_CPU_FORWARD", false);
Object.assign(ort.env.wasm, { wasmPaths: "/ort/", numThreads: 1 });
ort.env.logLevel = "verbose";
globalThis.facts = async () => {
  const adapter = await navigator.gpu?.requestAdapter();
  const webnn = !navigator.ml ? "this browser has no WebNN" : await navigator.ml.createContext({ deviceType: "cpu" }).then(() => "", String);
  return { webgpu: adapter ? [adapter.info.vendor, adapter.info.architecture].join(" ") : "", webnn };
};
globalThis.onnx = async (provider, tasks, runs) => {
  const outcomes = [];
  for (const task of tasks) outcomes.push(await onOnnxruntime(ort, provider, task, runs === undefined || runs.includes(task.title)));
  return outcomes;
};
globalThis.tfjs = async (backend, tasks) => {
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error("no " + backend);
  const outcomes = [];
  for (const task of tasks) outcomes.push(await onTfjs(tf, task));
  return outcomes;
};`;
  const bundle = await build({ stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" }, bundle: true, format: "esm", platform: "browser", nodePaths: (process.env.NODE_PATH ?? "").split(delimiter).filter(Boolean), write: false, logLevel: "silent" });
  const folders: Readonly<Record<string, string>> = { "/ort/": "onnxruntime-web/dist", "/tfjs/": "@tensorflow/tfjs-backend-wasm/dist" };
  const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
  const server = createServer(({ url = "/" }, response) => {
    const folder = Object.keys(folders).find((prefix) => url.startsWith(prefix));
    const file = folder ? join(root, "node_modules", folders[folder], url.slice(folder.length)) : "";
    const body = url === "/" ? "<!doctype html><script type=module src=/page.js></script>" : url === "/page.js" ? bundle.outputFiles[0].contents : existsSync(file) ? readFileSync(file) : undefined;
    response.writeHead(body ? 200 : 404, { "content-type": types[extname(url)] ?? "text/html" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-unsafe-webgpu", "--enable-features=WebMachineLearningNeuralNetwork"],
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction("globalThis.tfjs");
  return {
    version: browser.version(),
    facts: await page.evaluate("facts()"),
    onnx: (provider, tasks, runs) => page.evaluate(`onnx(${JSON.stringify(provider)}, ${JSON.stringify(tasks)}, ${runs ? JSON.stringify([...runs]) : "undefined"})`),
    tfjs: (backend, tasks) => page.evaluate(`tfjs(${JSON.stringify(backend)}, ${JSON.stringify(tasks)})`),
    async close() {
      await browser.close();
      server.close();
    },
  };
}

function resolvable(name: string): boolean {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
