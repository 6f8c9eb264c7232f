/** The rules of the language, each by what it makes: paths, shapes, values. */
import { describe, expect, test } from "vitest";
import type { Model } from "../../src/compiler/elaborate/model.ts";
import { divisible, roundHalfEven } from "../../src/compiler/elaborate/builtins.ts";
import { elaborateText, listed, modelOf } from "../program.ts";

/** `path [shape]` of every layer. */
function layers(model: Model): readonly string[] {
  return model.graph.nodes.map((node) => `${node.path} [${node.outputs[0].shape!.join(", ")}]`);
}
function body(statements: string, input = "[4, 8, 8]"): readonly string[] {
  return layers(modelOf(`model M { input x: ${input} ${statements} }`));
}
function messages(statements: string, around = ""): readonly string[] {
  return listed(elaborateText(`${around} model M { input x: [4, 8, 8] ${statements} }`).diagnostics);
}

describe("paths", () => {
  test("a segment is the label, else the name; the second of a name is numbered", () => {
    expect(body("conv2d(8) relu conv2d(9) a: conv2d(7) b: { relu6 tanh }")).toEqual(["conv2d [8, 8, 8]", "relu [8, 8, 8]", "conv2d_2 [9, 8, 8]", "a [7, 8, 8]", "b.relu6 [7, 8, 8]", "b.tanh [7, 8, 8]"]);
  });
  test("a numbered name does not collide with a label", () => {
    expect(body("relu relu_2: tanh relu relu")).toEqual(["relu [4, 8, 8]", "relu_2 [4, 8, 8]", "relu_3 [4, 8, 8]", "relu_4 [4, 8, 8]"]);
  });
  test("repetitions, loops and tables add indices, also for one", () => {
    expect(body("a: relu * 1 tail: { relu tanh } * 2 for (i in 1..2) { conv2d(i) }")).toEqual([
      "a.0 [4, 8, 8]",
      "tail.0.relu [4, 8, 8]",
      "tail.0.tanh [4, 8, 8]",
      "tail.1.relu [4, 8, 8]",
      "tail.1.tanh [4, 8, 8]",
      "for.1.conv2d [1, 8, 8]",
      "for.2.conv2d [2, 8, 8]",
    ]);
    expect(body("s: conv2d { | out | label | repeat |\n | 5 | - | 2 |\n | 6 | wide | 1 | }")).toEqual(["s.0.0 [5, 8, 8]", "s.0.1 [5, 8, 8]", "s.wide.0 [6, 8, 8]"]);
  });
  test("`if`, `let` and `->` add nothing; a trailing body belongs to the block that wrote it", () => {
    expect(body("let n = 4 if (n == 4) { relu -> tanh } residual { c: conv2d(n) } r: residual { c: conv2d(n) }")).toEqual([
      "relu [4, 8, 8]",
      "tanh [4, 8, 8]",
      "c [4, 8, 8]",
      "residual.add [4, 8, 8]",
      "r.c [4, 8, 8]",
      "r.add [4, 8, 8]",
    ]);
  });
  test("the issue's own example", () => {
    const model = modelOf("model M { input x: [16, 8, 8] stages: mbconv { | out | expand | stride | repeat |\n | 16 | 1 | 1 | 1 |\n | 24 | 6 | 2 | 2 | } }");
    expect(model.graph.nodes.flatMap((n) => n.weights.map((w) => w.name))).toContain("stages.1.0.expand_conv.conv2d.weight");
  });
});

describe("tensors and layers", () => {
  test("labels inside a block, rows of a table and repetitions are reached by path", () => {
    expect(body("t: { a: conv2d(5) conv2d(6) } s: conv2d { | out |\n | 7 |\n | 8 | } r: conv2d(9) * 2 concat(t.a, s[0], r[0])").at(-1)).toBe("concat [21, 8, 8]");
  });
  test("`in` is the block's input, through braces; `it` the current tensor", () => {
    const around = "block b { conv2d(5) { require it.channels == 5 require in.channels == 4 } conv2d(it.channels + in.channels) }";
    expect(messages("b", around)[0]).toContain("takes-no-body");
    expect(layers(modelOf("block b { conv2d(5) if (true) { require it.channels == 5 require in.channels == 4 } conv2d(it.channels + in.channels) } model M { input x: [4, 8, 8] b }")).at(-1)).toBe("b.conv2d_2 [9, 8, 8]");
  });
  test("a layer can be passed, completed and composed", () => {
    expect(layers(modelOf("block twice(f: layer) { f(out=6) -> f(out=7) } model M { input x: [4, 8, 8] let g = conv2d(kernel=1) twice(g) }"))).toEqual(["twice.conv2d [6, 8, 8]", "twice.conv2d_2 [7, 8, 8]"]);
  });
  test("shared layers make their weights once", () => {
    const model = modelOf("model M { input a: [4, 8, 8] input b: [4, 8, 8] shared tower: { conv2d(6) relu } p: a -> tower q: b -> tower sub(p, q) }");
    const weights = model.graph.nodes.flatMap((n) => n.weights.map((w) => w.name));
    expect(weights).toEqual(["tower.conv2d.weight", "tower.conv2d.bias", "tower.conv2d.weight", "tower.conv2d.bias"]);
    expect(new Set(model.graph.nodes.map((n) => n.path)).size).toBe(model.graph.nodes.length);
  });
  test("split gives a list; adding more than two folds from the left; numbers are constants", () => {
    expect(body("h: split(2) add(h[0], h[1], 1)")).toEqual(["h [2, 8, 8]", "constant []", "add [2, 8, 8]", "add_2 [2, 8, 8]"]);
  });
  test("two heads share a trunk; an output leaves the tensor alone", () => {
    const model = modelOf("model M { input x: [4, 8, 8] conv2d(8) output a: global_avgpool -> dense(3) output b: conv2d(2) }");
    expect(model.graph.outputs.map((o) => [o.name, o.tensor.shape])).toEqual([["a", [3]], ["b", [2, 8, 8]]]);
  });
});

describe("scaling", () => {
  test("channels written in the call are scaled and rounded, defaults and other layers are not; counts by depth, sides by resolution", () => {
    const model = modelOf("block b(out: channels, extra: channels = 10, n: int = 3) { conv2d(out) conv2d(extra) } model M { let s = scaling(width=1.5, depth=1.1, resolution=1.1) input x(scale=s): [3, 10, 20] b(20, scale=s) * 2 }");
    expect(model.graph.inputs[0].tensor.shape).toEqual([3, 11, 22]);
    expect(layers(model)).toEqual([0, 1, 2].flatMap((i) => [`b.${i}.conv2d [32, 11, 22]`, `b.${i}.conv2d_2 [10, 11, 22]`]));
  });
  test("a factor of 1 changes nothing, not even by rounding", () => {
    expect(body("conv2d(13, scale=scaling(depth=2))")).toEqual(["conv2d [13, 8, 8]"]);
  });
  test("`scale` can be a column; a cell wins over the head; `-` is not given", () => {
    expect(body("s: conv2d(kernel=1) { | out | scale | kernel |\n | 8 | scaling(width=2) | 3 |\n | 8 | - | - | }")).toEqual(["s.0 [16, 8, 8]", "s.1 [8, 8, 8]"]);
  });
  test("first holds for the first of a repetition, ramp grows over the whole table", () => {
    const model = modelOf("block b(first stride: int = 1, ramp rate: float = 0) { conv2d(4, stride=stride) dropout(rate) } model M { input x: [4, 8, 8] s: b(rate=0.4) { | stride | repeat |\n | 2 | 2 |\n | 2 | 2 | } }");
    expect(model.graph.nodes.filter((n) => n.op.name === "dropout").map((n) => n.attrs.rate)).toEqual([0, 0.1, 0.2, 0.30000000000000004]);
    expect(layers(model).filter((l) => l.includes("conv2d"))).toEqual(["s.0.0.conv2d [4, 4, 4]", "s.0.1.conv2d [4, 4, 4]", "s.1.0.conv2d [4, 2, 2]", "s.1.1.conv2d [4, 2, 2]"]);
  });
  test("compound scaling is the paper's formula", () => {
    const model = modelOf("model M { let s = compound(2) input x: [3, 8, 8] conv2d(round(s.width * 1000)) conv2d(round(s.depth * 1000)) conv2d(round(s.resolution * 10000)) }");
    expect(model.graph.nodes.map((n) => n.attrs.out)).toEqual([1210, 1440, 13225]);
  });
});

describe("readings and defaults", () => {
  test("defaults hold for the rest of the body and what it calls; explicit arguments win", () => {
    const model = modelOf("block b { batchnorm } model M { input x: [4, 8, 8] b defaults batchnorm(eps=0.5) b batchnorm(eps=0.25) }");
    expect(model.graph.nodes.map((n) => n.attrs.eps)).toEqual([1e-5, 0.5, 0.25]);
  });
  test("words of an enum are compared bare, and a wrong one is found", () => {
    expect(messages("b(reading=keras)", "block b(reading: torchvision | keras = torchvision) { require reading == keras }")).toEqual([]);
    expect(messages("b", "block b(reading: torchvision | keras = torchvision) { require reading == kears }")[0]).toContain("unknown-word");
  });
});

describe("values", () => {
  test("numbers take multipliers and units", () => {
    const value = (text: string) => modelOf(`model M { input x: [4, 8, 8] conv2d(${text}) }`).graph.nodes[0].attrs.out;
    expect(value("1_000")).toBe(1000);
    expect(value("0.25k")).toBe(250);
    expect(value("25% * 8")).toBe(2);
    expect(value("4KiB / 1KiB")).toBe(4);
    expect(messages("conv2d(4KiB)")[0]).toContain("unit-mismatch");
  });
  test("divisible is make_divisible, with its 10 % rule; round is half to even", () => {
    expect([9, 10, 11, 18, 19, 27, 32, 35.84, 8.96].map((v) => divisible(v, 8))).toEqual([16, 16, 16, 24, 24, 32, 32, 40, 16]);
    expect([0.5, 1.5, 2.5, 3.5, -1.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 4, -2, 2, 3]);
  });
  test("a stride pair equals an int where both its sides do", () => {
    expect(messages("b(stride=[1, 1])", "block b(stride: pair) { require stride == 1 }")).toEqual([]);
    expect(messages("b(stride=[2, 1])", "block b(stride: pair) { require stride == 1 }")[0]).toContain("requirement-failed");
  });
  test("budgets carry their unit and limit", () => {
    const { limits } = modelOf("model M { input x: [4, 8, 8] relu budget { params <= 3.3M, weights < 4MiB } }");
    expect(limits.map(({ metric, op, limit }) => [metric, op, limit])).toEqual([["params", "<=", 3_300_000], ["weights", "<", 4_194_304]]);
  });
});

describe("endless growth ends in an error that states its limit", () => {
  test.each([
    ["recursion", "block b { b } model M { input x: [4, 8, 8] b }", "64 nested uses of blocks"],
    ["mutual recursion through braces", "block a { residual { b } } block b { residual { a } } model M { input x: [4, 8, 8] a }", "64 nested uses of blocks"],
    ["a long loop", "model M { input x: [4, 8, 8] for (i in 0..1000000000) { identity } }", "steps"],
    ["a long repetition", "model M { input x: [4, 8, 8] { relu } * 1000000000 }".replace("{ relu }", "r: { relu }"), "layers"],
    ["doubling", `${Array.from({ length: 40 }, (_, i) => `block d${i} { ${i === 0 ? "relu" : `d${i - 1} d${i - 1}`} }`).join(" ")} model M { input x: [4, 8, 8] d39 }`, "20,000 layers"],
  ])("%s", (_name, text, limit) => {
    const found = listed(elaborateText(text).diagnostics);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("expansion-limit");
    expect(found[0]).toContain(limit);
  });
  test("tensors beyond all measure", () => {
    expect(listed(elaborateText("model M { input x(mean=1): [900000000, 8, 8] relu }").diagnostics)[0]).toContain("out-of-range");
    expect(listed(elaborateText("model M { input x: [900000000, 80000, 80000] relu }").diagnostics)[0]).toContain("the limit is 2^40");
    expect(listed(elaborateText("model M { input x: [1, 1, 900000000] adaptive_avgpool([1, 700000001]) budget { flops <= 1 } }").diagnostics)).toEqual([]);
    expect(messages("conv2d(1000000000000000)")[0]).toContain("the limit is 2^40");
    expect(messages("conv2d(4, kernel=1000000000000, pad=half)")[0]).toContain("shape-mismatch");
  });
});
