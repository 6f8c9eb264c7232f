import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lex } from "../../grammar/lex.ts";
import { Comma } from "../../grammar/tokens.ts";
import { format } from "../../src/compiler/syntax/format.ts";
import { parse } from "../../src/compiler/syntax/parse.ts";
import { bare, samples, source } from "./sources.ts";

function formatted(text: string): string {
  const { text: result, diagnostics } = format(source(text));
  expect(diagnostics).toEqual([]);
  return result!;
}

test.each(Object.entries(samples))("%s is in the one style already", (_, text) => expect(formatted(text)).toBe(text));

describe("style", () => {
  test.each([
    ["blanks and blank lines", "block  b ( x:int=1 ){a->b\n\n\n\nc( y = 2 ,z )}", "block b(x: int = 1) {\n  a -> b\n\n  c(y=2, z)\n}\n"],
    ["an empty body", "block b { }", "block b {}\n"],
    ["a body that was begun on one line stays on it", "block b { x: { a\n b } y: {\n a b } }", "block b {\n  x: { a b }\n  y: {\n    a\n    b\n  }\n}\n"],
    ["a chain that is too wide", `let x = ${"aaaaaaaaaaaaaaaaaaaaaaaaa -> ".repeat(4)}b`, `let x = aaaaaaaaaaaaaaaaaaaaaaaaa\n${"  -> aaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(3)}  -> b\n`],
    ["arguments that do not fit", `let x = f(${"argument_name=1000, ".repeat(6)})`, `let x = f(\n${"  argument_name=1000,\n".repeat(6)})\n`],
    ["arguments with a comma after the last", "let x = f(a,\n b,\n)", "let x = f(\n  a,\n  b,\n)\n"],
    ["a comma after the last that is not needed", "let x = f(a, b,)", "let x = f(a, b)\n"],
    ["an index of a list", "let x = [1,2][ i ]", "let x = [1, 2][i]\n"],
    ["operators", "let x=a+b*-c/2..300/224", "let x = a + b * -c / 2..300 / 224\n"],
    ["a table", "block b { f { | a | longer | c |\n| 1 | x | - |\n| 100 | yy | 2.5 | } }", "block b {\n  f {\n    |   a | longer |   c |\n    |   1 | x      |   - |\n    | 100 | yy     | 2.5 |\n  }\n}\n"],
    ["an if that is too wide", `let x = if (${"a".repeat(50)}) ${"b".repeat(40)} else ${"c".repeat(20)}`, `let x = if (${"a".repeat(50)})\n  ${"b".repeat(40)}\nelse\n  ${"c".repeat(20)}\n`],
    ["line ends", "block b {\r\n  a\r\n\r\n\r\n  b\r\n}\r\n", "block b {\n  a\n\n  b\n}\n"],
    ["nothing", "\n\n", ""],
    ["only a comment", "\n// x  \n", "// x\n"],
  ])("%s", (_, text, expected) => expect(formatted(text)).toBe(expected));
});

describe("comments", () => {
  test.each([
    ["above and beside", "// a\n\n// b\nblock b { // c\n// d\n  a // e\n\n  // f\n}\n// g", "// a\n\n// b\nblock b { // c\n  // d\n  a // e\n\n  // f\n}\n// g\n"],
    ["in arguments", "let x = f( // a\n b, // c\n // d\n e // f\n // g\n)", "let x = f( // a\n  b, // c\n  // d\n  e, // f\n  // g\n)\n"],
    ["in chains", "let x = a // a\n // b\n -> c", "let x = a // a\n  // b\n  -> c\n"],
    ["in tables", "block b { f { // a\n| a | // b\n// c\n\n| 1 | // d\n| /* no */ 2 |\n// e\n} }".replace("/* no */ ", ""), "block b {\n  f { // a\n    | a | // b\n    // c\n\n    | 1 | // d\n    | 2 |\n    // e\n  }\n}\n"],
    ["inside of a row go above it", "block b { f {\n| a | b |\n| 1 | // x\n 2 |\n} }", "block b {\n  f {\n    | a | b |\n    // x\n    | 1 | 2 |\n  }\n}\n"],
    ["where none has a place go to the end of the line", "let // a\nx = b", "let x = b // a\n"],
    ["in empty brackets", "let x = f(\n// a\n)\nblock b {\n// c\n}", "let x = f(\n  // a\n)\nblock b {\n  // c\n}\n"],
  ])("%s", (_, text, expected) => expect(formatted(text)).toBe(expected));
});

test("a file with a syntax error is left as it is", () => {
  const { text, diagnostics } = format(source("block b { f(a b) }"));
  expect(text).toBeUndefined();
  expect(diagnostics.map((d) => d.code)).toEqual(["missing-comma"]);
});

/** Tokens without commas, and comments, of a text. */
function contents(text: string): { readonly tokens: string[]; readonly comments: string[] } {
  const { tokens, comments } = lex(source(text));
  return { tokens: tokens.filter((t) => t.tokenType !== Comma).map((t) => t.image), comments: comments.map((c) => c.image.trimEnd()) };
}

/** A sample with its blanks changed, and comments put between its tokens. */
const disturbed = fc
  .tuple(
    fc.constantFrom(...Object.values(samples)),
    fc.infiniteStream(fc.oneof({ weight: 30, arbitrary: fc.constant("") }, fc.constantFrom(" ", "  ", "\n", "\n\n\n", " // c\n", "\n// own\n", "\n\n  //// x\n"))),
  )
  .map(([text, gaps]) => {
    const next = gaps[Symbol.iterator]();
    const { tokens, comments } = lex(source(text));
    let result = "";
    let end = 0;
    for (const t of [...tokens, ...comments].sort((a, b) => a.startOffset - b.startOffset)) {
      const gap = next.next().value as string;
      const opens = /^[([{]/.test(t.image);
      result += text.slice(end, t.startOffset) + (opens ? gap.replace(/[^ ]/g, "") : gap) + t.image;
      end = t.startOffset + t.image.length;
    }
    return result + text.slice(end);
  });

test("formatting keeps tokens, comments and tree, and formatting again changes nothing", () => {
  fc.assert(
    fc.property(disturbed, (text) => {
      fc.pre(parse(source(text)).diagnostics.length === 0);
      const once = formatted(text);
      expect(formatted(once)).toBe(once);
      expect(contents(once).tokens).toEqual(contents(text).tokens);
      expect(contents(once).comments.toSorted()).toEqual(contents(text).comments.toSorted());
      const withoutDocs = (t: string) => JSON.stringify(bare(parse(source(t)).file), (k, v: unknown) => (k === "doc" ? undefined : v));
      expect(withoutDocs(once)).toBe(withoutDocs(text));
    }),
    { numRuns: 200, seed: 7 },
  );
});
