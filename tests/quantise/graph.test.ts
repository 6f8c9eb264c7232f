/** The QDQ form of every operator, and of small networks, in onnxruntime-web. */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type GraphProto } from "onnx-buf";
import { describe, expect, test } from "vitest";
import type { Calibration } from "../../src/backends/onnx/quantise.ts";
import type { Int8Options } from "../../src/backends/onnx/index.ts";
import type { WeightStore } from "../../src/backends/weights/store.ts";
import { calibrationRanges } from "../../src/cli/quantise/ranges.ts";
import { openOnnx } from "../../src/cli/runtimes/onnx-tensors.ts";
import { plainSpellings, type Spellings } from "../../src/compiler/devices/support/spellings.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { elements } from "../../src/compiler/ir/shape.ts";
import { cases } from "../onnx/cases.ts";
import { network, noise, noisyWeights } from "../onnx/networks.ts";
import { emitted, requestFor } from "../onnx/sessions.ts";
import { modelOf } from "../program.ts";

const example = (graph: Graph, name: string) => new Map(graph.inputs.map((input) => [input.name, noise(`${name} ${input.name}`, elements(input.tensor.shape!))]));

async function calibrated(graph: Graph, store: WeightStore): Promise<Calibration> {
  const samples = ["a", "b", "c"].map((name) => ({ name, values: async () => example(graph, name) }));
  return calibrationRanges(requestFor(graph, store), samples, "minmax");
}

async function results(graph: Graph, model: Uint8Array, name: string): Promise<ReadonlyMap<string, Float32Array>> {
  const session = await openOnnx(model);
  const inputs = new Map([...example(graph, name)].map(([input, values]) => [input, { values, dims: [1, ...graph.inputs.find((one) => one.name === input)!.tensor.shape!] }]));
  const made = await session.run(inputs);
  await session.close();
  return made;
}

const graphOf = (model: Uint8Array): GraphProto => fromBinary(ModelProtoSchema, model).graph!;
const kinds = (graph: GraphProto): readonly string[] => graph.node.map(({ opType }) => opType!);

/** On integers from the first layer on, unless it is said otherwise. */
async function quantised(graph: Graph, store: WeightStore, options: Partial<Int8Options> = {}, stem: Spellings["stem"] = "integers"): Promise<{ readonly model: Uint8Array; readonly done: Parameters<NonNullable<Int8Options["report"]>>[0] }> {
  let done: Parameters<NonNullable<Int8Options["report"]>>[0] | undefined;
  const { model } = await emitted(graph, store, { spellings: { ...plainSpellings, stem }, int8: { ...(await calibrated(graph, store)), reduceRange: false, report: (made) => (done = made), ...options } });
  return { model, done: done! };
}

describe("every operator", () => {
  // what divides by values near 0 has no range to speak of
  const names = Object.keys(cases).filter((name) => !name.startsWith("div"));
  test.each(names)("%s", async (name) => {
    const graph = cases[name]();
    const store = noisyWeights(graph);
    const { model } = await quantised(graph, store);
    const exact = await results(graph, (await emitted(graph, store)).model, "b");
    const rounded = await results(graph, model, "b");
    for (const { name: output } of graph.outputs) {
      const expected = exact.get(output)!;
      const most = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
      // where a tanh is steep, a step of its input is a large one of its output
      const tolerance = output === "tanh" ? 0.25 : 0.06;
      expected.forEach((value, i) => expect(Math.abs(rounded.get(output)![i] - value) / most, output).toBeLessThan(tolerance));
    }
  });
});

describe("form", () => {
  const small = network({ x: [3, 8, 8] }, ({ op }, x) => {
    const stem = op("relu6", [op("conv2d", [x], { out: 8, stride: [2, 2] }, "stem")], {}, "stem_act");
    const deep = op("relu", [op("depthwise", [stem], {}, "deep")], {}, "deep_act");
    const wide = op("concat", [op("conv2d", [deep], { out: 4, kernel: [1, 1] }, "left"), op("conv2d", [deep], { out: 4, kernel: [1, 1] }, "right")], { axis: 0 }, "both");
    return { y: op("dense", [op("flatten", [op("global_avgpool", [op("add", [wide, stem], {}, "sum")])])], { out: 5 }, "head") };
  });
  const store = noisyWeights(small);

  test("activations are u8, kernels s8 for each channel, biases s32, and no clamp is left", async () => {
    const { model, done } = await quantised(small, store);
    const graph = graphOf(model);
    expect(kinds(graph).filter((kind) => kind === "Relu" || kind === "Clip")).toEqual([]);
    expect(done).toMatchObject({ floats: [], integers: 8 });
    const types = new Map(graph.initializer.map(({ name, dataType }) => [name, dataType]));
    const makers = new Map(graph.node.map((node) => [node.output[0], node]));
    for (const node of graph.node.filter(({ opType }) => opType === "Conv" || opType === "Gemm")) {
      const [x, w, b] = node.input.map((name) => makers.get(name)!);
      expect([x, w, b].map(({ opType }) => opType)).toEqual(["DequantizeLinear", "DequantizeLinear", "DequantizeLinear"]);
      expect(types.get(x.input[2])).toBe(2);
      expect(types.get(w.input[0])).toBe(3);
      expect(types.get(b.input[0])).toBe(6);
      const scale = graph.initializer.find(({ name }) => name === w.input[1])!;
      expect(scale.dims.map(Number)).toEqual([Number(graph.initializer.find(({ name }) => name === w.input[0])!.dims[0])]);
      // the bias's scale is the product of the other two
      const product = makers.get(b.input[1])!;
      expect(product.opType).toBe("Mul");
      expect([...product.input].sort()).toEqual([x.input[1], w.input[1]].sort());
    }
  });

  test("the parts of a concatenation have its scale", async () => {
    const graph = graphOf((await quantised(small, store)).model);
    const makers = new Map(graph.node.map((node) => [node.output[0], node]));
    const concat = graph.node.find(({ opType }) => opType === "Concat")!;
    const after = graph.node.find(({ opType, input }) => opType === "QuantizeLinear" && input[0] === concat.output[0])!;
    for (const part of concat.input) expect(makers.get(part)!.input.slice(1)).toEqual(after.input.slice(1));
  });

  test("classes are not rounded: the last product gives float32", async () => {
    const graph = graphOf((await quantised(small, store)).model);
    expect(graph.node.find(({ output }) => output.includes("y"))!.opType).toBe("Gemm");
    const conv = network({ x: [3, 4, 4] }, ({ op }, x) => ({ y: op("flatten", [op("conv2d", [op("global_avgpool", [x])], { out: 9, kernel: [1, 1] })]) }));
    const last = graphOf((await quantised(conv, noisyWeights(conv))).model);
    expect(kinds(last)).toContain("Gemm");
    expect(kinds(last)).not.toContain("Conv");
  });

  test("is the same bytes each time", async () => {
    expect((await quantised(small, store)).model).toEqual((await quantised(small, store)).model);
  });

  test("7 bits where they are asked for", async () => {
    const most = (model: Uint8Array): number => Math.max(...graphOf(model).initializer.filter(({ dataType }) => dataType === 3).flatMap(({ rawData }) => Array.from(new Int8Array(rawData!.slice().buffer), Math.abs)));
    expect(most((await quantised(small, store)).model)).toBe(127);
    expect(most((await quantised(small, store, { reduceRange: true })).model)).toBe(64);
  });

  test("what has no kernel on integers stays float32, and is said", async () => {
    const graph = network({ x: [3, 6, 6] }, ({ op }, x) => ({ y: op("conv2d", [op("gelu", [op("conv2d", [x], { out: 4 }, "before")], {}, "middle")], { out: 2 }, "after") }));
    const { model, done } = await quantised(graph, noisyWeights(graph));
    expect(done.floats).toEqual([{ name: "middle", opType: "Gelu", why: "operator", unranged: undefined }]);
    expect(done.integers).toBe(2);
    expect(kinds(graphOf(model))).toContain("Gelu");
  });

  test("a stem on a picture's channels is as it was, where that is faster: its clamp is in the rounding, and the picture is not rounded", async () => {
    const { model, done } = await quantised(small, store, {}, "float32");
    expect(done).toMatchObject({ floats: [{ name: "stem", opType: "Conv", why: "stem" }], integers: 7 });
    const { node, initializer } = graphOf(model);
    const [first, second] = node.filter(({ input }) => input.includes("x")).flatMap((stem) => [stem, node.find(({ input }) => input.includes(stem.output[0]))!]);
    expect([first.opType, second.opType]).toEqual(["Conv", "QuantizeLinear"]);
    expect(initializer.find(({ name }) => name === first.input[1])!.dataType).toBe(1);
    const exact = (await results(small, (await emitted(small, store)).model, "b")).get("y")!;
    const error = async (chosen: Spellings["stem"]) => (await results(small, (await quantised(small, store, {}, chosen)).model, "b")).get("y")!.reduce((sum, value, i) => sum + (value - exact[i]) ** 2, 0);
    expect(await error("float32")).toBeLessThan(await error("integers"));
  });

  test("a stem on more channels than a picture has computes on integers", async () => {
    const wide = network({ x: [5, 6, 6] }, ({ op }, x) => ({ y: op("conv2d", [x], { out: 4 }) }));
    expect((await quantised(wide, noisyWeights(wide), {}, "float32")).done).toMatchObject({ floats: [], integers: 1 });
  });

  test("an operator whose range is not known stays float32, and is said", async () => {
    const { ranges, means } = await calibrated(small, store);
    const { model, done } = await quantised(small, store, { ranges: new Map([...ranges].filter(([name]) => name !== "sum")), means });
    expect(done.floats.map(({ name, unranged }) => [name, unranged])).toContainEqual(["sum", "sum"]);
    const exact = await results(small, (await emitted(small, store)).model, "a");
    const found = (await results(small, model, "a")).get("y")!;
    const most = Math.max(...exact.get("y")!.map(Math.abs));
    exact.get("y")!.forEach((value, i) => expect(Math.abs(found[i] - value) / most).toBeLessThan(0.06));
  });

  test("two layers that share a kernel share its integers", async () => {
    const shared = modelOf("model Twins {\n  input x: [4, 6, 6]\n  shared twin: conv2d(4)\n  twin -> relu -> twin\n  output y: relu\n}").graph;
    const twins = noisyWeights(shared);
    const { model } = await quantised(shared, twins);
    const graph = graphOf(model);
    expect(graph.initializer.filter(({ dataType }) => dataType === 3).length).toBe(1);
    expect(graph.initializer.filter(({ dataType }) => dataType === 6).length).toBe(2);
    const expected = (await results(shared, (await emitted(shared, twins)).model, "a")).get("y")!;
    const most = Math.max(...expected.map(Math.abs));
    (await results(shared, model, "a")).get("y")!.forEach((value, i) => expect(Math.abs(value - expected[i]) / most).toBeLessThan(0.06));
  });
});

describe("storage", () => {
  test("kernels as integers, activations as they were", async () => {
    const graph = network({ x: [8, 6, 6] }, ({ op }, x) => ({ y: op("conv_transpose2d", [op("relu", [op("conv2d", [x], { out: 16 })])], { out: 4, stride: [2, 2], groups: 2 }) }));
    const store = noisyWeights(graph);
    const { model } = await emitted(graph, store, { weightsAs: "int8" });
    expect(kinds(graphOf(model))).not.toContain("QuantizeLinear");
    expect(graphOf(model).initializer.filter(({ dataType }) => dataType === 3).length).toBe(2);
    const expected = (await results(graph, (await emitted(graph, store)).model, "a")).get("y")!;
    const most = Math.max(...expected.map(Math.abs));
    (await results(graph, model, "a")).get("y")!.forEach((value, i) => expect(Math.abs(value - expected[i]) / most).toBeLessThan(0.02));
  });
});
