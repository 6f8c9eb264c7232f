/** Real trained networks on photographs: the logits and the first class of the reference, in both backends, also from weights stored as float16. */
import { expect, test } from "vitest";
import { bind } from "../../src/backends/weights/bind.ts";
import { readPicture, pictureTensor } from "../../src/cli/picture.ts";
import { network } from "../library/network.ts";
import { emitted, opened, runSession } from "../onnx/sessions.ts";
import { describeShared, sharedNames, sharedPath } from "../shared.ts";
import { emitFiles, loadGraph, loadModule, loadTf, numbersOf, tensorOf } from "../tfjs/forms.ts";
import { sharedFile } from "../weights/checkpoint-files.ts";
import { relativeError, top, trained } from "./networks.ts";

const photos = sharedNames("photos").filter((name) => name.endsWith(".png"));

type Classify = (image: Float32Array) => Promise<Float32Array>;

describeShared("trained networks", () => {
  test.each(Object.entries(trained))("%s is %s", async (name, call) => {
    const { graph } = (await network(call)).model;
    const { store } = bind(graph, sharedFile("weights", name, "model.safetensors"), name);
    const reference = sharedFile("weights", name, "reference.safetensors");
    const [input] = graph.inputs;
    const [output] = graph.outputs;
    const shape = input.tensor.shape!;
    const tf = await loadTf("wasm");

    const onnx = async (weightsAs: "float32" | "float16"): Promise<Classify> => {
      const session = await opened((await emitted(graph, store!, { weightsAs })).model, { executionProviders: ["wasm"] });
      return async (data) => (await runSession(session, 1, { [input.name]: { shape, data } }))[output.name].data as Float32Array;
    };
    const tfjs = async (weightsAs: "float32" | "float16"): Promise<readonly Classify[]> => {
      const files = await emitFiles(graph, store!, { weightsAs });
      const inference = (await loadModule(files.module, tf)).loadInference(files.bin);
      const model = await loadGraph(files, tf);
      return [
        async (data) => tf.tidy(() => numbersOf(tf, inference.predict(tensorOf(tf, [data], shape))[output.name], output.tensor.shape!)),
        async (data) => tf.tidy(() => numbersOf(tf, model.predict(tensorOf(tf, [data], shape)) as never, output.tensor.shape!)),
      ];
    };
    const exact = { ONNX: await onnx("float32"), inference: (await tfjs("float32"))[0], "graph model": (await tfjs("float32"))[1] };
    const halves = { ONNX: await onnx("float16"), inference: (await tfjs("float16"))[0], "graph model": (await tfjs("float16"))[1] };

    expect(photos.length).toBe(12);
    for (const photo of photos) {
      const expected = reference.readFloat32(`logits.${photo}`);
      const given = `input.${photo}`;
      const image = reference.tensors.has(given) ? reference.readFloat32(given) : pictureTensor(await readPicture(sharedPath("photos", photo)), input, shape[0]);
      for (const [backend, classify] of Object.entries(exact)) {
        const logits = await classify(image);
        expect(relativeError(logits, expected), `${backend} on ${photo}`).toBeLessThan(1e-3);
        expect(top(logits), `${backend} on ${photo}`).toBe(top(expected));
      }
      for (const [backend, classify] of Object.entries(halves)) expect(top(await classify(image)), `${backend} from float16 on ${photo}`).toBe(top(expected));
    }
  });
});
