import { describe, expect, test } from "vitest";
import type { Block, Let, Model } from "../../src/compiler/syntax/ast.ts";
import { parse } from "../../src/compiler/syntax/parse.ts";
import { bare, brief, efficientnet, facts, library, samples, source, squeezenet } from "./sources.ts";

function declarations(text: string) {
  const { file, diagnostics } = parse(source(text));
  expect(diagnostics.map((d) => d.message)).toEqual([]);
  return file.declarations;
}

function expression(text: string): string {
  return brief((declarations(`let x = ${text}`)[0] as Let).value);
}

function body(text: string): string {
  return brief((declarations(`block b {\n${text}\n}`)[0] as Block).body);
}

describe("whole files", () => {
  test("EfficientNet: a table, scaling, a budget", () => {
    const [network, b0, b3] = declarations(efficientnet) as Model[];
    expect(network.doc).toBe("EfficientNet (Tan & Le, 2019): one baseline network, scaled by one coefficient.");
    expect(network.params.map((p) => p.name.name)).toEqual(["phi", "classes", "drop"]);
    expect(network.body!.statements.map((s) => s.kind)).toEqual(["input", "label", "label", "label", "output"]);
    expect(brief(network.body!.statements[2])).toBe(
      "stages: mbconv(act=swish, scale=phi){| expand kernel stride out repeat | 1 3 1 16 1 | 6 3 2 24 2 | 6 5 2 40 2 | 6 3 2 80 3 | 6 5 1 112 3 | 6 5 2 192 4 | 6 3 1 320 1 |}",
    );
    expect(brief(b0.value)).toBe("EfficientNet()");
    expect(brief(b3.value)).toBe("EfficientNet(phi=scaling(width=1.2, depth=1.4, resolution=(300 / 224))){ budget }");
  });

  test("SqueezeNet: chains and repetitions", () => {
    const [network] = declarations(squeezenet) as Model[];
    expect(brief(network.body!.statements[2])).toBe("fire2: <(fire(16, 64) * 2) -> maxpool(3, stride=2, ceil=true)>");
  });

  test("blocks of the library", () => {
    const [fire, residual, mbconv] = declarations(library) as Block[];
    expect(brief(fire.body)).toBe(
      "{ <conv2d(squeeze, kernel=1) -> relu> concat(<conv2d(expand, kernel=1) -> relu>, <conv2d(expand3, kernel=3) -> relu>) }",
    );
    expect(brief(residual.body)).toBe("{ if(when; add(in, body); body) }");
    expect(mbconv.params.map((p) => p.role)).toEqual([undefined, undefined, undefined, undefined, "first", undefined, undefined]);
    expect(brief(mbconv.body.statements[0])).toMatch(/^residual\(when=\(\(stride == 1\) and \(in.channels == out\)\)\)\{ if\(\(hidden != in.channels\);/);
  });

  test("facts, imports, holes, words in every place", () => {
    const { file, diagnostics } = parse(source(facts));
    expect(diagnostics).toEqual([]);
    expect(file.imports.map((i) => [i.names.map((n) => n.name), i.from!.value])).toEqual([[["ghost", "other"], "./ghost.lwm"]]);
    const everything = file.declarations[2] as Model;
    expect(bare(everything.params[0].range)).toMatchObject({ low: { value: 0.25 }, high: { value: 2 }, step: { value: 0.05 } });
    expect(everything.params[1].type).toMatchObject({ kind: "enum", options: [{ name: "torchvision" }, { name: "keras" }] });
    expect(everything.body!.statements.map((s) => s.kind)).toEqual([
      "input", "label", "defaults", "shared", "let", "require", "expr", "label", "label", "expr",
    ]);
    expect(everything.body!.statements[3]).toMatchObject({ doc: "One tower." });
    expect(everything.body!.statements[5]).toMatchObject({ message: { value: 'tab\t quote " {n} \u{1F600}' } });
  });

  test.each(Object.entries(samples))("every span of %s covers its own text", (_, text) => {
    const { file } = parse(source(text));
    const visit = (node: unknown, outer: { start: number; end: number }): void => {
      if (typeof node !== "object" || node === null) return;
      const { span, ...rest } = node as { span?: { start: number; end: number } };
      if (span) {
        expect(span.start).toBeGreaterThanOrEqual(outer.start);
        expect(span.end).toBeLessThanOrEqual(outer.end);
        expect(text.slice(span.start, span.end).trim()).toBe(text.slice(span.start, span.end));
      }
      const parts = rest as Record<string, unknown>;
      if (typeof parts.name === "string" && span && parts.kind === undefined) expect(text.slice(span.start, span.end)).toBe(parts.name);
      for (const child of Object.values(parts)) visit(child, span ?? outer);
    };
    for (const declaration of file.declarations) visit(declaration, { start: 0, end: text.length });
  });
});

describe("expressions", () => {
  test.each([
    ["1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"],
    ["a or b and not c == d", "(a or (b and (not (c == d))))"],
    ["not a and b", "((not a) and b)"],
    ["-a.b * -3", "((- a.b) * (- 3))"],
    ["0..n - 1", "(0 .. (n - 1))"],
    ["0.25..2", "(0.25 .. 2)"],
    ["a - b - c", "((a - b) - c)"],
    ["not not a", "(not (not a))"],
    ["(a) * 2", "(paren(a) * 2)"],
    ["a(1)(b=2)[3].c", "a(1)(b=2)[3].c"],
    ["a -> { b } * 3 -> c", "<a -> ({ b } * 3) -> c>"],
    ["if (a) b -> c else d -> e", "if(a; <b -> c>; <d -> e>)"],
    ["if (a) { b } else { c } -> d", "<if(a; { b }; { c }) -> d>"],
    ["if (a) b else if (c) d else e", "if(a; b; if(c; d; e))"],
    ["f { g }", "f{ g }"],
    ["[1, [2,], ?]", "[1, [2], ?]"],
    ["-[1, 2][i] + [[3], [4]][0][0] + (a)[1]", "(((- [1, 2][i]) + [[3], [4]][0][0]) + paren(a)[1])"],
    ["3.5M + 96KiB + 25% + 1_000 + 2e-3", "((((3.5M + 96KiB) + 25%) + 1000) + 0.002)"],
    ["a.in.it.if.model", "a.in.it.if.model"],
    ["f(in=1, if=2, or_=3, true=true)", "f(in=1, if=2, or_=3, true=true)"],
  ])("%s", (text, expected) => expect(expression(text)).toBe(expected));

  test("a comparison of a chain's last link is that link's", () => expect(expression("a -> b == c")).toBe("<a -> (b == c)>"));
});

describe("words", () => {
  test("any word is a label, a member, an argument, a column, a parameter", () => {
    for (const word of ["input", "in", "it", "if", "for", "first", "ramp", "step", "from", "model", "block", "budget", "not", "true", "let", "require", "target"]) {
      expect(body(`${word}: f(${word}=1).${word}`)).toBe(`{ ${word}: f(${word}=1).${word} }`);
      expect(body(`f {\n| ${word} | b |\n| 1 | 2 |\n}`)).toBe(`{ f{| ${word} b | 1 2 |} }`);
      const [block] = declarations(`block b(${word}: int = 1, first ${word}: int) { a }`) as Block[];
      expect(block.params.map((p) => [p.role, p.name.name])).toEqual([[undefined, word], ["first", word]]);
    }
  });

  test("a statement's keyword is a name where it starts no statement", () => {
    expect(body("f(target, input) -> output\ntarget -> budget.x")).toBe("{ <f(target, input) -> output> <target -> budget.x> }");
  });

  test("a cell can be a constant, a keyword it is not", () => expect(body("f {\n| a | b |\n| true | in |\n}")).toBe("{ f{| a b | true in |} }"));
});

test("newlines mean nothing", () => {
  for (const text of Object.values(samples)) {
    const flat = text.replace(/\/\/[^\n]*/g, "").replace(/\s+/g, " ");
    const strip = (t: string) => JSON.stringify(bare(parse(source(t)).file), (k, v: unknown) => (k === "doc" ? undefined : v));
    expect(parse(source(flat)).diagnostics).toEqual([]);
    expect(strip(flat)).toBe(strip(text));
  }
});

test("a line goes on with a leading arrow or operator", () => expect(body("a\n  -> b\nlet c = d\n  * 2")).toBe("{ <a -> b> let c = (d * 2) }"));

test("a bracket on a line of its own is the author's inside of parentheses, and where a body must come", () => {
  expect(body("f(\n  a\n  (1),\n  [2]\n)")).toBe("{ f(a(1), [2]) }");
  expect(body("for (i in 0..1)\n{ a }\nif (c)\n{ b }\nelse\n{ d }")).toBe("{ for(i; (0 .. 1); { a }) if(c; { b }; { d }) }");
});

test("documentation is what stands right in front", () => {
  const text = "/// remark\n\n/// one\n///  two\nmodel M { a }\n// not this\n//// nor this\nlet x = 1 /// nor this\nlet y = 2\n";
  const [m, x, y] = declarations(text) as (Model | Let)[];
  expect([m.doc, x.doc, y.doc]).toEqual(["one\n two", undefined, undefined]);
});
