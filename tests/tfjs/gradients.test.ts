/** The gradients of the module's own layers against differences of the loss, and training on a backend for which TF.js has none. */
import { describe, expect, test } from "vitest";
import type * as TF from "@tensorflow/tfjs";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { network, noisyWeights } from "../onnx/networks.ts";
import { emitFiles, loadModule, loadTf, type Tf } from "./forms.ts";

/** One convolution, and a batch norm so that the kernel's scale does not matter. */
const one = (name: "conv2d" | "depthwise" | "conv_transpose2d", settings: Readonly<Record<string, unknown>>) => (): Graph =>
  network({ image: [4, 9, 8] }, ({ op }, x) => ({ y: op("batchnorm", [op(name, [x], { ...settings, bias: false }, "layer")], {}, "norm") }));

const graphs: Readonly<Record<string, () => Graph>> = {
  "a stride that leaves a row out": one("conv2d", { out: 3, stride: [2, 2], pad: [0, 0, 0, 0] }),
  "padding on one side": one("conv2d", { out: 3, kernel: [3, 2], stride: [2, 1], pad: [0, 1, 1, 0] }),
  "groups and dilation": one("conv2d", { out: 4, groups: 2, dilation: [2, 1], pad: [2, 1, 2, 1] }),
  "padding beyond the kernel": one("conv2d", { out: 2, kernel: [2, 2], pad: [3, 0, 0, 2] }),
  "of one pixel": one("conv2d", { out: 3, kernel: [1, 1] }),
  "of one pixel in four": one("conv2d", { out: 3, kernel: [1, 1], stride: [2, 2] }),
  depthwise: one("depthwise", { stride: [2, 2] }),
  "depthwise without padding": one("depthwise", { kernel: [5, 3], stride: [2, 3], pad: [0, 0, 0, 0] }),
  "depthwise with padding beyond the kernel": one("depthwise", { kernel: [2, 2], stride: [2, 2], pad: [3, 0, 0, 2] }),
  "depthwise with a multiplier and dilation": one("depthwise", { multiplier: 2, dilation: [1, 2], pad: [1, 2, 1, 2] }),
  transposed: one("conv_transpose2d", { out: 3, stride: [2, 2], output_pad: [1, 0] }),
};

/** A smooth loss of the model in training, whose gradients are those of all weights that train, and of the input. */
function lossOf(tf: Tf, model: TF.LayersModel, x: TF.Tensor) {
  return (): TF.Scalar => tf.tidy(() => tf.mean(tf.sin(tf.mul(model.apply(x, { training: true }) as TF.Tensor, 1.5))) as TF.Scalar);
}

describe("gradients", () => {
  for (const [title, make] of Object.entries(graphs)) {
    test(title, async () => {
      const graph = make();
      for (const backend of ["cpu", "wasm"] as const) {
        const tf = await loadTf(backend);
        const files = await emitFiles(graph, noisyWeights(graph));
        const model = (await loadModule(files.module, tf)).createModel({ weights: files.safetensors });
        const x = tf.variable(tf.randomNormal([2, 9, 8, 4], 0, 1, "float32", 3));
        const loss = lossOf(tf, model, x);
        const { grads } = tf.variableGrads(loss);
        const variables = [x, ...model.trainableWeights.map((weight) => (weight as unknown as { val: TF.Variable }).val)];
        for (const [i, variable] of variables.entries()) {
          const direction = tf.randomNormal(variable.shape, 0, 1, "float32", 11 + i);
          const slope = tf.tidy(() => tf.sum(tf.mul(grads[variable.name], direction)).dataSync()[0]);
          const step = 2e-3;
          const at = (length: number) => {
            const kept = variable.clone();
            variable.assign(tf.tidy(() => tf.add(variable, tf.mul(direction, length))));
            const value = loss().dataSync()[0];
            variable.assign(kept);
            return value;
          };
          const difference = (at(step) - at(-step)) / (2 * step);
          const size = tf.tidy(() => tf.norm(grads[variable.name]).dataSync()[0]);
          expect(size, `${backend} ${variable.name}`).toBeGreaterThan(1e-3);
          expect(Math.abs(slope - difference) / size, `${backend} ${variable.name}: ${slope}, ${difference}`).toBeLessThan(0.03);
        }
        model.dispose();
        tf.disposeVariables();
      }
    });
  }
});
