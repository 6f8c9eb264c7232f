/** Every operator's ONNX form, run in onnxruntime-web and compared with plain loops in double precision; for one example and for two. */
import { describe, expect, test } from "vitest";
import { elements } from "../../src/compiler/ir/shape.ts";
import { ops } from "../../src/compiler/ops/index.ts";
import { run } from "../reference-ops.ts";
import { cases } from "./cases.ts";
import { noise, noisyWeights } from "./networks.ts";
import { emitted, opened, runSession } from "./sessions.ts";

describe("operators in onnxruntime-web", () => {
  for (const [title, build] of Object.entries(cases)) {
    test(title, async () => {
      const graph = build();
      const weights = noisyWeights(graph);
      for (const options of [{ batch: 1 }, { batch: "N" }, { batch: 1, fold: false }] as const) {
        const count = options.batch === 1 ? 1 : 2;
        const examples = Array.from({ length: count }, (_, i) => Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, noise(`${title} ${name} ${i}`, elements(tensor.shape!))])));
        const inputs = Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, { shape: tensor.shape!, data: Float32Array.from(examples.flatMap((example) => [...example[name]])) }]));
        const session = await opened((await emitted(graph, weights, options)).model);
        const results = await runSession(session, count, inputs);
        await session.release();
        const expected = examples.map((example) => run(graph, example, weights));
        for (const { name, tensor } of graph.outputs) {
          expect(results[name].dims).toEqual([count, ...tensor.shape!]);
          expectClose(results[name].data as Float32Array, expected.flatMap((one) => [...one[name].data]), name);
        }
      }
    });
  }

  test("the cases use every operator", () => {
    const used = new Set(Object.values(cases).flatMap((build) => build().nodes.map(({ op }) => op.name)));
    expect([...used].sort()).toEqual(Object.keys(ops).sort());
  });
});

/** Within 1e-5 of the largest number. */
function expectClose(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-3);
  const error = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]) / scale), 0);
  expect(error, what).toBeLessThanOrEqual(1e-5);
}
