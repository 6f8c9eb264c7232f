import { expect, test } from "vitest";
import { once } from "../../src/compiler/ir/once.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { modelOf } from "../program.ts";

test("what is worked out once for an object stays with it, and not with its copies", () => {
  let times = 0;
  const size = once("size", (of: { readonly items: readonly number[] }) => ((times += 1), of.items.length));
  const three = { items: [1, 2, 3] };
  expect([size(three), size(three), times]).toEqual([3, 3, 1]);
  expect(size({ ...three, items: [] })).toBe(0);
  expect(Object.keys(three)).toEqual(["items"]);
});

test("a graph with other outputs is deployed anew", () => {
  const { graph } = modelOf("model M {\n  input x: [3, 8, 8]\n  a: conv(4)\n  b: conv(8)\n}");
  const other = { ...graph, outputs: [{ ...graph.outputs[0], tensor: graph.nodes.find(({ path }) => path === "a.conv2d")!.outputs[0] }] };
  expect(deployed(graph)).toBe(deployed(graph));
  expect(deployed(graph).nodes.map(({ path }) => path)).toEqual(["a.conv2d", "b.conv2d"]);
  expect(deployed(other).nodes.map(({ path }) => path)).toEqual(["a.conv2d"]);
});
