/** Mistakes that people make who come from papers and other frameworks: one message each, at its place, with the way out. */
import { describe, expect, test } from "vitest";
import { compileText } from "../library/network.ts";
import { elaborateText, listed } from "../program.ts";
import { suggest } from "../../src/compiler/diagnostics/suggest.ts";

/** A model around the statements; what is wrong with it, and the help. */
function said(statements: string, around = ""): readonly string[] {
  const { diagnostics } = elaborateText(`${around}\nmodel M {\n  input x: [3, 32, 32]\n  ${statements}\n}`);
  return diagnostics.map((d) => [`${d.code}: ${d.message}`, ...d.fixes.map((fix) => fix.title), ...d.notes.filter((note) => !note.span).map((note) => note.message)].join("; "));
}

describe("did you mean", () => {
  test.each([
    ["widht", ["width", "depth"], "width"],
    ["kernel_size", ["out", "kernel"], "kernel"],
    ["padding", ["out", "pad"], "pad"],
    ["maxpool2d", ["maxpool", "avgpool"], "maxpool"],
    ["BatchNorm", ["batchnorm"], "batchnorm"],
    ["silu", ["swish", "relu"], "swish"],
    ["True", ["true"], "true"],
    ["t", ["out", "expand"], "expand"],
  ])("%s of %j: %s", (word, candidates, meant) => expect(suggest(word, candidates)).toBe(meant));

  test("a word of one or two letters is like no other", () => {
    expect(suggest("y", ["x"])).toBeUndefined();
    expect(suggest("nn", ["in"])).toBeUndefined();
  });

  test("where nothing is near, the parameters are listed", () => {
    expect(said("classifier(10, softmax=true)")).toEqual(["unknown-argument: `classifier` has no parameter `softmax`; `classifier` has `classes`, `drop`, `as_conv`, `scale`"]);
  });
});

describe("one mistake, one message", () => {
  test("MobileNetV2's own column names", () => {
    expect(said("mbconv {\n | t | c | n | s |\n | 1 | 16 | 1 | 1 |\n | 6 | 24 | 2 | 2 | }")).toEqual([
      "unknown-column: the column `t` is no parameter of `mbconv`; did you mean `expand`?",
      "unknown-column: the column `c` is no parameter of `mbconv`; did you mean `out`?",
      "unknown-column: the column `n` is no parameter of `mbconv`; did you mean `repeat`?",
      "unknown-column: the column `s` is no parameter of `mbconv`; did you mean `stride`?",
    ]);
  });
  test.each([
    ["conv(filters=8)", "unknown-argument: `conv` has no parameter `filters`; did you mean `out`?"],
    ['conv(8, act="relu")', "type-mismatch: expected a layer, found a string; write `relu` without quotes"],
    ["conv(8, pad=SAME)", "unknown-name: unknown name `SAME`; did you mean `same`?"],
    ["conv2d(8, stride=0)", "out-of-range: `stride` is 0, and must be at least 1"],
    ["relu(6)", "takes-no-arguments: `relu` takes no arguments"],
    ["add(in, it)", "in-outside-block: `in` is the input of a block, and this is in none; write `x`"],
    ["reshape([3, 4.5])", "type-mismatch: expected a list, each item an int, found the float 4.5 in it"],
    ["y = conv(8)\n  add(y, y)", "assignment: `y` is not assigned to; a result is named `y: …`, a value `let y = …`; name a layer's result: `y: …`; name a value: `let y = …`"],
    ["n = 8\n  conv(n)", "assignment: `n` is not assigned to; a result is named `n: …`, a value `let n = …`; name a layer's result: `n: …`; name a value: `let n = …`"],
    ["residual { { relu conv(3) } * 3 }", "statement-start: a statement starts with a word; found `{`; braces in a sequence need a label: `part: { … } * 3`"],
    ["mbconv {\n | expand | out |\n | 6 | | }", "empty-cell: this cell is empty; what is not given is written `-`; write `-`"],
  ])("%s", (statements, message) => expect(said(statements)).toEqual([message]));

  test("what an import that failed would have brought is not unknown besides", () => {
    expect(said("stem(3) -> relu", 'import { stem } from "./none.lwm"')).toEqual(["import-not-found: cannot find `./none.lwm`"]);
  });
  test("an import without names", () => {
    expect(listed(elaborateText('import "./none.lwm"\nmodel M { input x: [3, 8, 8] relu }').diagnostics)).toEqual(['unexpected-token: expected the names in braces, as in `import { ghost } from "./ghost.lwm"`, found the string "./none.lwm"']);
  });
  test("after a wrong name the next lines are read", () => {
    expect(said("conf(8)\n  conv(kernel=3)\n  relux")).toEqual(["unknown-name: unknown name `conf`; did you mean `conv`?", "missing-argument: `conv` needs `out`", "unknown-name: unknown name `relux`; did you mean `relu`?"]);
  });
  test("a block that uses itself without end is shown in six steps", () => {
    const { diagnostics } = elaborateText("block f(n: int) { relu f(n + 1) }\nmodel M { input x: [3, 8, 8] f(1) }");
    expect(diagnostics.map((d) => d.code)).toEqual(["expansion-limit"]);
    expect(diagnostics[0].notes.map((note) => note.message)).toEqual(["in `f`", "in `f`", "in `f`", "in `f`", "58 blocks further out, in `f`", "in `f`"]);
  });
});

describe("what is meant is taken", () => {
  test("a number as the default of a tensor", () => {
    expect(said("f", "block f(a: tensor = 0.5) { add(in, a) }")).toEqual([]);
  });
  test("a split into one part is a tensor", () => {
    expect(said("parts: split(1)\n  relu")).toEqual([]);
  });
});

test("a name that is bound twice, and one used outside of its braces: where it was bound, once for each name", () => {
  const text = "model M(width: int = 8) {\n  input x: [3, 32, 32]\n  a: conv(width)\n  a: conv(8)\n  let width = 3\n  if (true) { inner: conv(8) }\n  add(inner, inner)\n  mul(inner, x)\n}\nblock M { conv(8) }\n";
  const { diagnostics } = elaborateText(text);
  const lineOf = (at: number) => text.slice(0, at).split("\n").length;
  expect(diagnostics.map((d) => [lineOf(d.span.start), d.code, d.notes.map(({ span }) => lineOf(span!.start))])).toEqual([
    [10, "duplicate-name", [1]],
    [4, "duplicate-name", [3]],
    [5, "duplicate-name", [1]],
    [7, "unknown-name", [6]],
  ]);
});

test("a list of means of another length than the channels", () => {
  const { diagnostics } = elaborateText("model M {\n  input x(mean=[1, 2], std=[[1], [2], [3]]): [3, 32, 32]\n  conv(8)\n}");
  expect(listed(diagnostics)).toEqual([
    "type-mismatch: expected `mean` to be one number, or a list of 3, one for each channel, found a list of 2",
    "type-mismatch: expected `std` to be one number, or a list of 3, one for each channel, found lists in the list",
  ]);
});

describe("what follows from a line that cannot be read is not said", () => {
  test.each([
    ["conv 16", "3 statement-start: write `conv(16)`"],
    ["if (x = 3) { conv(16) }", "3 unexpected-token: compare with `==`"],
    ["conv2d([16, 32] [0])", "3 missing-comma: put a comma"],
    ["conv 16\n  conv(8, kernal=3)", "3 statement-start: write `conv(16)`, 4 unknown-argument: did you mean `kernel`?"],
  ])("%s", async (statements, expected) => {
    const text = `model M {\n  input x: [3, 32, 32]\n  ${statements}\n}`;
    const { diagnostics } = await compileText(text);
    expect(diagnostics.map((d) => `${text.slice(0, d.span.start).split("\n").length} ${d.code}: ${d.fixes.map(({ title }) => title).join(", ")}`).join(", ")).toBe(expected);
  });
});
