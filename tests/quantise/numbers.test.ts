/** Scales, rounding and ranges, by themselves. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { central, count, histogram, leastSquares } from "../../src/backends/weights/histogram.ts";
import { affine, channelsOn, magnitudes, rangeOf, roundEven, roundKeepingSums, symmetric, toInt8, toUnsigned } from "../../src/backends/weights/quantisation.ts";
import { correctedBias, integerBias, widenForBias } from "../../src/backends/onnx/quantise-bias.ts";

const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 }).map((list) => Float32Array.from(list));

describe("activations", () => {
  test("a range is widened to hold 0, which is an integer exactly", () => {
    expect(affine([0, 6], 255)).toEqual({ scale: Math.fround(6 / 255), zero: 0 });
    expect(affine([2, 6], 255)).toEqual({ scale: Math.fround(6 / 255), zero: 0 });
    expect(affine([-3, -1], 255)).toEqual({ scale: Math.fround(3 / 255), zero: 255 });
    expect([127, 128]).toContain(affine([-1, 1], 255).zero);
    expect(affine([0, 0], 255).scale).toBeGreaterThan(0);
    fc.assert(fc.property(numbers, (values) => {
      const { scale, zero } = affine(rangeOf(values), 255);
      const [none, ...rounded] = toUnsigned(Float32Array.from([0, ...values]), { scale, zero });
      expect(none).toBe(zero);
      // half a step, and half a step that the zero may be off
      rounded.forEach((q, i) => expect(Math.abs((q - zero) * scale - values[i])).toBeLessThanOrEqual(scale * 1.01));
    }));
  });

  test("ties go to even, as QuantizeLinear has it", () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, -0.51].map(roundEven).map((n) => n + 0)).toEqual([0, 2, 2, 0, -2, -2, 0, -1]);
  });
});

describe("kernels", () => {
  test("each channel reaches its own end", () => {
    const values = Float32Array.from([1, -2, 0.5, 100, 50, -100, 0, 0, 0]);
    const channels = channelsOn(0, [3, 3]);
    const scales = symmetric(magnitudes(values, channels), 127);
    expect(Array.from(toInt8(values, channels, scales, 127).subarray(3))).toEqual([127, 64, -127, 0, 0, 0]);
    expect(Array.from(scales)).toEqual([Math.fround(2 / 127), Math.fround(100 / 127), 1]);
  });

  test("channels on the second axis", () => {
    const values = Float32Array.from([1, 10, 2, 20, 4, 40]);
    const channels = channelsOn(1, [3, 2]);
    const scales = symmetric(magnitudes(values, channels), 127);
    expect(Array.from(toInt8(values, channels, scales, 127))).toEqual([32, 32, 64, 64, 127, 127]);
  });

  test("sums of rows stay, and no element moves by more than a step", () => {
    fc.assert(fc.property(numbers, fc.double({ min: 0.05, max: 3, noNaN: true }), (values, scale) => {
      const made = roundKeepingSums(values, 1, () => scale, -1e6, 1e6, new Float32Array(values.length));
      const before = values.reduce((sum, value) => sum + value / scale, 0);
      expect(Math.abs(made.reduce((sum, q) => sum + q, 0) - before)).toBeLessThanOrEqual(0.5 + 1e-3);
      made.forEach((q, i) => expect(Math.abs(q - values[i] / scale)).toBeLessThanOrEqual(1 + 1e-3));
    }));
  });

  test("plain rounding would not keep them", () => {
    const values = new Float32Array(9).fill(0.4);
    expect(Array.from(roundKeepingSums(values, 1, () => 1, -9, 9, new Int8Array(9), false))).toEqual(Array.from(values, () => 0));
    expect(roundKeepingSums(values, 1, () => 1, -9, 9, new Int8Array(9)).reduce((sum, q) => sum + q, 0)).toBe(4);
  });
});

describe("biases", () => {
  test("take back what rounding moved, by the means of the channels that each output sees", () => {
    // two groups of two inputs, one output each, 1×1: 0.6 and 0.4 are rounded to 1 and 0
    const kernel = { values: Float32Array.from([0.6, 0.4, 0.6, 0.4]), integers: Int8Array.from([1, 0, 1, 0]), scales: Float32Array.from([1, 1]), inner: 2 };
    const corrected = correctedBias(Float32Array.from([0, 10]), kernel, Float32Array.from([1, 1, 2, 3]));
    expect(corrected[0]).toBeCloseTo(0, 6);
    expect(corrected[1]).toBeCloseTo(10 - (0.4 * 2 - 0.4 * 3), 6);
  });

  test("fit 32 bits however small the kernel", () => {
    const bias = Float32Array.from([5]);
    const most = Float64Array.from([1e-30]);
    widenForBias(most, 127, bias, 0.01);
    const [integer] = integerBias(bias, 0.01, symmetric(most, 127));
    expect(integer).toBeGreaterThan(2 ** 29);
    expect(integer).toBeLessThanOrEqual(2 ** 30);
  });
});

describe("ranges", () => {
  // a Laplace distribution: long tails
  const tensor = Float32Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * -Math.log((i + 0.5) / 10_000));
  const filled = (() => {
    const made = histogram(rangeOf(tensor));
    count(made, tensor);
    return made;
  })();

  test("tails are cut off as far as that makes the squared error less", () => {
    const levels = 15;
    const [low, high] = leastSquares(filled, levels);
    const whole = rangeOf(tensor);
    expect(high).toBeLessThan(0.7 * whole[1]);
    const error = ([from, to]: readonly [number, number]): number => {
      const { scale, zero } = affine([from, to], levels);
      return tensor.reduce((sum, value) => sum + ((Math.min(levels, Math.max(0, roundEven(value / scale) + zero)) - zero) * scale - value) ** 2, 0);
    };
    expect(error([low, high])).toBeLessThan(0.7 * error(whole));
    // a little more or less is no better, by the rounding of the search's own steps
    for (const factor of [0.8, 1.25]) expect(error([low * factor, high * factor])).toBeGreaterThan(0.98 * error([low, high]));
  });

  test("the middle of the values", () => {
    const [low, high] = central(filled, 0.99);
    // 1 % lies beyond ln 100
    expect(high).toBeCloseTo(Math.log(100), 1);
    expect(low).toBeCloseTo(-Math.log(100), 1);
  });

  test("a tensor of nothing but zeros has the range that it had", () => {
    const none = histogram([0, 0]);
    count(none, new Float32Array(5));
    expect(leastSquares(none, 255)).toEqual([0, 0]);
    expect(central(none, 0.5)).toEqual([0, 0]);
  });
});
