/** Trained networks on 12 photographs, from integers: which class comes first, and how long the files are. Ranges are taken from the same photographs. */
import { expect, test } from "vitest";
import { bind } from "../../src/backends/weights/bind.ts";
import { pictureTensor, readPicture } from "../../src/cli/picture.ts";
import { accuracyLost } from "../../src/cli/quantise/accuracy.ts";
import { calibrationRanges } from "../../src/cli/quantise/ranges.ts";
import type { Sample } from "../../src/cli/quantise/samples.ts";
import { top, trained } from "../acceptance/networks.ts";
import { network } from "../library/network.ts";
import { emitted, requestFor } from "../onnx/sessions.ts";
import { describeShared, sharedNames, sharedPath } from "../shared.ts";
import { emitFiles, loadGraph, loadModule, loadTf, numbersOf, tensorOf } from "../tfjs/forms.ts";
import { sharedFile } from "../weights/checkpoint-files.ts";

const photos = sharedNames("photos").filter((name) => name.endsWith(".png"));

async function opened(name: string) {
  const { graph } = (await network(trained[name])).model;
  const { store } = bind(graph, sharedFile("weights", name, "model.safetensors"), name);
  const reference = sharedFile("weights", name, "reference.safetensors");
  const [input] = graph.inputs;
  const [channels] = input.tensor.shape!;
  const samples: Sample[] = [];
  for (const photo of photos) {
    const given = `input.${photo}`;
    const values = reference.tensors.has(given) ? reference.readFloat32(given) : pictureTensor(await readPicture(sharedPath("photos", photo)), input, channels);
    samples.push({ name: photo, values: async () => new Map([[input.name, values]]) });
  }
  return { graph, store: store!, samples };
}

describeShared("computing on integers", () => {
  // those whose activations are ReLU6; the others are ReLU
  test.each([
    ["mobilenet_v1_0.25_224-keras", 20],
    ["mobilenet_v2_1.0_224-coral", 23],
    ["mcunet_144-tflite", 21],
    ["mobilenet_v3_large_minimalistic_224-tflite", 17],
  ])("%s", async (name, sqnr) => {
    const { graph, store, samples } = await opened(name);
    expect(samples.length).toBe(12);
    const calibration = await calibrationRanges(requestFor(graph, store), samples, "mse");
    const exact = (await emitted(graph, store)).model;
    let floats: readonly { readonly why: string }[] | undefined;
    const rounded = (await emitted(graph, store, { int8: { ...calibration, reduceRange: false, report: (done) => (floats = done.floats) } })).model;
    expect(floats!.map(({ why }) => why)).toEqual(["stem"]);
    expect(rounded.length / exact.length).toBeLessThanOrEqual(0.28);
    const [lost] = await accuracyLost(graph, exact, rounded, samples);
    expect(lost.sameTop).toBeGreaterThanOrEqual(11);
    expect(lost.sqnr).toBeGreaterThan(sqnr);
  });
});

describeShared("stored as integers", () => {
  test.each(Object.keys(trained))("%s as ONNX", async (name) => {
    const { graph, store, samples } = await opened(name);
    const exact = (await emitted(graph, store)).model;
    const stored = (await emitted(graph, store, { weightsAs: "int8" })).model;
    // of less than a megabyte of many short layers, names and structure are a larger part
    expect(stored.length / exact.length).toBeLessThanOrEqual(exact.length < 1 << 20 ? 0.39 : 0.3);
    const [lost] = await accuracyLost(graph, exact, stored, samples);
    expect(lost.sameTop).toBeGreaterThanOrEqual(11);
  });

  // one scale for a whole tensor is too coarse for the narrowest MobileNetV1: as the manual says
  test.each(Object.keys(trained).map((name) => [name, name === "mobilenet_v1_0.25_224-keras" ? 9 : 11] as const))("%s as TF.js keeps %i of 12", async (name, kept) => {
    const { graph, store, samples } = await opened(name);
    const tf = await loadTf("wasm");
    const [input] = graph.inputs;
    const [output] = graph.outputs;
    const [whole, files] = [await emitFiles(graph, store), await emitFiles(graph, store, { weightsAs: "int8" })];
    expect(files.bin.length / whole.bin.length).toBeLessThanOrEqual(0.33);
    const [exact, stored] = [await loadGraph(whole, tf), await loadGraph(files, tf)];
    const inference = (await loadModule(files.module, tf)).loadInference(files.bin);
    const classes = async (predict: (x: ReturnType<typeof tensorOf>) => never, values: Float32Array) => tf.tidy(() => numbersOf(tf, predict(tensorOf(tf, [values], input.tensor.shape!)), output.tensor.shape!));
    let same = 0;
    for (const sample of samples) {
      const values = (await sample.values()).get(input.name)!;
      const before = await classes((x) => exact.predict(x) as never, values);
      const after = await classes((x) => stored.predict(x) as never, values);
      if (sample === samples[0]) expect(await classes((x) => inference.predict(x)[output.name] as never, values)).toEqual(after);
      if (top(before) === top(after)) same++;
    }
    for (const model of [exact, stored, inference]) model.dispose();
    expect(same).toBeGreaterThanOrEqual(kept);
  });
});
