import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/backends/weights/evaluate.ts";
import { memoryStore } from "../../src/backends/weights/store.ts";
import type { Graph, Tensor } from "../../src/compiler/ir/graph.ts";
import { elements } from "../../src/compiler/ir/shape.ts";
import type { OpName } from "../../src/compiler/ops/index.ts";
import { deployed, dropRegularization, foldBatchnorm, foldConstants, fuseActivation, prune, rewrite, unfused } from "../../src/compiler/passes/index.ts";
import { conv, mobilenetV2, net, parts, type Net } from "../graphs.ts";
import { run, weightValues, type Weights } from "../reference-ops.ts";

const names = (graph: Graph) => graph.nodes.map((node) => (node.activation ? `${node.op.name}+${node.activation.op.name}` : node.op.name));

/** Numbers from 0 to 1 that depend on the seed alone. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Weights by name, variances positive; the same name always gives the same numbers. */
function someWeights(...graphs: readonly Graph[]): Weights {
  const sizes = new Map(graphs.flatMap((g) => g.nodes.flatMap((node) => node.weights.map((w) => [w.name, w] as const))));
  return {
    get(name) {
      const weight = sizes.get(name)!;
      const next = random([...name].reduce((hash, c) => (Math.imul(hash, 31) + c.charCodeAt(0)) | 0, 7));
      return Float64Array.from({ length: elements(weight.shape) }, () => (weight.role === "var" ? 0.5 + next() : next() - 0.5));
    },
  };
}

function expectSame(before: Graph, after: Graph, seed = 1): void {
  const next = random(seed);
  const inputs = Object.fromEntries(before.inputs.map(({ name, tensor }) => [name, Float64Array.from({ length: elements(tensor.shape!) }, () => 2 * next() - 1)]));
  const weights = someWeights(before);
  const a = run(before, inputs, weights);
  const b = run(after, inputs, weights);
  expect(Object.keys(b)).toEqual(Object.keys(a));
  for (const name of Object.keys(a)) {
    expect(b[name].shape).toEqual(a[name].shape);
    const largest = Math.max(1, ...a[name].data.map(Math.abs));
    a[name].data.forEach((value, i) => expect(Math.abs(b[name].data[i] - value) / largest).toBeLessThan(1e-9));
  }
}

describe("folding of batch norms", () => {
  const cases: readonly (readonly [OpName, Record<string, unknown>])[] = [
    ["conv2d", { out: 4 }],
    ["conv2d", { out: 6, groups: 2, bias: false, stride: 2 }],
    ["depthwise", { multiplier: 2, bias: false }],
    ["conv_transpose2d", { out: 4, stride: 2, pad: "valid" }],
    ["conv_transpose2d", { out: 6, groups: 2, bias: false }],
  ];
  test.each(cases)("%s %j", (op, args) => {
    const n = net();
    const x = n.add(op, "layer", n.input("x", [4, 5, 6]), args);
    const graph = n.outputs(n.add("batchnorm", "norm", x, { eps: 0.1 }));
    const after = deployed(graph);
    expect(names(after)).toEqual([op]);
    expect(after.nodes[0].attrs.bias).toBe(true);
    expect(after.nodes[0].weights.map((w) => w.name)).toEqual(["layer.weight", "layer.bias"]);
    expectSame(graph, after);
    expectEvaluated(graph, after);
  });

  test("dense", () => {
    const n = net();
    const graph = n.outputs(n.add("batchnorm", "norm", n.add("dense", "fc", n.input("x", [7]), { out: 5 })));
    expect(names(deployed(graph))).toEqual(["dense"]);
    expectSame(graph, deployed(graph));
    expectEvaluated(graph, deployed(graph));
  });

  test("through a dropout, and only where nobody else reads the layer", () => {
    const n = net();
    const a = n.add("conv2d", "a", n.input("x", [2, 4, 4]), { out: 2 });
    const b = n.add("batchnorm", "b", n.add("dropout", "d", a, { rate: 0.5 }));
    expect(names(deployed(n.outputs(b)))).toEqual(["conv2d"]);
    const twice = n.outputs(n.add("add", "sum", [a, b]));
    expect(names(deployed(twice))).toEqual(["conv2d", "batchnorm", "add"]);
    expectSame(twice, deployed(twice));
    expect(names(deployed(n.outputs(a, b)))).toEqual(["conv2d", "batchnorm"]);
  });

  test("what nobody needs is in nobody's way", () => {
    const n = net();
    const a = n.add("conv2d", "a", n.input("x", [2, 4, 4]), { out: 2 });
    const b = n.add("batchnorm", "b", a);
    n.add("relu", "unread", a);
    expect(names(deployed(n.outputs(b)))).toEqual(["conv2d"]);
  });

  test("a norm before a convolution, after an activation and a second norm stay", () => {
    const n = net();
    let x = n.add("batchnorm", "first", n.input("x", [2, 4, 4]));
    x = n.add("conv2d", "conv", x, { out: 2 });
    x = n.add("batchnorm", "n1", x);
    x = n.add("batchnorm", "n2", x);
    x = n.add("batchnorm", "n3", n.add("relu", "act", n.add("conv2d", "conv_2", x, { out: 2 })));
    const graph = n.outputs(x);
    expect(names(deployed(graph))).toEqual(["batchnorm", "conv2d", "batchnorm", "conv2d+relu", "batchnorm"]);
    expectSame(graph, deployed(graph));
  });
});

describe("shared layers", () => {
  function twoTowers(normPaths: readonly [string, string]): Graph {
    const n = net();
    const towers = ["tower", "tower_2"].map((path, i) => {
      const x = n.add("conv2d", path, n.input(`x${i}`, [2, 4, 4]), { out: 3, bias: false }, { weightPath: "tower" });
      return n.add("batchnorm", `norm_${i}`, x, {}, { weightPath: normPaths[i] });
    });
    return n.outputs(...towers);
  }

  test("share their folded weights where the norms are shared too", () => {
    const graph = twoTowers(["norm", "norm"]);
    const after = deployed(graph);
    expect(after.nodes.map((node) => node.weights.map((w) => w.name))).toEqual([["tower.weight", "tower.bias"], ["tower.weight", "tower.bias"]]);
    expectSame(graph, after);
  });

  test("part where the norms differ", () => {
    const graph = twoTowers(["norm_a", "norm_b"]);
    const after = deployed(graph);
    const weights = after.nodes.map((node) => node.weights[0].name);
    expect(weights).toEqual(["tower.folded.weight", "tower_2.weight"]);
    expectSame(graph, after);
  });

  test("part where only one has a norm", () => {
    const n = net();
    const a = n.add("conv2d", "tower", n.input("a", [2, 4, 4]), { out: 3 }, { weightPath: "tower" });
    const b = n.add("conv2d", "tower_2", n.input("b", [2, 4, 4]), { out: 3 }, { weightPath: "tower" });
    const graph = n.outputs(a, n.add("batchnorm", "norm", b));
    const after = deployed(graph);
    expect(after.nodes.map((node) => node.weights[0].name)).toEqual(["tower.weight", "tower_2.weight"]);
    expect(after.nodes[0].weights[0].recipe).toBeUndefined();
    expectSame(graph, after);
  });
});

describe("fusing of activations", () => {
  test("into the layer that only they read, and which keeps its path", () => {
    const n = net();
    const x = n.add("hardswish", "act", n.add("conv2d", "conv", n.input("x", [2, 4, 4]), { out: 2 }));
    const y = n.add("tanh", "act_2", n.add("dense", "fc", n.add("flatten", "flat", x), { out: 3 }));
    const graph = n.outputs(y);
    const after = deployed(graph);
    expect(names(after)).toEqual(["conv2d+hardswish", "flatten", "dense+tanh"]);
    expect(after.nodes[0].path).toBe("conv");
    expect(after.nodes[0].activation!.path).toBe("act");
    expectSame(graph, after);
  });

  test.each(["softmax", "prelu"] as const)("%s stays", (act) => {
    const n = net();
    const graph = n.outputs(n.add(act, "act", n.add("dense", "fc", n.input("x", [4]), { out: 3 })));
    expect(names(deployed(graph))).toEqual(["dense", act]);
  });

  test("one activation a layer, and none where the layer is read beside it or given back", () => {
    const n = net();
    const x = n.add("dense", "fc", n.input("x", [4]), { out: 3 });
    const act = n.add("relu", "act", x);
    expect(names(deployed(n.outputs(n.add("tanh", "act_2", act))))).toEqual(["dense+relu", "tanh"]);
    expect(names(deployed(n.outputs(x, act)))).toEqual(["dense", "relu"]);
    expect(names(deployed(n.outputs(n.add("mul", "swish", [x, act]))))).toEqual(["dense", "relu", "mul"]);
  });
});

describe("constants", () => {
  const two = (n: Net): readonly [Tensor, Tensor] => [
    n.add("constant", "a", [], { value: [[1, -2, 3], [4, 5, -6]] }),
    n.add("constant", "b", [], { value: [[2], [-4]] }),
  ];
  const computed: readonly (readonly [string, (n: Net) => Tensor])[] = [
    ...(["add", "sub", "mul", "div"] as const).map((op) => [op, (n: Net) => n.add(op, "c", two(n))] as const),
    ...(["relu", "relu6", "leaky_relu", "elu", "sigmoid", "hardsigmoid", "tanh", "swish", "hardswish"] as const).map((op) => [op, (n: Net) => n.add(op, "c", two(n)[0])] as const),
    ["reshape", (n) => n.add("reshape", "c", two(n)[0], { shape: [3, 2] })],
    ["flatten", (n) => n.add("flatten", "c", two(n)[0])],
    ["transpose", (n) => n.add("transpose", "c", two(n)[0], { order: [1, 0] })],
    ["slice", (n) => n.add("slice", "c", two(n)[0], { axis: 1, start: 0, step: 2 })],
    ["split", (n) => parts(n.add("split", "c", two(n)[0], { axis: 1, sizes: [1, 2] }))[1]],
    ["concat", (n) => n.add("concat", "c", two(n), { axis: 1 })],
    ["chain", (n) => n.add("mul", "d", [n.add("concat", "c", two(n), { axis: 1 }), n.add("constant", "s", [], { value: 0.5 })])],
  ];
  test.each(computed)("%s is computed", (_name, build) => {
    const n = net();
    const c = build(n);
    const x = n.input("x", c.shape!);
    const graph = n.outputs(n.add("add", "sum", [x, c]));
    expect(names(deployed(graph))).toEqual(["constant", "add"]);
    expectSame(graph, deployed(graph));
  });

  test("what depends on an input, has weights or would be too large stays", () => {
    const n = net();
    const c = n.add("constant", "c", [], { value: 1, shape: [1, 200] });
    const wide = n.add("add", "wide", [n.add("constant", "column", [], { value: 1, shape: [400, 1] }), c]);
    const fc = n.add("dense", "fc", n.add("flatten", "flat", c), { out: 2 });
    const graph = n.outputs(wide, fc);
    expect(names(deployed(graph)).filter((op) => op !== "constant")).toEqual(["add", "dense"]);
  });
});

test("pruning keeps inputs, and the graph itself where nothing is unread", () => {
  const n = net();
  const x = n.input("x", [2, 4, 4]);
  n.input("unread", [3]);
  const y = n.add("relu", "y", x);
  const whole = n.outputs(y);
  expect(prune(whole)).toBe(whole);
  n.add("tanh", "dead", n.add("sigmoid", "dead_too", x));
  const pruned = unfused(n.outputs(y));
  expect(names(pruned)).toEqual(["relu"]);
  expect(pruned.inputs.map((input) => input.name)).toEqual(["x", "unread"]);
});

test("the rules together do what they do one after another", () => {
  const graph = mobilenetV2(32);
  const one = [dropRegularization, foldBatchnorm, foldConstants, fuseActivation].reduce((g, rule) => rewrite(g, [rule]), graph);
  const all = deployed(graph);
  expect(names(one)).toEqual(names(all));
  expect(one.nodes.map((node) => node.path)).toEqual(all.nodes.map((node) => node.path));
  expect(names(all).filter((name) => name.includes("batchnorm") || name.includes("relu6"))).toEqual(names(all).filter((name) => name.endsWith("+relu6")));
  expect(names(deployed(all))).toEqual(names(all));
});

test("random graphs compute the same after all rules", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const graph = randomGraph(random(seed * 7919));
    expectSame(graph, deployed(graph), seed);
    const after = deployed(graph);
    expect(new Set(after.nodes.map((node) => node.path)).size).toBe(after.nodes.length);
    const byName = new Map<string, string>();
    for (const weight of after.nodes.flatMap((node) => node.weights)) {
      const known = byName.get(weight.name) ?? JSON.stringify(weight);
      expect(JSON.stringify(weight), "one name, one weight").toBe(known);
      byName.set(weight.name, known);
    }
  }
});

function randomGraph(next: () => number): Graph {
  const n = net();
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)];
  const tensors: Tensor[] = [n.input("x", [4, 5, 5])];
  for (let i = 0; i < 14; i++) {
    const x = pick(tensors.slice(-4));
    const path = `n${i}`;
    const kind = pick(["conv", "conv", "depthwise", "norm", "norm", "act", "act", "drop", "add", "gate", "constant", "shared"]);
    if (kind === "conv") tensors.push(n.add("conv2d", path, x, { out: 4, bias: next() < 0.5, kernel: 1 }));
    else if (kind === "depthwise") tensors.push(conv(n, path, x, 0, { depthwise: true, kernel: 3, act: "relu6" }));
    else if (kind === "norm") tensors.push(n.add("batchnorm", path, x, {}, next() < 0.3 ? { weightPath: "norm" } : {}));
    else if (kind === "act") tensors.push(n.add(pick(["relu", "swish", "hardsigmoid"]), path, x));
    else if (kind === "drop") tensors.push(n.add("dropout", path, x, { rate: 0.5 }));
    else if (kind === "add") tensors.push(n.add("add", path, [x, pick(tensors)]));
    else if (kind === "gate") tensors.push(n.add("mul", path, [x, n.add("global_avgpool", `${path}.pool`, x)]));
    else if (kind === "constant") tensors.push(n.add("mul", path, [x, n.add("relu", `${path}.act`, n.add("constant", `${path}.c`, [], { value: next() - 0.5 }))]));
    else tensors.push(n.add("conv2d", path, x, { out: 4, bias: false }, { weightPath: "tower" }));
  }
  return n.outputs(tensors[tensors.length - 1], pick(tensors.slice(1)));
}

/** What the store's evaluation gives is the reference's, rounded once. */
function expectEvaluated(before: Graph, after: Graph): void {
  const weights = someWeights(before);
  const entries = before.nodes.flatMap((node) => node.weights.map((w) => ({ name: w.name, shape: w.shape, values: Float32Array.from(weights.get(w.name)) })));
  const store = memoryStore(entries);
  for (const weight of after.nodes.flatMap((node) => node.weights)) {
    const exact = weightValues(weight, { get: (name) => store.get(name) });
    expect([...evaluate(weight, store)]).toEqual([...Float32Array.from(exact)]);
  }
}
