/** Layers that share weights, several inputs and outputs, and what TF.js cannot express. */
import { expect, test } from "vitest";
import { elements } from "../../src/compiler/ir/shape.ts";
import { noise, noisyWeights } from "../onnx/networks.ts";
import { net } from "../graphs.ts";
import { run } from "../reference-ops.ts";
import { tfjs } from "../../src/backends/tfjs/index.ts";
import { emitFiles, loadModule, loadTf, runForms } from "./forms.ts";

/** One tower over two pictures of different sizes: its strided convolution pads each in its own way. */
function siamese() {
  const n = net("Siamese");
  const [left, right] = [n.input("left", [3, 8, 8]), n.input("right.one", [3, 9, 7])];
  const tower = (side: string, x: typeof left) => {
    const place = (layer: string) => ({ weightPath: `tower.${layer}` });
    const a = n.add("conv2d", `${side}.conv2d`, x, { out: 4, stride: [2, 2], pad: "same", bias: false }, place("conv2d"));
    const b = n.add("relu", `${side}.relu`, n.add("batchnorm", `${side}.batchnorm`, a, {}, place("batchnorm")));
    return n.add("dense", `${side}.dense`, n.add("global_avgpool", `${side}.pool`, b), { out: 5 }, place("dense"));
  };
  const [a, b] = [tower("left_tower", left), tower("right_tower", right)];
  return n.outputs(n.add("sub", "difference", [a, b]), a);
}

test("shared layers are one layer, and compute as such", async () => {
  const tf = await loadTf("wasm");
  const graph = siamese();
  const weights = noisyWeights(graph);
  const files = await emitFiles(graph, weights);
  const example = Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, noise(name, elements(tensor.shape!))]));
  const expected = run(graph, example, weights);
  const results = await runForms(tf, graph, files, [example]);
  for (const outputs of Object.values(results)) {
    for (const { name } of graph.outputs) expected[name].data.forEach((value, i) => expect(Math.abs(outputs[name][i] - value)).toBeLessThan(1e-4));
  }
  const model = (await loadModule(files.module, tf)).createModel();
  expect(model.countParams()).toBe(4 * 3 * 9 + 4 * 4 + 4 * 5 + 5);
  model.dispose();
});

test("a tensor of too many axes is a diagnostic at its line", async () => {
  const n = net();
  const graph = n.outputs(n.add("reshape", "fold", n.input("x", [4, 4, 4]), { shape: [2, 2, 2, 2, 2, 2] }));
  const { artifacts, diagnostics } = await tfjs.emit(
    { graph, figures: { params: 0, buffers: 0, macs: 0, flops: 0, weights: 0, activations: 0 }, reading: undefined, weights: noisyWeights(graph), labels: () => undefined, at: () => "" },
    { weightsAs: "float32" },
  );
  expect(artifacts).toEqual([]);
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual(["unsupported-operator: the tfjs backend cannot express `reshape`: a tensor of 6 axes; with the batch TF.js has six at most"]);
});
