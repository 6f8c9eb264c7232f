/** Memory of what is emitted, against counts by hand. */
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/backends/onnx/index.ts";
import { compiled } from "./library.ts";
import { network } from "./networks.ts";

const side = 4 * 8 * 8;

describe("activations of ONNX", () => {
  test("an activation that ONNX Runtime joins to the convolution takes nothing, one that it does not is a step", () => {
    const after = (act: "relu6" | "swish" | "hardswish" | "elu") => network({ x: [1, 8, 8] }, ({ op }, x) => ({ y: op(act, [op("conv2d", [x], { out: 10 })]) }));
    expect(onnx.activations(after("relu6"))).toBe(side * (1 + 10));
    // The convolution's result and the activation's.
    expect(onnx.activations(after("swish"))).toBe(side * (10 + 10));
    expect(onnx.activations(after("elu"))).toBe(side * (10 + 10));
    // HardSigmoid beside its input, then their product.
    expect(onnx.activations(after("hardswish"))).toBe(side * (10 + 10 + 10));
  });

  test("a reshape is a view; a shuffle costs its transposition", () => {
    const shuffled = network({ x: [6, 8, 8] }, ({ op }, x) => ({ y: op("channel_shuffle", [x], { groups: 2 }) }));
    expect(onnx.activations(shuffled)).toBe(side * (6 + 6));
    const flattened = network({ x: [6, 8, 8] }, ({ op }, x) => ({ y: op("flatten", [x]) }));
    expect(onnx.activations(flattened)).toBe(side * 6);
  });

  test("a skip keeps its tensor alive", () => {
    const residual = network({ x: [2, 8, 8] }, ({ op }, x) => {
      const wide = op("relu", [op("conv2d", [x], { out: 12 })]);
      return { y: op("add", [x, op("conv2d", [op("depthwise", [wide])], { out: 2 })]) };
    });
    expect(onnx.activations(residual)).toBe(side * (2 + 12 + 12));
  });

  test("of the library's networks with joined activations are the language's own", async () => {
    for (const expression of ["MobileNetV1()", "MobileNetV2()", "SqueezeNet10()", "SqueezeNet11()", "EfficientNetLite0()"]) {
      const { model, cost } = await compiled(expression);
      expect(onnx.activations(model.graph), expression).toBe(cost.activations);
    }
    expect(onnx.activations((await compiled("MobileNetV2()")).model.graph)).toBe(6_021_120);
  });
});
