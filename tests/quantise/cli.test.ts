/** `lwmc compile --precision int8` and `--weights-as int8`, as a user calls them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, plan, toBytes } from "../../src/backends/weights/safetensors.ts";
import { built, folder, lwmc } from "../cli/lwmc.ts";
import { noise } from "../onnx/networks.ts";

const tiny = `model Tiny {
  input image(order=rgb, mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5]): [3, 8, 8]
  conv(4, stride=2) -> gelu -> conv(8) -> global_avgpool
  output logits: dense(3)
}
`;

function picture(name: string): Uint8Array {
  const png = new PNG({ width: 8, height: 8 });
  noise(name, png.data.length).forEach((value, i) => (png.data[i] = i % 4 === 3 ? 255 : (value + 2) * 63));
  return PNG.sync.write(png);
}

const tensors = plan([{ name: "image", dtype: "F32", shape: [2, 3, 8, 8] }, { name: "other", dtype: "F32", shape: [4] }]);
const work = folder({
  "tiny.lwm": tiny,
  "photos/a.png": picture("a"),
  "photos/b.png": picture("b"),
  "photos/notes.txt": "no picture",
  "empty/notes.txt": "no picture",
  "broken.png": Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]),
  "two.safetensors": toBytes(tensors, (name) => bytesOf(noise(name, name === "image" ? 2 * 3 * 64 : 4))),
});
const at = { cwd: work.path };
const compile = (...args: readonly string[]) => lwmc(["compile", "tiny.lwm", "--target", "onnx", "-o", "out", ...args], at);

beforeAll(built, 120_000);
afterAll(work.remove);

test("as JSON: what was decided, calibrated on, and lost", () => {
  const { code, out } = compile("--precision", "int8", "--calibrate", "photos", "--json", "--dry-run");
  expect(code).toBe(0);
  expect(JSON.parse(out).made).toMatchObject([
    { model: "Tiny", backend: "onnx", precision: "int8", quantised: { calibratedOn: 2, by: "mse", floats: [{ name: "conv.conv2d", why: "stem" }, { name: "gelu", why: "operator" }], lost: [{ output: "logits", examples: 2, sqnr: expect.any(Number) }] } },
  ]);
});

test("says what was calibrated on, what it changes, and what stays float32; and writes the same bytes again", () => {
  const { code, err } = compile("--precision", "int8", "--calibrate", "photos");
  expect(err).toContain("`photos`: 2 of 3 files are pictures; the others are left out");
  expect(err).toContain("calibrated on 2 pictures (least squared error)");
  expect(err).toMatch(/logits: the same top class on [012] of 2, [\d.]+ dB/);
  expect(err).toMatch(/operators compute on integers; on float32: the stem \(conv\.conv2d\), which is faster so on a picture's few channels; 1 Gelu \(gelu\)/);
  expect(code).toBe(0);
  const first = readFileSync(join(work.path, "out", "Tiny.onnx"));
  compile("--precision", "int8", "--calibrate", "photos/a.png", "photos/b.png");
  expect(readFileSync(join(work.path, "out", "Tiny.onnx")).equals(first)).toBe(true);
});

test("tensors as examples", () => {
  const { code, err } = compile("--precision", "int8", "--calibrate", "two.safetensors", "--calibrate-by", "minmax", "--dry-run");
  expect(err).toContain("`two.safetensors`: 1 of 2 tensors have the input's shape; the others are left out");
  expect(err).toContain("calibrated on 2 examples (all values seen)");
  expect(code).toBe(0);
});

test.each([
  [["--precision", "int8"], 2, "needs to see what values occur"],
  [["--precision", "int8", "--calibrate", "nowhere"], 1, "cannot read `nowhere`"],
  [["--precision", "int8", "--calibrate", "empty"], 1, "`empty` has no PNG and no JPEG"],
  [["--precision", "int8", "--calibrate", "broken.png", "photos"], 1, "`broken.png`"],
  [["--precision", "int8", "--calibrate", "photos", "--no-fold"], 2, "folds batch norms"],
  [["--precision", "int8", "--calibrate", "photos", "--weights-as", "float16"], 2, "cannot go with `--weights-as float16`"],
  [["--calibrate", "photos"], 2, "`--calibrate` is of `--precision int8`"],
  [["--reduce-range"], 2, "`--reduce-range` is of `--precision int8`"],
] as const)("%s is refused, and nothing is written", (args, code, words) => {
  const result = lwmc(["compile", "tiny.lwm", "--target", "onnx", "-o", "refused", ...args], at);
  expect(result.err).toContain(words);
  expect(result.code).toBe(code);
  expect(existsSync(join(work.path, "refused"))).toBe(false);
});

test("TF.js computes in float32", () => {
  const { code, err } = lwmc(["compile", "tiny.lwm", "--target", "tfjs", "-o", "refused", "--precision", "int8", "--calibrate", "photos"], at);
  expect(err).toContain("`--weights-as int8` stores its weights so");
  expect(code).toBe(2);
});

test("kernels stored as integers, in both backends", () => {
  const { code } = lwmc(["compile", "tiny.lwm", "--target", "onnx", "tfjs", "-o", "stored", "--weights-as", "int8"], at);
  expect(code).toBe(0);
  expect(readFileSync(join(work.path, "stored", "tfjs", "Tiny.json"), "utf8")).toContain(`"dtype":"uint8"`);
});
