/** Whole networks in onnxruntime-web against torchvision's logits, on the same weights and inputs. */
import { expect } from "vitest";
import { memoryBytes, open } from "../../src/backends/weights/safetensors.ts";
import { describeShared, readShared, sharedNames, testShared } from "../shared.ts";
import { compiled, torchWeights } from "./library.ts";
import { emitted, opened, runSession } from "./sessions.ts";

const networks: Readonly<Record<string, string>> = {
  "mini_mobilenet_v2_w0.35_c10": "MobileNetV2(width=0.35, classes=10)",
  "mini_squeezenet1_1_c10": "SqueezeNet11(classes=10)",
  mobilenet_v2: "MobileNetV2()",
  mobilenet_v3_small: "MobileNetV3Small()",
  squeezenet1_1: "SqueezeNet11()",
  efficientnet_b0: "EfficientNetB0()",
};

describeShared("networks against torch", () => {
  for (const name of sharedNames("parity").filter((folder) => networks[folder])) {
    testShared(name, async () => {
      const io = open(memoryBytes(readShared("parity", name, "io.safetensors")), name).store!;
      const checkpoint = open(memoryBytes(readShared("parity", name, "state_dict.safetensors")), name).store!;
      for (const [input, { shape }] of io.tensors) {
        if (!input.startsWith("input.")) continue;
        const { model } = await compiled(networks[name], { image: shape.slice(1) });
        const weights = torchWeights(model.graph, checkpoint);
        const expected = io.readFloat32(`logits_fp64.${input.slice(6)}`);
        const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        for (const options of [{}, { fold: false, batch: "N" }] as const) {
          const session = await opened((await emitted(model.graph, weights, options)).model, { executionProviders: ["wasm"] });
          const results = await runSession(session, 1, { image: { shape: shape.slice(1), data: io.readFloat32(input) } });
          await session.release();
          const found = results[model.graph.outputs[0].name].data as Float32Array;
          const error = expected.reduce((worst, v, i) => Math.max(worst, Math.abs(v - found[i])), 0) / largest;
          expect(error, `${input} ${JSON.stringify(options)}`).toBeLessThan(2e-5);
        }
      }
    });
  }
});
