import { describe, expect, test } from "vitest";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import { groupBy } from "../../src/compiler/analyse/group.ts";
import { addInput, addNode, graphBuilder, type Graph, type Node } from "../../src/compiler/ir/graph.ts";
import { ops } from "../../src/compiler/ops/index.ts";
import { conv, efficientNet, efficientNets, mobilenetV2, net } from "../graphs.ts";
import { describeShared, readJson } from "../shared.ts";

test("MobileNetV2 at 224", () => {
  const cost = analyse(mobilenetV2());
  expect(cost).toMatchObject({ params: 3_504_872, buffers: 34_112, macs: 300_774_272, flops: 614_612_552, weights: 13_951_264, activations: 6_021_120 });
  expect(cost.peak.path).toBe("stages.1.0.depth_conv.depthwise");
  expect(cost.peak.alive).toEqual([
    { path: "stages.1.0.expand_conv.conv2d", shape: [96, 112, 112], bytes: 4_816_896 },
    { path: "stages.1.0.depth_conv.depthwise", shape: [96, 56, 56], bytes: 1_204_224 },
  ]);
});

test("every figure of a small network, by hand", () => {
  const n = net();
  let x = conv(n, "stem", n.input("x", [3, 8, 8]), 4, { kernel: 3, stride: 2, act: "relu" });
  const skip = x;
  x = n.add("maxpool", "pool", x, { kernel: 3, stride: 1, pad: "half" });
  x = n.add("add", "sum", [skip, x]);
  x = n.add("softmax", "probs", n.add("dense", "fc", n.add("global_avgpool", "gap", x), { out: 10 }));
  const cost = analyse(n.outputs(x));
  expect(cost.params).toBe(3 * 4 * 9 + 2 * 4 + 4 * 10 + 10);
  expect(cost.buffers).toBe(2 * 4);
  expect(cost.macs).toBe(4 * 4 * 4 * 27 + 40);
  // Convolution, bias, relu; pooling windows; sum; global pooling; dense and its bias; softmax.
  expect(cost.flops).toBe(2 * 64 * 27 + 64 + 64 + 64 * 9 + 64 + 64 + 2 * 40 + 10 + 10);
  expect(cost.weights).toBe(4 * (108 + 4 + 40 + 10));
  // The input and the stem's output.
  expect(cost.activations).toBe(4 * (192 + 64));
  expect(cost.layers.map(({ path, params, macs, flops, weights }) => [path, params, macs, flops, weights])).toEqual([
    ["stem.conv2d", 108, 1728, 3456 + 64, 448],
    ["stem.batchnorm", 8, 0, 0, 0],
    ["stem.relu", 0, 0, 64, 0],
    ["pool", 0, 0, 576, 0],
    ["sum", 0, 0, 64, 0],
    ["gap", 0, 0, 64, 0],
    ["fc", 50, 40, 90, 200],
    ["probs", 0, 0, 10, 0],
  ]);
});

test("a skip decides the peak", () => {
  const n = net();
  const x = n.input("x", [4, 8, 8]);
  const wide = n.add("conv2d", "wide", x, { out: 16, kernel: 1 });
  const narrow = n.add("conv2d", "narrow", wide, { out: 4, kernel: 1 });
  const cost = analyse(n.outputs(n.add("add", "sum", [x, narrow])));
  // x stays for the sum: x, wide and narrow.
  expect(cost.activations).toBe(4 * 64 * (4 + 16 + 4));
  expect(cost.peak.path).toBe("narrow");
  expect(cost.peak.alive.map((tensor) => tensor.path)).toEqual(["x", "wide", "narrow"]);
});

test("shared weights count once, constants not at all, a norm that stands alone with two operations an element", () => {
  const n = net();
  const x = n.input("x", [4, 6, 6]);
  const a = n.add("conv2d", "tower", x, { out: 4, kernel: 1 }, { weightPath: "tower" });
  const b = n.add("conv2d", "tower_2", n.add("mul", "half", [x, n.add("constant", "c", [], { value: 0.5 })]), { out: 4, kernel: 1 }, { weightPath: "tower" });
  const cost = analyse(n.outputs(n.add("batchnorm", "norm", n.add("add", "sum", [a, b]))));
  expect(cost.params).toBe(20 + 8);
  expect(cost.buffers).toBe(8);
  expect(cost.weights).toBe(4 * (20 + 8));
  expect(cost.macs).toBe(2 * 36 * 16);
  expect(cost.flops).toBe(2 * cost.macs + 2 * 144 + 144 + 144 + 288);
  expect(cost.layers.find((layer) => layer.path === "tower")!.params).toBe(20);
  expect(cost.layers.find((layer) => layer.path === "tower_2")!.params).toBe(0);
  expect(cost.activations).toBe(4 * 3 * 144);
});

test("what no output needs costs nothing", () => {
  const n = net();
  const x = n.add("conv2d", "conv", n.input("x", [3, 4, 4]), { out: 2 });
  n.add("dense", "dead", n.add("flatten", "flat", x), { out: 1000 });
  const cost = analyse(n.outputs(x));
  expect(cost.params).toBe(56);
  expect(cost.layers).toHaveLength(1);
});

test("an unknown shape counts as nothing and breaks nothing", () => {
  const builder = graphBuilder();
  const span = { file: "x.lwm", start: 0, end: 0 };
  const tensor = addInput(builder, undefined);
  const node = addNode(builder, ops.relu as never, [tensor], {}, { path: "act", trail: { span, name: "relu", row: undefined, parent: undefined } });
  const graph: Graph = {
    name: "Broken",
    doc: undefined,
    inputs: [{ name: "x", tensor, span, order: undefined, mean: undefined, std: undefined }],
    outputs: [{ name: "y", tensor: (node as Node).outputs[0], span, labels: undefined, offset: 0 }],
    nodes: builder.nodes,
  };
  expect(analyse(graph)).toMatchObject({ params: 0, macs: 0, flops: 0, activations: 0 });
});

test.each([mobilenetV2(64), efficientNet("b0"), efficientNet("lite0")])("layers, blocks and stages sum to the totals: $name", (graph) => {
  const cost = analyse(graph);
  for (const level of ["layer", "block", "stage", "model"] as const) {
    const groups = groupBy(cost, level);
    for (const key of ["params", "buffers", "macs", "flops", "weights"] as const) expect(groups.reduce((sum, group) => sum + group[key], 0)).toBe(cost[key]);
  }
});

describe("EfficientNet Lite", () => {
  const published = { lite0: [4_652_008, 385.19], lite1: [5_416_680, 600.19], lite2: [6_092_072, 859.74], lite3: [8_197_096, 1383.3], lite4: [13_006_568, 2553.0] } as const;
  test.each(Object.entries(published))("%s", (variant, [params, macs]) => {
    const cost = analyse(efficientNet(variant as keyof typeof published));
    expect(cost.params).toBe(params);
    expect(Math.abs(cost.macs / 1e6 - macs)).toBeLessThan(0.06);
  });
});

interface Measured {
  readonly params: number;
  readonly bn_buffers: number;
  readonly macs: number;
  readonly peak_b_fused: number;
}

describeShared("measured with torch", () => {
  const variants = (Object.keys(efficientNets) as (keyof typeof efficientNets)[]).filter((name) => name.startsWith("b"));
  const graphs = [...variants.map((v) => [`efficientnet_${v}`, () => efficientNet(v)] as const), ...[96, 128, 160, 192].map((r) => [`mobilenet_v2_r${r}`, () => mobilenetV2(r)] as const)];
  test.each(graphs)("%s", (name, graph) => {
    const measured = readJson<{ models: Record<string, Measured | undefined> }>("reference", "models.json").models[name];
    if (!measured) return;
    expect(analyse(graph())).toMatchObject({ params: measured.params, buffers: measured.bn_buffers, macs: measured.macs, activations: measured.peak_b_fused });
  });
});
