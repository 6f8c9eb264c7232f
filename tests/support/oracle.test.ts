/**
 * The oracle against what happens: every one-operator network in the runtimes of Node and in headless Chromium, and the record of the last full probe.
 * In Chromium, where shaders are compiled for software, each network is loaded and placed, and the first of each operator is run too;
 * `LWM_SUPPORT=all` runs them all.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KERNEL_SETS, PRECISIONS, type KernelSet } from "../../src/compiler/devices/device.ts";
import { kernelSets, supportOf } from "../../src/compiler/devices/support/support.ts";
import { calibratedTensors } from "../../src/backends/onnx/calibration.ts";
import { ops } from "../../src/compiler/ops/index.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { network, noise, noisyWeights } from "../onnx/networks.ts";
import { emitted, requestFor } from "../onnx/sessions.ts";
import { agrees, errorOf, happened, said } from "./happened.ts";
import type { ProbeRecord } from "./probe.ts";
import { chromiumAbsent, inOnnxruntime, inTfjs, openTab, prepared, tfjsWebgpu, type Prepared, type Tab } from "./runtimes.ts";
import type { Outcome, Task } from "./tasks.ts";

let all: readonly Prepared[] = [];
let tasks: readonly Task[] = [];
beforeAll(async () => {
  all = await prepared();
  tasks = all.map(({ task }) => task);
});

test("there are three hundred networks and more, and they use every operator", () => {
  expect(all.length).toBeGreaterThan(300);
  const used = new Set(all.flatMap(({ graph }) => graph.nodes.map(({ op }) => op.name)));
  expect([...used].sort()).toEqual(Object.keys(ops).sort());
  for (const { title, final } of all) expect(final.nodes.filter(({ op }) => op.kind !== "source").length, title).toBeLessThan(2);
});

function compare(kernels: KernelSet, networks: readonly Prepared[], outcomes: readonly Outcome[], tolerance: number): void {
  const wrong = outcomes.flatMap((outcome, i) => {
    const [oracle, what, error] = [said(kernels, "float32", networks[i]), happened(kernels, networks[i], outcome), errorOf(networks[i], outcome)];
    if (!agrees(oracle, what)) return [`${outcome.title}: said ${oracle}, and it is ${what} ${outcome.error}`];
    return error !== undefined && error > tolerance ? [`${outcome.title}: off by ${error}`] : [];
  });
  expect(wrong).toEqual([]);
}

describe("in Node", () => {
  test("onnxruntime-web, wasm", async () => compare("ort_wasm", all, await inOnnxruntime("onnxruntime-web", tasks), 1e-5));
  test("onnxruntime-node", async () => compare("ort_node", all, await inOnnxruntime("onnxruntime-node", tasks), 1e-5));
  test("TF.js, cpu", async () => compare("tfjs_cpu", all, await inTfjs("cpu", tasks), 1e-5));
  test("TF.js, wasm", async () => compare("tfjs_wasm", all, await inTfjs("wasm", tasks), 1e-5));
});

describe.skipIf(chromiumAbsent !== "")(`in Chromium${chromiumAbsent}`, () => {
  let tab: Tab;
  beforeAll(async () => {
    tab = await openTab();
  });
  afterAll(() => tab?.close());

  /** The first network of each operator, and those that the oracle says are refused. */
  const chosen = (kernels: KernelSet): readonly Prepared[] => {
    if (process.env.LWM_SUPPORT === "all") return all;
    const seen = new Set<string>();
    return all.filter((one) => {
      const name = one.title.split(/[( ]/)[0];
      const first = !seen.has(name);
      seen.add(name);
      return first || said(kernels, "float32", one) === "unsupported";
    });
  };

  test("onnxruntime-web, WebGPU", async () => {
    expect(tab.facts.webgpu).not.toBe("");
    const run = new Set(chosen("ort_webgpu").map(({ title }) => title));
    compare("ort_webgpu", all, await tab.onnx("webgpu", tasks, run), 1e-4);
  });

  test("onnxruntime-web, WebGPU, on integers: rounded on the CPU", async () => {
    const graph = network({ x: [4, 7, 9] }, ({ op }, x) => ({ y: op("conv2d", [op("relu", [op("conv2d", [x], { out: 4 })])], { out: 4 }) }));
    const weights = noisyWeights(graph);
    const ranges = new Map(calibratedTensors(requestFor(graph, weights)).map(({ name }) => [name, [-4, 4] as const]));
    const { model } = await emitted(graph, weights, { int8: { ranges, reduceRange: false } });
    const task: Task = { title: "integers", onnx: Buffer.from(model).toString("base64"), module: undefined, refused: "", weights: "", inputs: [{ name: "x", shape: [4, 7, 9], values: [...noise("integers", 252)] }], outputs: [{ name: "y", shape: [4, 7, 9] }] };
    const [{ error, placed }] = await tab.onnx("webgpu", [task]);
    expect(error).toBe("");
    expect(Object.keys(placed).sort()).toEqual(["CPUExecutionProvider", "WebGpuExecutionProvider"]);
    for (const node of deployed(graph).nodes) expect(supportOf("ort_webgpu", "int8", node).status).toBe("fallback");
  });

  test("onnxruntime-web, WebNN, where the browser makes a context", async () => {
    if (tab.facts.webnn === "") compare("ort_webnn", all, await tab.onnx("webnn", tasks), 1e-3);
    else expect(tab.facts.webnn).toMatch(/WebNN|ML/);
  });

  for (const backend of ["webgl", ...(tfjsWebgpu ? (["webgpu"] as const) : [])] as const) {
    test(`TF.js, ${backend}`, async () => {
      const networks = chosen(`tfjs_${backend}`);
      compare(`tfjs_${backend}`, networks, await tab.tfjs(backend, networks.map(({ task }) => task)), 1e-4);
    });
  }
});

describe("the record of the last probe", () => {
  const record = JSON.parse(readFileSync(join(import.meta.dirname, "probed.json"), "utf8")) as ProbeRecord;

  test("covers the networks, and every set that is not taken from documents", () => {
    expect(record.networks).toBe(all.length);
    const documents: readonly KernelSet[] = ["cmsis_nn", "edge_tpu", "vela"];
    expect([...Object.keys(record.sets), ...Object.keys(record.absent), ...documents].sort()).toEqual([...KERNEL_SETS].sort());
    for (const kernels of Object.keys(record.sets) as KernelSet[]) expect(kernelSets[kernels].date).toBe(record.date);
  });

  for (const [kernels, { platform, usually, otherwise, error }] of Object.entries(record.sets)) {
    test(`${kernels}: ${platform}`, () => {
      const others = new Map(Object.entries(otherwise).flatMap(([what, titles]) => titles.map((title) => [title, what as typeof usually] as const)));
      expect([...others.keys()].filter((title) => !all.some((one) => one.title === title))).toEqual([]);
      const wrong = all.filter((one) => !agrees(said(kernels as KernelSet, "float32", one), others.get(one.title) ?? usually));
      expect(wrong.map(({ title }) => title)).toEqual([]);
      expect(error).toBeLessThanOrEqual(-4);
    });
  }
});

test("every set answers for every network at every precision, with a reason, a source and a date", () => {
  for (const kernels of KERNEL_SETS) {
    for (const precision of PRECISIONS) {
      for (const { title, final } of all) {
        for (const node of final.nodes) {
          const { status, reason, way, source, date } = supportOf(kernels, precision, node);
          expect(reason, title).not.toMatch(/\.$|undefined|NaN|^$/);
          expect(source.length).toBeGreaterThan(10);
          expect(date).toMatch(/^20\d\d-\d\d$/);
          if (status === "unsupported") expect(way, `${kernels} ${precision} ${title}`).toBeDefined();
        }
      }
    }
  }
});
