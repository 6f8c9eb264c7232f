/** Patches: what they read, against the operators themselves; what they cost, against counting; and against what was published. */
import { describe, expect, test } from "vitest";
import type { MemoryOptions } from "../../src/compiler/devices/memory/plan.ts";
import { planMemory } from "../../src/compiler/devices/memory/plan.ts";
import { patchPlans } from "../../src/compiler/devices/memory/patches.ts";
import { needed, type Interval } from "../../src/compiler/devices/memory/receptive.ts";
import type { Graph, Tensor } from "../../src/compiler/ir/graph.ts";
import { elements } from "../../src/compiler/ir/shape.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { net, type Net } from "../graphs.ts";
import { libraryModel } from "../program.ts";
import { runAll } from "../reference-ops.ts";

const int8: MemoryOptions = { bytesPerElement: 1, overlap: "in_place", alignment: 16, reorder: true, fused: new Set(["relu", "relu6"]) };
const KIB = 1024;

describe("MobileNetV2 by patches (Lin et al. 2021, MCUNetV2)", () => {
  const graph = deployed(libraryModel("MobileNetV2").graph);

  test("figure 1: 1372 KiB layer by layer, about 8 times less in 4 × 4 patches", () => {
    const whole = planMemory(graph, int8).arena;
    const best = patchPlans(graph, { ...int8, picture: "read", patches: 4 }).reduce((a, b) => (b.arena < a.arena ? b : a));
    expect(whole).toBe(1372 * KIB);
    // the rest holds 196 KiB; the paper counts 172 there, without the block's input that waits for the addition
    expect(best).toMatchObject({ split: "features.stages.2.0.project_conv.conv2d", rest: 196 * KIB, arena: 196 * KIB });
    expect(whole / best.arena).toBe(7);
    expect(best.stage).toBeLessThan(best.rest);
  });

  test("the halo costs 9.3 % more MACs, and a patch reads 75 × 75 pixels", () => {
    const best = patchPlans(graph, { ...int8, picture: "read", patches: 4 }).at(-1)!;
    expect(best.macs - best.extraMacs).toBe(300_774_272);
    expect(best.extraMacs / 300_774_272).toBeCloseTo(0.093, 3);
    expect(best.reads).toEqual([75, 75]);
  });

  test("a picture that is held is counted whole", () => {
    const at = (picture: "held" | "read") => patchPlans(graph, { ...int8, picture, patches: 4 }).find(({ split }) => split === "features.stages.2.0.project_conv.conv2d")!;
    const [held, read] = [at("held"), at("read")];
    expect(held.extraMacs).toBe(read.extraMacs);
    // the picture and the split's output, 32 × 28 × 28
    expect(held.stage).toBeGreaterThan(3 * 224 * 224 + 32 * 28 * 28);
    expect(read.stage).toBeGreaterThan(3 * 75 * 75 + 32 * 28 * 28);
    expect(held.stage).toBeGreaterThan(read.stage);
  });

  test("the list is of the best: more MACs only for less memory", () => {
    const plans = patchPlans(graph, { ...int8, picture: "held" });
    expect(plans.length).toBeGreaterThan(5);
    for (let i = 1; i < plans.length; i++) {
      expect(plans[i].extraMacs).toBeGreaterThanOrEqual(plans[i - 1].extraMacs);
      expect(plans[i].arena).toBeLessThan(plans[i - 1].arena);
    }
  });
});

/** Stems in which every kind of local operator and padding occurs. */
const stems: Readonly<Record<string, (n: Net, x: Tensor) => Tensor>> = {
  "convolutions with strides, dilation and one-sided padding": (n, x) => n.add("conv2d", "c3", n.add("depthwise", "c2", n.add("conv2d", "c1", x, { out: 3, stride: 2, pad: [0, 0, 1, 1] }), { kernel: 3, dilation: 2, pad: "half" }), { out: 2, kernel: 5, stride: [1, 2], pad: "same" }),
  "a residual block": (n, x) => {
    const a = n.add("conv2d", "a", x, { out: 4, kernel: 3, stride: 2 });
    return n.add("add", "sum", [a, n.add("conv2d", "c", n.add("relu", "act", n.add("depthwise", "b", a, { kernel: 5 })), { out: 4, kernel: 1 })]);
  },
  "a fire module between poolings": (n, x) => {
    const a = n.add("maxpool", "p1", n.add("conv2d", "stem", x, { out: 4, kernel: 3, pad: "valid" }), { kernel: 3, stride: 2 });
    const s = n.add("conv2d", "s", a, { out: 2, kernel: 1 });
    return n.add("avgpool", "p2", n.add("concat", "both", [n.add("conv2d", "e1", s, { out: 3, kernel: 1 }), n.add("conv2d", "e3", s, { out: 3, kernel: 3 })]), { kernel: 2, stride: 2 });
  },
  "a factor of the source, a shuffle, halves": (n, x) => {
    const scaled = n.add("mul", "scaled", [n.add("conv2d", "c", x, { out: 4 }), n.add("constant", "half", [], { value: 0.5 })]);
    const [a, b] = n.add("split", "halves", n.add("channel_shuffle", "shuffle", scaled, { groups: 2 }), { parts: 2 }).node!.outputs;
    return n.add("concat", "joined", [a, n.add("depthwise", "d", b, { kernel: 3 })]);
  },
};

describe.each(Object.keys(stems))("%s", (name) => {
  const n = net();
  const x = n.input("image", [2, 19, 17]);
  const y = stems[name](n, x);
  const graph = n.outputs(n.add("dense", "fc", n.add("flatten", "flat", n.add("global_avgpool", "gap", y)), { out: 2 }));
  const local = graph.nodes.slice(0, graph.nodes.indexOf(y.node!) + 1);
  const [, height, width] = y.shape!;
  const weights = { get: (weight: string): ArrayLike<number> => local.flatMap((node) => node.weights).filter((w) => w.name === weight).map(({ shape }) => Array.from({ length: elements(shape) }, (_, i) => 1 + (i % 7)))[0] };
  const part = (graph: Graph): Graph => ({ ...graph, nodes: local, outputs: [{ ...graph.outputs[0], tensor: y }] });

  /** Whether the pixel of the output changes when the picture does in a row or column. */
  const depends = (axis: 0 | 1, at: number, [from, to]: Interval): boolean => {
    const value = (bump: number): Float64Array => {
      const picture = Array.from({ length: elements(x.shape!) }, (_, i) => {
        const place = [Math.floor(i / 17) % 19, i % 17][axis];
        return 1 + ((i * 13) % 29) + (place === at ? bump * (1 + (i % 3)) : 0);
      });
      return runAll(part(graph), { image: picture }, weights).get(y)!.data;
    };
    const [a, b] = [value(0), value(5000)];
    return a.some((v, i) => {
      const place = [Math.floor(i / width) % height, i % width][axis];
      return place >= from && place < to && v !== b[i];
    });
  };

  test("reads exactly what the operators look at", () => {
    for (const axis of [0, 1] as const) {
      const side = y.shape![axis + 1];
      for (const wanted of [[0, 1], [1, 3], [side - 2, side], [0, side]] as const) {
        const [from, to] = needed(local, axis, wanted).get(x.id)!;
        const looked = Array.from({ length: x.shape![axis + 1] }, (_, at) => at).filter((at) => depends(axis, at, wanted));
        expect([axis, wanted, Math.min(...looked), Math.max(...looked) + 1]).toEqual([axis, wanted, from, to]);
      }
    }
  });

  test("the extra MACs are those of the pixels that patches share", () => {
    const patches = 2;
    const found = patchPlans(graph, { ...int8, overlap: "none", picture: "read", patches });
    for (const plan of found) {
      const end = local.findIndex(({ path }) => path === plan.split);
      const stage = local.slice(0, end + 1).filter(({ op }) => op.kind !== "source");
      const { shape } = stage.at(-1)!.outputs[0];
      let macs = 0;
      for (let i = 0; i < patches; i++) {
        for (let j = 0; j < patches; j++) {
          const cut = (side: number, k: number): Interval => [Math.floor((k * side) / patches), Math.floor(((k + 1) * side) / patches)];
          const rows = needed(stage, 0, cut(shape![1], i));
          const columns = needed(stage, 1, cut(shape![2], j));
          for (const { op, inputs, outputs, attrs } of stage) {
            const [r, c] = [rows.get(outputs[0].id)!, columns.get(outputs[0].id)!];
            macs += op.macs?.(inputs.map((t) => t.shape!), [[outputs[0].shape![0], r[1] - r[0], c[1] - c[0]]], attrs) ?? 0;
          }
        }
      }
      const once = stage.reduce((sum, { op, inputs, outputs, attrs }) => sum + (op.macs?.(inputs.map((t) => t.shape!), outputs.map((t) => t.shape!), attrs) ?? 0), 0);
      expect([plan.split, plan.extraMacs]).toEqual([plan.split, macs - once]);
      expect(plan.extraMacs).toBeGreaterThanOrEqual(0);
    }
    expect(found.length).toBeGreaterThan(0);
  });
});

test("gates, several pictures and outputs on the way end the layers that can be patched", () => {
  const patched = (graph: Graph): readonly string[] => patchPlans(graph, { ...int8, picture: "held", patches: 2 }).map(({ split }) => split);
  const n = net();
  const c = n.add("conv2d", "stem", n.input("image", [3, 16, 16]), { out: 8 });
  const gated = n.add("mul", "gated", [c, n.add("sigmoid", "gate", n.add("global_avgpool", "mean", c))]);
  // the stem's output is read again behind the gate, but it is all that is
  expect(patched(n.outputs(n.add("conv2d", "end", gated, { out: 1 })))).toEqual(["stem"]);
  const two = net();
  const sum = two.add("add", "sum", [two.input("a", [3, 8, 8]), two.input("b", [3, 8, 8])]);
  expect(patched(two.outputs(two.add("conv2d", "c", sum, { out: 2 })))).toEqual([]);
  const early = net();
  const kept = early.add("conv2d", "kept", early.input("x", [3, 8, 8]), { out: 2 });
  expect(patched(early.outputs(kept, early.add("conv2d", "c", kept, { out: 2 })))).toEqual([]);
  const vector = net();
  expect(patched(vector.outputs(vector.add("dense", "fc", vector.input("x", [8]), { out: 2 })))).toEqual([]);
});
