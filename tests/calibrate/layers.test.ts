/** Layers alone: together they are the network's kernels, and each runs as it runs in the network. */
import { describe, expect, test } from "vitest";
import { emitted } from "../../src/cli/measure/emitted.ts";
import { layerNetworks } from "../../src/cli/measure/layers.ts";
import { initialStore } from "../../src/backends/weights/initial.ts";
import { fusedActivations, kernelsOf } from "../../src/compiler/devices/kernels.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { libraryModel } from "../program.ts";

describe.each(["MobileNetV2(resolution=96)", "MobileNetV3Small(resolution=64)", "SqueezeNet11(resolution=64)", "EfficientNetB0(resolution=64)"])("%s", (call) => {
  for (const kernels of ["ort_wasm", "tfjs_wasm"] as const) {
    test(kernels, async () => {
      const { graph } = libraryModel(call);
      const fused = fusedActivations(kernels);
      const whole = kernelsOf(deployed(graph), { precision: "float32", fused });
      const layers = layerNetworks(deployed(graph), fused);
      expect(layers.reduce((sum, { count }) => sum + count, 0)).toBe(whole.length);
      expect(layers.reduce((sum, { kernel, count }) => sum + count * kernel.macs, 0)).toBe(whole.reduce((sum, { macs }) => sum + macs, 0));
      for (const { graph: alone, kernel } of layers) {
        const [own, ...others] = kernelsOf(deployed(alone), { precision: "float32", fused });
        expect(others).toEqual([]);
        const { of, op, macs, inputBytes, outputBytes, weightBytes } = kernel;
        expect(own).toMatchObject({ of, op, macs, inputBytes, outputBytes, weightBytes });
      }
      const { artifacts, diagnostics } = await emitted(kernels === "ort_wasm" ? "onnx" : "tfjs", layers[0].graph, initialStore(graph, 0));
      expect(diagnostics).toEqual([]);
      expect(artifacts.length).toBeGreaterThan(0);
    });
  }
});
