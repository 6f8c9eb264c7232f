/** What is kept from search to search is what a new search finds, and is not kept longer than the text stands that it follows from. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { survey } from "../../src/compiler/search/survey.ts";
import { valuesOf } from "../../src/compiler/search/space.ts";
import { parse } from "../../src/compiler/syntax/parse.ts";
import { memoryHost } from "../../src/workspace/host.ts";
import { sourceLibrary } from "../../src/workspace/node-library.ts";
import { workspace } from "../../src/workspace/workspace.ts";

const library = sourceLibrary(join(import.meta.dirname, "..", "..", "stdlib"), parse);

const TAIL = `block tail(out: channels) { conv(out, kernel=1) }`;
const NET = `import { tail } from "./tail.lwm"
/// The side.
let side = 32
block middle(out: channels) { conv(out) }
block beside(out: channels) { conv(out) }
model Net(width: float in 0.25..1 step 0.25 = 1, extra: bool = false) {
  input x: [3, side, side]
  middle(floor(16 * width))
  if (extra) { conv(8) }
  tail(8)
  classifier(2)
}
model Mine = Net(width=?) {
  budget { macs <= 1M }
  maximize macs
}`;

const files = (net: string, tail: string) => memoryHost({ "net.lwm": net, "tail.lwm": tail });

async function opened(net = NET, tail = TAIL) {
  const open = workspace(files(net, tail), library);
  await open.load("net.lwm");
  return open;
}

type Open = Awaited<ReturnType<typeof opened>>;

function found(open: Open) {
  const { diagnostics, models } = open.snapshot("net.lwm");
  return { codes: diagnostics.map(({ code }) => code), found: models.map((each) => [each.model.name, each.found, each.cost.macs, each.search?.best.figures]) };
}

function surveyOf(open: Open) {
  const [, compiled] = open.snapshot("net.lwm").models;
  const { model } = compiled;
  return survey(model, [{ name: "width", values: valuesOf(model.params.find(({ name }) => name === "width")!)! }]);
}

const EDITS: readonly (readonly [what: string, from: string, to: string, kept: boolean])[] = [
  ["a limit", "macs <= 1M", "macs <= 700k", true],
  ["another limit", "macs <= 1M", "params <= 1k", true],
  ["an aim", "maximize macs", "maximize params", true],
  ["a description", "/// The side.", "/// Of the pictures.", true],
  ["a comment and its line", "model Mine", "// it is mine\nmodel Mine", true],
  ["a block that it does not use", "block beside(out: channels) { conv(out) }", "block beside(out: channels) { conv(out) relu }", true],
  ["a block that it uses", "block middle(out: channels) { conv(out) }", "block middle(out: channels) { conv(out) relu conv(out) }", false],
  ["a value", "let side = 32", "let side = 16", false],
  ["an argument", "Net(width=?)", "Net(width=?, extra=true)", false],
  ["a range", "0.25..1 step 0.25", "0.25..2 step 0.25", false],
  ["a block of the library, hidden by its own", "block beside(out: channels) { conv(out) }", "block classifier(out: channels) { flatten dense(out) }", false],
  ["a limit that is worked out", "macs <= 1M", "macs <= 30k * side", false],
];

describe("after an edit", () => {
  test.each(EDITS)("of %s", async (_, from, to, kept) => {
    const open = await opened();
    const before = surveyOf(open);
    const changed = NET.replace(from, to);
    expect(changed).not.toBe(NET);
    await open.edit("net.lwm", changed);
    expect(found(open)).toEqual(found(await opened(changed)));
    expect(surveyOf(open) === before).toBe(kept);
    await open.edit("net.lwm", NET);
    expect(found(open)).toEqual(found(await opened()));
    expect(surveyOf(open)).toBe(before);
  });

  test("of a file that it imports", async () => {
    const open = await opened();
    const before = surveyOf(open);
    await open.edit("tail.lwm", TAIL.replace("kernel=1", "kernel=3"));
    expect(found(open)).toEqual(found(await opened(NET, TAIL.replace("kernel=1", "kernel=3"))));
    expect(surveyOf(open)).not.toBe(before);
  });

  test("two files that mean different things by a word", async () => {
    const both = (tail: string) => `import { layer } from "./layer.lwm"\n${tail}`;
    const net = `import { tail } from "./tail.lwm"\nimport { layer } from "./layer.lwm"\nmodel Net(width: int in 1..4 = 1) { input x: [3, 8, 8] layer(width) tail(8) }\nmodel Mine = Net(width=?)`;
    const host = memoryHost({ "net.lwm": net, "tail.lwm": both("block tail(out: channels) { layer(out) }"), "layer.lwm": "block layer(out: channels) { conv2d(out) }" });
    const open = workspace(host, library);
    await open.load("net.lwm");
    const before = found(open);
    await open.edit("tail.lwm", "block layer(out: channels) { conv2d(out, kernel=5) }\nblock tail(out: channels) { layer(out) }");
    expect(found(open)).not.toEqual(before);
  });
});
