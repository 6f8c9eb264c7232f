import { expect, test } from "vitest";
import { conventions } from "../../src/compiler/analyse/conventions.ts";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { efficientNet, mobilenetV2, net } from "../graphs.ts";

function figures(graph: Graph): Record<string, number> {
  return Object.fromEntries(conventions(graph, analyse(graph)).map(({ name, params, macs, flops }) => [name, params ?? macs ?? flops ?? NaN]));
}

test("MobileNetV2 at 224, as each tool counts it", () => {
  expect(figures(mobilenetV2())).toEqual({
    "papers, torchvision, tf_slim": 300_774_272,
    fvcore: 314_130_496,
    "fvcore, adaptive pooling": 314_193_216,
    ptflops: 320_300_008,
    "EfficientNet-Lite README": 320_300_008,
    thop: 327_486_720,
    "TF profiler, calflops": 601_548_544,
    lwm: 614_612_552,
    "torchvision, timm, Keras trainable, lwm": 3_504_872,
    "tf_slim": 3_470_760,
    "Keras total": 3_538_984,
  });
});

test.each([["lite1", 629.8], ["lite2", 897.4], ["lite3", 1438.7], ["lite4", 2637.2]] as const)("the README of EfficientNet-Lite: %s", (variant, millions) => {
  expect((figures(efficientNet(variant))["EfficientNet-Lite README"] / 1e6).toFixed(1)).toBe(millions.toFixed(1));
});

test("ptflops gives 0.41 for EfficientNet-B0, as its README does", () => {
  expect((figures(efficientNet("b0")).ptflops / 1e9).toFixed(2)).toBe("0.41");
});

test("operators that tools treat differently", () => {
  const n = net();
  let x = n.add("conv_transpose2d", "up", n.input("x", [4, 3, 3]), { out: 2, kernel: 2, stride: 2, pad: "valid" });
  x = n.add("resize", "resize", x, { factor: 2, mode: "bilinear" });
  x = n.add("softmax", "probs", n.add("leaky_relu", "act", x));
  const counted = figures(n.outputs(x));
  const macs = 36 * 2 * 4;
  const up = 72;
  const big = 288;
  expect(counted["papers, torchvision, tf_slim"]).toBe(macs);
  expect(counted.fvcore).toBe(macs + 4 * big);
  // Per output element of the transposed convolution the whole filter: 4 channels of 2 × 2.
  expect(counted.ptflops).toBe(up * 16 + up + big + big + big);
  expect(counted.thop).toBe(up * 16 + 11 * big + big + 3 * big - big / 2);
});

test("each has its rule and its source, and one figure", () => {
  const graph = mobilenetV2(32);
  for (const { name, rule, source, params, macs, flops } of conventions(graph, analyse(graph))) {
    expect([name, rule, source].every((text) => text.length > 0)).toBe(true);
    expect([params, macs, flops].filter((figure) => figure !== undefined)).toHaveLength(1);
  }
});
