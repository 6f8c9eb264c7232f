/**
 * TensorFlow.js on wasm in Node (one thread): the emitted `loadInference()` and graph model against the network as a person writes it with
 * tf.layers. Also whether the peak of memory is the one that was computed, to the byte.
 *
 *   node bench/tfjs.mjs [--pairs=30] [MODEL…]
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

const obvious = obviousModels(tf);
const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const pairs = Number(option("pairs", 30));
const tenth = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)];
// below the project, so that the emitted modules find its TF.js
const work = mkdtempSync(join(root, "node_modules", ".lwm-bench-"));
console.log(`TensorFlow.js ${tf.version.tfjs} on wasm, one thread, ${pairs} interleaved pairs; milliseconds: median (tenth)\n`);
console.log("network           tf.layers        loadInference   ratio of pairs (of tenths)   graph model      ratio          peak, bytes");
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
    const times = await interleaved(pairs, sides);

    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => Object.values(inference.predict(input)));
    const peak = peakBytes - before === emitted.costs.peak ? String(emitted.costs.peak) : `${peakBytes - before}, computed ${emitted.costs.peak}`;
    const ratio = (name) => median(times[name].map((time, i) => time / times.layers[i])).toFixed(2);
    const tenths = (name) => (tenth(times[name]) / tenth(times.layers)).toFixed(2);
    const shown = (name) => `${median(times[name]).toFixed(1)} (${tenth(times[name]).toFixed(1)})`.padEnd(16);
    console.log([model.padEnd(17), shown("layers"), shown("inference"), `${ratio("inference")} (${tenths("inference")})`.padEnd(28), shown("graph"), `${ratio("graph")} (${tenths("graph")})`.padEnd(14), peak].join(" "));
    inference.dispose();
    graph.dispose();
    layers.dispose();
    tf.dispose(input);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
