/** Targets and budgets over a device's figures: what is kept, what is exceeded, what is uncertain, and what nobody knows. */
import { describe, expect, test } from "vitest";
import { renderAll } from "../../src/compiler/diagnostics/render.ts";
import { compileText } from "../library/network.ts";

/** A board on which a MAC takes 2 ns, seen with convolutions alone. */
const board = (profile: string, facts = "") => `let board = device("Board", family=mcu${facts}, profiles=[profile(runtime="R", precision=int8, ${profile})])`;
const known = 'costs=[cost(any, mac=2ns)], cost_source="a test", mix=[share(conv, 0%, 100%)], runtime_ram=0B, code_flash=0B';
/** 8·3·3·3·64 = 13,824 MACs; 216 weights and 8 biases; 192 bytes in, 512 out. */
const network = (facts: string) => `model M { input x: [3, 8, 8] target board ${facts} conv2d(8) }`;

async function said(text: string): Promise<readonly string[]> {
  const { diagnostics } = await compileText(text);
  return diagnostics.map(({ code, severity, label }) => `${severity} ${code}${label === undefined ? "" : `: ${label}`}`);
}

test("a network's figures on a device follow from its layers by hand", async () => {
  const { models, diagnostics } = await compileText(`${board(`${known}, error=10%, power=100mW`)}\n${network("")}`);
  expect(diagnostics).toEqual([]);
  const [{ target, weights, activations, ram, flash, latency, energy, layers }] = models[0].prices;
  expect(target.shown).toBe("board(precision=int8)");
  expect([weights, activations, ram.value, flash.value]).toEqual([216 + 4 * 8, 192 + 512, 192 + 512, 216 + 4 * 8]);
  expect(latency!.value).toBeCloseTo(13_824 * 2e-9, 12);
  expect([latency!.low, latency!.high].map((bound) => bound / latency!.value)).toEqual([expect.closeTo(1 / 1.1), expect.closeTo(1.1)]);
  expect(energy!.value).toBeCloseTo(0.1 * latency!.value, 12);
  expect(layers.map(({ path, of }) => `${path} ${of}`)).toEqual(["conv2d conv"]);
});

describe("a budget", () => {
  test("that the whole band keeps says nothing", async () => {
    expect(await said(`${board(`${known}, error=10%`)}\n${network("budget { latency <= 31us, ram <= 704B, flash <= 248B, weights <= 248B }")}`)).toEqual([]);
  });
  test("that is exceeded is an error with the figure, its band, and what took most of it", async () => {
    const { diagnostics } = await compileText(`${board(`${known}, error=10%`)}\n${network("budget { latency <= 20us, ram <= 703B }")}`);
    expect(diagnostics.map(({ label }) => label)).toEqual([
      "27.6 us of latency on board(precision=int8), between 25.1 us and 30.4 us, 7.65 us too much",
      "704 bytes of RAM (704 B) on board(precision=int8), 1 too many (1 B)",
    ]);
    expect(diagnostics.map(({ notes }) => notes[0].message)).toEqual(["most of it: conv2d (100%)", "the most is alive while conv2d runs: x [3, 8, 8] (192 B), conv2d [8, 8, 8] (512 B)"]);
  });
  test("that only part of the band keeps is a warning", async () => {
    expect(await said(`${board(`${known}, error=10%`)}\n${network("budget { latency <= 28us }")}`)).toEqual(["warning budget-uncertain: 27.6 us of latency on board(precision=int8), between 25.1 us and 30.4 us"]);
  });
  test("that a network of another kind keeps is a warning that says why", async () => {
    const { diagnostics } = await compileText(`${board(`${known}, error=10%, family_error=20%`)}\nmodel M { input x: [3, 8, 8] target board budget { latency <= 1ms } depthwise(3) }`);
    expect(diagnostics.map(({ code }) => code)).toEqual(["budget-uncertain"]);
    expect(diagnostics[0].notes.map(({ message }) => message).join("\n")).toMatch(/extrapolated: depthwise takes 100 % of the time/);
  });
  test("that an unverified figure keeps is a warning that names the source", async () => {
    const { diagnostics } = await compileText(`${board(`${known}, error=10%, power=unverified(1W, "a forum")`)}\n${network("budget { energy <= 1J }")}`);
    expect(diagnostics.map(({ code }) => code)).toEqual(["budget-uncertain"]);
    expect(diagnostics[0].notes[0].message).toContain("a forum");
  });
  test("over what nobody knows is an error", async () => {
    expect(await said(`${board("threads=1")}\n${network("budget { latency <= 1s }")}`)).toEqual(["error figure-unknown"]);
    expect(await said("model M { input x: [3, 8, 8] budget { ram <= 1MiB } conv2d(8) }")).toEqual(["error no-target"]);
  });
  test("over weights counts bytes at the target's precision, and of each target", async () => {
    const two = `let wide = device("W", family=board, profiles=[profile(runtime="R", precision=float32)])\n${board(known)}`;
    expect(await said(`${two}\n${network("target wide budget { weights <= 300B }")}`)).toEqual(["error budget-exceeded: 896 bytes of weights (896 B) on wide(precision=float32), 596 too many (596 B)"]);
  });
});

test("a network that is larger than the device's memory does not fit, and the bounds are said", async () => {
  const { diagnostics, models } = await compileText(`${board(known, ", ram=703B, flash=247B")}\n${network("")}`);
  expect(diagnostics.map(({ message }) => message)).toEqual([
    "M does not fit `board(precision=int8)`: it needs 704 B of RAM, and there is 703 B",
    "M does not fit `board(precision=int8)`: it needs 248 B of flash, and there is 247 B",
  ]);
  expect(models).toHaveLength(1);
});

test("a tensor must fit one of the device's memories", async () => {
  const regions = (largest: number) => `, ram=1KiB, regions=[region("A", ${largest}B), region("B", 300B)]`;
  expect((await compileText(`${board(known, regions(512))}\n${network("")}`)).diagnostics).toEqual([]);
  const { diagnostics } = await compileText(`${board(known, regions(511))}\n${network("")}`);
  expect(diagnostics.map(({ message }) => message)).toEqual(["M does not fit `board(precision=int8)`: it needs 704 B of RAM in pieces of up to 512 B, and there is A, the largest memory, of 511 B"]);
});

test("a hole cannot be filled by a figure of no device", async () => {
  expect(await said("model N(width: int in 1..4 = 1) { input x: [3, 8, 8] conv2d(width) }\nmodel M = N(width=?) { minimize latency }")).toEqual(["error no-target"]);
});

describe("a device", () => {
  test("is held to its fields' names, units and words, each mistake at its place", async () => {
    const text = `let d = device("x", family=mcux, clock=3, profiles=[profile(runtime=3, precision=int8, costs=[cost(conv, mac=2KiB)], powr=3W)])\nmodel M { input x: [3, 8, 8] conv2d(8) }`;
    const { diagnostics } = await compileText(text);
    expect(diagnostics.map(({ code, span }) => `${code} ${text.slice(span.start, span.end)}`)).toEqual(["unknown-word mcux", "unit-mismatch 3", "type-mismatch 3", "unit-mismatch 2KiB", "unknown-argument powr"]);
  });
  test("is chosen by precision, threads and part of the runtime's name, and offers what it has", async () => {
    const text = (args: string) => `let d = device("D", family=phone, profiles=[profile(runtime="TFLite 2.1", precision=float32), profile(runtime="TFLite 2.1", precision=float32, threads=4), profile(runtime="ncnn", precision=float16)])\nmodel M { input x: [3, 8, 8] target d${args} conv2d(8) }`;
    const chosen = async (args: string) => (await compileText(text(args))).models.flatMap(({ prices }) => prices.map(({ target }) => target.shown));
    expect(await chosen("")).toEqual(["d(precision=float32)"]);
    expect(await chosen("(threads=4)")).toEqual(["d(precision=float32, threads=4)"]);
    expect(await chosen('(runtime="NCNN")')).toEqual(["d(precision=float16)"]);
    const { diagnostics } = await compileText(text("(precision=int8)"));
    expect(diagnostics.map(({ code }) => code)).toEqual(["no-such-profile"]);
    expect(renderAll(diagnostics, () => undefined, { color: false })).toContain("there is `d(precision=float16)`");
  });
  test("can be a model's own, and what is no device is refused", async () => {
    expect((await compileText(`model M { input x: [3, 8, 8] let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) target d conv2d(8) }`)).models[0].prices[0].target.device.name).toBe("d");
    expect(await said("model M { input x: [3, 8, 8] target relu conv2d(8) }")).toEqual(["error unknown-device"]);
    expect(await said("let width = 3\nmodel M { input x: [3, 8, 8] target width conv2d(8) }")).toEqual(["error type-mismatch"]);
    expect(await said('let d = device("D", family=mcu, profiles=[])\nmodel M { input x: [3, 8, 8] target d conv2d(8) }')).toEqual(["error no-such-profile"]);
  });
});
