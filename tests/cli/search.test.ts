/** `lwmc sweep` and `lwmc fit`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, folder, lwmc } from "./lwmc.ts";

const net = `model Net(width: float in 0.5..2 step 0.5 = 1, side: int in 16..64 step 16 = 32, kind: plain | deep = plain, free: float = 1) {
  input image: [3, side, side]
  conv(8 * width * free, stride=2)
  if (kind == deep) { conv(8 * width) }
  global_avgpool
  output logits: dense(10)
}
`;

const open = `/// Two values are left to be found.
model Mine = Net(width=?, side=32, kind=?) {
  budget { macs <= 250k, params <= 1k }
  maximize params
}
`;

/** Seen with convolutions alone, so that a dense layer is another kind of network; two boards, one with a smaller error. */
const boards = `let near = device("Near", family=mcu, profiles=[profile(runtime="R", precision=int8, costs=[cost(any, mac=2ns)], mix=[share(conv, 0%, 100%), share(reduction, 0%, 100%), share(dense, 0%, 100%)], error=10%, power=unverified(1W, "a forum"))])
let far = device("Far", family=mcu, profiles=[profile(runtime="R", precision=int8, costs=[cost(any, mac=1ns)], family_error=200%, power=1W)])
`;

const work = folder({
  "boards.lwm": boards,
  "net.lwm": net,
  "mine.lwm": `import { Net } from "./net.lwm"\n\n${open}`,
  "loose.lwm": `import { Net } from "./net.lwm"\nmodel   Mine=Net(width=?) {budget {macs<=250k}}\n`,
  "full.lwm": `import { Net } from "./net.lwm"\n\nmodel ${"M".padEnd(62, "x")} = Net(width=1, side=32, kind=?)\n`,
  "none.lwm": `import { Net } from "./net.lwm"\nmodel Mine = Net(width=?) { budget { params <= 10 } }\n`,
  "both.lwm": `import { Net } from "./net.lwm"\nmodel A = Net(width=?)\nmodel Small = A() { budget { macs <= 100k } }\n`,
});
const at = { cwd: work.path };
const read = (name: string): string => readFileSync(join(work.path, name), "utf8");

beforeAll(built, 120_000);
afterAll(work.remove);

describe("on devices", () => {
  const target = ["--target", "boards.lwm#near", "--target", "boards.lwm#far"];

  test("sweep gives bands, says what is not certain, and how many keep a budget by such figures only", () => {
    const { code, out, err } = lwmc(["sweep", "net.lwm#Net", "--over", "width=0.5,1", "--figures", "latency,energy", ...target, "--budget", "latency <= 1s"], at);
    expect(code).toBe(0);
    expect(out).toMatch(/^ +1 +[\d.]+ [mu]s \([\d.]+ [mu]s to [\d.]+ [mu]s\) +[\d.]+ [mu]J \([\d.]+ [mu]J to [\d.]+ [mu]J\)$/m);
    expect(err).toContain("not certain in 2 of 2: latency: it is extrapolated: the profile does not say which networks its costs were fitted to");
    expect(err).toContain("not certain in 2 of 2: energy: it rests on an unverified figure (a forum)");
    expect(err).toContain("2 of 2 keep latency <= 1 s only by a figure that is not certain");
    const [first] = JSON.parse(lwmc(["sweep", "net.lwm#Net", "--over", "width=0.5,1", "--figures", "macs,latency", ...target, "--json"], at).out).rows;
    expect(first.estimates.latency).toMatchObject({ target: "near(precision=int8)", doubts: [expect.stringContaining("extrapolated")] });
    // the far board is thought half as slow, and may be three times as slow as thought
    expect(first.estimates.latency.high / first.figures.latency).toBeCloseTo(1.5, 6);
    expect(first.estimates.latency.low / first.figures.latency).toBeCloseTo(1 / 1.1, 6);
  });

  test("fit gives the band, the target where it is worst, and what is not certain", () => {
    const { code, out } = lwmc(["fit", "net.lwm#Net(width=?)", ...target, "--budget", "latency <= 1s"], at);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}latency +[\d.]+ [mu]s +<= 1 s, on near\(precision=int8\), [\d.]+ [mu]s to [\d.]+ [mu]s$/m);
    expect(out).toContain("  not certain: latency: it is extrapolated: the profile does not say");
  });
});

describe("fit", () => {
  test("what was found, what it keeps, and what is beside it", () => {
    const { code, out } = lwmc(["fit", "mine.lwm"], at);
    expect(code).toBe(0);
    expect(out).toMatch(/^Mine: width=1, kind=deep\n {2}macs +\d+,\d+ .*<= 250 k\n {2}params .*<= 1,000, as many as fit\n {2}beside it\n/);
    expect(out).toMatch(/width=0\.5: fits, params \d+\n/);
    expect(out).toMatch(/width=1\.5: macs .* over 250 k; params .* over 1,000\n/);
    expect(out).toMatch(/kind=plain: fits, params \d+/);
    expect(out).toMatch(/8 settings, all of which compile\n$/);
    expect(read("mine.lwm")).toContain("width=?");
  });

  test("as JSON, with a budget and an aim of the command line", () => {
    const { code, out } = lwmc(["fit", "net.lwm#Net(width=?)", "--budget", "params <= 400", "--minimize", "macs", "--json"], at);
    expect(code).toBe(0);
    const { schema, models } = JSON.parse(out);
    expect(schema).toBe(1);
    expect(models).toMatchObject([{ name: "Net", values: { width: 0.5 }, limits: [{ metric: "params", op: "<=", limit: 400 }], aims: [{ direction: "minimize", metric: "macs" }], settings: 4 }]);
    expect(models[0].neighbours).toMatchObject([{ hole: "width", values: { width: 1 } }]);
  });

  test("into the file, which stays in the one style where it was", () => {
    expect(lwmc(["fit", "mine.lwm", "--write"], at)).toMatchObject({ code: 0, err: "wrote width=1, kind=deep to mine.lwm\n" });
    expect(read("mine.lwm")).toBe(`import { Net } from "./net.lwm"\n\n${open.replace("width=?", "width=1").replace("kind=?", "kind=deep")}`);
    expect(lwmc(["fit", "loose.lwm", "--write"], at).code).toBe(0);
    expect(read("loose.lwm")).toMatch(/model {3}Mine=Net\(width=[\d.]+\) \{budget \{macs<=250k\}\}/);
    // with `?` the line fits, with the word it has to be broken
    expect(lwmc(["fmt", "--check", "full.lwm"], at).code).toBe(0);
    expect(lwmc(["fit", "full.lwm", "--write"], at).code).toBe(0);
    expect(read("full.lwm")).toMatch(/kind=deep,?\n/);
    expect(lwmc(["fmt", "--check", "mine.lwm", "full.lwm"], at).code).toBe(0);
    expect(lwmc(["check", "mine.lwm", "loose.lwm"], at).code).toBe(0);
  });

  test("into a file as an editor of Windows leaves it: its byte order mark and its ends of lines stay", () => {
    const text = `\uFEFFimport { Net } from "./net.lwm"\r\nmodel Mine = Net(width=?) {\r\n  budget { macs <= 250k }\r\n}\r\n`;
    writeFileSync(join(work.path, "windows.lwm"), text);
    expect(lwmc(["fit", "windows.lwm", "--write"], at).code).toBe(0);
    expect(read("windows.lwm").replace(/width=[\d.]+/, "width=?")).toBe(text);
  });

  test("refusals: no hole, nothing fits, no file, two answers for one hole", () => {
    expect(lwmc(["fit", "net.lwm"], at)).toMatchObject({ code: 1, out: "", err: expect.stringContaining("no hole to fill") });
    const none = lwmc(["fit", "none.lwm", "--write"], at);
    expect(none).toMatchObject({ code: 1, out: "" });
    expect(none.err).toContain("error[no-setting-fits]");
    expect(none.err).toContain("width=0.5");
    expect(lwmc(["fit", "net.lwm#Net(width=?)", "--write"], at)).toMatchObject({ code: 2, err: expect.stringContaining("no file to write into") });
    const before = read("both.lwm");
    expect(lwmc(["fit", "both.lwm", "--write"], at)).toMatchObject({ code: 1, err: expect.stringContaining("both leave it to the same `?`") });
    expect(read("both.lwm")).toBe(before);
    const wrong = lwmc(["fit", "net.lwm#Net(width=?)", "--budget", "speed <= 3"], at);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("speed") });
  });
});

describe("sweep", () => {
  test("every setting, in the order of the options", () => {
    const { code, out, err } = lwmc(["sweep", "net.lwm", "--over", "width=0.5..1:0.5", "--over", "kind", "--figures", "params,macs", "--csv"], at);
    expect(code).toBe(0);
    expect(err).toMatch(/^4 settings: 4 distinct networks in [\d.]+ s \([\d,]+ a second\)\n$/);
    const [head, ...rows] = out.trimEnd().split("\n");
    expect(head).toBe("width,kind,params,macs");
    expect(rows.map((row) => row.split(",").slice(0, 2).join())).toEqual(["0.5,plain", "0.5,deep", "1,plain", "1,deep"]);
    const one = JSON.parse(lwmc(["summary", "net.lwm#Net(width=0.5, kind=deep)", "--json"], at).out).models[0];
    expect(rows[1]).toBe(`0.5,deep,${one.params},${one.macs}`);
  });

  test("the networks that no other beats, as a table and as JSON; the same network is there once", () => {
    const args = ["sweep", "net.lwm", "--over", "side", "--over", "width=0.5,1,2", "--over", "free=1..1.02:0.01", "--pareto", "--maximize", "params", "--minimize", "macs"];
    const table = lwmc(args, at);
    expect(table.code).toBe(0);
    expect(table.err).toContain("36 settings, 12 of which compile: 12 distinct networks");
    const { rows, goals } = JSON.parse(lwmc([...args, "--json"], at).out);
    expect(goals).toEqual([{ metric: "params", direction: "maximize" }, { metric: "macs", direction: "minimize" }]);
    // width alone changes parameters, so of each width the smallest side stays
    expect(rows.map(({ values }: { values: object }) => values)).toEqual([0.5, 1, 2].map((width) => ({ side: 16, width, free: 1 })));
    expect(table.out.split("\n")).toHaveLength(rows.length + 3);
  });

  test("of figures alone, the network's capacity is to be large", () => {
    const { rows, goals } = JSON.parse(lwmc(["sweep", "net.lwm", "--over", "width", "--pareto", "--figures", "activations,macs", "--json"], at).out);
    expect(goals).toEqual([{ metric: "activations", direction: "minimize" }, { metric: "macs", direction: "maximize" }]);
    expect(rows).toHaveLength(4);
  });

  test("a picture", () => {
    const { code, out, err } = lwmc(["sweep", "net.lwm", "--over", "width", "--over", "side", "--svg", "out.svg"], at);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain("wrote out.svg");
    const svg = read("out.svg");
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(svg).toContain("macs (more is better)");
    expect(svg).not.toContain("NaN");
  });

  test("a budget leaves out what exceeds it", () => {
    const { out } = lwmc(["sweep", "net.lwm", "--over", "width", "--budget", "params <= 400", "--figures", "params", "--csv"], at);
    const params = out.trimEnd().split("\n").slice(1).map((row) => Number(row.split(",")[1]));
    expect(params.length).toBeGreaterThan(0);
    expect(Math.max(...params)).toBeLessThanOrEqual(400);
    expect(lwmc(["sweep", "net.lwm", "--over", "width", "--budget", "params <= 1"], at)).toMatchObject({ code: 1, out: "", err: expect.stringContaining("no network keeps the budget") });
  });

  test.each([
    [["--over", "widht"], "did you mean `width`?"],
    [["--over", "free"], "has no range with a step; write it: free=1..2:0.25"],
    [["--over", "width=0.1..1:0.1"], "takes numbers from 0.5 to 2, not 0.1"],
    [["--over", "side=16..32:0.5"], "takes whole numbers"],
    [["--over", "kind=flat"], "takes plain or deep, not flat"],
    [["--over", "width=1..0.5:0.1"], "1 is above 0.5"],
    [["--over", "free=1..2"], "say the step as well"],
    [["--over", "free=0..1:0"], "the step must be above 0"],
    [["--over", "free=0..1:1e-9"], "the limit is 100,000"],
    [["--over", "width=1,1"], "1 is there twice"],
    [["--over", "width", "--over", "width"], "`--over width` is there twice"],
    [["--over", "free=0..999:1", "--over", "side=16..64:1", "--over", "width=0.5..2:0.05"], "the limit is 1,000,000"],
    [["--over", "width", "--figures", "speed"], "`speed` is no figure"],
    [["--over", "width", "--figures", "latency"], "name one with `--target`"],
    [["--over", "width", "--pareto", "--maximize", "macs"], "two or three figures"],
  ])("wrong usage: %j", (args, words) => {
    expect(lwmc(["sweep", "net.lwm", ...args], at)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(words) });
  });
});
