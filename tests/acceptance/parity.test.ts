/** Whole networks against torch's logits, at every input size, from ONNX and from all three TensorFlow.js forms, on weights bound from torch's names. */
import { expect, test } from "vitest";
import { bind } from "../../src/backends/weights/bind.ts";
import { network } from "../library/network.ts";
import { emitted, opened, runSession } from "../onnx/sessions.ts";
import { describeShared } from "../shared.ts";
import { emitFiles, loadTf, runForms } from "../tfjs/forms.ts";
import { sharedFile } from "../weights/checkpoint-files.ts";
import { fromTorch, relativeError } from "./networks.ts";

describeShared("networks against torch", () => {
  test.each(Object.entries(fromTorch))("%s is %s", async (name, call) => {
    const io = sharedFile("parity", name, "io.safetensors");
    const checkpoint = sharedFile("parity", name, "state_dict.safetensors");
    for (const [input, { shape }] of io.tensors) {
      if (!input.startsWith("input.")) continue;
      const size = input.slice("input.".length);
      const { graph } = (await network(call, shape.slice(1))).model;
      const { store } = bind(graph, checkpoint, name);
      const expected = io.readFloat32(`logits.${size}`);
      const image = io.readFloat32(input);
      const output = graph.outputs[0].name;

      const session = await opened((await emitted(graph, store!)).model, { executionProviders: ["wasm"] });
      const onnx = await runSession(session, 1, { image: { shape: shape.slice(1), data: image } });
      await session.release();
      expect(relativeError(onnx[output].data as Float32Array, expected), `ONNX at ${size}`).toBeLessThan(1e-4);

      const tf = await loadTf("wasm");
      const forms = await runForms(tf, graph, await emitFiles(graph, store!), [{ image }]);
      for (const [form, outputs] of Object.entries(forms)) expect(relativeError(outputs[output], expected), `TF.js ${form} at ${size}`).toBeLessThan(1e-4);
    }
  });
});
