/** Whole networks: torch's numbers from all three forms, and the memory that TF.js itself measures. */
import { describe, expect, test } from "vitest";
import { elements } from "../../src/compiler/ir/shape.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { memoryBytes, open } from "../../src/backends/weights/safetensors.ts";
import { memoryStore, type WeightStore } from "../../src/backends/weights/store.ts";
import { tfjs } from "../../src/backends/tfjs/index.ts";
import { compiled, torchWeights } from "../onnx/library.ts";
import { describeShared, readShared } from "../shared.ts";
import { emitFiles, loadGraph, loadModule, loadTf, runForms, tensorOf } from "./forms.ts";

const parity: Readonly<Record<string, string>> = {
  mobilenet_v2: "MobileNetV2()",
  mobilenet_v3_small: "MobileNetV3Small()",
  squeezenet1_1: "SqueezeNet11()",
  efficientnet_b0: "EfficientNetB0()",
  "mini_mobilenet_v2_w0.35_c10": "MobileNetV2(width=0.35, classes=10)",
  mini_squeezenet1_1_c10: "SqueezeNet11(classes=10)",
};

describeShared("torch's logits from all three forms", () => {
  for (const [folder, expression] of Object.entries(parity)) {
    test(folder, async () => {
      const io = open(memoryBytes(readShared("parity", folder, "io.safetensors")), "io").store!;
      const checkpoint = open(memoryBytes(readShared("parity", folder, "state_dict.safetensors")), "state_dict").store!;
      const tf = await loadTf("wasm");
      for (const name of [...io.tensors.keys()].filter((key) => key.startsWith("input."))) {
        const shape = io.tensors.get(name)!.shape.slice(1);
        const { graph } = (await compiled(expression, { image: shape })).model;
        const files = await emitFiles(graph, torchWeights(graph, checkpoint));
        const results = await runForms(tf, graph, files, [{ [graph.inputs[0].name]: io.readFloat32(name) }]);
        const expected = io.readFloat32(name.replace("input.", "logits."));
        for (const [form, outputs] of Object.entries(results)) {
          const found = Object.values(outputs)[0];
          const scale = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
          const error = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]) / scale), 0);
          expect(error, `${name} ${form}`).toBeLessThanOrEqual(3e-5);
        }
      }
    });
  }
});

describe("the peak that TF.js measures is the one that was computed, to the byte", () => {
  const networks = ["MobileNetV1()", "MobileNetV2()", "MobileNetV3Large()", "MobileNetV3Small()", "MobileNetV3LargeMinimalistic()", "SqueezeNet10()", "SqueezeNet11()", "EfficientNetB0()", "EfficientNetLite0()"];
  for (const expression of networks) {
    test(expression, async () => {
      const { graph } = (await compiled(expression)).model;
      const tf = await loadTf("wasm");
      const files = await emitFiles(graph, zeroWeights(graph));
      const module = await loadModule(files.module, tf);
      const [{ tensor }] = graph.inputs;
      const x = tensorOf(tf, [new Float32Array(elements(tensor.shape!))], tensor.shape!);
      expect(module.costs.peak).toBe(tfjs.activations(graph));

      const inference = module.loadInference(files.bin);
      const withWeights = tf.memory().numBytes;
      const profile = await tf.profile(() => inference.predict(x) as never);
      expect(profile.peakBytes - withWeights).toBe(tfjs.activations(graph));
      tf.dispose(profile.result as never);
      inference.dispose();

      const model = await loadGraph(files, tf);
      const withGraph = tf.memory().numBytes;
      const second = await tf.profile(() => model.predict(x) as never);
      expect(second.peakBytes - withGraph).toBe(tfjs.activations(graph));
      tf.dispose(second.result as never);
      model.dispose();
      x.dispose();
    });
  }
});

function zeroWeights(graph: Graph): WeightStore {
  return memoryStore(graph.nodes.flatMap((node) => node.weights.map(({ name, shape, role }) => ({ name, shape, values: new Float32Array(elements(shape)).fill(role === "var" ? 1 : 0) }))));
}
