/** How far two results are apart. */
import { expect, test } from "vitest";
import { compare } from "../../src/cli/compare.ts";

const f32 = (...values: number[]) => Float32Array.from(values);

test("a share of the largest value, and whether the top is the same", () => {
  expect(compare(f32(1, -8, 2), f32(1, -8, 1.5))).toEqual({ absolute: 0.5, relative: 0.0625, sameTop: true });
  expect(compare(f32(1, 2), f32(2, 1)).sameTop).toBe(false);
});

test("what is not a number on one side is as far as can be; the same on both is equal", () => {
  expect(compare(f32(NaN, 1), f32(0, 1)).relative).toBe(Infinity);
  expect(compare(f32(NaN, Infinity), f32(NaN, Infinity)).relative).toBe(0);
});

test("a saturated sigmoid that one runtime cuts off at 0 is measured beside 1", () => {
  expect(compare(f32(0), f32(4e-30)).relative).toBe(Infinity);
  expect(compare(f32(0), f32(4e-30), 1).relative).toBeCloseTo(0);
});
