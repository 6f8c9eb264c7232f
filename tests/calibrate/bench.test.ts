/** `lwmc bench` and `lwmc calibrate` as a user calls them: a small network in real runtimes, and in Chromium where it is there. Times are not judged. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium } from "../../src/cli/runtimes/chromium.ts";
import { builtLibrary } from "../../src/workspace/node-library.ts";
import { built, folder, lwmc } from "../cli/lwmc.ts";
import { elaborateText, listed } from "../program.ts";
import { deviceFile } from "../../src/cli/measure/device-file.ts";
import { calibratePlanted } from "./planted.ts";

const small = `model Small {
  input image: [3, 96, 96]
  conv(8, stride=2, act=hardswish) -> dwsep(16, act=relu6) -> dwsep(16, act=swish)
  output logits: classifier(4)
}
`;

const dist = join(import.meta.dirname, "../../dist");
const program = process.env.LWM_CHROMIUM ?? "/usr/bin/chromium";
const absent = existsSync(program) ? "" : ` (skipped: needs ${program} or LWM_CHROMIUM)`;

let files: ReturnType<typeof folder>;
beforeAll(async () => {
  await built();
  const host = deviceFile({ name: "my_host", title: "planted", family: "host", date: "2026-01-02", profiles: [{ runtime: "onnxruntime-web 1.30.0, wasm", kernels: "ort_wasm", backend: "onnx", calibration: await calibratePlanted() }] });
  files = folder({ "small.lwm": small, "my-host.lwm": host });
}, 120_000);
afterAll(() => files.remove());

interface Result {
  readonly kernels: string;
  readonly runtime: string;
  readonly tenth: number;
  readonly median: number;
  readonly runs: number;
  readonly predicted?: { readonly target: string; readonly seconds: number; readonly low: number; readonly high: number; readonly anchor: number };
  readonly classes: readonly { readonly of: string; readonly kernels: number; readonly measured?: number; readonly predicted?: number }[];
}

function results(text: string): readonly Result[] {
  const data = JSON.parse(text) as { readonly schema: number; readonly results: readonly Result[] };
  expect(data.schema).toBe(1);
  return data.results;
}

describe("bench", () => {
  test("lays what a network takes beside what was predicted, kind by kind", () => {
    const { code, out, err } = lwmc(["bench", "small.lwm", "--runtime", "ort_wasm", "tfjs_wasm", "--runs", "3", "--target", "my-host.lwm#my_host", "--json"], { cwd: files.path });
    expect([code, err]).toEqual([0, ""]);
    const [ort, tfjs] = results(out);
    expect([ort.kernels, tfjs.kernels]).toEqual(["ort_wasm", "tfjs_wasm"]);
    expect(ort.runtime).toMatch(/^onnxruntime-web \d+\.\d+\.\d+, wasm$/);
    expect(tfjs.runtime).toMatch(/^TensorFlow\.js \d+\.\d+\.\d+, wasm$/);
    for (const { tenth, median, runs, classes } of [ort, tfjs]) {
      expect(runs).toBe(3);
      expect(tenth).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(tenth);
      const shares = classes.reduce((sum, { measured }) => sum + measured!, 0);
      expect(shares / tenth).toBeCloseTo(1, 6);
      expect(classes.map(({ of }) => of)).toEqual(expect.arrayContaining(["conv", "depthwise", "pointwise", "dense", "reduction", "activation"]));
    }
    expect(ort.predicted).toMatchObject({ target: "my_host(precision=float32)" });
    expect(ort.predicted!.low).toBeLessThan(ort.predicted!.seconds);
    expect(ort.predicted!.anchor).toBeGreaterThan(0);
    expect(ort.classes.every(({ predicted }) => predicted !== undefined)).toBe(true);
    expect(tfjs.predicted).toBeUndefined();
  }, 120_000);

  test("several networks take turns, and are named as they were asked for", () => {
    const { code, out } = lwmc(["bench", "small.lwm", "MobileNetV1(width=0.25, resolution=32)", "--runtime", "ort_wasm", "--runs", "2", "--no-layers"], { cwd: files.path });
    expect(code).toBe(0);
    expect(out).toContain("small.lwm in onnxruntime-web");
    expect(out).toContain("MobileNetV1(width=0.25, resolution=32) in onnxruntime-web");
    expect(out).toMatch(/\(10th percentile of 2 runs after 3\), median \d+\.\d+ ms\n {2}start \d+\.\d+ ms, first run \d+\.\d+ ms; .+ of memory more than before/);
  }, 120_000);

  test("says what it cannot do", () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["bench", "small.lwm", "--runtime", "ort"], 2, /unknown runtime `ort` \(known: ort_wasm, tfjs_wasm, ort_node, all\)/],
      [["bench", "small.lwm", "--browser", "tfjs_wasm", "--runtime", "ort_wasm"], 2, /give one of them/],
      [["bench", "small.lwm", "--runs", "0"], 2, /too few/],
      [["bench", "none.lwm"], 1, /none\.lwm/],
      [["calibrate"], 2, /needs one of -o/],
      [["calibrate", "-o", "host.txt"], 2, /ends in \.lwm/],
      [["calibrate", "-o", "host.lwm", "--runtime", "gpu"], 2, /unknown runtime `gpu`/],
      [["calibrate", "--page", "page.txt"], 2, /ends in \.html/],
    ];
    for (const [args, code, message] of cases) {
      const result = lwmc(args, { cwd: files.path });
      expect([args, result.code, result.out]).toEqual([args, code, ""]);
      expect(result.err).toMatch(message);
    }
  }, 120_000);
});

describe.skipIf(absent !== "")(`in Chromium${absent}`, () => {
  test("the page calibrates, and its file is a device", async () => {
    const environment = { dist, version: "0", library: () => builtLibrary(join(dist, "library")) };
    const browser = await chromium(["tfjs_wasm"], environment);
    try {
      const names = ["activation_relu_one_8", "activation_relu_four_8", "activation_relu_outputs_8", "pointwise_160x960_7", "pointwise_16x96_96", "conv_w3_s2_3x16_96", "depthwise_w3_s1_960x7x7", "depthwise_w3_s2_240x20x20", "dense_dense_1280x5"];
      const text = await browser.calibrate("tfjs_wasm", 0, names);
      const { models, diagnostics } = elaborateText('import { my_browser } from "./b.lwm"\nmodel M = MobileNetV1(width=0.25, resolution=96) {\n  target my_browser\n}\n', {}, { "b.lwm": text });
      expect(listed(diagnostics.filter(({ severity }) => severity === "error"))).toEqual([]);
      const { device, profile } = models[0].targets[0];
      expect(device).toMatchObject({ name: "my_browser", family: "browser" });
      expect(profile.runtime).toMatch(/^TensorFlow\.js .*, wasm$/);
      expect(profile.costs.map(({ of }) => of)).toEqual(expect.arrayContaining(["pointwise", "conv", "depthwise", "dense"]));
    } finally {
      await browser.close();
    }
  }, 240_000);
});
