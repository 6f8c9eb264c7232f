import { describe, expect, test } from "vitest";
import { decodeFloat32 } from "../../src/backends/weights/dtype.ts";
import { fromBfloat16, fromFloat16, toFloat16 } from "../../src/backends/weights/float16.ts";
import { fromMinifloat, minifloatValues } from "../../src/backends/weights/minifloat.ts";
import { bytesOf } from "../../src/backends/weights/safetensors.ts";

const everyHalf = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const one = (x: number): number => toFloat16(new Float32Array([x]))[0];

/** What a half means, from its definition. */
function meaning(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = (h & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

describe("float16", () => {
  test("every half widens to what it means, and narrows to itself", () => {
    const wide = fromFloat16(everyHalf);
    const back = toFloat16(wide);
    let wrong = 0;
    for (let h = 0; h < 65_536; h++) {
      if (!Object.is(wide[h], meaning(h))) wrong++;
      if (back[h] !== (Number.isNaN(wide[h]) ? h | 0x200 : h)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test("between two neighbours: the nearer, and at the middle the even one", () => {
    let wrong = 0;
    const middle = new Float32Array(1);
    const middleBits = new Uint32Array(middle.buffer);
    for (let h = 0; h < 0x7c00; h++) {
      // The middle under infinity is that under 65,536, its place if the exponents went on.
      const above = h + 1 === 0x7c00 ? 65_536 : meaning(h + 1);
      middle[0] = (meaning(h) + above) / 2;
      const even = h % 2 === 0 ? h : h + 1;
      if (one(middle[0]) !== even || one(-middle[0]) !== (even | 0x8000)) wrong++;
      middleBits[0]++;
      if (one(middle[0]) !== h + 1) wrong++;
      middleBits[0] -= 2;
      if (one(middle[0]) !== h) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test("the ends of the range", () => {
    expect([65504, 65519.996, 65520, 1e30, Infinity, -Infinity, 2 ** -24, 2 ** -25, 2 ** -25 * 1.0001, 1e-45, -0].map(one)).toEqual([
      0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00, 1, 0, 1, 0, 0x8000,
    ]);
    expect(one(NaN) & 0x7e00).toBe(0x7e00);
  });
});

test("bfloat16 is the upper half of a float32", () => {
  const wide = fromBfloat16(everyHalf);
  expect(new Uint32Array(wide.buffer).every((bits, i) => bits === i * 65_536)).toBe(true);
});

describe("small floats", () => {
  test("the extremes of each format, as its specification lists them", () => {
    const facts = (["F4", "F6_E2M3", "F6_E3M2", "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0"] as const).map((format) => {
      const values = [...minifloatValues(format)];
      const finite = values.filter((v) => Number.isFinite(v));
      return [format, Math.max(...finite), Math.min(...finite.filter((v) => v > 0)), values.filter(Number.isNaN).length, values.filter((v) => Math.abs(v) === Infinity).length];
    });
    expect(facts).toEqual([
      ["F4", 6, 0.5, 0, 0],
      ["F6_E2M3", 7.5, 0.125, 0, 0],
      ["F6_E3M2", 28, 0.0625, 0, 0],
      ["F8_E4M3", 448, 2 ** -9, 2, 0],
      ["F8_E5M2", 57344, 2 ** -16, 6, 2],
      ["F8_E4M3FNUZ", 240, 2 ** -10, 1, 0],
      ["F8_E5M2FNUZ", 57344, 2 ** -17, 1, 0],
      ["F8_E8M0", 2 ** 127, 2 ** -127, 1, 0],
    ]);
  });

  test("packed elements: the first in the lowest bits", () => {
    expect([...fromMinifloat("F4", new Uint8Array([0x21, 0xf7]), 4)]).toEqual([0.5, 1, 6, -6]);
    // Codes 1, 2, 3, 32 (minus zero) of six bits each.
    const packed = 1 | (2 << 6) | (3 << 12) | (32 << 18);
    expect([...fromMinifloat("F6_E2M3", new Uint8Array([packed & 255, (packed >> 8) & 255, packed >> 16]), 4)]).toEqual([0.125, 0.25, 0.375, -0]);
  });
});

describe("every other dtype as float32", () => {
  const cases = [
    ["F64", new Float64Array([1 / 3, -1e300, 5e-324]), [Math.fround(1 / 3), -Infinity, 0]],
    ["I8", new Int8Array([-128, 127]), [-128, 127]],
    ["U8", new Uint8Array([0, 255]), [0, 255]],
    ["I16", new Int16Array([-32768, 5]), [-32768, 5]],
    ["U16", new Uint16Array([65535]), [65535]],
    ["I32", new Int32Array([-(2 ** 31), 16_777_217]), [-(2 ** 31), 16_777_216]],
    ["U32", new Uint32Array([2 ** 32 - 1]), [2 ** 32]],
    ["I64", new BigInt64Array([-(2n ** 63n), 3n]), [-(2 ** 63), 3]],
    ["U64", new BigUint64Array([2n ** 64n - 1n]), [2 ** 64]],
    ["F32", new Float32Array([0.1, -0]), [Math.fround(0.1), -0]],
    ["F16", new Uint16Array([0x3c00, 0x0001]), [1, 2 ** -24]],
    ["BF16", new Uint16Array([0x3f80]), [1]],
    ["BOOL", new Uint8Array([0, 1, 7]), [0, 1, 1]],
  ] as const;
  for (const [dtype, stored, expected] of cases) {
    test(dtype, () => {
      const bytes = bytesOf(stored);
      expect([...decodeFloat32(dtype, bytes, stored.length)]).toEqual(expected);
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      expect([...decodeFloat32(dtype, shifted.subarray(1), stored.length)]).toEqual(expected);
    });
  }

  test("float32 in its place is not copied", () => {
    const values = new Float32Array([1, 2]);
    expect(decodeFloat32("F32", bytesOf(values), 2).buffer).toBe(values.buffer);
  });
});
