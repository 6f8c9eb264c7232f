import fc from "fast-check";
import { expect, test } from "vitest";
import { paretoSet } from "../../src/compiler/search/pareto.ts";

/** By the definition: nothing is nowhere worse and somewhere better. */
function byDefinition(points: readonly (readonly number[])[]): readonly number[] {
  const beats = (a: readonly number[], b: readonly number[]) => a.every((x, i) => x <= b[i]) && a.some((x, i) => x < b[i]);
  return points.flatMap((point, i) => (points.some((other) => beats(other, point)) ? [] : [i]));
}

test.each([1, 2, 3, 4])("%i goals, as the definition has it", (goals) => {
  // few different values, so that there are many ties
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: goals, maxLength: goals }), { maxLength: 60 }), (points) => {
      expect(paretoSet(points)).toEqual(byDefinition(points));
    }),
    { numRuns: 400, seed: 7 },
  );
  fc.assert(
    fc.property(fc.array(fc.array(fc.double({ noNaN: true }), { minLength: goals, maxLength: goals }), { maxLength: 40 }), (points) => {
      expect(paretoSet(points)).toEqual(byDefinition(points));
    }),
    { numRuns: 100, seed: 8 },
  );
});

test("none of none", () => {
  expect(paretoSet([])).toEqual([]);
});
