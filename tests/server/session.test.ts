/** A session with the built server, as an editor holds it: every feature, over stdin and stdout. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CodeAction, CodeLens, CompletionItem, Diagnostic, DocumentLink, DocumentSymbol, FoldingRange, Hover, InlayHint, Location, LocationLink, SemanticTokens, SignatureHelp, TextEdit, WorkspaceEdit } from "vscode-languageserver-protocol";
import { built, folder } from "../cli/lwmc.ts";
import { client, find, marked, positionOf, type Client } from "./client.ts";

const NET = `/// A small network (Howard et al. 2017, arXiv:1704.04861).
model Small(width: float in 0.25..1 step 0.25 = 1, classes: int = 10) {
  input image: [3, 64, 64]
  let wide = 32 * width
  stem: conv(32, stride=2, act=relu6)
  stages: mbconv(act=relu6) {
    | expand | out | repeat | stride |
    |      1 |  16 |      1 |      1 |
    |      6 |  24 |      2 |      2 |
  }
  neck: { twice(48) } * 2
  output logits: classifier(classes)
}

model Smaller = Small(classes=2) { budget { params <= 1M, macs <= 100M } }

block twice(out: channels) {
  conv(out, kernel=1)
    -> conv(out)
}
`;

let server: Client;
const work = folder({ "net.lwm": NET, "other.lwm": `import { twice } from "./net.lwm"\nmodel Other {\n  input x: [3, 8, 8]\n  twice(4)\n}\n` });
const uri = pathToFileURL(join(work.path, "net.lwm")).href;
const other = pathToFileURL(join(work.path, "other.lwm")).href;
const td = { textDocument: { uri } };
let made = 0;

/** A document of its own. */
async function opened(text: string): Promise<{ readonly uri: string; readonly diagnostics: readonly Diagnostic[] }> {
  const own = pathToFileURL(join(work.path, `made${made++}.lwm`)).href;
  return { uri: own, diagnostics: await server.open(own, text) };
}

async function labelsAt(text: string): Promise<readonly string[]> {
  const { text: clean, position } = marked(text);
  const doc = await opened(clean);
  const items = await server.ask<CompletionItem[]>("textDocument/completion", { textDocument: { uri: doc.uri }, position });
  return [...items].sort((a, b) => (a.sortText! < b.sortText! ? -1 : 1)).map(({ label }) => label);
}

async function hoverText(text: string, at: string, behind = 1, of: string = uri): Promise<string> {
  const hover = await server.ask<Hover | null>("textDocument/hover", { textDocument: { uri: of }, position: find(text, at, behind) });
  return hover === null ? "" : (hover.contents as { value: string }).value;
}

function applied(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split("\n");
  const offset = ({ line, character }: { line: number; character: number }): number => lines.slice(0, line).reduce((sum, l) => sum + l.length + 1, 0) + character;
  return [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start)).reduce((result, { range, newText }) => result.slice(0, offset(range.start)) + newText + result.slice(offset(range.end)), text);
}

async function actionsIn(text: string, of: string, from: string, to = from): Promise<readonly CodeAction[]> {
  const range = { start: find(text, from), end: find(text, to, to.length) };
  return server.ask<CodeAction[]>("textDocument/codeAction", { textDocument: { uri: of }, range, context: { diagnostics: [] } });
}

function editsOf(action: CodeAction | undefined, of: string): readonly TextEdit[] {
  if (!action) throw new Error("there is no such action");
  return action.edit?.changes?.[of] ?? [];
}

beforeAll(async () => {
  await built();
  server = await client(work.path);
  expect(await server.open(uri, NET)).toEqual([]);
});

afterAll(async () => {
  expect(await server.end()).toBe(0);
  work.remove();
});

describe("diagnostics", () => {
  test("an error has its code, its explanation, its way out", async () => {
    const text = "model A {\n  input x: [3, 8, 8]\n  conv(8, act=rleu)\n}\n";
    const { uri: own, diagnostics } = await opened(text);
    expect(diagnostics.map(({ code, range }) => [code, range.start])).toEqual([["unknown-name", { line: 2, character: 14 }]]);
    const { href } = diagnostics[0].codeDescription!;
    expect(await server.ask<string>("lwm/source", { uri: href })).toContain("# unknown-name");
    const fix = (await actionsIn(text, own, "rleu")).find(({ title }) => title.includes("relu"));
    expect(applied(text, editsOf(fix, own))).toBe(text.replace("rleu", "relu"));
    expect(await server.edit(own, [{ range: diagnostics[0].range, text: "relu" }])).toEqual([]);
  });

  test("a mistake inside of a block says how it was reached", async () => {
    const { diagnostics } = await opened("block b {\n  conv2d(8, groups=3)\n}\nmodel A {\n  input x: [4, 8, 8]\n  b\n}\n");
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0].code).toBe("shape-mismatch");
    expect(diagnostics[0].relatedInformation?.map(({ location }) => location.range.start.line)).toEqual([5]);
  });

  test("an imported file's change is felt in the file that imports it", async () => {
    const text = readFileSync(join(work.path, "other.lwm"), "utf8");
    expect(await server.open(other, text)).toEqual([]);
    const at = find(NET, "block twice", 6);
    const broken = await server.change(uri, [{ range: { start: at, end: { ...at, character: at.character + 5 } }, text: "twine" }]);
    await server.said(uri, broken);
    const found = await server.edit(other, [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: " " }]);
    expect(found.map(({ code }) => code)).toEqual(["unknown-import"]);
    await server.edit(uri, [{ text: NET }]);
    expect(await server.edit(other, [{ text }])).toEqual([]);
  });
});

test("a mistake behind an import is shown at the import while that file is not open", async () => {
  writeFileSync(join(work.path, "broken.lwm"), "block half(out: channels) {\n  conv(out, act=rleu)\n}\n");
  const { diagnostics } = await opened('import { half } from "./broken.lwm"\nmodel A {\n  input x: [3, 8, 8]\n  half(4)\n}\n');
  const [first] = diagnostics;
  expect(first.range).toEqual({ start: { line: 0, character: 21 }, end: { line: 0, character: 35 } });
  expect(first.message).toContain("1 error behind this import");
  expect(first.relatedInformation?.map(({ location }) => location.range.start)).toEqual([{ line: 1, character: 16 }]);
  // mended on the disk
  writeFileSync(join(work.path, "broken.lwm"), "block half(out: channels) {\n  conv(out)\n}\n");
  const own = pathToFileURL(join(work.path, `made${made - 1}.lwm`)).href;
  await server.connection.sendNotification("workspace/didChangeWatchedFiles", { changes: [{ uri: pathToFileURL(join(work.path, "broken.lwm")).href, type: 2 }] });
  expect(await server.edit(own, [{ range: { start: { line: 5, character: 0 }, end: { line: 5, character: 0 } }, text: "\n" }])).toEqual([]);
});

describe("shapes and costs beside the text", () => {
  const everything = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };
  const hints = async (of: string): Promise<ReadonlyMap<number, string>> => {
    const found = await server.ask<InlayHint[]>("textDocument/inlayHint", { textDocument: { uri: of }, range: everything });
    return new Map(found.map(({ position, label }) => [position.line, label as string]));
  };

  test("every line that leaves a tensor says its shape, and what it costs", async () => {
    const found = await hints(uri);
    // 32·3·9·32² MACs
    expect(found.get(4)).toBe("→ [32, 32, 32] · 885 k MACs · 928 params");
    expect(found.get(7)).toContain("→ [16, 32, 32]");
    expect(found.get(8)).toContain("→ [24, 16, 16]");
    expect(found.get(10)).toContain("→ [48, 16, 16]");
    expect(found.get(11)).toContain("→ [10]");
    // the body of a block, of its first use: of neck's two, in a chain over two lines
    expect(found.get(18)).toContain("→ [48, 16, 16]");
    expect(found.get(18)).toContain("(first of 2)");
  });

  test("only in the lines that are shown", async () => {
    const found = await server.ask<InlayHint[]>("textDocument/inlayHint", { ...td, range: { start: { line: 4, character: 0 }, end: { line: 4, character: 60 } } });
    expect(found.map(({ position }) => position.line)).toEqual([4]);
  });

  test("a file that breaks keeps what was known before the place", async () => {
    const { uri: own } = await opened(NET);
    const before = await hints(own);
    const at = find(NET, "neck: {", 7);
    await server.edit(own, [{ range: { start: at, end: at }, text: " conv(( " }]);
    const after = await hints(own);
    for (const line of [2, 4, 7, 8]) expect(after.get(line)).toBe(before.get(line));
  });

  test("a mistake that is no error of syntax leaves the lines before it, and in the file that opens so", async () => {
    const { uri: own } = await opened(NET.replace("twice(48)", "nothing(48)"));
    const found = await hints(own);
    expect(found.get(4)).toBe("→ [32, 32, 32] · 885 k MACs · 928 params");
    expect(found.has(11)).toBe(false);
  });

  test("a lens above each model has its costs and its budget's state", async () => {
    const lenses = await server.ask<CodeLens[]>("textDocument/codeLens", td);
    const titles = lenses.map(({ command, range }) => [range.start.line, command!.title]);
    expect(titles.filter(([line]) => line === 1)).toHaveLength(1);
    expect(titles.find(([line]) => line === 1)![1]).toMatch(/^\d.* params · .* MACs · .* of weights · peak .*KiB$/);
    expect(titles.filter(([line]) => line === 14).map(([, title]) => title).at(-1)).toMatch(/^budget kept: params \d+ %, macs \d+ %$/);
    const { uri: own } = await opened(NET.replace("params <= 1M", "params <= 1k"));
    const over = await server.ask<CodeLens[]>("textDocument/codeLens", { textDocument: { uri: own } });
    expect(over.map(({ command }) => command!.title).find((title) => title.startsWith("over budget: params"))).toBeDefined();
    const [uriOf, model] = lenses[0].command!.arguments as [string, string];
    expect(await server.ask<string>("lwm/summary", { uri: uriOf, model })).toContain("# Small");
  });

  test("a lens for each target", async () => {
    const { uri: own } = await opened(NET.replace("{ budget", "{ target stm32h747 budget"));
    const lenses = await server.ask<CodeLens[]>("textDocument/codeLens", { textDocument: { uri: own } });
    expect(lenses.map(({ command }) => command!.title).find((title) => title.startsWith("stm32h747"))).toMatch(/RAM · .* flash · .*ms/);
  });

  test("heat is each line's share, and the lines make up the whole", async () => {
    const heat = await server.ask<{ range: { start: { line: number } }; model: string; macs: number; params: number }[]>("lwm/heat", { uri });
    const small = heat.filter(({ model, range }) => model === "Small" && range.start.line < 16 && range.start.line !== 2);
    const sum = small.reduce((total, { macs }) => total + macs, 0);
    expect(sum).toBeCloseTo(1, 6);
  });

  test("the network is given by its blocks, with costs that add up and places", async () => {
    const [small] = await server.ask<{ model: string; params: number; macs: number; parts: { path: string; params: number; macs: number; range?: { start: { line: number } }; parts: unknown[] }[] }[]>("lwm/network", { uri });
    expect(small.model).toBe("Small");
    expect(small.parts.reduce((sum, { params }) => sum + params, 0)).toBe(small.params);
    expect(small.parts.reduce((sum, { macs }) => sum + macs, 0)).toBe(small.macs);
    expect(small.parts.find(({ path }) => path === "stages.1")?.range?.start.line).toBe(8);
  });
});

describe("hover", () => {
  test("a block: its parameters, its paper, and what it makes here", async () => {
    const text = await hoverText(NET, "conv(32");
    expect(text).toContain("block conv(");
    expect(text).toContain("Ioffe & Szegedy 2015");
    expect(text).toContain("**[32, 32, 32]** in Small");
    expect(text).toContain("884,736 MACs");
    expect(text).toContain("output 128 KiB");
  });

  test("an operator: its attributes and its specification", async () => {
    const { uri: own } = await opened("model A {\n  input x: [3, 8, 8]\n  conv2d(8)\n}\n");
    const text = await hoverText("model A {\n  input x: [3, 8, 8]\n  conv2d(8)\n}\n", "conv2d", 1, own);
    expect(text).toContain("- `kernel`: height and width of the filter");
    expect(text).toContain("ONNX Conv");
  });

  test("a model: its totals, its documentation with the paper's address", async () => {
    const text = await hoverText(NET, "Small(width");
    expect(text).toContain("FLOPs");
    expect(text).toContain("(https://arxiv.org/abs/1704.04861)");
  });

  test("words: parameters, keywords, metrics, a layer that is an argument", async () => {
    expect(await hoverText(NET, "width: float")).toContain("in 0.25..1 step 0.25");
    expect(await hoverText(NET, "output")).toContain("Names a result");
    expect(await hoverText(NET, "params <=")).toContain("trainable numbers");
    expect(await hoverText(NET, "relu6)")).toContain("relu6");
    expect(await hoverText(NET, "stride=2")).toContain("first stride: pair = 1");
    expect(await hoverText(NET, "repeat |")).toContain("how often");
  });

  test("a device", async () => {
    const text = NET.replace("{ budget", "{ target stm32h747 budget");
    const { uri: own } = await opened(text);
    expect(await hoverText(text, "stm32h747", 2, own)).toContain("Cortex-M7");
  });
});

describe("completion", () => {
  test("layers, labels and words where a statement begins", async () => {
    const labels = await labelsAt("model A {\n  input image: [3, 8, 8]\n  stem: conv(8)\n  ¦\n}\n");
    for (const word of ["conv", "mbconv", "conv2d", "relu", "stem", "output", "budget"]) expect(labels).toContain(word);
  });

  test("a layer after an arrow, none that is a function", async () => {
    const labels = await labelsAt("model A {\n  input image: [3, 8, 8]\n  conv(8) -> ba¦\n}\n");
    expect(labels).toContain("batchnorm");
    expect(labels).not.toContain("divisible");
  });

  test("parameters by name, those that must be given first, none twice", async () => {
    const labels = await labelsAt("model A {\n  input image: [3, 8, 8]\n  mbconv(expand=6, ¦)\n}\n");
    expect(labels).toContain("kernel");
    expect(labels).not.toContain("expand");
    expect(await labelsAt("model A {\n  input image: [3, 8, 8]\n  mbconv(¦)\n}\n").then(([first]) => first)).toBe("out");
  });

  test("words of an enum, paddings, layers, by the parameter's type", async () => {
    expect((await labelsAt("model A = MobileNetV2(reading=¦)")).slice(0, 4)).toEqual(["torchvision", "keras", "timm", "tf_slim"]);
    expect((await labelsAt("model A {\n  input x: [3, 8, 8]\n  conv2d(8, pad=¦)\n}")).slice(0, 3)).toEqual(["same", "half", "valid"]);
    expect(await labelsAt("model A {\n  input x: [3, 8, 8]\n  conv(8, act=¦)\n}")).toContain("hardswish");
    expect(await labelsAt("model A(s: scaling = scaling()) {\n  input x: [3, 8, 8]\n  conv(8, scale=¦)\n}")).toContain("s");
  });

  test("columns, and values in cells", async () => {
    const columns = await labelsAt("model A {\n  input x: [3, 8, 8]\n  mbconv {\n    | out | ¦\n  }\n}");
    expect(columns).toEqual(expect.arrayContaining(["expand", "kernel", "repeat", "label"]));
    expect(columns).not.toContain("out");
    expect((await labelsAt("model A {\n  input x: [3, 8, 8]\n  mbconv {\n    | out | act |\n    | 16 | ¦ |\n  }\n}"))).toEqual(expect.arrayContaining(["-", "relu", "hardswish"]));
  });

  test("devices, metrics, units, sides, types, class lists, models, imported names", async () => {
    expect(await labelsAt("model A = MobileNetV2() { target ¦ }")).toContain("stm32h747");
    expect(await labelsAt("model A = MobileNetV2() { budget { ¦ } }")).toEqual(["params", "buffers", "macs", "flops", "weights", "activations", "ram", "flash", "latency", "energy"]);
    expect(await labelsAt("model A = MobileNetV2() { budget { weights <= 4¦ } }")).toEqual(["B", "kB", "MB", "GB", "KiB", "MiB", "GiB"]);
    expect(await labelsAt("model A = MobileNetV2() { budget { macs <= 300¦ } }")).toEqual(["k", "M", "G"]);
    expect(await labelsAt("block b {\n  conv(in.¦)\n}")).toEqual(["channels", "height", "shape", "width"]);
    expect(await labelsAt("block b(out: ¦) {}")).toContain("channels");
    expect(await labelsAt('model A {\n  input x: [3, 8, 8]\n  output o(labels="¦"): classifier(10)\n}')).toContain("imagenet");
    expect(await labelsAt("model A = Mob¦")).toContain("MobileNetV3Large");
    expect(await labelsAt('import { ¦ } from "./net.lwm"')).toEqual(expect.arrayContaining(["Small", "twice"]));
  });

  test("nothing in a comment", async () => {
    expect(await labelsAt("// model ¦")).toEqual([]);
  });
});

describe("ways through the text", () => {
  test("the parameters of a call, and which is being written", async () => {
    const { text, position } = marked("model A {\n  input x: [3, 8, 8]\n  conv(8, 1, act=¦)\n}\n");
    const { uri: own } = await opened(text);
    const help = await server.ask<SignatureHelp>("textDocument/signatureHelp", { textDocument: { uri: own }, position });
    const [signature] = help.signatures;
    const [from, to] = signature.parameters![help.activeParameter!].label as [number, number];
    expect(signature.label.slice(from, to)).toBe("act: layer = relu");
    const second = await server.ask<SignatureHelp>("textDocument/signatureHelp", { textDocument: { uri: own }, position: find(text, "1, act", 1) });
    expect(second.activeParameter).toBe(1);
  });

  test("to the definition in the library, in the file, in another file", async () => {
    const [target] = await server.ask<LocationLink[]>("textDocument/definition", { ...td, position: find(NET, "mbconv", 2) });
    expect(target.targetUri).toBe("lwm:blocks/mbconv.lwm");
    const source = await server.ask<string>("lwm/source", { uri: target.targetUri });
    expect(source.split("\n")[target.targetSelectionRange.start.line]).toMatch(/^block mbconv\(/);
    const [own] = await server.ask<LocationLink[]>("textDocument/definition", { ...td, position: find(NET, "twice(48)", 2) });
    expect(own.targetSelectionRange.start).toEqual(find(NET, "block twice", 6));
    const [label] = await server.ask<LocationLink[]>("textDocument/definition", { ...td, position: find(NET, "classifier(classes", 12) });
    expect(label.targetSelectionRange.start).toEqual(find(NET, "classes: int"));
    const [from] = await server.ask<LocationLink[]>("textDocument/definition", { textDocument: { uri: other }, position: { line: 3, character: 4 } });
    expect(from.targetUri).toBe(uri);
  });

  test("a text of the library can be opened, and answers as well", async () => {
    const own = "lwm:networks/mobilenet_v2.lwm";
    const text = await server.ask<string>("lwm/source", { uri: own });
    const hints = await server.ask<InlayHint[]>("textDocument/inlayHint", { textDocument: { uri: own }, range: { start: { line: 0, character: 0 }, end: { line: 200, character: 0 } } });
    expect(hints.length).toBeGreaterThan(5);
    expect(text.split("\n").length).toBeGreaterThan(hints.at(-1)!.position.line);
  });

  test("all mentions, also in files that are not open", async () => {
    const found = await server.ask<Location[]>("textDocument/references", { ...td, position: find(NET, "block twice", 7), context: { includeDeclaration: true } });
    expect(found.map((at) => [at.uri, at.range.start.line])).toEqual(expect.arrayContaining([[uri, 16], [uri, 10], [other, 0], [other, 3]]));
    const inFile = await server.ask<unknown[]>("textDocument/documentHighlight", { ...td, position: find(NET, "classes: int", 1) });
    expect(inFile).toHaveLength(3);
  });

  test("a new name goes everywhere, and into messages", async () => {
    const edit = await server.ask<WorkspaceEdit>("textDocument/rename", { ...td, position: find(NET, "block twice", 7), newName: "double" });
    expect(applied(NET, edit.changes![uri])).toBe(NET.replaceAll("twice", "double"));
    expect(edit.changes![other]).toHaveLength(2);
    const text = 'block b(wide: int) {\n  require wide > 2, "{wide} is too few"\n  conv(wide)\n}\n';
    const { uri: own } = await opened(text);
    const inside = await server.ask<WorkspaceEdit>("textDocument/rename", { textDocument: { uri: own }, position: find(text, "wide", 1), newName: "width" });
    expect(applied(text, inside.changes![own])).toBe(text.replaceAll("wide", "width"));
  });

  test("a name that would clash, hide another or be a word of the language is refused", async () => {
    const refusal = (at: string, newName: string): Promise<string> => server.ask("textDocument/rename", { ...td, position: find(NET, at, 1), newName }).then(() => "no refusal", (error: Error) => error.message);
    expect(await refusal("classes: int", "width")).toContain("clash");
    expect(await refusal("wide =", "classes")).toContain("clash");
    expect(await refusal("classes: int", "3x")).toContain("not a name");
    expect(await refusal("mbconv", "mine")).toContain("standard library");
    expect(await refusal("twice(48)", "conv")).toContain("clash");
  });

  test("the outline", async () => {
    const symbols = await server.ask<DocumentSymbol[]>("textDocument/documentSymbol", td);
    expect(symbols.map(({ name }) => name)).toEqual(["Small", "Smaller", "twice"]);
    expect(symbols[0].children!.map(({ name }) => name)).toEqual(["width", "classes", "image", "wide", "stem", "stages", "neck", "logits"]);
  });

  test("what folds", async () => {
    const folds = await server.ask<FoldingRange[]>("textDocument/foldingRange", td);
    expect(folds.map(({ startLine, endLine }) => [startLine, endLine])).toEqual(expect.arrayContaining([[1, 11], [5, 8], [16, 18]]));
  });

  test("colours: a word is what it means", async () => {
    const { tokenTypes } = server.initialized.capabilities.semanticTokensProvider!.legend;
    const { data } = await server.ask<SemanticTokens>("textDocument/semanticTokens/full", td);
    const kinds = new Map<string, string>();
    const lines = NET.split("\n");
    for (let i = 0, line = 0, character = 0; i < data.length; i += 5) {
      character = data[i] === 0 ? character + data[i + 1] : data[i + 1];
      line += data[i];
      kinds.set(lines[line].slice(character, character + data[i + 2]), tokenTypes[data[i + 3]]);
    }
    expect(Object.fromEntries(kinds)).toMatchObject({ Small: "class", mbconv: "function", width: "parameter", stem: "property", relu6: "function", params: "property", expand: "parameter" });
  });

  test("links to papers and files", async () => {
    const links = await server.ask<DocumentLink[]>("textDocument/documentLink", td);
    expect(links.map(({ target }) => target)).toEqual(["https://arxiv.org/abs/1704.04861"]);
    const files = await server.ask<DocumentLink[]>("textDocument/documentLink", { textDocument: { uri: other } });
    expect(files.map(({ target }) => target)).toEqual([uri]);
  });

  test("one style, for all or for some lines", async () => {
    const text = "model A {\ninput x: [3,8,8]\n  conv( 8 )\n    relu\n}\n";
    const { uri: own } = await opened(text);
    const all = await server.ask<TextEdit[]>("textDocument/formatting", { textDocument: { uri: own }, options: { tabSize: 2, insertSpaces: true } });
    expect(applied(text, all)).toBe("model A {\n  input x: [3, 8, 8]\n  conv(8)\n  relu\n}\n");
    const some = await server.ask<TextEdit[]>("textDocument/rangeFormatting", { textDocument: { uri: own }, range: { start: { line: 1, character: 2 }, end: { line: 1, character: 4 } }, options: { tabSize: 2, insertSpaces: true } });
    expect(applied(text, some).split("\n")[1]).toBe("  input x: [3, 8, 8]");
    const { uri: windows } = await opened(text.replaceAll("\n", "\r\n"));
    const line = await server.ask<TextEdit[]>("textDocument/rangeFormatting", { textDocument: { uri: windows }, range: { start: { line: 2, character: 2 }, end: { line: 2, character: 2 } }, options: { tabSize: 2, insertSpaces: true } });
    expect(line).toEqual([{ range: { start: { line: 1, character: 0 }, end: { line: 4, character: 0 } }, newText: "  input x: [3, 8, 8]\r\n  conv(8)\r\n  relu\r\n" }]);
  });
});

describe("actions", () => {
  test("the nearest setting that keeps a budget", async () => {
    const text = NET.replace("params <= 1M", "params <= 100k").replace("Small(classes=2)", "MobileNetV2(width=0.5)");
    const { uri: own, diagnostics } = await opened(text);
    expect(diagnostics.map(({ code }) => code)).toContain("budget-exceeded");
    const found = await actionsIn(text.replace("100k", "100k"), own, "params <= 100k");
    expect(found.filter(({ title }) => title.includes("fits"))).toHaveLength(0);
    const loose = NET.replace("params <= 1M", "params <= 3.3M").replace("Small(classes=2)", "MobileNetV2(width=1.0)");
    const { uri: second } = await opened(loose);
    const fix = (await actionsIn(loose, second, "params <= 3.3M")).find(({ title }) => title.includes("fits"));
    const mended = applied(loose, editsOf(fix, second));
    expect((await opened(mended)).diagnostics).toEqual([]);
  });

  test("a name that is not there becomes a parameter; a call gets what it lacks", async () => {
    const text = "model A {\n  input x: [3, 8, 8]\n  b\n}\nblock b {\n  conv(breadth)\n}\n";
    const { uri: own } = await opened(text);
    const add = (await actionsIn(text, own, "breadth")).find(({ title }) => title.includes("add a parameter"));
    const mended = applied(text, editsOf(add, own));
    expect(mended).toContain("block b(breadth: channels = 16) {");
    expect((await opened(mended)).diagnostics).toEqual([]);
    // of the type that is wanted there
    for (const [given, declared] of [["conv(8, act=bend)", "bend: layer = identity"], ["conv(8, bias=bend)", "bend: bool = false"], ["conv(2 * bend)", "bend: int = 1"], ["conv2d(8, pad=bend)", "bend: padding = same"], ["bend", "bend: layer = identity"]]) {
      const typed = `block b {\n  ${given}\n}\nmodel A {\n  input x: [3, 8, 8]\n  b\n}\n`;
      const { uri: third } = await opened(typed);
      const declare = (await actionsIn(typed, third, "bend")).find(({ title }) => title.includes("add a parameter"));
      const whole = applied(typed, editsOf(declare, third));
      expect(whole).toContain(`block b(${declared}) {`);
      expect((await opened(whole)).diagnostics).toEqual([]);
    }
    const lacking = "model A {\n  input x: [3, 8, 8]\n  conv\n}\n";
    const { uri: second } = await opened(lacking);
    const give = (await actionsIn(lacking, second, "conv")).find(({ title }) => title.includes("give"));
    expect((await opened(applied(lacking, editsOf(give, second)))).diagnostics).toEqual([]);
  });

  test("a hole is filled by the search when the action is chosen", async () => {
    const text = "model A = MobileNetV1(width=?, resolution=?) { budget { params <= 2.5M, macs <= 30M } maximize macs }\n";
    const { uri: own } = await opened(text);
    const action = (await actionsIn(text, own, "?")).find(({ title }) => title.includes("find the best `width`"));
    expect(action?.edit).toBeUndefined();
    const resolved = await server.ask<CodeAction>("codeAction/resolve", action!);
    const mended = applied(text, editsOf(resolved, own));
    expect(mended).toMatch(/width=0\.\d+, resolution=\d+\)/);
    expect((await opened(mended)).diagnostics).toEqual([]);
  });

  test("a hole with few settings is filled while it is written", async () => {
    const text = "model A = MobileNetV2(width=?) { budget { params <= 2.5M } maximize macs }\n";
    const { uri: own } = await opened(text);
    const hints = await server.ask<InlayHint[]>("textDocument/inlayHint", { textDocument: { uri: own }, range: { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } } });
    expect(hints.map(({ label }) => label)).toEqual(["= 0.7"]);
    const action = (await actionsIn(text, own, "?")).find(({ title }) => title.includes("`width=0.7`"));
    expect(applied(text, editsOf(action, own))).toBe(text.replace("?", "0.7"));
  });

  const total = async (text: string): Promise<string> => {
    const { uri: own, diagnostics } = await opened(text);
    expect(diagnostics).toEqual([]);
    return (await server.ask<CodeLens[]>("textDocument/codeLens", { textDocument: { uri: own } }))[0].command!.title;
  };

  test("selected statements become a block, with what they use as parameters", async () => {
    const text = "model A(out: int = 8) {\n  input x: [3, 8, 8]\n  let act = relu6\n  conv(out, act=act)\n  conv(out)\n  output o: classifier(2)\n}\n";
    const { uri: own } = await opened(text);
    const action = (await actionsIn(text, own, "conv(out, act=act)", "conv(out)")).find(({ kind }) => kind === "refactor.extract");
    const mended = applied(text, editsOf(action, own));
    expect(mended).toContain("block part(out: int, act: layer) {\n  conv(out, act=act)\n  conv(out)\n}\n");
    expect(await total(mended)).toBe(await total(text));
    // a label that is needed later would be out of reach
    const labelled = text.replace("  conv(out)\n", "  y: conv(out)\n").replace("classifier(2)", "y -> classifier(2)");
    const { uri: second } = await opened(labelled);
    expect((await actionsIn(labelled, second, "y: conv(out)")).filter(({ kind }) => kind === "refactor.extract")).toEqual([]);
  });

  test("a table as calls and back, and the network stays what it is", async () => {
    const { uri: own } = await opened(NET);
    const toCalls = (await actionsIn(NET, own, "| expand")).find(({ title }) => title.includes("as calls"));
    const calls = applied(NET, editsOf(toCalls, own));
    expect(calls).toContain("mbconv(act=relu6, expand=6, out=24, stride=2) * 2");
    expect(await total(calls)).toBe(await total(NET));
    const text = "model A {\n  input x: [3, 8, 8]\n  stages: {\n    conv(8, act=relu6)\n    conv(16, 1, act=relu6) * 3\n  }\n}\n";
    const { uri: second } = await opened(text);
    const toTable = (await actionsIn(text, second, "conv(8")).find(({ title }) => title.includes("as a table"));
    const table = applied(text, editsOf(toTable, second));
    expect(table).toContain("stages: conv(act=relu6) {\n    | out | kernel | repeat |\n    |   8 |      - |      1 |\n    |  16 |      1 |      3 |\n  }");
    expect(await total(table)).toBe(await total(text));
  });
});

test("an unknown request is refused, and the server goes on", async () => {
  await expect(server.ask("lwm/nothing", {})).rejects.toThrow();
  expect(positionOf("a\nb", 2)).toEqual({ line: 1, character: 0 });
  expect(await server.ask<unknown[]>("textDocument/documentSymbol", td)).toHaveLength(3);
});
