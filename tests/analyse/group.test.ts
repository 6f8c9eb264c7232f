import { expect, test } from "vitest";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import { groupBy } from "../../src/compiler/analyse/group.ts";
import type { Trail } from "../../src/compiler/ir/graph.ts";
import { mobilenetV2, net } from "../graphs.ts";

/** The model's cost with one relu at each path. */
function costOf(paths: readonly string[], trail?: (path: string) => Trail) {
  const n = net();
  let x = n.input("x", [2]);
  for (const path of paths) x = n.add("relu", path, x, {}, trail ? { trail: trail(path) } : {});
  return analyse(n.outputs(x));
}

const paths = (cost: ReturnType<typeof costOf>, level: "block" | "stage") => groupBy(cost, level).map((group) => group.path);

test("a table with repetitions: rows are stages, repetitions blocks", () => {
  const cost = costOf(["stem.conv2d", "stages.0.0.conv.conv2d", "stages.1.0.conv.conv2d", "stages.1.1.conv.conv2d", "head.conv.conv2d", "logits"]);
  expect(paths(cost, "stage")).toEqual(["stem", "stages.0", "stages.1", "head", "logits"]);
  expect(paths(cost, "block")).toEqual(["stem", "stages.0.0", "stages.1.0", "stages.1.1", "head", "logits"]);
});

test("one index: it counts blocks", () => {
  const cost = costOf(["fire2.0.conv2d", "fire2.1.conv2d", "fire2.maxpool", "features.3.gate.conv2d"]);
  expect(paths(cost, "stage")).toEqual(["fire2", "features"]);
  expect(paths(cost, "block")).toEqual(["fire2.0", "fire2.1", "fire2", "features.3"]);
});

test("a trunk is no stage: what lies in it is", () => {
  const cost = costOf(["backbone.stem.conv.conv2d", "backbone.stages.0.0.conv2d", "backbone.stages.1.0.conv2d", "backbone.head.conv2d", "fpn.conv.conv2d"]);
  expect(paths(cost, "stage")).toEqual(["backbone.stem", "backbone.stages.0", "backbone.stages.1", "backbone.head", "fpn"]);
});

test("what holds more than half of the layers, in named parts, is a trunk too", () => {
  const cost = costOf(["features.stem.conv2d", "features.fire2.squeeze.conv2d", "features.fire2.expand.conv2d", "features.fire3.squeeze.conv2d", "head.conv2d", "head.relu"]);
  expect(paths(cost, "stage")).toEqual(["features.stem", "features.fire2", "features.fire3", "head"]);
  expect(paths(cost, "block")).toEqual(["features.stem", "features.fire2", "features.fire3", "head"]);
});

test("the whole model is one group, a layer its own", () => {
  const cost = costOf(["a", "b.c"]);
  expect(groupBy(cost, "model").map((group) => group.path)).toEqual([""]);
  expect(groupBy(cost, "layer").map((group) => group.path)).toEqual(["a", "b.c"]);
  expect(groupBy(costOf(["a"]), "stage").map((group) => group.path)).toEqual(["a"]);
});

test("what is repeated, by the table's row or by the call that is common", () => {
  const call = (name: string, start: number, parent?: Trail, row?: number): Trail => ({ name, span: { file: "n.lwm", start, end: start + 1 }, row, parent });
  const trail = (path: string): Trail => {
    if (path.startsWith("stages")) return call("relu", 50, call("residual", 40, call("mbconv", 9, undefined, 2)));
    return call("relu", path.endsWith("a") ? 60 : 61, call("fire", 20));
  };
  const cost = costOf(["stages.2.0.a", "stages.2.1.a", "fire2.0.a", "fire2.0.b", "fire2.1.a", "fire2.1.b"], trail);
  expect(groupBy(cost, "stage").map((group) => group.blocks)).toEqual([{ name: "mbconv", count: 2 }, { name: "fire", count: 2 }]);
});

test("sums and the last output", () => {
  const stage = groupBy(analyse(mobilenetV2()), "stage").find((group) => group.path === "stages.5")!;
  expect(stage.output).toEqual([160, 7, 7]);
  // 96→576→160, then twice 160→960→160, with their norms.
  expect(stage.params).toBe(96 * 576 + 576 * 9 + 576 * 160 + 2 * (576 * 2 + 160) + 2 * (160 * 960 + 960 * 9 + 960 * 160 + 2 * (960 * 2 + 160)));
});
