/** Random edits: the server stays alive, answers whatever it is asked, and ends where a fresh one begins. LWM_EDITS says how many. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Position, Range, SemanticTokens, SemanticTokensDelta } from "vscode-languageserver-protocol";
import { built } from "../cli/lwmc.ts";
import { generator } from "../fuzz/mutations.ts";
import { readProject } from "../program.ts";
import { client, positionOf, type Client } from "./client.ts";

const EDITS = Number(process.env.LWM_EDITS ?? 300);
const CHECKPOINTS = 4;

const BASE = readProject("examples/wake_eye.lwm") + readProject("examples/mnist.lwm").replace(/^import.*\n/gm, "");
const TOKENS = BASE.match(/\/\/[^\n]*|"[^"\n]*"|\w+|\s+|->|./gu) ?? [];
const MORE = ["{", "}", "(", ")", "|", "\n", "conv(8)", "mbconv", " -> relu", "* 2", "?", "in.channels", "\r\n", "\t", "\u{1F600}", "budget { params <= 1k }", "target stm32h747", "model A = MobileNetV2()", "it", "skip: ", ", act=relu"];

let server: Client;

beforeAll(async () => {
  await built();
  server = await client();
});

afterAll(async () => {
  expect(await server.end()).toBe(0);
});

const READS: readonly (readonly [string, "at" | "whole" | "range"])[] = [
  ["textDocument/hover", "at"],
  ["textDocument/completion", "at"],
  ["textDocument/signatureHelp", "at"],
  ["textDocument/definition", "at"],
  ["textDocument/references", "at"],
  ["textDocument/documentHighlight", "at"],
  ["textDocument/codeAction", "range"],
  ["textDocument/inlayHint", "range"],
  ["textDocument/rangeFormatting", "range"],
  ["textDocument/codeLens", "whole"],
  ["textDocument/documentSymbol", "whole"],
  ["textDocument/foldingRange", "whole"],
  ["textDocument/semanticTokens/range", "range"],
  ["textDocument/documentLink", "whole"],
  ["textDocument/formatting", "whole"],
  ["lwm/heat", "whole"],
  ["lwm/network", "whole"],
];

function params(uri: string, kind: "at" | "whole" | "range", position: Position, range: Range): object {
  const common = { textDocument: { uri }, uri, context: { includeDeclaration: true, diagnostics: [] }, options: { tabSize: 2, insertSpaces: true } };
  return kind === "whole" ? common : kind === "at" ? { ...common, position } : { ...common, range };
}

/** All that can be asked of a whole text. */
async function everything(of: Client, uri: string): Promise<readonly unknown[]> {
  const all = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };
  const answers = [];
  for (const [method, kind] of READS) if (kind === "whole" || method === "textDocument/inlayHint") answers.push([method, await of.ask(method, params(uri, kind, all.start, all))]);
  const { data } = await of.ask<SemanticTokens>("textDocument/semanticTokens/full", { textDocument: { uri } });
  return [...answers, ["colours", data]];
}

test(`${EDITS} random edits`, { timeout: 3_600_000 }, async () => {
  const random = generator(20_261_122);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)];
  const uri = "file:///edits.lwm";
  let text = BASE;
  let version = 1;
  await server.open(uri, text);
  for (let edit = 1; edit <= EDITS; edit++) {
    const start = outside(text, below(text.length + 1));
    const end = outside(text, Math.min(text.length, start + (random() < 0.5 ? 0 : below(random() < 0.1 ? 200 : 12))));
    const insert = random() < 0.2 ? "" : random() < 0.5 ? pick(TOKENS) : pick(MORE);
    if (random() < 0.04) {
      text = BASE;
      version = await server.change(uri, [{ text }]);
    } else {
      const range = { start: positionIn(text, start), end: positionIn(text, end) };
      version = await server.change(uri, [{ range, text: insert }]);
      text = text.slice(0, start) + insert + text.slice(end);
    }
    if (random() < 0.3) {
      const [method, kind] = pick(READS);
      const position = positionIn(text, outside(text, below(text.length + 1)));
      await server.ask(method, params(uri, kind, position, { start: position, end: position }));
    }
    if (random() < 0.2) await recolour(uri);
    if (random() < 0.1) await server.ask("textDocument/rename", { textDocument: { uri }, position: positionIn(text, below(text.length + 1)), newName: pick(["width", "other_name", "in", "conv"]) }).catch((error: Error) => expect(error.message).toMatch(/^(`|there is no|the name)/));
    if (edit % Math.ceil(EDITS / CHECKPOINTS) !== 0) continue;
    // A broken text may keep what was known before it broke; a whole one has nothing to remember.
    await compare(uri, text, version, ["textDocument/inlayHint", "lwm/heat"]);
    text = BASE + `\n// ${edit}\n`;
    version = await server.change(uri, [{ text }]);
    await compare(uri, text, version, []);
  }
});

/** The colours that a client has which asks for what changed. */
let colours: { readonly resultId: string; readonly data: readonly number[] } | undefined;

async function recolour(uri: string): Promise<readonly number[]> {
  const answer = colours
    ? await server.ask<SemanticTokens | SemanticTokensDelta>("textDocument/semanticTokens/full/delta", { textDocument: { uri }, previousResultId: colours.resultId })
    : await server.ask<SemanticTokens>("textDocument/semanticTokens/full", { textDocument: { uri } });
  const data = "edits" in answer ? answer.edits.reduceRight<readonly number[]>((all, { start, deleteCount, data: put = [] }) => all.toSpliced(start, deleteCount, ...put), colours!.data) : answer.data;
  colours = { resultId: answer.resultId!, data };
  return data;
}

async function compare(uri: string, text: string, version: number, but: readonly string[]): Promise<void> {
  const fresh = await client();
  const diagnostics = await fresh.open(uri, text);
  expect(await server.said(uri, version)).toEqual(diagnostics);
  const without = (answers: readonly unknown[]): readonly unknown[] => answers.filter((answer) => !but.includes((answer as [string])[0]));
  const wanted = await everything(fresh, uri);
  const changed = await recolour(uri);
  expect(["colours", changed]).toEqual(wanted.at(-1));
  expect(without(await everything(server, uri))).toEqual(without(wanted));
  colours = undefined;
  expect(await fresh.end()).toBe(0);
}

/** A place between the halves of a line break is no position. */
function outside(text: string, offset: number): number {
  return text[offset - 1] === "\r" && text[offset] === "\n" ? offset + 1 : offset;
}

/** As the server counts lines: `\n`, `\r\n` and `\r` end one. */
function positionIn(text: string, offset: number): Position {
  return positionOf(text.slice(0, offset).replace(/\r\n?/g, "\n"), text.slice(0, offset).replace(/\r\n?/g, "\n").length);
}
