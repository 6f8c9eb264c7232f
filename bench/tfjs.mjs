/**
 * TensorFlow.js on wasm in Node (one thread): the emitted `loadInference()` against the same network as plain `tf.layers`, which `createModel()`
 * is: batch norm and activations as layers of their own. Also whether the peak of memory is the one that was computed, to the byte.
 *
 *   node bench/tfjs.mjs [--pairs=30] [MODEL…]
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { bin, interleaved, node, option, printRatios, root } from "./measure.mjs";

const require = createRequire(import.meta.url);
console.warn = () => {};
const tf = require("@tensorflow/tfjs");
require("@tensorflow/tfjs-backend-wasm");
await tf.setBackend("wasm");
await tf.ready();

const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const models = named.length > 0 ? named : ["MobileNetV1", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "EfficientNetB0", "SqueezeNet10", "SqueezeNet11"];
// below the project, so that the emitted modules find its TF.js
const work = mkdtempSync(join(root, "node_modules", ".lwm-bench-"));
try {
  for (const model of models) {
    const name = model.match(/^\w+/)[0];
    node([bin, "compile", model, "--target", "tfjs", "--seed", "1", "-o", work]);
    const module = join(work, `${name}.cjs`);
    buildSync({ entryPoints: [join(work, `${name}.ts`)], outfile: module, bundle: true, format: "cjs", platform: "node", external: ["@tensorflow/*"] });
    const emitted = require(module);
    const layers = emitted.createModel({ weights: readFileSync(join(work, `${name}.safetensors`)) });
    const inference = emitted.loadInference(readFileSync(join(work, `${name}.bin`)));
    const [[inputName, { shape }]] = Object.entries(emitted.inputs);
    const input = tf.randomNormal([1, ...shape], 0, 1, "float32", 1);
    const run = (predict) => async () => {
      const outputs = predict();
      const tensors = outputs instanceof tf.Tensor ? [outputs] : Object.values(outputs);
      for (const tensor of tensors) await tensor.data();
      tf.dispose(tensors);
    };
    const sides = { "tf.layers": run(() => layers.predict(input)), loadInference: run(() => inference.predict(input)) };
    for (let i = 0; i < 3; i++) for (const side of Object.values(sides)) await side();
    printRatios(`${model}, TensorFlow.js ${tf.version.tfjs}, wasm, one thread`, await interleaved(Number(option("pairs", 30)), sides));

    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => Object.values(inference.predict(input)));
    console.log(`  peak beside weights and ${inputName}: ${peakBytes - before} bytes, computed ${emitted.costs.peak}`);
    inference.dispose();
    layers.dispose();
    tf.dispose(input);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
