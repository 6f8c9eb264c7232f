/** Every operator in all three forms, on both backends of Node, compared with plain loops in double precision; for one example and for two. */
import { describe, expect, test } from "vitest";
import { elements } from "../../src/compiler/ir/shape.ts";
import { run } from "../reference-ops.ts";
import { cases } from "../onnx/cases.ts";
import { noise, noisyWeights } from "../onnx/networks.ts";
import { emitFiles, loadTf, runForms } from "./forms.ts";

describe("operators in TF.js", () => {
  for (const [title, build] of Object.entries(cases)) {
    test(title, async () => {
      const graph = build();
      const weights = noisyWeights(graph);
      const files = await emitFiles(graph, weights);
      for (const [backend, count] of [["wasm", 1], ["cpu", 2]] as const) {
        const tf = await loadTf(backend);
        const examples = Array.from({ length: count }, (_, i) => Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, noise(`${title} ${name} ${i}`, elements(tensor.shape!))])));
        const expected = examples.map((example) => run(graph, example, weights));
        const results = await runForms(tf, graph, files, examples);
        for (const [form, outputs] of Object.entries(results)) {
          for (const { name } of graph.outputs) expectClose(outputs[name], expected.flatMap((one) => [...one[name].data]), `${backend} ${form} ${name}`);
        }
      }
    });
  }
});

/** Within 1e-5 of the largest number. */
function expectClose(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  expect(found.length, what).toBe(expected.length);
  const scale = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-3);
  const error = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]) / scale), 0);
  expect(error, what).toBeLessThanOrEqual(1e-5);
}
