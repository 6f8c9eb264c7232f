import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import oniguruma from "vscode-oniguruma";
import textmate, { type IGrammar } from "vscode-textmate";
import { beforeAll, describe, expect, test } from "vitest";
import { textMate } from "../../grammar/generate.ts";

let grammar: IGrammar;

beforeAll(async () => {
  await oniguruma.loadWASM(readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm")).buffer as ArrayBuffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(textMate(), "lwm.tmLanguage.json"),
  });
  grammar = (await registry.loadGrammar("source.lwm"))!;
});

/** The innermost scope of each word or sign of a line, without `.lwm`. */
function scopes(line: string): string[] {
  return grammar
    .tokenizeLine(line, textmate.INITIAL)
    .tokens.map((t) => `${line.slice(t.startIndex, t.endIndex).trim()} ${t.scopes.at(-1)!.replace(/\.lwm$/, "")}`)
    .filter((t) => !t.startsWith(" ") && !t.endsWith(" source"));
}

describe("colours", () => {
  test.each<[string, string[]]>([
    ["/// A network.", ["/// A network. comment.line.documentation"]],
    ["relu // why", ["// why comment.line.double-slash"]],
    ["model M(classes: int = 1_000) {", ["model keyword.declaration", "M entity.name.type.model", "( punctuation.section", "classes variable.parameter", ": punctuation.separator.type", "int support.type", "= keyword.operator", "1_000 constant.numeric", ") punctuation.section", "{ punctuation.section"]],
    ["block mbconv(first stride: int)", ["block keyword.declaration", "mbconv entity.name.function.block", "( punctuation.section", "first storage.modifier", "stride variable.parameter", ": punctuation.separator.type", "int support.type", ") punctuation.section"]],
    ["  reading: torchvision | keras = keras,", ["reading variable.parameter", ": punctuation.separator.type", "torchvision constant.other.enum", "| punctuation.separator.enum", "keras constant.other.enum", "= keyword.operator", ", punctuation"]],
    ["  stem: conv(32, stride=2) -> relu", ["stem entity.name.label", ": punctuation.separator.label", "conv entity.name.function.call", "( punctuation.section", "32 constant.numeric", ", punctuation", "stride variable.parameter", "= keyword.operator.assignment", "2 constant.numeric", ") punctuation.section", "-> keyword.operator"]],
    ["  input: if (in.channels == 3.5M) it", ["input entity.name.label", ": punctuation.separator.label", "if keyword.control", "( punctuation.section", "in constant.language", ". punctuation.accessor", "channels variable.other.member", "== keyword.operator", "3.5 constant.numeric", "M keyword.other.unit", ") punctuation.section", "it constant.language"]],
    ["  input image: [3, 96KiB]", ["input keyword.declaration", "image variable.other.definition", ": punctuation", "[ punctuation.section", "3 constant.numeric", ", punctuation", "96 constant.numeric", "KiB keyword.other.unit", "] punctuation.section"]],
    ["    | out | 25% |", ["| punctuation.separator.table", "| punctuation.separator.table", "25 constant.numeric", "% keyword.other.unit", "| punctuation.separator.table"]],
    ['  require a <= 0..3, "x {a} \\n"', ["require keyword.control", "<= keyword.operator", "0 constant.numeric", ".. keyword.operator", "3 constant.numeric", ", punctuation", '" string.quoted.double', "x string.quoted.double", "{a} meta.interpolation", "\\n constant.character.escape", '" string.quoted.double']],
    ["  f(target=x.input, not true)", ["f entity.name.function.call", "( punctuation.section", "target variable.parameter", "= keyword.operator.assignment", ". punctuation.accessor", "input variable.other.member", ", punctuation", "not keyword.control", "true constant.language", ") punctuation.section"]],
  ])("%s", (line, expected) => expect(scopes(line)).toEqual(expected));
});
