import { describe, expect, test } from "vitest";
import { diagnostic } from "../../src/compiler/diagnostics/diagnostic.ts";
import { render, renderAll, toJson } from "../../src/compiler/diagnostics/render.ts";
import { span, type Source } from "../../src/compiler/source.ts";
import { source } from "./sources.ts";

const plain = { color: false } as const;

function over(text: string, marked: string, extra: Parameters<typeof diagnostic>[3] = {}, s: Source = source(text)) {
  const start = text.indexOf(marked);
  return diagnostic("missing-comma", span(s.uri, start, start + marked.length), {}, extra);
}

test("a diagnostic with its line, a label, remarks and a way out", () => {
  const text = `${"\n".repeat(26)}  budget { params <= 12M, macs <= 1.9G }\n`;
  const s: Source = { uri: "efficientnet.lwm", text };
  const d = over(text, "params <= 12M", {
    label: "12,233,232 parameters, 233,232 too many",
    notes: [{ message: "most of them: stages.5 (6 mbconv, 38%), stages.6 (27%), dense (13%)" }],
    fixes: [{ title: "width=1.18 fits (11,745,842)", edits: [] }],
  }, s);
  expect(render(d, () => s, plain)).toBe(`error[missing-comma]: a \`,\` is missing here
  --> efficientnet.lwm:27:12
   |
27 |   budget { params <= 12M, macs <= 1.9G }
   |            ^^^^^^^^^^^^^ 12,233,232 parameters, 233,232 too many
   |
   = most of them: stages.5 (6 mbconv, 38%), stages.6 (27%), dense (13%)
   = help: width=1.18 fits (11,745,842)`);
});

describe("frames", () => {
  const underlined = (text: string, marked: string, width?: number) => {
    const s = source(text);
    return render(over(text, marked), () => s, { color: false, ...(width === undefined ? {} : { width }) }).split("\n").slice(-2);
  };
  test("tabs", () => expect(underlined("\ta\tb c", "b")).toEqual([" 1 |     a   b c", "   |         ^"]));
  test("wide and combining characters", () => expect(underlined('"日本e\u0301😀" x', "x")).toEqual([' 1 | "日本e\u0301😀" x', "   |           ^"]));
  test("several lines are underlined to the end of the first", () => expect(underlined("a { b\n c }", "{ b\n c }")).toEqual([" 1 | a { b", "   |   ^^^"]));
  test("the end of the file", () => {
    const s = source("a {\n");
    expect(render(diagnostic("semicolon", span(s.uri, 3, 3), {}), () => s, plain).split("\n").slice(-2)).toEqual([" 1 | a {", "   |    ^"]);
    expect(render(diagnostic("semicolon", span(s.uri, 4, 4), {}), () => s, plain).split("\n").slice(-2)).toEqual([" 2 |", "   | ^"]);
    expect(render(diagnostic("semicolon", span(s.uri, 99, 120), {}), () => s, plain)).toContain("net.lwm:2:1");
  });
  test("a long line is cut around the place", () => {
    const [line, marks] = underlined(`${"a ".repeat(200)}HERE ${"b ".repeat(200)}`, "HERE", 60);
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe("HERE");
    expect(line).toMatch(/\| ….*…$/);
  });
  test("control characters cannot steer the terminal", () => {
    const s = source("a \u001b[31m b");
    const d = diagnostic("unexpected-character", span(s.uri, 2, 3), { characters: "\u001b" });
    expect(render(d, () => s, plain)).not.toContain("\u001b");
    expect(render(d, () => s, plain)).toContain("\\u{1b}");
  });
  test("windows line ends", () => expect(underlined("a\r\nb c\r\n", "c")).toEqual([" 2 | b c", "   |   ^"]));
});

test("notes with a place have a frame of their own, and widen the margin", () => {
  const a = source("x\n", "a.lwm");
  const b = source(`${"\n".repeat(1233)}block y { z }\n`, "b.lwm");
  const d = diagnostic("semicolon", span("a.lwm", 0, 1), {}, { notes: [{ message: "in `y`", span: span("b.lwm", 1239, 1240) }, { message: "elsewhere", span: span("c.lwm", 1, 2) }] });
  expect(render(d, (uri) => [a, b].find((s) => s.uri === uri), plain)).toBe(`error[semicolon]: statements need no \`;\`
    --> a.lwm:1:1
     |
   1 | x
     | ^
note: in \`y\`
    --> b.lwm:1234:7
     |
1234 | block y { z }
     |       ^
note: elsewhere
    --> c.lwm`);
});

test("colour is only around the text", () => {
  const s = source("a;b");
  const d = diagnostic("semicolon", span(s.uri, 1, 2), {}, { label: "here", fixes: [{ title: "delete it", edits: [] }] });
  const colored = render(d, () => s, { color: true });
  // oxlint-disable-next-line no-control-regex
  expect(colored.replace(/\u001b\[[0-9;]*m/g, "")).toBe(render(d, () => s, plain));
  expect(colored).toContain("\u001b[1;31merror[semicolon]\u001b[0m");
});

test("several", () => {
  const s = source("a;b");
  const d = diagnostic("semicolon", span(s.uri, 1, 2), {});
  expect(renderAll([d, d], () => s, plain)).toBe(`${render(d, () => s, plain)}\n\n${render(d, () => s, plain)}\n`);
  expect(renderAll([], () => s, plain)).toBe("");
});

test("as data, from 1", () => {
  const s = source("a\nb;c");
  const at = span(s.uri, 3, 4);
  const d = diagnostic("semicolon", at, {}, { notes: [{ message: "n" }], fixes: [{ title: "delete it", edits: [{ span: at, text: "" }] }] });
  const place = { file: "net.lwm", line: 2, column: 2, endLine: 2, endColumn: 3 };
  expect(toJson(d, () => s)).toEqual({
    code: "semicolon", severity: "error", message: "statements need no `;`", ...place, notes: [{ message: "n" }], fixes: [{ title: "delete it", edits: [{ ...place, text: "" }] }],
  });
  expect(toJson(d, () => undefined)).toMatchObject({ file: "net.lwm", code: "semicolon" });
});
