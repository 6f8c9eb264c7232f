/**
 * TensorFlow.js on wasm in Node (one thread): the emitted `loadInference()` and graph model against the network as a person writes it with
 * tf.layers. Also whether the peak of memory is the one that was computed, to the byte.
 *
 *   node bench/tfjs.mjs [--pairs=30] [--relu6=layer|activation] [--kernels] [MODEL…]
 *
 * `--relu6`: which of the two ways to write a ReLU6 in tf.layers the hand-written networks take (`obviousModels`). `--kernels`: instead of the
 * comparison, what share of both is spent in which kernels.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { bin, interleaved, median, node, option, root } from "./measure.mjs";
import { obviousModels } from "./obvious-models.mjs";

const require = createRequire(import.meta.url);
console.warn = () => {};
const tf = require("@tensorflow/tfjs");
require("@tensorflow/tfjs-backend-wasm");
await tf.setBackend("wasm");
await tf.ready();

const relu6 = option("relu6", "layer");
if (!["layer", "activation"].includes(relu6)) throw new Error("--relu6=layer or --relu6=activation");
const kernels = process.argv.includes("--kernels");
const obvious = obviousModels(tf, relu6);
const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const pairs = Number(option("pairs", 30));
const tenth = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)];
// below the project, so that the emitted modules find its TF.js
const work = mkdtempSync(join(root, "node_modules", ".lwm-bench-"));
const written = relu6 === "layer" ? "tf.layers.reLU({ maxValue: 6 })" : 'tf.layers.activation({ activation: "relu6" })';
console.log(`TensorFlow.js ${tf.version.tfjs} on wasm, one thread, ${pairs} interleaved pairs; milliseconds: median (tenth); ReLU6 as ${written}\n`);
if (!kernels) console.log("network           tf.layers        loadInference   ratio of pairs (of tenths)   graph model      ratio          peak, bytes");
try {
  for (const model of named.length > 0 ? named : Object.keys(obvious)) {
    node([bin, "compile", model, "--target", "tfjs", "--seed", "1", "-o", work]);
    const module = join(work, `${model}.cjs`);
    buildSync({ entryPoints: [join(work, `${model}.ts`)], outfile: module, bundle: true, format: "cjs", platform: "node", external: ["@tensorflow/*"] });
    const emitted = require(module);
    const layers = obvious[model]();
    if (layers.countParams() !== emitted.costs.params + emitted.costs.buffers) throw new Error(`${model} in tf.layers has ${layers.countParams()} parameters`);
    const bytes = readFileSync(join(work, `${model}.bin`));
    const inference = emitted.loadInference(bytes);
    const { modelTopology, signature, weightsManifest } = JSON.parse(readFileSync(join(work, `${model}.json`), "utf8"));
    const graph = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, signature, weightSpecs: weightsManifest[0].weights, weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) }));
    const [{ shape }] = Object.values(emitted.inputs);
    const input = tf.randomNormal([1, ...shape], 0, 1, "float32", 1);
    const run = (predict) => async () => {
      const outputs = predict();
      const tensors = outputs instanceof tf.Tensor ? [outputs] : Object.values(outputs);
      for (const tensor of tensors) await tensor.data();
      tf.dispose(tensors);
    };
    const sides = { layers: run(() => layers.predict(input)), inference: run(() => inference.predict(input)), graph: run(() => graph.predict(input)) };
    for (let i = 0; i < 3; i++) for (const side of Object.values(sides)) await side();
    if (kernels) await printKernels(model, emitted.costs.macs, { "tf.layers": () => layers.predict(input), loadInference: () => Object.values(inference.predict(input)) });
    else await printComparison(model, sides, () => Object.values(inference.predict(input)), emitted.costs.peak);
    inference.dispose();
    graph.dispose();
    layers.dispose();
    tf.dispose(input);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** One line: what each side takes, and the ratios to the first. `computed`: the peak of memory that the module states. */
async function printComparison(model, sides, predict, computed) {
  const times = await interleaved(pairs, sides);

  const before = tf.memory().numBytes;
  const { peakBytes } = await tf.profile(predict);
  const peak = peakBytes - before === computed ? String(computed) : `${peakBytes - before}, computed ${computed}`;
  const ratio = (name) => median(times[name].map((time, i) => time / times.layers[i])).toFixed(2);
  const tenths = (name) => (tenth(times[name]) / tenth(times.layers)).toFixed(2);
  const shown = (name) => `${median(times[name]).toFixed(1)} (${tenth(times[name]).toFixed(1)})`.padEnd(16);
  console.log([model.padEnd(17), shown("layers"), shown("inference"), `${ratio("inference")} (${tenths("inference")})`.padEnd(28), shown("graph"), `${ratio("graph")} (${tenths("graph")})`.padEnd(14), peak].join(" "));
}

/** Where the time goes: milliseconds by kernel, the median of `pairs` profiled runs, and how fast convolutions and products multiply. */
async function printKernels(model, macs, sides) {
  const multiplies = /Conv|MatMul/;
  console.log(model);
  for (const [side, predict] of Object.entries(sides)) {
    const runs = [];
    for (let i = 0; i < pairs; i++) {
      const times = {};
      let outputs;
      const { kernels: ran } = await tf.profile(() => (outputs = predict()));
      // `…__op` is a call that another kernel on the list answers
      for (const { name, kernelTimeMs } of ran.filter((kernel) => !kernel.name.endsWith("__op"))) times[name] = (times[name] ?? 0) + kernelTimeMs;
      runs.push(times);
      tf.dispose(outputs);
    }
    const names = Object.keys(runs[0]);
    const of = (choose) => median(runs.map((times) => names.filter(choose).reduce((sum, name) => sum + times[name], 0)));
    const multiplying = of((name) => multiplies.test(name));
    console.log(`  ${side}: ${of(() => true).toFixed(1)} ms in kernels, ${multiplying.toFixed(1)} of them in convolutions and products (${(macs / multiplying / 1e6).toFixed(1)} GMAC/s)`);
    for (const name of names.toSorted((a, b) => of((n) => n === b) - of((n) => n === a))) console.log(`    ${name.padEnd(26)} ${of((n) => n === name).toFixed(1)}`);
  }
}
