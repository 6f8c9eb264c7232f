import { describe, expect, test } from "vitest";
import { positionAt } from "../../src/compiler/source.ts";
import type { Block, Model } from "../../src/compiler/syntax/ast.ts";
import { parse, SIZE_LIMIT } from "../../src/compiler/syntax/parse.ts";
import { brief, efficientnet, source } from "./sources.ts";

/** `line:column code` of each. */
function mistakes(text: string): string[] {
  const s = source(text);
  return parse(s).diagnostics.map((d) => {
    const { line, column } = positionAt(s, d.span.start);
    return `${line}:${column} ${d.code}`;
  });
}

/** The text after every first fix is taken. */
function fixed(text: string): string {
  const edits = parse(source(text)).diagnostics.flatMap((d) => d.fixes[0]?.edits ?? []);
  return edits.sort((a, b) => b.span.start - a.span.start).reduce((t, e) => t.slice(0, e.span.start) + e.text + t.slice(e.span.end), text);
}

test("a file with ten mistakes shows ten, and keeps the rest", () => {
  const text = `model Ten(width: float = 1, classes int = 10) {
  input image [3, 224, 224]

  stem: conv(32 stride=2)
  first = conv(32)
  one: conv(16, kernel=) -> relu
  two: conv(8))
  three: conv(8, kernel=3
  four: mbconv {
    | out | kernel |
    |   8 |      3 |
    |  16 |        |
    |  24 |      5 |
  }
  five: relu && gelu
  conv
  (3)
  output logits: dense(classes)
}

block rest(out: channels) {
  conv(out) -> relu
}
`;
  expect(mistakes(text)).toEqual([
    "1:37 unexpected-token",
    "2:15 unexpected-token",
    "4:16 missing-comma",
    "5:9 assignment",
    "6:24 unexpected-token",
    "7:15 stray-bracket",
    "8:14 unclosed-bracket",
    "12:12 empty-cell",
    "15:14 foreign-token",
    "17:3 bracket-opens-line",
  ]);
  const [ten, rest] = parse(source(text)).file.declarations as [Model, Block];
  expect(ten.params.map((p) => p.name.name)).toEqual(["width", "classes"]);
  expect(brief(ten.body)).toBe(
    "{ input stem: conv(32, stride=2) first: conv(32) one: <conv(16, kernel=<missing>) -> relu> two: conv(8) three: conv(8, kernel=3) four: mbconv{| out kernel | 8 3 | 16 <missing> | 24 5 |} five: (relu and gelu) conv output }",
  );
  expect(brief(rest.body)).toBe("{ <conv(out) -> relu> }");
});

describe("one mistake is one error", () => {
  test.each([
    ["model M { a -> }", "1:16 unexpected-token"],
    ["model M {\n  a ->\n  output y: b\n}", "2:7 unexpected-token"],
    ["model M {\n  a ->\n  b: c\n}", "2:7 unexpected-token"],
    ["model M { let x = }", "1:19 unexpected-token"],
    ["model M { let = 3\n a }", "1:15 unexpected-token"],
    ["model M { x: if a == b c else d\n y }", "1:17 unexpected-token"],
    ["model M { for i in 0..3 { a }\n b }", "1:15 unexpected-token"],
    ["model M { 3\n a }", "1:11 statement-start"],
    ["model M { a\n \"x\" b }", "2:2 statement-start"],
    ["model M { a else b }", "1:13 else-without-if"],
    ["model M { f(a b) }", "1:14 missing-comma"],
    ["model M { f(a, , b) }", "1:16 unexpected-token"],
    ["model M { f(, a) }", "1:13 unexpected-token"],
    ["model M { f(a = ) }", "1:17 unexpected-token"],
    ["model M { f(a = 1 = 2) }", "1:19 unexpected-token"],
    ["model M { f[1, 2] }", "1:14 unexpected-token"],
    ["model M { require 1 < n < 3 }", "1:25 chained-comparison"],
    ["model M { let x = 1..2..3 }", "1:23 chained-comparison"],
    ["model M { let x = a == not b }", "1:24 not-inside"],
    ["model M { let x = .5 }", "1:19 unexpected-token"],
    ["model M { f {\n | a | b |\n | 1 |\n | 1 | 2 |\n} }", "3:2 row-length"],
    ["model M { f {\n | a | b |\n | 1 | 2\n | 1 | 2 |\n} }", "3:9 missing-bar"],
    ["model M { f {\n | a | b |\n |  | 2 |\n | 1 | 2 |\n} }", "3:3 empty-cell"],
    ["model M { f {\n | a | b |\n | 1 | + |\n | 1 | 2 |\n} }", "3:8 unexpected-token"],
    ["model M { a(\"x) b }\n", "1:13 unterminated-string"],
    ["model M { a('x') b }\n", "1:13 single-quotes"],
    ["model M { a; b }\n", "1:12 semicolon"],
    ["# x\nmodel M { a }\n", "1:1 foreign-comment"],
    ["/* x */ model M { a }\n", "1:1 foreign-comment"],
    ["model M { a @ b }\n", "1:13 unexpected-character"],
    ["model M { a → b }\n", "1:13 foreign-token"],
    ["model M { a !b }\n", "1:13 foreign-token"],
    ['model M { a("\\d") }\n', "1:14 bad-escape"],
    ['model M { a("\\u{110000}") }\n', "1:14 bad-escape"],
    ["model M { a }\n}\nblock b { c }", "2:1 stray-bracket"],
    ["model M {\n  a\n\nblock b {\n  c\n}\n", "1:9 unclosed-bracket"],
    ["model M {\n  s: f {\n    | a |\n    | 1 |\n  t: g\n  output y: h\n}\nblock b { c }", "2:8 unclosed-bracket"],
    ["model M { a(1, [2, 3) b }", "1:16 unclosed-bracket"],
    ["block b(x: int, y: float {\n  a\n}\nblock c { d }", "1:8 unclosed-bracket"],
    ["block b(x: int\n{\n  a\n}\nblock c { d }", "1:8 unclosed-bracket"],
    ["block b(x: , y: int) { a }", "1:12 unexpected-token"],
    ["block b(x: float in 3) { a }", "1:21 unexpected-token"],
    ["block { a }", "1:7 unexpected-token"],
    ["block b", "1:8 unexpected-token"],
    ["model M = 3", "1:11 unexpected-token"],
    ["conv(3)\nmodel M { a }", "1:1 declaration-start"],
    ["import { a, b } \"x\"", "1:17 unexpected-token"],
    ["import { a b } from \"x\"", "1:11 missing-comma"],
    ["model M {\n  a\n  { b }\n}", "3:3 bracket-opens-line"],
    ["model M {\n  a\n  [b]\n}", "3:3 bracket-opens-line"],
    ["model M { budget { params <= 3M macs <= 4G } }", "1:32 missing-comma"],
    ["model M { defaults conv }", "1:25 unexpected-token"],
    ["model M { target }", ""],
  ])("%s", (text, expected) => expect(mistakes(text).join("; ")).toBe(expected));
});

test.each([
  ["model M { f(a b=2) }", "model M { f(a, b=2) }"],
  ["model M { a\n  (3) }", "model M { a(3) }"],
  ["model M { a\n  { b } }", "model M { a { b } }"],
  ["model M { a && b; }", "model M { a and b }"],
  ["model M { x = f }", "model M { x: f }"],
  ["model M { input x [3] }", "model M { input x: [3] }"],
  ["model M { let x 3 }", "model M { let x = 3 }"],
  ["model M { a('it\\'s \"x\"') }", 'model M { a("it\'s \\"x\\"") }'],
  ["model M { a(1 }", "model M { a(1) }"],
  ["model M { a(1)) }", "model M { a(1) }"],
  ["# x\nblock b { a }", "// x\nblock b { a }"],
  ["block b { f {\n| a | b |\n| 1 | |\n| 2 |\n| 3 | 4\n} }", "block b { f {\n| a | b |\n| 1 | - |\n| 2 | - |\n| 3 | 4 |\n} }"],
])("the fix of %s", (text, right) => expect(fixed(text).trim()).toBe(right));

describe("what has no end ends in an error that states its limit", () => {
  const deep = 10_000;
  test.each([
    ["parentheses", `model M { a(${"(".repeat(deep)}1${")".repeat(deep)}) }`, "64"],
    ["braces", `model M { ${"x: a { ".repeat(deep)}${"}".repeat(deep)} }`, "64"],
    ["unclosed braces", "{".repeat(deep), "64"],
    ["lists", `let x = ${"[".repeat(deep)}`, "64"],
    ["a chain", `model M { a${" -> a".repeat(5000)} }`, "1000"],
    ["a sum", `let x = 1${" + 1".repeat(deep)}`, "200"],
    ["signs", `let x = ${"-".repeat(deep)}1`, "200"],
    ["negations", `let x = ${"not ".repeat(deep)}a`, "200"],
    ["negations to the right", `let x = ${"a and not ".repeat(deep)}a`, "200"],
    ["ifs", `model M { ${"if (a) ".repeat(deep)}b }`, "450"],
    ["else ifs", `model M { ${"if (a) b else ".repeat(deep)}b }`, "450"],
    ["members", `let x = a${".b".repeat(deep)}`, "200"],
    ["calls", `let x = a${"(1)".repeat(deep)}`, "200"],
    ["types", `block b(x: ${"[".repeat(deep)}int) { a }`, "64"],
  ])("%s", (_, text, limit) => {
    const { diagnostics } = parse(source(text));
    expect(diagnostics[0].code).toBe("nesting-too-deep");
    expect(diagnostics[0].message).toContain(`the limit is ${limit}`);
  });

  test("just below the limits", () => {
    expect(mistakes(`let x = ${"(".repeat(63)}1${")".repeat(63)}`)).toEqual([]);
    expect(mistakes(`let x = ${"f(a -> ".repeat(63)}1${")".repeat(63)}`)).toEqual([]);
    expect(mistakes(`let x = 1${" + 1".repeat(190)}`)).toEqual([]);
    expect(mistakes(`model M { a${" -> a".repeat(990)} }`)).toEqual([]);
    expect(mistakes(`model M { x: ${"if (a) b else ".repeat(100)}c }`)).toEqual([]);
  });

  test("a file that is too large", () => expect(mistakes(" ".repeat(SIZE_LIMIT + 1))).toEqual(["1:1 file-too-large"]));

  test("more mistakes than anyone reads", () => {
    const { diagnostics } = parse(source("1\n".repeat(5000)));
    expect(diagnostics.length).toBe(101);
    expect(diagnostics.at(-1)!.message).toBe("only the first 100 mistakes are shown; there are more from here on");
  });
});

/** A small generator of pseudo-random numbers (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test("mutated files never break the parser, and their diagnostics lie in the text", async () => {
  const { samples } = await import("./sources.ts");
  const texts = Object.values(samples);
  const pieces = ["(", ")", "[", "]", "{", "}", "|", "->", ",", ":", "=", "-", "not ", "\n", '"', "'", "if (", "else ", "for (", "input ", "let ", "model ", "0..", "#", "\u0000", "é", "/*", "///", "\\", "?", "..", "import {"];
  const next = random(20_250_101);
  const pick = <X>(list: readonly X[]): X => list[Math.floor(next() * list.length)];
  for (let i = 0; i < 1000; i++) {
    let text = pick(texts);
    for (let edits = 1 + Math.floor(next() * 4); edits > 0; edits--) {
      const at = Math.floor(next() * text.length);
      const length = Math.floor(next() * 12);
      const other = pick(texts);
      const from = Math.floor(next() * other.length);
      text = pick([
        text.slice(0, at) + text.slice(at + length),
        text.slice(0, at) + pick(pieces) + text.slice(at),
        text.slice(0, at) + other.slice(from, from + 30) + text.slice(at),
        text.slice(0, at),
      ]);
    }
    const { file, diagnostics } = parse(source(text));
    expect(file.uri).toBe("net.lwm");
    for (const d of diagnostics) {
      expect(d.span.start).toBeGreaterThanOrEqual(0);
      expect(d.span.end).toBeLessThanOrEqual(text.length);
      for (const { edits } of d.fixes) for (const edit of edits) expect(edit.span.end).toBeLessThanOrEqual(text.length);
    }
  }
});

test("deleting any one token of a file gives few errors", () => {
  const { text } = source(efficientnet);
  const words = [...text.matchAll(/[A-Za-z_]+|[0-9][\w.%]*|->|<=|[^\s\w]/g)].filter((m) => m.index > text.indexOf("model"));
  const counts = words.map((m) => mistakes(text.slice(0, m.index) + text.slice(m.index + m[0].length)).length);
  expect(Math.max(...counts)).toBeLessThanOrEqual(3);
});

describe("signs of other keyboards", () => {
  test.each([
    ["a: conv(16，kernel=3)", ","],
    ["a: conv(3×3)", "*"],
    ["let n = 4 – 3", "-"],
  ])("%s", (statement, right) => {
    const [found] = parse(source(`model M { ${statement} }`)).diagnostics;
    expect([found.code, found.fixes[0].title]).toEqual(["unexpected-character", `write \`${right}\``]);
  });

  test("a name with a letter that names do not have is one name", () => {
    const { file, diagnostics } = parse(source("model M { größe: conv(8) größe -> relu }"));
    expect(diagnostics.map((d) => [d.code, d.notes[0].message])).toEqual(Array.from({ length: 2 }, () => ["unexpected-character", "names are made of the letters a to z and A to Z, digits and `_`"]));
    expect(brief((file.declarations[0] as Model).body)).toBe("{ größe: conv(8) <größe -> relu> }");
  });
});
