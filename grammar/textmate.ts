/** The grammar for editors: coloured by the roles of the token table, and by the places where a word is a name. */
import type { TokenType } from "chevrotain";
import { factsOf, keywords, vocabulary, type Role } from "./tokens.ts";

interface Pattern {
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly name?: string;
  readonly captures?: Readonly<Record<string, { readonly name?: string; readonly patterns?: readonly Pattern[] }>>;
  readonly patterns?: readonly Pattern[];
  readonly include?: string;
}

/** The types that a parameter can have, an enum aside. */
const typeWords = ["int", "float", "bool", "string", "list", "layer", "tensor", "channels", "scaling", "device"] as const;

const word = "[A-Za-z_][A-Za-z0-9_]*";

const scopes: Readonly<Partial<Record<Role, string>>> = {
  keyword: "keyword.control.lwm",
  constant: "constant.language.lwm",
  operator: "keyword.operator.lwm",
  bar: "punctuation.separator.table.lwm",
  punctuation: "punctuation.lwm",
  bracket: "punctuation.section.lwm",
};

const captures = (...names: readonly string[]): Pattern["captures"] => Object.fromEntries(names.map((name, i) => [String(i + 1), { name: `${name}.lwm` }]));

/** Where a word is a name, in the order in which they are tried; before the keywords, since any word may be one. */
const names: readonly Pattern[] = [
  { match: `\\b(model)\\s+(${word})`, captures: captures("keyword.declaration", "entity.name.type.model") },
  { match: `\\b(block)\\s+(${word})`, captures: captures("keyword.declaration", "entity.name.function.block") },
  { match: `\\b(input|output|shared|let)\\s+(${word})`, captures: captures("keyword.declaration", "variable.other.definition") },
  {
    // A parameter whose type is an enum; a label is never followed by bars.
    match: `\\b(${word})\\s*(:)\\s*(${word}(?:\\s*\\|\\s*${word})+)`,
    captures: {
      ...captures("variable.parameter", "punctuation.separator.type"),
      "3": { patterns: [{ match: word, name: "constant.other.enum.lwm" }, { match: "\\|", name: "punctuation.separator.enum.lwm" }] },
    },
  },
  {
    match: `\\b(?:(first|ramp)\\s+)?(${word})\\s*(:)\\s*(\\[*)(${typeWords.join("|")})\\b(?!\\s*[(.])`,
    captures: captures("storage.modifier", "variable.parameter", "punctuation.separator.type", "punctuation.section", "support.type"),
  },
  { match: `(?<!\\.)\\b(?!(?:and|or|else)\\b)(${word})\\s*(:)`, captures: captures("entity.name.label", "punctuation.separator.label") },
  { match: `(?<=[(,])\\s*\\b(${word})\\s*(=)(?!=)`, captures: captures("variable.parameter", "keyword.operator.assignment") },
  { match: `^\\s*(${word})\\s*(=)(?!=)(?=.*,\\s*$)`, captures: captures("variable.parameter", "keyword.operator.assignment") },
  { match: `(?<!\\.)(\\.)\\s*(${word})`, captures: captures("punctuation.accessor", "variable.other.member") },
];

/** A name that is called; no keyword is. */
const call: Pattern = { match: `\\b(?!(?:${keywords.map(textOf).join("|")})\\b)(${word})(?=\\s*\\()`, captures: captures("entity.name.function.call") };

const text: readonly Pattern[] = [
  { match: "///(?!/).*$", name: "comment.line.documentation.lwm" },
  { match: "//.*$", name: "comment.line.double-slash.lwm" },
  {
    begin: '"',
    end: '"|$',
    name: "string.quoted.double.lwm",
    patterns: [
      { match: "\\\\(?:[nt\"\\\\]|u\\{[0-9A-Fa-f]{1,6}\\})", name: "constant.character.escape.lwm" },
      { match: "\\{[^}\"]*\\}", name: "meta.interpolation.lwm" },
    ],
  },
];

const numbers: Pattern = {
  match: "\\b([0-9][0-9_]*(?:\\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?)(%|[A-Za-z][A-Za-z0-9_]*)?",
  captures: captures("constant.numeric", "keyword.other.unit"),
};

export function printTextMate(): string {
  const grammar = {
    $schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
    information_for_contributors: "Made of grammar/ by `npm run generate`; not edited by hand.",
    name: "lwm",
    scopeName: "source.lwm",
    fileTypes: ["lwm"],
    patterns: [...text, ...names, numbers, call, ...byRole()],
  };
  return `${JSON.stringify(grammar, null, 2)}\n`;
}

/** One pattern for each role: words on their boundaries, symbols the longest first. */
function byRole(): readonly Pattern[] {
  const patterns: Pattern[] = [];
  for (const [role, name] of Object.entries(scopes)) {
    const tokens = vocabulary.filter((t) => factsOf(t)?.role === role).map(textOf);
    const words = tokens.filter((t) => /^\w/.test(t));
    const symbols = tokens.filter((t) => !/^\w/.test(t)).sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
    if (words.length > 0) patterns.push({ match: `\\b(?:${words.join("|")})\\b`, name });
    if (symbols.length > 0) patterns.push({ match: symbols.map((s) => s.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), name });
  }
  return patterns;
}

function textOf(t: TokenType): string {
  return String(t.PATTERN);
}
