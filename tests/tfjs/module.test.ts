/** The generated module as its users meet it: the type checker, a bundler, training, weights that come and go, pictures. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { ops } from "../../src/compiler/ops/index.ts";
import { memoryBytes, open } from "../../src/backends/weights/safetensors.ts";
import { initialStore } from "../../src/backends/weights/initial.ts";
import { memoryStore } from "../../src/backends/weights/store.ts";
import { fit, pictureTensor } from "../../src/cli/picture.ts";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import { net } from "../graphs.ts";
import { modelOf } from "../program.ts";
import { cases } from "../onnx/cases.ts";
import { compiled } from "../onnx/library.ts";
import { noise, noisyWeights } from "../onnx/networks.ts";
import { everything, small } from "./graphs.ts";
import { emitFiles, emitModule, loadModule, loadTf, runForms } from "./forms.ts";

const root = join(import.meta.dirname, "../..");
let folder = "";

beforeAll(() => {
  // Inside the project, so that its dependencies are found from there.
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "lwm-tfjs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const emitSmall = (graph: Graph) => emitFiles(graph, initialStore(graph, 3), {}, { labels: (list) => (list === "digits" ? digits : undefined) });

test("modules type-check under strict, whatever they need", async () => {
  const graphs: Record<string, Graph> = { Digits: small(), Everything: everything() };
  for (const [title, make] of Object.entries(cases)) graphs[title.replaceAll(/\W+/g, "_")] = make();
  for (const expression of ["MobileNetV3Small()", "SqueezeNet11()"]) graphs[expression.slice(0, -2)] = (await compiled(expression)).model.graph;
  for (const [name, graph] of Object.entries(graphs)) {
    for (const weightsAs of name === "Digits" ? (["float32", "float16", "int8"] as const) : (["float32"] as const)) {
      const module = await emitModule(graph, noisyWeights(graph), { weightsAs }, { labels: () => digits });
      writeFileSync(join(folder, `${name}.${weightsAs}.ts`), module);
    }
  }
  writeFileSync(
    join(folder, "use.ts"),
    `import * as tf from "@tensorflow/tfjs";
import { classes, createModel, inputs, loadInference, outputs, saveWeights, type ClassName } from "./Digits.float32.ts";
const network = loadInference(new Uint8Array());
const x: tf.Tensor2D = network.predict(tf.zeros<tf.Rank.R4>([1, ...inputs.image.shape])).digit;
// @ts-expect-error There is no such output.
network.predict(tf.zeros<tf.Rank.R4>([1, 12, 12, 1])).digits;
// @ts-expect-error The input has four axes.
network.predict(tf.zeros<tf.Rank.R3>([12, 12, 1]));
const side: 10 = outputs.digit.shape[0];
const first: "zero" = classes[0];
const best: ClassName = (await network.classify({ data: new Uint8ClampedArray(4), width: 1, height: 1 }))[0]!.name;
const bytes: Uint8Array = await saveWeights(createModel({ seed: 2 }));
export { x, side, first, best, bytes };
`,
  );
  const options = { target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [], strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, noUnusedLocals: true, noUnusedParameters: true, noImplicitOverride: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noPropertyAccessFromIndexSignature: true, noImplicitReturns: true, verbatimModuleSyntax: true, isolatedModules: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
  expect(typeCheck()).toBe("");
});

function typeCheck(): string {
  try {
    return execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8", cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    return (error as { stdout: string }).stdout || String(error);
  }
}

test("a module bundles for the browser, with TF.js as its only import", async () => {
  const { module } = await emitSmall(small());
  const path = join(folder, "bundle.ts");
  writeFileSync(path, module);
  const result = await build({ entryPoints: [path], bundle: true, format: "esm", platform: "browser", write: false, logLevel: "silent", external: ["@tensorflow/tfjs"], metafile: true });
  expect(result.warnings).toEqual([]);
  expect(Object.values(result.metafile.outputs)[0].imports.map(({ path }) => path)).toEqual(["@tensorflow/tfjs"]);
});

describe("training", () => {
  test("a few steps lower the loss, also of the layers that tf.layers has not", async () => {
    const tf = await loadTf("cpu");
    for (const graph of [small(), everything()]) {
      const files = await emitFiles(graph, initialStore(graph, 5));
      const model = (await loadModule(files.module, tf)).createModel({ seed: 7 });
      model.compile({ optimizer: tf.train.adam(0.02), loss: "meanSquaredError" });
      const [side] = model.inputs;
      const x = tf.randomUniform([4, ...(side.shape.slice(1) as number[])], -1, 1, "float32", 1);
      const y = tf.randomUniform([4, ...(model.outputs[0].shape.slice(1) as number[])], -1, 1, "float32", 2);
      const { history } = await model.fit(x, y, { epochs: 6, batchSize: 4, shuffle: false, verbose: 0 });
      expect(history.loss.at(-1)! as number).toBeLessThan((history.loss[0] as number) * 0.9);
      model.dispose();
      // The optimiser's own among them.
      tf.disposeVariables();
      tf.dispose([x, y]);
    }
  });

  test("weights go in and out unchanged, under the language's names", async () => {
    const tf = await loadTf("cpu");
    const graph = everything();
    const store = noisyWeights(graph);
    const files = await emitFiles(graph, store);
    const module = await loadModule(files.module, tf);
    const model = module.createModel({ weights: files.safetensors });
    const saved = open(memoryBytes(await module.saveWeights(model)), "saved").store!;
    const weights = new Map(graph.nodes.flatMap((node) => node.weights.map((weight) => [weight.name, weight] as const)));
    expect([...saved.tensors.keys()].sort()).toEqual([...weights.keys()].sort());
    for (const { name, shape } of weights.values()) {
      expect(saved.tensors.get(name)!.shape, name).toEqual(shape);
      expect(saved.readFloat32(name), name).toEqual(store.get(name));
    }
    expect(model.countParams()).toBe([...weights.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0));
    expect(() => module.loadWeights(model, new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]))).toThrow(/the weights have no/);
    model.dispose();
  });

  test("a model that TF.js saved and loaded computes the same", async () => {
    const tf = await loadTf("cpu");
    const graph = everything();
    const files = await emitFiles(graph, noisyWeights(graph));
    const model = (await loadModule(files.module, tf)).createModel({ weights: files.safetensors });
    let saved: Parameters<Parameters<typeof tf.io.withSaveHandler>[0]>[0] | undefined;
    await model.save(tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }));
    const topology = JSON.parse(JSON.stringify(saved!.modelTopology));
    const again = await tf.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
    const x = tf.randomNormal([2, ...(model.inputs[0].shape.slice(1) as number[])], 0, 1, "float32", 4);
    const [a, b] = [model, again].map((m) => (m.predict(x) as import("@tensorflow/tfjs").Tensor).dataSync());
    expect(b).toEqual(a);
    model.dispose();
    again.dispose();
    x.dispose();
  });
});

test("half precision is half the file, and nearly the same numbers", async () => {
  const tf = await loadTf("wasm");
  const graph = everything();
  const store = noisyWeights(graph);
  const whole = await emitFiles(graph, store);
  const half = await emitFiles(graph, store, { weightsAs: "float16" });
  expect(half.bin.length).toBeLessThan(whole.bin.length * 0.75);
  const example = { image: noise("half", 4 * 10 * 12) };
  const [a, b] = [await runForms(tf, graph, whole, [example]), await runForms(tf, graph, half, [example])];
  for (const form of ["inference", "graph"] as const) {
    const scale = a[form].y.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    a[form].y.forEach((value, i) => expect(Math.abs(value - b[form].y[i]) / scale).toBeLessThan(1e-2));
  }
  expect(b.graph.y).toEqual(b.inference.y);
});

test("a picture is classified by names", async () => {
  const tf = await loadTf("cpu");
  const graph = small();
  const network = (await loadModule((await emitSmall(graph)).module, tf)).loadInference((await emitSmall(graph)).bin);
  for (const [width, height] of [[12, 12], [30, 19]]) {
    const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i * 7) % 256);
    const before = tf.memory().numTensors;
    const best = await network.classify!({ data, width, height }, 3);
    expect(tf.memory().numTensors).toBe(before);
    expect(best.length).toBe(3);
    expect(digits).toContain(best[0].name);
    expect(best[0].probability!).toBeGreaterThanOrEqual(best[1].probability!);
  }
  network.dispose();
});

test("a picture goes in as `lwmc run` takes it: antialiased, transparency on white, in the input's order", async () => {
  const tf = await loadTf("cpu");
  const n = net("Tiny");
  const plain = n.outputs(n.add("dense", "dense", n.add("global_avgpool", "pool", n.input("image", [3, 4, 6]), {}), { out: 3 }));
  const graph: Graph = { ...plain, inputs: [{ ...plain.inputs[0], order: "bgr", mean: [100, 110, 120], std: [50, 60, 70] }] };
  const module = await loadModule((await emitFiles(graph, noisyWeights(graph))).module, tf);
  for (const [width, height] of [[6, 4], [31, 17], [5, 3], [6, 40], [24, 4]]) {
    const data = Uint8ClampedArray.from(noise(`${width}`, width * height * 4), (v) => (v + 2) * 60);
    const white = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [value, alpha] = [data[Math.floor(i / 3) * 4 + (i % 3)], data[Math.floor(i / 3) * 4 + 3]];
      return Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    });
    const expected = tf.transpose(tf.tensor3d(pictureTensor(fit({ width, height, rgb: white }, 6, 4), graph.inputs[0], 3), [3, 4, 6]), [1, 2, 0]).dataSync();
    const found = module.pictureTensor!({ data, width, height }).dataSync();
    found.forEach((value, i) => expect(value, `${width}×${height}`).toBeCloseTo(expected[i], 5));
  }
});

test("the same network gives the same bytes", async () => {
  const [a, b] = [await emitSmall(small()), await emitSmall(small())];
  expect(b).toEqual(a);
});

test("the module's every operator is in a module that was type-checked", () => {
  const used = new Set([small(), everything(), ...Object.values(cases).map((make) => make())].flatMap((graph) => graph.nodes.map(({ op }) => op.name)));
  expect([...used].sort()).toEqual(Object.keys(ops).sort());
});

test("the weights file is as long as the cost says, also where a batch norm stands behind a concat", async () => {
  const { graph } = modelOf("model M {\n  input x: [3, 8, 8]\n  a: conv2d(4, bias=false)\n  b: conv2d(6, bias=false)\n  output y: concat(a, b) -> batchnorm -> relu\n}");
  const { weights } = analyse(graph);
  expect(weights).toBe(4 * (9 * 3 * 4 + 9 * 4 * 6 + 2 * 10));
  const { bin, module } = await emitFiles(graph, noisyWeights(graph));
  const stored = [...module.matchAll(/^  \["[\w.]+", \[([\d, ]+)\]\],$/gm)].map(([, shape]) => 4 * shape.split(", ").reduce((product, side) => product * Number(side), 1));
  const biases = 4 * (4 + 6);
  expect(stored.reduce((sum, bytes) => sum + bytes, 0)).toBe(weights + biases);
  expect(bin.length).toBeGreaterThanOrEqual(weights + biases);
});

test("another file than the weights file is refused, with its name", async () => {
  const n = net("Tiny");
  const graph = n.outputs(n.add("conv2d", "conv2d", n.input("x", [3, 4, 4]), { out: 2 }));
  const files = await emitFiles(graph, noisyWeights(graph));
  const module = await loadModule(files.module, await loadTf("cpu"));
  expect(() => module.loadInference(files.safetensors)).toThrow(/Tiny\.bin has [\d,]+ bytes, not \d+/);
});

test("a kernel that float16 cannot hold stays whole", async () => {
  const n = net("Tiny");
  const graph = n.outputs(n.add("conv2d", "conv2d", n.input("x", [3, 4, 4]), { out: 2, kernel: [1, 1], bias: false }));
  const store = memoryStore([{ name: "conv2d.weight", shape: [2, 3, 1, 1], values: new Float32Array(6).fill(70_000) }]);
  const files = await emitFiles(graph, store, { weightsAs: "float16" });
  const tf = await loadTf("cpu");
  const result = (await loadModule(files.module, tf)).loadInference(files.bin).predict(tf.ones([1, 4, 4, 3]));
  expect(Object.values(result)[0].dataSync()[0]).toBe(210_000);
});
