/** Whole networks: the memory that TF.js itself measures. (Their numbers: tests/acceptance.) */
import { describe, expect, test } from "vitest";
import { elements } from "../../src/compiler/ir/shape.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { memoryStore, type WeightStore } from "../../src/backends/weights/store.ts";
import { tfjs } from "../../src/backends/tfjs/index.ts";
import { compiled } from "../onnx/library.ts";
import { emitFiles, loadGraph, loadModule, loadTf, tensorOf } from "./forms.ts";

describe("the peak that TF.js measures is the one that was computed, to the byte", () => {
  const networks = ["MobileNetV1()", "MobileNetV2()", "MobileNetV3Large()", "MobileNetV3Small()", "MobileNetV3LargeMinimalistic()", "SqueezeNet10()", "SqueezeNet11()", "EfficientNetB0()", "EfficientNetB1()", "EfficientNetB2()", "EfficientNetB3()", "EfficientNetLite0()", "EfficientNetLite1()", "EfficientNetLite2()", "EfficientNetLite3()", "EfficientNetLite4()"];
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
