/** A machine whose costs are known: running a network moves its clock by what they say, and nothing runs. */
import type { KernelCost } from "../../src/compiler/devices/device.ts";
import { kernelCosts } from "../../src/compiler/devices/kernel-cost.ts";
import { kernelsOf } from "../../src/compiler/devices/kernels.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { bytesOf, calibrate, type Calibration } from "../../src/cli/measure/calibration.ts";
import { secondsOf } from "../../src/cli/measure/laws.ts";
import { SHORTEST } from "../../src/cli/measure/process-clock.ts";
import { elaborateText } from "../program.ts";

function cost(of: KernelCost["of"], restrictions: Partial<KernelCost>, mac: number, byte: number, weightByte: number, row: number, kernel: number): KernelCost {
  return { of, ...restrictions, mac: mac * 1e-9, byte: byte * 1e-9, weightByte: weightByte * 1e-9, row: row * 1e-9, kernel: kernel * 1e-6 };
}

/** As a WebAssembly runtime has them, about. */
export const PLANTED: readonly KernelCost[] = [
  cost("pointwise", { tile: 16 }, 0.08, 0.06, 0.05, 0, 12),
  cost("conv", {}, 0.1, 0.2, 0.2, 0, 30),
  cost("depthwise", { window: 3, stride: 1 }, 0.25, 0, 0.9, 90, 5),
  cost("depthwise", { window: 3, stride: 2 }, 0.7, 0, 6, 0, 20),
  cost("depthwise", { window: 5, stride: 1 }, 0.2, 0, 0, 270, 0),
  cost("depthwise", { window: 5, stride: 2 }, 0.5, 0, 0, 150, 80),
  cost("dense", { op: "dense" }, 0.3, 0.5, 0, 0, 3),
  cost("dense", { op: "conv2d" }, 0.35, 1.2, 0, 0, 8),
  cost("activation", { op: "hardswish" }, 0, 0.08, 0, 0, 4),
  cost("activation", { op: "swish" }, 0, 0.35, 0, 0, 2),
  cost("activation", { op: "sigmoid" }, 0, 0.3, 0, 0, 2),
  cost("activation", { op: "hardsigmoid" }, 0, 0.12, 0, 0, 1),
  cost("activation", {}, 0, 0.1, 0, 0, 1),
  cost("elementwise", { op: "add" }, 0, 0.03, 0, 0, 4),
  cost("elementwise", { op: "mul" }, 0, 0.02, 0, 0, 20),
  cost("movement", {}, 0, 0.05, 0, 0, 10),
  cost("pooling", { op: "maxpool" }, 0, 0.15, 0, 15, 0),
  cost("pooling", { op: "avgpool" }, 0, 0.6, 0, 0, 40),
  cost("reduction", {}, 0, 0.02, 0, 0, 1),
];

export const CALL = { call: 50e-6, input: 0.2e-9, output: 0.1e-9 };

/** What the runtime computes inside a convolution: hard-swish too, which the compiler does not take for granted. */
const INSIDE: ReadonlySet<string> = new Set(["relu", "relu6", "hardswish"]);

/** What a network takes on that machine. */
export function plantedSeconds(graph: Graph): number {
  const priced = kernelCosts(PLANTED);
  const kernels = kernelsOf(deployed(graph), { precision: "float32", fused: INSIDE });
  return CALL.call + CALL.input * bytesOf(graph.inputs) + CALL.output * bytesOf(graph.outputs) + kernels.reduce((sum, kernel) => sum + secondsOf(kernel, priced), 0);
}

export function graphsOf(text: string): readonly Graph[] {
  const { models, diagnostics } = elaborateText(text);
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong) throw new Error(wrong.message);
  return models.map(({ graph }) => graph);
}

/** @param again what a network takes of its time when it runs right after itself, its weights in the cache */
export async function calibratePlanted(again = 1): Promise<Calibration> {
  let now = 0;
  let last: Graph | undefined;
  return calibrate({
    kernels: "ort_wasm",
    compile: async (text) => graphsOf(text),
    load: async (graph) => {
      const seconds = plantedSeconds(graph);
      return {
        run: async () => {
          now += last === graph ? seconds * again : seconds;
          last = graph;
        },
        dispose: () => {},
      };
    },
    clock: () => [now],
    shortest: SHORTEST,
    seconds: 0,
    progress: () => {},
  });
}
