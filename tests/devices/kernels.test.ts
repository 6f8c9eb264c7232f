/** The kernels of a network: what runs, as what, with how much traffic. */
import { describe, expect, test } from "vitest";
import { kernelsOf, fusedActivations } from "../../src/compiler/devices/kernels.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import { net, conv, mobilenetV2, efficientNet } from "../graphs.ts";
import { libraryModel } from "../program.ts";

describe("kernels", () => {
  test("each convolution is priced as what it is", () => {
    const n = net();
    let x = n.input("image", [4, 8, 8]);
    x = n.add("conv2d", "full", x, { out: 8, kernel: 3 });
    x = n.add("conv2d", "point", x, { out: 8, kernel: 1 });
    x = n.add("conv2d", "grouped", x, { out: 8, kernel: 3, groups: 2 });
    x = n.add("conv2d", "as_depthwise", x, { out: 8, kernel: 3, groups: 8 });
    x = n.add("depthwise", "depth", x, { kernel: 3 });
    x = n.add("conv_transpose2d", "transposed", x, { out: 8, kernel: 1 });
    x = n.add("maxpool", "window", x, { kernel: 2, stride: 2 });
    x = n.add("global_avgpool", "mean", x);
    x = n.add("conv2d", "pixel", x, { out: 4, kernel: 1 });
    x = n.add("flatten", "flat", x);
    x = n.add("dense", "dense", x, { out: 2 });
    const kernels = kernelsOf(n.outputs(x), { precision: "float32" });
    expect(kernels.map(({ path, of }) => `${path} ${of}`)).toEqual([
      "full conv", "point pointwise", "grouped grouped", "as_depthwise depthwise", "depth depthwise", "transposed conv",
      "window pooling", "mean reduction", "pixel dense", "dense dense",
    ]);
  });

  test("bytes are those of the precision; biases of int8 are 32-bit sums", () => {
    const n = net();
    const graph = n.outputs(n.add("conv2d", "c", n.input("image", [3, 8, 8]), { out: 5, kernel: 3, stride: 2, bias: true }));
    const [int8] = kernelsOf(graph, { precision: "int8" });
    expect(int8).toMatchObject({ macs: 5 * 16 * 27, inputBytes: 192, outputBytes: 80, weightBytes: 135 + 20 });
    const [half] = kernelsOf(graph, { precision: "float16" });
    expect(half).toMatchObject({ macs: 5 * 16 * 27, inputBytes: 384, outputBytes: 160, weightBytes: 280 });
    const [single] = kernelsOf(graph, { precision: "float32" });
    expect(single).toMatchObject({ inputBytes: 768, outputBytes: 320, weightBytes: 560 });
  });

  test("an activation is a kernel where the runtime does not compute it inside the layer before it", () => {
    const n = net();
    const graph = deployed(n.outputs(conv(n, "b", n.input("image", [3, 8, 8]), 4, { kernel: 3, act: "hardswish" })));
    const apart = kernelsOf(graph, { precision: "int8" });
    expect(apart.map(({ path, of }) => `${path} ${of}`)).toEqual(["b.conv2d conv", "b.hardswish activation"]);
    expect(apart[1]).toMatchObject({ macs: 0, inputBytes: 256, outputBytes: 256, weightBytes: 0 });
    expect(kernelsOf(graph, { precision: "int8", fused: new Set(["hardswish"]) })).toHaveLength(1);
  });

  test("runtimes differ in what they fuse", () => {
    const fused = (name: Parameters<typeof fusedActivations>[0]) => ["relu6", "sigmoid", "hardswish", "tanh"].filter((act) => fusedActivations(name).has(act));
    expect(fused("cmsis_nn")).toEqual(["relu6"]);
    expect(fused("tfjs_wasm")).toEqual(["relu6", "sigmoid"]);
    expect(fused("ort_wasm")).toEqual(["relu6", "sigmoid", "tanh"]);
  });

  test.each(["MobileNetV1", "MobileNetV2", "SqueezeNet11", "MobileNetV3Large", "EfficientNetB0"])("%s: MACs add up to the network's", (name) => {
    const { graph } = libraryModel(name);
    const kernels = kernelsOf(deployed(graph), { precision: "float32" });
    expect(kernels.reduce((sum, { macs }) => sum + macs, 0)).toBe(analyse(graph).macs);
  });

  test("MobileNetV2: kernels by kind", () => {
    const counts = new Map<string, number>();
    for (const { of } of kernelsOf(deployed(mobilenetV2()), { precision: "int8" })) counts.set(of, (counts.get(of) ?? 0) + 1);
    // 17 blocks, the first without expansion: 16 + 17 pointwise and the head's; 10 residual sums
    expect(Object.fromEntries(counts)).toEqual({ conv: 1, depthwise: 17, pointwise: 34, elementwise: 10, reduction: 1, dense: 1 });
  });

  test("the gates of EfficientNet are dense layers on one pixel", () => {
    const kernels = kernelsOf(deployed(efficientNet("b0")), { precision: "float32" });
    expect(kernels.filter(({ of }) => of === "dense")).toHaveLength(2 * 16 + 1);
  });
});
