/** Costs from measured runs: against every set of active bounds, against planted costs, and against a published table of measurements. */
import { describe, expect, test } from "vitest";
import { fitCosts, nonNegativeLeastSquares, type FitRow } from "../../src/compiler/devices/fit.ts";
import { kernelsOf, type Kernel } from "../../src/compiler/devices/kernels.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { modelOf, libraryModel, readProject } from "../program.ts";

/** Numbers in [0, 1) from a seed (Park & Miller 1988). */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

describe("non-negative least squares", () => {
  /** The best over all subsets of free variables, each solved by its normal equations. */
  function byEnumeration(a: readonly (readonly number[])[], b: readonly number[]): number {
    const n = a[0].length;
    let best = Infinity;
    for (let subset = 0; subset < 1 << n; subset++) {
      const columns = [...Array(n).keys()].filter((j) => subset & (1 << j));
      const normal = columns.map((j) => [...columns.map((k) => a.reduce((sum, row) => sum + row[j] * row[k], 0)), a.reduce((sum, row, i) => sum + row[j] * b[i], 0)]);
      for (let p = 0; p < columns.length; p++) {
        for (let q = 0; q < columns.length; q++) {
          if (q === p) continue;
          const factor = normal[q][p] / normal[p][p];
          for (let k = p; k <= columns.length; k++) normal[q][k] -= factor * normal[p][k];
        }
      }
      const x = columns.map((_, p) => normal[p][columns.length] / normal[p][p]);
      if (x.some((v) => !(v >= 0))) continue;
      best = Math.min(best, squares(a, b, columns.map((j, p) => [j, x[p]])));
    }
    return best;
  }

  function squares(a: readonly (readonly number[])[], b: readonly number[], x: readonly (readonly [number, number])[]): number {
    return b.reduce((sum, v, i) => sum + (v - x.reduce((s, [j, c]) => s + a[i][j] * c, 0)) ** 2, 0);
  }

  test("is as good as the best of all sets of active bounds", () => {
    const next = generator(7);
    let bound = 0;
    for (let round = 0; round < 200; round++) {
      const n = 1 + Math.floor(next() * 4);
      const a = Array.from({ length: 6 }, () => Array.from({ length: n }, () => next() - 0.3));
      const b = Array.from({ length: 6 }, () => next() - 0.3);
      const z = nonNegativeLeastSquares(a, b);
      expect(z.every((v) => v >= 0)).toBe(true);
      if (z.includes(0)) bound++;
      expect(squares(a, b, z.map((v, j) => [j, v]))).toBeCloseTo(byEnumeration(a, b), 9);
    }
    expect(bound).toBeGreaterThan(30);
  });

  test("columns that depend on each other, more unknowns than rows, and no rows", () => {
    expect(nonNegativeLeastSquares([[1, 1], [2, 2]], [1, 2]).reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 12);
    const [x, y, z] = nonNegativeLeastSquares([[1, 2, 3]], [6]);
    expect(x + 2 * y + 3 * z).toBeCloseTo(6, 12);
    expect(nonNegativeLeastSquares([], [])).toEqual([]);
  });
});

describe("fits", () => {
  const planted = [2e-9, 3e-10, 5e-5];
  const rows: readonly FitRow[] = [
    [1e6, 2e6, 10, "a"], [3e7, 1e6, 20, "a"], [5e6, 9e6, 30, "b"], [2e8, 4e7, 60, "b"], [7e7, 2e7, 25, "c"], [1e5, 5e5, 90, "c"],
  ].map(([x, y, z, family]) => ({ features: [x, y, z] as number[], seconds: planted[0] * (x as number) + planted[1] * (y as number) + planted[2] * (z as number), family: family as string }));

  test("planted costs are found again, from all rows and without any family", () => {
    const { coefficients, mape, loo, byFamily } = fitCosts(rows, [0, 0, 0]);
    coefficients.forEach((c, i) => expect(c / planted[i]).toBeCloseTo(1, 8));
    expect(mape).toBeLessThan(1e-9);
    expect(loo!.max).toBeLessThan(1e-8);
    expect(byFamily.map(({ family }) => family)).toEqual(["a", "b", "c"]);
    for (const { max } of byFamily) expect(max).toBeLessThan(1e-8);
  });

  test("a coefficient stays at its bound where the data want it lower", () => {
    const { coefficients } = fitCosts(rows, [3e-9, 0, 0]);
    expect(coefficients[0]).toBe(3e-9);
    expect(coefficients.every((c) => c >= 0)).toBe(true);
  });

  test("an outlier is seen by leaving it out", () => {
    const wrong = rows.map((row, i) => (i === 3 ? { ...row, seconds: 2 * row.seconds } : row));
    expect(fitCosts(wrong, [0, 0, 0]).loo!.max).toBeGreaterThan(0.4);
  });

  test("one row, one family: nothing can be said of others", () => {
    const { coefficients, loo, byFamily } = fitCosts([rows[0]], [0, 0, 0]);
    expect(coefficients.reduce((sum, c, i) => sum + c * rows[0].features[i], 0)).toBeCloseTo(rows[0].seconds, 12);
    expect([loo, byFamily]).toEqual([undefined, []]);
  });
});

describe("STM32H747 at 400 MHz, int8 (ST's model zoo, README of image_classification)", () => {
  const gray = readProject("examples/person_detection.lwm");
  /** Milliseconds with ST Edge AI Core 3.0.0 and with STM32Cube.AI 10.0.0. */
  const published: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ["MobileNetV1(width=0.25, classes=5)", 176.26, 163.78],
    ["MobileNetV1(width=0.5, classes=5)", 488.31, 485.79],
    ["MobileNetV1(width=0.25, resolution=96, classes=5)", 32.64, 29.94],
    ["PersonDetection(classes=5)", 29.62, 28.34],
    ["MobileNetV1(width=0.25)", 180.87, 166.75],
    ["MobileNetV1(width=0.5)", 504.08, 504.37],
    ["MobileNetV1", 1651.05, 1641.84],
    ["MobileNetV2(width=0.35, resolution=128, classes=5)", 100.09, 94.34],
    ["MobileNetV2(width=0.35, classes=5)", 308.57, 290.75],
    ["MobileNetV2(width=0.35, resolution=128)", 113.43, 116.13],
    ["MobileNetV2(width=0.35)", 321.76, 313.92],
    ["MobileNetV2", 1118.27, 1106.64],
    ["MobileNetV2(width=1.4)", 2035.56, 2010.66],
    ["SqueezeNet11(resolution=128, classes=5)", 218.97, undefined],
    ["SqueezeNet11(classes=5)", 704.22, undefined],
    ["FdMobileNet(width=0.25, classes=5)", undefined, 53.52],
    ["FdMobileNet(width=0.25, resolution=128, classes=5)", undefined, 17.73],
  ];

  function kernels(model: string): readonly Kernel[] {
    const { graph } = model.startsWith("Person") ? modelOf(`${gray}\nmodel Chosen = ${model}`, { model: "Chosen" }) : libraryModel(model);
    return kernelsOf(deployed(graph), { precision: "int8" });
  }

  const classes = ["conv", "pointwise", "depthwise", "dense"] as const;
  const lower = [1 / 3.2e9, 1 / 8e8, 1 / 8e8, 0];

  function rows(column: 1 | 2): readonly FitRow[] {
    return published.filter((row) => row[column] !== undefined).map((row) => {
      const all = kernels(row[0]);
      return {
        features: classes.map((of) => all.reduce((sum, kernel) => sum + (kernel.of === of ? kernel.macs : 0), 0)),
        seconds: row[column]! / 1000,
        family: row[0].startsWith("Person") ? "MobileNetV1" : row[0].replace(/\(.*/, ""),
      };
    });
  }

  test("ST Edge AI Core 3.0.0: four costs per MAC predict 15 networks to 3.2 % on average when each is left out, 9.8 % at worst", () => {
    const data = rows(1);
    expect(data).toHaveLength(15);
    const { coefficients, mape, loo } = fitCosts(data, lower);
    expect(coefficients.map((c) => (c * 1e9).toPrecision(3))).toEqual(["2.82", "2.26", "21.4", "13.2"]);
    expect((100 * mape).toFixed(1)).toBe("2.1");
    expect((100 * loo!.mean).toFixed(2)).toBe("3.25");
    expect((100 * loo!.max).toFixed(1)).toBe("9.8");
  });

  test("MACs alone are off by 20.8 %", () => {
    const data = rows(1).map((row) => ({ ...row, features: [row.features.reduce((sum, macs) => sum + macs, 0)] }));
    expect((100 * fitCosts(data, [0]).mape).toFixed(1)).toBe("20.8");
  });

  test("STM32Cube.AI 10.0.0: 15 networks to 3.5 % on average, 8.6 % at worst", () => {
    const data = rows(2);
    expect(data).toHaveLength(15);
    const { coefficients, mape, loo } = fitCosts(data, lower);
    expect(coefficients.map((c) => (c * 1e9).toPrecision(3))).toEqual(["6.60", "2.37", "16.3", "20.3"]);
    expect([mape, loo!.mean, loo!.max].map((e) => (100 * e).toFixed(1))).toEqual(["2.4", "3.5", "8.6"]);
  });
});
