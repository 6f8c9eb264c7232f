import { expect, test } from "vitest";
import { binaryBytes, bytesLike, decimalBytes, grouped, short } from "../../src/compiler/analyse/format-figures.ts";

test("grouped", () => {
  expect([0, 7, 999, 1000, 3_504_872, 37_745_884_192, 1234.5].map(grouped)).toEqual(["0", "7", "999", "1,000", "3,504,872", "37,745,884,192", "1,234.5"]);
});

test("short", () => {
  expect([0, 864, 9_999, 34_112, 3_504_872, 300_774_272, 999_499_999, 999_500_000, 37_745_884_192].map(short)).toEqual(["0", "864", "9,999", "34.1 k", "3.50 M", "301 M", "999 M", "1.00 G", "37.7 G"]);
});

test("bytes, in the units in which the limit is round", () => {
  expect([0, 96, 1023, 1024, 524_288, 6_021_120, 86_400_000].map(binaryBytes)).toEqual(["0 B", "96 B", "1023 B", "1 KiB", "512 KiB", "5.74 MiB", "82.4 MiB"]);
  expect([6_021_120, 4_000_000].map(decimalBytes)).toEqual(["6.02 MB", "4 MB"]);
  expect(bytesLike(4_000_000)(13_951_264)).toBe("14.0 MB");
  expect(bytesLike(512 * 1024)(13_951_264)).toBe("13.3 MiB");
});
