/** Latency by hand: sums of costs, rooflines, bands, and when a network is called extrapolated. */
import { describe, expect, test } from "vitest";
import type { Figure, KernelCost, Profile } from "../../src/compiler/devices/device.ts";
import { energyOf } from "../../src/compiler/devices/energy.ts";
import type { Kernel } from "../../src/compiler/devices/kernels.ts";
import { latencyOf, mixOf } from "../../src/compiler/devices/latency.ts";

const figure = (value: number, source = "a table", verified = true): Figure => ({ value, source, verified });
const cost = (of: KernelCost["of"], parts: Partial<KernelCost>): KernelCost => ({ of, mac: undefined, byte: undefined, weightByte: undefined, kernel: undefined, ...parts });

const plain: Profile = {
  runtime: "r", precision: "int8", threads: 1, backend: undefined, kernels: undefined,
  costs: [cost("conv", { mac: 2e-9 }), cost("any", { byte: 1e-9, weightByte: 3e-9, kernel: 5e-6 })],
  costSource: "fitted", error: figure(0.1, "left out"), familyError: figure(0.5, "family left out"), mix: [{ of: "conv", low: 0, high: 1 }, { of: "elementwise", low: 0, high: 1 }],
  scaledFrom: undefined, overlap: "none", alignment: 1, runtimeRam: undefined, codeFlash: undefined, peakMacs: undefined, bandwidth: undefined,
  power: undefined, macEnergy: undefined, byteEnergy: undefined, measured: [],
};

function kernel(of: Kernel["of"], parts: Partial<Kernel> = {}): Kernel {
  const path = parts.path ?? of;
  return { path, op: of, of, macs: 0, inputBytes: 0, outputBytes: 0, weightBytes: 0, inputs: [], outputs: [], trail: { span: { file: "f", start: 0, end: 0 }, name: of, row: undefined, parent: undefined }, ...parts };
}

const conv = kernel("conv", { macs: 1e6, inputBytes: 2000, outputBytes: 3000, weightBytes: 1000 });
const add = kernel("elementwise", { inputBytes: 4000, outputBytes: 2000 });

describe("time", () => {
  test("is the sum of each kernel's costs; what its kind does not say is taken from `any`", () => {
    const { seconds, layers, source } = latencyOf([conv, add], plain)!;
    expect(layers[0].seconds).toBeCloseTo(1e6 * 2e-9 + 5000e-9 + 3000e-9 + 5e-6, 12);
    expect(layers[1].seconds).toBeCloseTo(6000e-9 + 5e-6, 12);
    expect(seconds).toBeCloseTo(layers[0].seconds + layers[1].seconds, 12);
    expect(source).toBe("fitted");
  });

  test("weights beyond those that stay on the chip are read anew, and such a network is extrapolated", () => {
    const chip = { ...plain, weightMemory: figure(600, "SRAM"), weightBandwidth: figure(1e6, "USB", false) };
    const inside = latencyOf([conv, add], { ...chip, weightMemory: figure(1000) })!;
    expect(inside).toMatchObject({ seconds: latencyOf([conv, add], plain)!.seconds, extrapolated: undefined, unverified: [] });
    const beyond = latencyOf([conv, add], chip)!;
    expect(beyond.seconds).toBeCloseTo(inside.seconds + 400 / 1e6, 12);
    expect(beyond).toMatchObject({ error: 0.5, unverified: ["USB"] });
    expect(beyond.extrapolated).toMatch(/^400 B of weights do not stay on the chip/);
  });

  test("is not known where there are no costs", () => {
    expect(latencyOf([conv], { ...plain, costs: [] })).toBeUndefined();
  });

  test("names what each kernel is bound by", () => {
    const small = kernel("elementwise", { inputBytes: 10, outputBytes: 10 });
    expect(latencyOf([conv, add, small], plain)!.layers.map(({ bound }) => bound)).toEqual(["compute", "memory", "overhead"]);
  });

  test("no kernel is faster than the peak rate, nor than the memory; a 3x3 convolution may save three multiply-adds of four", () => {
    const limited = { ...plain, peakMacs: figure(1e8), bandwidth: figure(1e6) };
    expect(latencyOf([conv], limited)!.layers[0]).toMatchObject({ seconds: 1e6 / 1e8, bound: "compute" });
    expect(latencyOf([{ ...conv, window: 3, stride: 1 }], limited)!.layers[0]).toMatchObject({ seconds: 6000 / 1e6, bound: "memory" });
    expect(latencyOf([{ ...conv, window: 3, stride: 1 }], { ...limited, bandwidth: undefined })!.layers[0].seconds).toBeCloseTo(1e6 / 4e8, 12);
  });

  test("says so where a bound that decided is not verified, and only then", () => {
    expect(latencyOf([conv], { ...plain, peakMacs: figure(1e8, "rumour", false) })!.unverified).toEqual(["rumour"]);
    expect(latencyOf([conv], { ...plain, peakMacs: figure(1e12, "rumour", false) })!.unverified).toEqual([]);
  });
});

describe("the band", () => {
  test("is a factor either way", () => {
    const { seconds, low, high, error, extrapolated } = latencyOf([conv, add], plain)!;
    expect([low * 1.1, high / 1.1].map((s) => s / seconds)).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
    expect([error, extrapolated]).toEqual([0.1, undefined]);
  });

  test("is unbounded where no error is stated", () => {
    expect(latencyOf([conv], { ...plain, error: undefined })).toMatchObject({ low: 0, high: Infinity, error: undefined });
  });

  test("is that of unseen families where the mix was not seen", () => {
    const wanted: readonly (readonly [Partial<Profile>, RegExp])[] = [
      [{ mix: [{ of: "conv", low: 0, high: 0.5 }, { of: "elementwise", low: 0, high: 1 }] }, /^conv takes 99 % of the time; 50 % at most/],
      [{ mix: [{ of: "conv", low: 0, high: 1 }, { of: "elementwise", low: 0, high: 1 }, { of: "depthwise", low: 0.2, high: 1 }] }, /^depthwise takes 0 % of the time; 20 % at least/],
      [{ mix: [{ of: "elementwise", low: 0, high: 1 }] }, /^conv takes 99 % of the time, and the runs .* have none/],
      [{ mix: [] }, /does not say which networks/],
      [{ scaledFrom: "another board" }, /scaled from another board/],
    ];
    for (const [changes, reason] of wanted) {
      const found = latencyOf([conv, add], { ...plain, ...changes })!;
      expect(found.extrapolated).toMatch(reason);
      expect(found.error).toBe(0.5);
    }
  });

  test("a kind without a cost is seen by the bytes that it moves", () => {
    const unpriced = { ...plain, costs: [cost("conv", { mac: 2e-9 })], mix: [{ of: "conv", low: 1, high: 1 } as const] };
    expect(mixOf([conv, add], unpriced)).toEqual(new Map([["conv", 1], ["elementwise", 0.5]]));
    expect(latencyOf([conv, add], unpriced)!.extrapolated).toMatch(/^elementwise moves 50 % of the bytes and has no cost/);
  });

  test("networks far smaller or larger than the runs are extrapolated", () => {
    const run = (seconds: number) => ({ model: "M", latency: figure(seconds), ram: undefined, flash: undefined, energy: undefined, fitted: true });
    expect(latencyOf([conv], { ...plain, measured: [run(1)] })!.extrapolated).toMatch(/far smaller/);
    expect(latencyOf([conv], { ...plain, measured: [run(1e-6)] })!.extrapolated).toMatch(/far larger/);
    expect(latencyOf([conv], { ...plain, measured: [run(2e-3)] })!.extrapolated).toBeUndefined();
  });
});

describe("energy", () => {
  const time = { value: 0.02, low: 0.01, high: 0.04, doubts: ["a doubt"] };

  test("power times time, with the time's band and doubts", () => {
    expect(energyOf([conv], time, { ...plain, power: figure(0.5, "a guess", false) })).toEqual({ value: 0.01, low: 0.005, high: 0.02, doubts: ["a doubt", "it rests on an unverified figure (a guess)"] });
    expect(energyOf([conv], undefined, { ...plain, power: figure(0.5) })).toBeUndefined();
    expect(energyOf([conv], time, plain)).toBeUndefined();
  });

  test("accelerators: operations times their energies", () => {
    const { value, doubts } = energyOf([conv, add], undefined, { ...plain, macEnergy: figure(2e-12), byteEnergy: figure(1e-11) })!;
    expect(value).toBeCloseTo(1e6 * 2e-12 + (6000 + 6000) * 1e-11, 18);
    expect(doubts.some((doubt) => doubt.includes("one technology"))).toBe(true);
  });
});
