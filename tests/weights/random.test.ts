import { createHash } from "node:crypto";
import { initialStore } from "../../src/backends/weights/initial.ts";
import { modelOf } from "../program.ts";
import { describe, expect, test } from "vitest";
import { fill, heNormal, type Distribution } from "../../src/backends/weights/random.ts";

const normal: Distribution = { kind: "normal", std: 1 };
const count = 1_000_000;

/** Means of the first four powers. */
function moments(values: Float32Array): readonly number[] {
  const sums = [0, 0, 0, 0];
  for (const x of values) for (let n = 0; n < 4; n++) sums[n] += x ** (n + 1);
  return sums.map((sum) => sum / values.length);
}

/** Pearson's correlation of two standard samples, in its standard deviations. */
function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum / Math.sqrt(a.length);
}

describe("seeded weights", () => {
  test("the same bytes always: these were the bytes when the generator was chosen", () => {
    const digest = (distribution: Distribution): string => createHash("sha256").update(fill(distribution, "stem.conv2d.weight", 42, 100_000)).digest("hex").slice(0, 16);
    expect([normal, { kind: "uniform", low: -1, high: 1 } as const, { kind: "truncated-normal", std: 0.5, mean: 1 } as const].map(digest)).toEqual(["8058c4dca7477955", "5dd5863de9dd1971", "5907fdd76a8a81d5"]);
  });

  test("a longer tensor begins like a shorter one", () => {
    expect(fill(normal, "a", 1, 1000).subarray(0, 10)).toEqual(fill(normal, "a", 1, 10));
  });

  test("seeds, also beyond 32 bits, and names give unrelated values", () => {
    const base = fill(normal, "a", 1, count);
    for (const other of [fill(normal, "a", 2, count), fill(normal, "a", 1 + 2 ** 32, count), fill(normal, "b", 1, count), fill(normal, "aa", 1, count), fill(normal, "", 1, count)]) {
      expect(Math.abs(correlation(base, other))).toBeLessThan(5);
    }
    expect(Math.abs(correlation(base.subarray(1), base.subarray(0, -1)))).toBeLessThan(5);
  });
});

describe("distributions", () => {
  // Bounds are five standard errors at this count.
  test("normal: moments and tails", () => {
    const values = fill(normal, "n", 3, count);
    const [m1, m2, m3, m4] = moments(values);
    expect(Math.abs(m1)).toBeLessThan(0.005);
    expect(Math.abs(m2 - 1)).toBeLessThan(0.0071);
    expect(Math.abs(m3)).toBeLessThan(0.0194);
    expect(Math.abs(m4 - 3)).toBeLessThan(0.049);
    const beyond = (limit: number): number => values.reduce((n, x) => n + (Math.abs(x) > limit ? 1 : 0), 0) / count;
    expect(Math.abs(beyond(1) - 0.317311)).toBeLessThan(0.0024);
    expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.0011);
    expect(Math.abs(beyond(3) - 0.0026998)).toBeLessThan(0.00026);
    expect(Math.abs(beyond(3.6541528853610088) - 0.000258)).toBeLessThan(0.00008);
  });

  test("normal: mean and deviation", () => {
    const [m1, m2] = moments(fill({ kind: "normal", mean: 2, std: 0.5 }, "n", 3, count));
    expect(m1).toBeCloseTo(2, 2);
    expect(m2 - m1 * m1).toBeCloseTo(0.25, 2);
  });

  test("truncated normal: within two deviations, whose own deviation is 0.8796", () => {
    const values = fill({ kind: "truncated-normal", std: 1 }, "n", 3, count);
    const [m1, m2] = moments(values);
    expect(values.every((x) => Math.abs(x) <= 2)).toBe(true);
    expect(Math.abs(m1)).toBeLessThan(0.0044);
    expect(Math.sqrt(m2)).toBeCloseTo(0.87963, 2);
  });

  test("uniform and constant", () => {
    const values = fill({ kind: "uniform", low: -1, high: 3 }, "u", 3, count);
    const [m1, m2] = moments(values);
    expect(values.every((x) => x >= -1 && x <= 3)).toBe(true);
    expect(m1).toBeCloseTo(1, 1.9);
    expect(m2 - m1 * m1).toBeCloseTo(16 / 12, 1.9);
    expect([...fill({ kind: "constant", value: 0.25 }, "c", 3, 2)]).toEqual([0.25, 0.25]);
    expect(fill(normal, "none", 3, 0).length).toBe(0);
  });

  test("He: the deviation of a 3x3 convolution of 16 channels", () => {
    expect(heNormal(9 * 16)).toEqual({ kind: "normal", std: Math.sqrt(2 / 144) });
  });

  test("a dense layer starts from its fan in: the size of its outputs does not hang on how many inputs it has", () => {
    for (const ins of [64, 4096]) {
      const { graph } = modelOf(`model M {\n  input x: [${ins}]\n  dense(50, bias=false)\n}`);
      const [, m2] = moments(initialStore(graph, 1).get("dense.weight"));
      expect((m2 * ins) / 2).toBeCloseTo(1, 1);
    }
  });
});
