/** Runs every one-operator network in every runtime at hand, and records what happened. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { KernelSet } from "../../src/compiler/devices/device.ts";
import { errorOf, happened, type Happened } from "./happened.ts";
import { chromiumAbsent, inOnnxruntime, inTfjs, openTab, prepared, tfjsWebgpu, type Prepared } from "./runtimes.ts";
import type { Outcome } from "./tasks.ts";

/** What was probed of one set of kernels. Networks that are not listed did `usually`. */
export interface Probed {
  readonly platform: string;
  readonly usually: Happened;
  readonly otherwise: Partial<Record<Happened, readonly string[]>>;
  /** The largest error of a result, relative to its largest number, in powers of ten. */
  readonly error: number;
}
export interface ProbeRecord {
  readonly date: string;
  readonly networks: number;
  readonly sets: Partial<Record<KernelSet, Probed>>;
  /** Sets that could not be run, and why. */
  readonly absent: Partial<Record<KernelSet, string>>;
}

export async function probe(date: string): Promise<void> {
  const require = createRequire(import.meta.url);
  // the nearest package.json above what the name stands for
  const version = (name: string): string => {
    for (let folder = dirname(require.resolve(name)); ; folder = dirname(folder)) {
      const file = join(folder, "package.json");
      const found = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string }) : {};
      if (found.name === name && found.version) return found.version;
    }
  };
  const all = await prepared();
  const tasks = all.map(({ task }) => task);
  const sets: Partial<Record<KernelSet, Probed>> = {};
  const absent: Partial<Record<KernelSet, string>> = {};
  const record = (kernels: KernelSet, platform: string, outcomes: readonly Outcome[]): void => {
    sets[kernels] = probed(kernels, platform, all, outcomes);
    console.error(`${kernels}: ${platform}`);
  };
  const node = `Node ${process.versions.node.split(".")[0]}`;
  record("ort_wasm", `onnxruntime-web ${version("onnxruntime-web")}, ${node}`, await inOnnxruntime("onnxruntime-web", tasks));
  record("ort_node", `onnxruntime-node ${version("onnxruntime-node")}, ${node}`, await inOnnxruntime("onnxruntime-node", tasks));
  record("tfjs_cpu", `TensorFlow.js ${version("@tensorflow/tfjs")}, ${node}`, await inTfjs("cpu", tasks));
  record("tfjs_wasm", `TensorFlow.js ${version("@tensorflow/tfjs")}, ${node}`, await inTfjs("wasm", tasks));
  if (chromiumAbsent === "") {
    const tab = await openTab();
    const chromium = `Chromium ${tab.version}`;
    record("tfjs_webgl", `TensorFlow.js ${version("@tensorflow/tfjs")}, ${chromium}`, await tab.tfjs("webgl", tasks));
    if (tab.facts.webgpu === "") absent.ort_webgpu = absent.tfjs_webgpu = "the browser has no WebGPU adapter";
    else {
      record("ort_webgpu", `onnxruntime-web ${version("onnxruntime-web")}, ${chromium}, ${tab.facts.webgpu}`, await tab.onnx("webgpu", tasks));
      if (tfjsWebgpu) record("tfjs_webgpu", `@tensorflow/tfjs-backend-webgpu ${version("@tensorflow/tfjs-backend-webgpu")}, ${chromium}, ${tab.facts.webgpu}`, await tab.tfjs("webgpu", tasks));
      else absent.tfjs_webgpu = "@tensorflow/tfjs-backend-webgpu is not installed";
    }
    if (tab.facts.webnn === "") record("ort_webnn", `onnxruntime-web ${version("onnxruntime-web")}, ${chromium}`, await tab.onnx("webnn", tasks));
    else absent.ort_webnn = `${chromium}: ${tab.facts.webnn}`;
    await tab.close();
  }
  const result: ProbeRecord = { date, networks: all.length, sets, absent };
  writeFileSync(join(import.meta.dirname, "probed.json"), `${JSON.stringify(result, null, 2)}\n`);
}

function probed(kernels: KernelSet, platform: string, all: readonly Prepared[], outcomes: readonly Outcome[]): Probed {
  const by = new Map<Happened, string[]>();
  let error = 0;
  outcomes.forEach((outcome, i) => {
    const what = happened(kernels, all[i], outcome);
    by.set(what, [...(by.get(what) ?? []), outcome.title]);
    error = Math.max(error, errorOf(all[i], outcome) ?? 0);
  });
  const [usually] = [...by].sort((a, b) => b[1].length - a[1].length)[0];
  by.delete(usually);
  return { platform, usually, otherwise: Object.fromEntries(by), error: error === 0 ? -Infinity : Math.ceil(Math.log10(error)) };
}
