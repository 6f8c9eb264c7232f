/** `lwmc explain WORD`: what a code, an operator, a block, a model or a word means, with an example and a way out. */
import { catalogue, type Code } from "../compiler/diagnostics/catalogue.ts";
import type { Entry } from "../compiler/diagnostics/entry.ts";
import { renderAll } from "../compiler/diagnostics/render.ts";
import { suggest } from "../compiler/diagnostics/suggest.ts";
import { builtins } from "../compiler/elaborate/builtins.ts";
import { RECORDS, type RecordName } from "../compiler/elaborate/device-records.ts";
import type { Attribute, Op } from "../compiler/ir/op.ts";
import { ops, type OpName } from "../compiler/ops/index.ts";
import type { Block, Declaration, Model } from "../compiler/syntax/ast.ts";
import { glossary } from "../workspace/glossary.ts";
import { memoryHost } from "../workspace/host.ts";
import { declarationIn, type Library } from "../workspace/library.ts";
import { workspace } from "../workspace/workspace.ts";
import { deviceText } from "./device-text.ts";
import { libraryDevices } from "./devices.ts";
import type { Environment, ExitCode } from "./environment.ts";
import { colored, err, out } from "./output.ts";

const WIDTH = 100;

export interface ExplainOptions {
  readonly json?: boolean;
}

export async function explain(word: string | undefined, { json }: ExplainOptions, environment: Environment): Promise<ExitCode> {
  const library = environment.library();
  if (word === undefined) {
    const sections = overview(library);
    if (json) out(`${JSON.stringify({ schema: 1, words: Object.fromEntries(sections) }, null, 2)}\n`);
    else out(sections.map(([title, names]) => `${title}\n${wrap(names.join(", "), "  ")}\n`).join("\n"));
    return 0;
  }
  const meanings = [
    ["diagnostic", await codeText(word, library, json === true)],
    ["operator", operatorText(word)],
    ["function", functionText(word)],
    ["part of a device", recordText(word)],
    ["library", libraryText(word, library)],
    ["word", glossaryText(word)],
  ].flatMap(([kind, text]) => (text === undefined ? [] : [{ kind, text }]));
  if (meanings.length === 0) {
    const near = suggest(word, [...Object.keys(catalogue), ...Object.keys(ops), ...Object.keys(builtins), ...Object.keys(RECORDS), ...library.names, ...Object.keys(glossary)]);
    err(`lwmc: nothing is called \`${word}\`${near === undefined ? "" : `; did you mean \`${near}\`?`}\n`);
    err("      `lwmc explain` lists what there is\n");
    return 1;
  }
  out(json ? `${JSON.stringify({ schema: 1, word, meanings }, null, 2)}\n` : meanings.map(({ text }) => text).join("\n"));
  return 0;
}

/** A diagnostic's code: what it means, a file that causes it with what the compiler says of it, and the file mended. */
async function codeText(word: string, library: Library, plain: boolean): Promise<string | undefined> {
  if (!Object.hasOwn(catalogue, word)) return undefined;
  const { severity, explain: text, wrong, right } = catalogue[word as Code] as Entry<never>;
  const parts = [`${word}: ${severity}\n`, `${wrap(text)}\n`];
  if (wrong !== undefined) parts.push(`For example:\n\n${indent(wrong)}\n`, await said(wrong, library, plain));
  if (right !== undefined) parts.push(`Mended:\n\n${indent(right)}\n`);
  return parts.join("\n");
}

/** What the compiler says of a text. */
async function said(text: string, library: Library, plain: boolean): Promise<string> {
  const uri = "example.lwm";
  const files = workspace(memoryHost({ [uri]: text }), library);
  await files.load(uri);
  const { diagnostics, source } = files.snapshot(uri);
  return diagnostics.length === 0 ? "" : `${renderAll(diagnostics, source, { color: !plain && colored("stdout") }).trimEnd()}\n`;
}

function operatorText(word: string): string | undefined {
  if (!Object.hasOwn(ops, word)) return undefined;
  const { name, kind, doc, source, inputs, attributes } = ops[word as OpName] as Op;
  const entries = Object.entries(attributes);
  const leading = inputs.length > 1 ? inputs.map((each) => `${each}: tensor`) : [];
  const parts = [
    `${wrap(`${name}(${[...leading, ...entries.map(([key, each]) => signature(key, each))].join(", ")})`)}\n`,
    `${wrap(`${/[.!?]$/.test(doc) ? doc : `${doc}.`} An operator (${kind}).`)}\n`,
  ];
  if (entries.length > 0) parts.push(entries.map(([key, each]) => `  ${key}\n${wrap(describe(each), "    ")}`).join("\n") + "\n");
  parts.push(`${wrap(`Source: ${source}`)}\n`);
  return parts.join("\n");
}

function functionText(word: string): string | undefined {
  if (!Object.hasOwn(builtins, word)) return undefined;
  const { signature: shape, doc } = builtins[word];
  return `${shape}: a function\n\n${wrap(`${doc[0].toUpperCase()}${doc.slice(1)}.`)}\n`;
}

/** `device`, `profile`, `cost` …: what can be written in them. */
function recordText(word: string): string | undefined {
  if (!Object.hasOwn(RECORDS, word)) return undefined;
  const { doc, fields } = RECORDS[word as RecordName];
  const lines = Object.entries(fields).map(([name, field]) => `  ${name}: ${field.doc}${field.required ? " (required)" : ""}\n`);
  return `${word}(…): ${doc}\n\n${lines.join("")}`;
}

function signature(name: string, attribute: Attribute): string {
  const { type, options, default: value, optional } = attribute;
  const shown = options ? options.join(" | ") : type;
  return `${name}: ${shown}${value !== undefined ? ` = ${showValue(value)}` : optional ? " (optional)" : ""}`;
}

function describe({ doc, min, max }: Attribute): string {
  const range = min !== undefined && max !== undefined ? `; from ${min} to ${max}` : min !== undefined ? `; at least ${min}` : max !== undefined ? `; at most ${max}` : "";
  return doc + range;
}

function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.every((side) => side === value[0]) ? String(value[0]) : `[${value.join(", ")}]`;
  return String(value);
}

/** A model or a block of the library: its documentation, its parameters, and its own text, which is the best documentation. */
function libraryText(word: string, library: Library): string | undefined {
  const found = declarationIn(library, word);
  if (!found) return undefined;
  const { declaration, file } = found;
  const device = declaration.kind === "let" ? libraryDevices(library).find(({ name }) => name === word) : undefined;
  if (device) return `${deviceText(device)}${declaration.doc === undefined ? "" : `\n${wrap(declaration.doc)}\n`}`;
  const source = library.source(file.uri);
  const text = source?.text.slice(declaration.span.start, declaration.span.end);
  return [
    `${word}: ${declaration.kind === "let" ? "a value" : `a ${declaration.kind}`} of the standard library, ${file.uri}\n`,
    ...(declaration.doc === undefined ? [] : [`${wrap(declaration.doc)}\n`]),
    ...(text === undefined ? [] : [`${indent(dedent(withoutDoc(text, declaration)))}\n`]),
    ...uses(declaration),
  ].join("\n");
}

function uses(declaration: Declaration): readonly string[] {
  if (declaration.kind === "let") return [];
  const { params, name }: Block | Model = declaration;
  if (declaration.kind !== "model") return [];
  const settable = params.map((param) => param.name.name).join(", ");
  return [`Costs: lwmc summary ${name.name}${settable === "" ? "" : `      (parameters: ${settable})`}\n`];
}

/** The declaration's text may begin with its documentation. */
function withoutDoc(text: string, { kind }: Declaration): string {
  const start = new RegExp(`^${kind}\\b`, "m").exec(text);
  return start ? text.slice(start.index) : text;
}

function glossaryText(word: string): string | undefined {
  if (!Object.hasOwn(glossary, word)) return undefined;
  const { kind, text, example } = glossary[word];
  return `${word}: a ${kind}\n\n${wrap(text)}\n${example === undefined ? "" : `\n${indent(example)}\n`}`;
}

export function overview(library: Library): readonly (readonly [string, readonly string[]])[] {
  const declared = library.names.map((name) => ({ name, kind: declarationIn(library, name)?.declaration.kind }));
  const named = (kind: Declaration["kind"]): readonly string[] => declared.filter((each) => each.kind === kind).map(({ name }) => name);
  const words = (kind: string): readonly string[] => Object.keys(glossary).filter((key) => glossary[key].kind === kind);
  return [
    ["Models", named("model")],
    ["Blocks", named("block")],
    ["Devices", libraryDevices(library).map(({ name }) => name)],
    ["Values", named("let").filter((name) => !library.uriOf(name)!.includes("devices/"))],
    ["Parts of a device", Object.keys(RECORDS)],
    ["Operators", Object.keys(ops)],
    ["Functions", Object.keys(builtins)],
    ["Costs", words("cost")],
    ["Readings", words("reading")],
    ["Types", words("type")],
    ["Words of the language", words("word of the language")],
    ["Diagnostics", Object.keys(catalogue).sort()],
  ];
}

/** Breaks lines at spaces, and joins those that were broken elsewhere; empty lines stay. */
function wrap(text: string, margin = ""): string {
  return text
    .replace(/([^\n])\n(?=[^\n])/g, "$1 ")
    .split("\n")
    .map((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const part of paragraph.split(" ")) {
        if (line !== "" && margin.length + line.length + 1 + part.length > WIDTH) {
          lines.push(margin + line);
          line = part;
        } else line = line === "" ? part : `${line} ${part}`;
      }
      return [...lines, margin + line].join("\n");
    })
    .join("\n");
}

function indent(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, "  ");
}

function dedent(text: string): string {
  const margins = text.split("\n").slice(1).filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)![0].length);
  const margin = margins.length === 0 ? 0 : Math.min(...margins);
  return margin === 0 ? text : text.replaceAll(`\n${" ".repeat(margin)}`, "\n");
}
