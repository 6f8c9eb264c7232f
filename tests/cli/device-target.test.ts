/** `--target` with devices: what is decided, what is written, and what is refused. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, lwmc } from "./lwmc.ts";

const work = mkdtempSync(join(tmpdir(), "lwm-device-"));
const example = (name: string): string => join(import.meta.dirname, "..", "..", "examples", name);
beforeAll(built);
afterAll(() => rmSync(work, { recursive: true, force: true }));

const board = `/// A board with room for little.
let tiny = device("Tiny", family=mcu, ram=64KiB, flash=1MiB, profiles=[profile(runtime="R", precision=int8, backend=onnx, costs=[cost(any, mac=2ns)], cost_source="a test", mix=[share(conv, 0%, 100%), share(dense, 0%, 100%)], error=10%)])
`;

describe("compile", () => {
  test("writes what the device takes, with its memory plan, and says what was decided", () => {
    const { code, out, err } = lwmc(["compile", example("wake_eye.lwm"), "-o", join(work, "eye"), "--calibrate", example("picture.png")]);
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.split("  ")[0].split("/").at(-1)).filter(Boolean)).toEqual(["WakeEye.onnx", "WakeEye.ts", "WakeEye_memory.h"]);
    expect(err).toContain("WakeEye on stm32h747(precision=int8)\n  artifact: ONNX, which ST Edge AI Core 3.0.0 runs\n");
    expect(err).toMatch(/precision: int8 in QDQ form/);
    // 406 KiB of integers and what names them: a float32 file would have 1.6 MB
    expect(readFileSync(join(work, "eye", "WakeEye.onnx")).length).toBeLessThan(0.3 * 1_615_116);
    expect(readFileSync(join(work, "eye", "WakeEye_memory.h"), "utf8")).toMatch(/#define WAKE_EYE_ARENA_BYTES 76032u/);
  });
  test("gives backends and devices a folder each", () => {
    const { code, out } = lwmc(["compile", "MobileNetV1(width=0.25, resolution=32)", "--target", "tfjs", "raspberry_pi_5", "-o", join(work, "two"), "--list-files"]);
    expect(code).toBe(0);
    expect(out).toContain(join(work, "two", "tfjs", "MobileNetV1.json"));
    expect(out).toContain(join(work, "two", "raspberry_pi_5", "MobileNetV1.onnx"));
  });
  test("refuses what does not fit, and writes nothing", () => {
    writeFileSync(join(work, "tiny.lwm"), board);
    const { code, err } = lwmc(["compile", "MobileNetV1", "--target", `${join(work, "tiny.lwm")}#tiny`, "-o", join(work, "none"), "--calibrate", example("picture.png")]);
    expect(code).toBe(1);
    expect(err).toContain("does not fit `tiny(precision=int8)`");
    expect(existsSync(join(work, "none"))).toBe(false);
  });
  test("needs pictures for integers, and leaves the precision to the device", () => {
    const call = ["compile", "MobileNetV1(width=0.25, resolution=32)", "--target", "stm32h747", "-o", join(work, "none")];
    expect(lwmc(call)).toMatchObject({ code: 2, err: expect.stringContaining("`stm32h747(precision=int8)` computes on 8-bit integers and needs to see what values occur") });
    expect(lwmc([...call, "--precision", "int8"])).toMatchObject({ code: 2, err: expect.stringContaining("the target decides the precision") });
  });
});

describe("check and summary", () => {
  test("price a library network on a device of a file of one's own", () => {
    writeFileSync(join(work, "tiny.lwm"), board);
    const { code, out } = lwmc(["check", "MobileNetV1(width=0.25, resolution=64)", "--target", `${join(work, "tiny.lwm")}#tiny`]);
    expect(code).toBe(0);
    expect(out).toMatch(/on tiny\(precision=int8\): RAM [\d.]+ KiB, flash [\d.]+ KiB, [\d.]+ ms/);
  });
  test("suggest the device that was meant", () => {
    const { code, err } = lwmc(["check", "MobileNetV1", "--target", "stm32h477"]);
    expect(code).toBe(1);
    expect(err).toContain("did you mean `stm32h747`?");
  });
  test("show the costs of what does not fit, and fail", () => {
    const { code, out, err } = lwmc(["summary", "MobileNetV2", "--by", "model", "--target", "stm32h747", "--json"]);
    expect(code).toBe(1);
    expect(err).toContain("does not fit");
    const [{ targets }] = JSON.parse(out).models;
    expect(targets[0]).toMatchObject({ target: "stm32h747(precision=int8)", precision: "int8", runtime: "ST Edge AI Core 3.0.0" });
    expect(targets[0].latency.low).toBeLessThan(targets[0].latency.value);
    expect(targets[0].sources.every(({ source }: { source: string }) => source.length > 0)).toBe(true);
  });
  test("refuse a target that is no device", () => {
    expect(lwmc(["check", "MobileNetV1", "--target", "} model X {"])).toMatchObject({ code: expect.any(Number), out: "" });
    expect(lwmc(["check", "MobileNetV1", "--target", "none.lwm#x"])).toMatchObject({ code: 2, err: expect.stringContaining("there is no file `none.lwm`") });
  });
});

test("devices and explain print the library's devices with the source of every figure", () => {
  const { devices } = JSON.parse(lwmc(["devices", "--json"]).out);
  expect(devices.length).toBeGreaterThan(25);
  const { out } = lwmc(["explain", "stm32h747"]);
  expect(out).toContain("STM32H747I-DISCO");
  expect(out).toMatch(/MobileNetV1\(width=0\.25.*176 ms/);
});
