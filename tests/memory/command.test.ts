/** `lwmc memory` as a user calls it: every form of its report. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { built, folder, lwmc } from "../cli/lwmc.ts";

const board = `/// Two memories, neither of which holds the whole arena.
let board = device(
  title="A board",
  family=mcu,
  ram=24KiB,
  flash=1MiB,
  regions=[region("TCM", 10KiB), region("SRAM", 14KiB)],
  profiles=[profile(runtime="R", precision=int8, overlap=in_place, alignment=16, runtime_ram=unverified(512B, "a guess"), code_flash=20KiB)],
)
/// The same with so little that nothing fits.
let small = device(title="Small", family=mcu, ram=4KiB, flash=1MiB, profiles=[profile(runtime="R", precision=int8, overlap=in_place, alignment=16)])
`;
const net = `model Little {
  input image: [3, 32, 32]
  stem: conv(8, stride=2)
  stages: dwsep {
    | out | stride | repeat |
    |  32 |      1 |      1 |
    |  32 |      2 |      2 |
  }
  output logits: classifier(4)
}
`;

const work = folder({ "board.lwm": board, "net.lwm": net, "two.lwm": `${net}${net.replace("Little", "Other")}`, "bad.lwm": "model {" });
const at = { cwd: work.path };
const path = (name: string): string => join(work.path, name);
const int8 = ["--precision", "int8", "--overlap", "in_place", "--align", "16"];

beforeAll(built, 120_000);
afterAll(work.remove);

interface Buffer {
  readonly id: number;
  readonly path: string;
  readonly bytes: number;
  readonly offset: number;
  readonly first: number;
  readonly last: number;
  readonly shares: readonly number[];
}

test("without a device: float32, nothing in place, as `activations` counts", () => {
  const { models } = JSON.parse(lwmc(["memory", "MobileNetV2", "--json"]).out);
  expect(models[0]).toMatchObject({ name: "MobileNetV2", precision: "float32", overlap: "none", alignment: 1, arena: 6_021_120, bound: 6_021_120, optimal: true, weights: 13_951_264 });
  expect(models[0].steps[models[0].peak].path).toBe("features.stages.1.0.depth_conv.depthwise");
});

test("JSON, schema 1: lifetimes and addresses", () => {
  const { schema, models } = JSON.parse(lwmc(["memory", "net.lwm", ...int8, "--json"], at).out);
  expect(schema).toBe(1);
  const { arena, weights, buffers, steps } = models[0] as { readonly arena: number; readonly weights: number; readonly buffers: readonly Buffer[]; readonly steps: readonly { readonly bytes: number }[] };
  // the depthwise output lies over the stem's, 8 × 16 × 16, beside 32 × 16 × 16
  expect([arena, weights]).toEqual([2048 + 8192, 8 * 27 + 8 * 9 + 8 * 32 + 2 * (32 * 9 + 32 * 32) + 32 * 4 + 4 * (8 + 8 + 32 + 4 * 32 + 4)]);
  expect(buffers.map(({ path, first, last, shares }) => [path, first, last, shares]).slice(0, 4)).toEqual([
    ["image", -1, 0, []],
    ["stem.conv2d", 0, 1, []],
    ["stages.0.0.depth_conv.depthwise", 1, 2, [1]],
    ["stages.0.0.point_conv.conv2d", 2, 3, []],
  ]);
  expect(steps[2].bytes).toBe(arena);
  expect(buffers[2].offset).toBe(buffers[1].offset);
});

test("a table, with the peak, what is alive then, and the totals", () => {
  const { code, out } = lwmc(["memory", "net.lwm", ...int8], at);
  expect(code).toBe(0);
  expect(out).toMatch(/\n +2 +stages\.0\.0\.point_conv\.conv2d +conv2d +10 KiB +█+ peak\n/);
  expect(out).toMatch(/stages\.0\.0\.depth_conv\.depthwise +8×16×16 +2,048 +[\d,]+ +1 +2 +stem\.conv2d\n/);
  expect(out).toMatch(/arena +10,240 +10 KiB, as little as is alive at once: no plan needs less, in any order of the steps\n/);
});

test("on a device: its rules, its runtime and code apart, its memories, and what is not verified", () => {
  const { code, out, err } = lwmc(["memory", "net.lwm", "--target", "board.lwm#board"], at);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("on board(precision=int8): A board, R, int8, 1 thread\n");
  expect(out).toMatch(/code +20,480 +20 KiB, of the runtime\n/);
  expect(out).toMatch(/runtime +512 +512 B, what it takes beside the arena \(unverified: a guess\)\n/);
  expect(out).toMatch(/RAM +10,752 +10.5 KiB, 44 % of 24 KiB\n/);
  expect(out).toContain("in SRAM: 10.5 KiB of 14 KiB\n");
});

test("what does not fit is said, with the patches that would", () => {
  const { code, out, err } = lwmc(["memory", "net.lwm", "--target", "board.lwm#small", "--picture", "read"], at);
  expect(code).toBe(1);
  expect(err).toContain("error[does-not-fit]");
  expect(out).toContain("it does not fit: there are 4 KiB for the arena\n");
  expect(out).toContain("patch by patch, the picture read in parts:\n");
  expect(lwmc(["memory", "net.lwm", ...int8, "--ram", "9KiB"], at)).toMatchObject({ code: 1, err: "" });
  expect(lwmc(["memory", "net.lwm", ...int8, "--ram", "10KiB"], at).code).toBe(0);
});

test("patches: a number, and the first that fits", () => {
  const { out } = lwmc(["memory", "MobileNetV2", ...int8, "--patches", "--ram", "256KiB"], at);
  expect(out).toMatch(/features\.stages\.2\.0\.project_conv\.conv2d +6×6 +13 +59×59 +\d+ KiB +196 KiB +251 KiB +\+16\.3 % +the first that fits\n/);
  const { models } = JSON.parse(lwmc(["memory", "MobileNetV2", ...int8, "--patches", "4", "--picture", "read", "--json"], at).out);
  expect(models[0].patches.at(-1)).toMatchObject({ split: "features.stages.2.0.project_conv.conv2d", patches: 4, reads: [75, 75], arena: 196 * 1024 });
});

test("a picture, whose rectangles are the buffers", () => {
  expect(lwmc(["memory", "net.lwm", ...int8, "--svg", "net.svg"], at)).toMatchObject({ code: 0, err: "net.svg is written\n" });
  const svg = readFileSync(path("net.svg"), "utf8");
  expect(svg).toContain("lower bound 10 KiB");
  expect(svg).toContain("most at step 2, stages.0.0.point_conv.conv2d: 10 KiB");
  expect(svg.match(/<title>[^<]* bytes at \d+/g)).toHaveLength(10);
  lwmc(["memory", "net.lwm", ...int8, "--svg", "again.svg"], at);
  expect(readFileSync(path("again.svg"), "utf8")).toBe(svg);
});

test("a C header that a compiler takes", () => {
  expect(lwmc(["memory", "net.lwm", ...int8, "--header", "little.h"], at).code).toBe(0);
  const header = readFileSync(path("little.h"), "utf8");
  expect(header).toContain("#define LITTLE_ARENA_BYTES 10240u\n");
  expect(header).toMatch(/#define LITTLE_STAGES_0_0_POINT_CONV_CONV2D_OFFSET \d+u\n/);
  const names = [...header.matchAll(/^#define (\w+)/gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  const constants = [...header.matchAll(/^#define (\w+) (\d+)u/gm)];
  const checks = constants.map(([, name, value], i) => `typedef char check_${i}[(${name}) == ${value}u ? 1 : -1];`).join("\n");
  writeFileSync(path("use.c"), `#include "little.h"\n#include "little.h"\n${checks}\nunsigned char arena[LITTLE_ARENA_BYTES];\n`);
  const { error, status, stderr } = spawnSync("cc", ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "use.c"], { ...at, encoding: "utf8" });
  if (error === undefined) expect([status, stderr]).toEqual([0, ""]);
});

test("TFLite Micro's metadata: version, subgraphs, count, offsets", () => {
  expect(lwmc(["memory", "net.lwm", ...int8, "--offline-plan", "plan.bin"], at).code).toBe(0);
  const bytes = readFileSync(path("plan.bin"));
  const numbers = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
  const { models } = JSON.parse(lwmc(["memory", "net.lwm", ...int8, "--json"], at).out);
  expect(numbers).toEqual([1, 1, 10, ...models[0].buffers.map(({ offset }: Buffer) => offset)]);
});

test("a file is for one plan, and wrong usage says what is wrong", () => {
  expect(lwmc(["memory", "two.lwm", "--svg", "two.svg"], at)).toMatchObject({ code: 2, err: expect.stringContaining("there are 2 plans (Little, Other)") });
  expect(existsSync(path("two.svg"))).toBe(false);
  expect(lwmc(["memory", "two.lwm#Other", "--svg", "two.svg"], at).code).toBe(0);
  expect(lwmc(["memory", "net.lwm", "--svg", "x", "--header", "x"], at)).toMatchObject({ code: 2, err: expect.stringContaining("a name of its own") });
  expect(lwmc(["memory", "net.lwm", "--ram", "lots"], at)).toMatchObject({ code: 2, err: expect.stringContaining("not a number of bytes") });
  expect(lwmc(["memory", "net.lwm", "--patches", "1"], at)).toMatchObject({ code: 2, err: expect.stringContaining("2 to 64") });
  expect(lwmc(["memory", "net.lwm", "--align", "0"], at).code).toBe(2);
  expect(lwmc(["memory", "bad.lwm"], at).code).toBe(1);
  expect(lwmc(["memory", "net.lwm", "--svg", "bad.lwm/x.svg", "--header", "y.h"], at)).toMatchObject({ code: 1, err: expect.stringContaining("nothing was written") });
  expect(existsSync(path("y.h"))).toBe(false);
});
