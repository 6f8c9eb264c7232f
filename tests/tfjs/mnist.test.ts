/**
 * `examples/mnist.lwm` learns handwritten digits through `createModel()` on TF.js's cpu backend; what it has learnt goes back to
 * safetensors, and the ONNX made of that recognises the same digits.
 */
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type * as TF from "@tensorflow/tfjs";
import { initialStore } from "../../src/backends/weights/initial.ts";
import { memoryBytes, open } from "../../src/backends/weights/safetensors.ts";
import { fileStore } from "../../src/backends/weights/store.ts";
import { network } from "../library/network.ts";
import { emitted, opened, runSession } from "../onnx/sessions.ts";
import { describeShared, readShared } from "../shared.ts";
import { emitFiles, loadModule, loadTf, type Tf } from "./forms.ts";

const SIDE = 28;
const CLASSES = 10;
/** The first 8,000 teach, the last 2,000 examine. */
const TAUGHT = 8000;
const UNSEEN = 2000;

describeShared("handwritten digits", () => {
  test("are learnt on the cpu backend, and recognised alike in ONNX", async () => {
    const { graph } = (await network("mnist.lwm#Digits")).model;
    const tf = await loadTf("cpu");
    const module = await loadModule((await emitFiles(graph, initialStore(graph, 0))).module, tf);
    const { pixels, labels } = digits();
    const images = (from: number, count: number) => tf.tensor4d(pixels.subarray(from * SIDE * SIDE, (from + count) * SIDE * SIDE), [count, SIDE, SIDE, 1]);

    const model = module.createModel({ seed: 1 });
    const start = performance.now();
    await train(tf, model, images(0, TAUGHT), tf.oneHot(tf.tensor1d(labels.subarray(0, TAUGHT), "int32"), CLASSES));
    console.log(`${TAUGHT} digits twice in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    const logits = (model.predict(images(TAUGHT, UNSEEN), { batchSize: 250 }) as TF.Tensor).dataSync() as Float32Array;
    const right = recognised(logits, labels.subarray(TAUGHT));
    console.log(`${right} of ${UNSEEN} unseen digits are recognised`);
    expect(right).toBeGreaterThanOrEqual(0.95 * UNSEEN);

    const { store, diagnostics } = open(memoryBytes(await module.saveWeights(model)), "trained");
    expect(diagnostics).toEqual([]);
    const session = await opened((await emitted(graph, fileStore(store!), { batch: "N" })).model);
    const result = await runSession(session, UNSEEN, { image: { shape: [1, SIDE, SIDE], data: pixels.subarray(TAUGHT * SIDE * SIDE) } });
    const again = result.logits.data as Float32Array;
    const scale = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(again.reduce((worst, value, i) => Math.max(worst, Math.abs(value - logits[i])), 0) / scale).toBeLessThan(1e-5);
    expect(recognised(again, labels.subarray(TAUGHT))).toBe(right);
    model.dispose();
  }, 600_000);
});

/** Two passes, the second in smaller steps. */
async function train(tf: Tf, model: TF.LayersModel, images: TF.Tensor, classes: TF.Tensor): Promise<void> {
  for (const step of [0.01, 0.002]) {
    model.compile({ optimizer: tf.train.adam(step), loss: (y, logits) => tf.losses.softmaxCrossEntropy(y, logits) });
    await model.fit(images, classes, { epochs: 1, batchSize: 32, shuffle: false, verbose: 0 });
  }
}

/** The images from 0 to 1, and what they show. */
function digits(): { readonly pixels: Float32Array; readonly labels: Uint8Array } {
  const images = gunzipSync(readShared("data", "mnist", "t10k-images-idx3-ubyte.gz")).subarray(16);
  return { pixels: Float32Array.from(images, (value) => value / 255), labels: gunzipSync(readShared("data", "mnist", "t10k-labels-idx1-ubyte.gz")).subarray(8) };
}

function recognised(logits: Float32Array, labels: Uint8Array): number {
  return labels.reduce((count, label, i) => {
    const scores = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
    return count + Number(scores.indexOf(Math.max(...scores)) === label);
  }, 0);
}
