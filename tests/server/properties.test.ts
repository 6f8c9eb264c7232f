/** What must hold of rewritings and names for every file of the examples and of the library: the network stays what it is. */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "../../src/compiler/syntax/parse.ts";
import type { TextEdit } from "../../src/compiler/diagnostics/diagnostic.ts";
import { actionsAt } from "../../src/workspace/editor/actions.ts";
import { completionsAt } from "../../src/workspace/editor/completion.ts";
import { namesOf } from "../../src/workspace/editor/names.ts";
import { placesOf } from "../../src/workspace/editor/places.ts";
import { renameAt } from "../../src/workspace/editor/references.ts";
import { layerStatements } from "../../src/workspace/editor/statements.ts";
import { viewOf, type View } from "../../src/workspace/editor/view.ts";
import { memoryHost } from "../../src/workspace/host.ts";
import type { Library } from "../../src/workspace/library.ts";
import { sourceLibrary } from "../../src/workspace/node-library.ts";
import { workspace } from "../../src/workspace/workspace.ts";
import { generator } from "../fuzz/mutations.ts";
import { lwmFiles, readProject } from "../program.ts";

const texts = [...lwmFiles("examples"), ...lwmFiles("stdlib/networks")].map((path): readonly [string, string] => [path, readProject(path)]);
const FILES = texts.filter(([, text]) => text.includes("model ") && !text.includes("import {") && !text.includes("?"));
const random = generator(4);

let library: Library;
/** Rewritings that were tried, of all files. */
let tried = 0;

beforeAll(() => {
  library = sourceLibrary(join(import.meta.dirname, "..", "..", "stdlib"), parse);
});

const URI = "/net.lwm";

async function viewText(text: string): Promise<View> {
  const files = workspace(memoryHost({}), library);
  await files.edit(URI, text);
  return viewOf(files, URI)!;
}

/** Each model's costs, in the order of the file, and what is wrong. */
function figures({ snapshot }: View): readonly unknown[] {
  return [snapshot.diagnostics.filter(({ severity }) => severity === "error").map(({ code, message }) => `${code}: ${message}`), snapshot.models.map(({ cost: { params, buffers, macs, flops, activations } }) => [params, buffers, macs, flops, activations])];
}

function applied(text: string, edits: readonly TextEdit[]): string {
  return [...edits].sort((a, b) => b.span.start - a.span.start).reduce((result, { span, text: put }) => result.slice(0, span.start) + put + result.slice(span.end), text);
}

function some<T>(all: readonly T[], most: number): readonly T[] {
  return all.length <= most ? all : Array.from({ length: most }, () => all[Math.floor(random() * all.length)]);
}

describe.each(FILES)("%s", (_, text) => {
  test("every name leads to a place where it is written", async () => {
    const view = await viewText(text);
    const { mentions } = namesOf(view.workspace, view.file, view.snapshot);
    expect(mentions.length).toBeGreaterThan(10);
    for (const { span, named } of mentions) {
      expect(text.slice(span.start, span.end)).toBe(named.name);
      if (named.span) expect(view.workspace.source(named.span.file)!.text.slice(named.span.start, named.span.end)).toBe(named.name);
    }
  });

  test("a name can be any other, and the network is the same", async () => {
    const view = await viewText(text);
    const before = figures(view);
    const { mentions } = namesOf(view.workspace, view.file, view.snapshot);
    // A parameter `body` takes the trailing braces, and `reading` is printed: these names mean something by themselves.
    const own = mentions.filter(({ declares, named }) => declares && named.span?.file === view.uri && !["body", "reading"].includes(named.name));
    for (const { span, named } of some(own, 12)) {
      const edits = await renameAt(view, span.start, "entirely_new");
      // A word of an enum may be one of another enum's as well, and is refused then.
      if ("refused" in edits && named.kind === "word") continue;
      if ("refused" in edits) throw new Error(`${named.name}: ${edits.refused}`);
      const renamed = await viewText(applied(text, edits));
      expect([named.name, ...figures(renamed)]).toEqual([named.name, ...before]);
    }
  });

  test("what the lines of a model's body make is what the model is made of", async () => {
    const view = await viewText(text);
    const places = placesOf(view);
    for (const { model, cost } of view.snapshot.models) {
      const body = view.file.declarations.find((d) => d.kind === "model" && d.name.name === model.name && d.body);
      if (body?.kind !== "model" || !body.body || model.trace!.nodes.length !== model.graph.nodes.length) continue;
      const lines = body.body.statements.flatMap(({ span }) => places.get(`${span.start}:${span.end}`) ?? []);
      expect(lines.reduce((sum, { all }) => sum + all.params, 0)).toBe(cost.params);
      expect(lines.reduce((sum, { all }) => sum + all.macs, 0)).toBe(cost.macs);
    }
  });

  test("tables and calls, and blocks taken out, leave the network as it is", async () => {
    const view = await viewText(text);
    const before = figures(view);
    for (const { span } of some(layerStatements(view.file), 25)) {
      for (const action of actionsAt(view, { start: span.start, end: span.end })) {
        if (action.kind === "quickfix") continue;
        const after = await viewText(applied(text, action.edits));
        expect([action.title, ...figures(after)]).toEqual([action.title, ...before]);
        tried++;
      }
    }
  });
});

test("there was something to rewrite", () => expect(tried).toBeGreaterThan(100));

test("completions put a word where one was taken away", async () => {
  let right = 0;
  let all = 0;
  for (const [, text] of FILES.slice(0, 8)) {
    const view = await viewText(text);
    const mentions = namesOf(view.workspace, view.file, view.snapshot).mentions.filter(({ declares, named, quoted }) => !declares && !quoted && named.kind !== "side");
    for (const { span, named } of some(mentions, 15)) {
      const without = await viewText(text.slice(0, span.start) + text.slice(span.end));
      const { items } = completionsAt(without, span.start);
      all++;
      if (items.some(({ label }) => label === named.name)) right++;
    }
  }
  expect(all).toBeGreaterThan(50);
  expect(right / all).toBeGreaterThan(0.9);
});
