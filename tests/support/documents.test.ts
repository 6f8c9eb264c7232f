/** Sets that cannot be run here: on either side of each limit that their makers' documents state, an operator that is mapped and one that is not. */
import { describe, expect, test } from "vitest";
import type { KernelSet } from "../../src/compiler/devices/device.ts";
import { supportOf } from "../../src/compiler/devices/support/support.ts";
import type { Shape } from "../../src/compiler/ir/shape.ts";
import type { OpName } from "../../src/compiler/ops/index.ts";
import { network } from "../onnx/networks.ts";

type Call = readonly [op: OpName, given: Readonly<Record<string, unknown>>, ...inputs: Shape[]];

function status(kernels: KernelSet, [name, given, ...inputs]: Call): string {
  const graph = network(Object.fromEntries(inputs.map((shape, i) => [`x${i}`, shape])), ({ all }, ...tensors) => Object.fromEntries(all(name, tensors, given).map((y, i) => [`y${i}`, y])));
  return supportOf(kernels, "int8", graph.nodes.at(-1)!).status;
}

function limits(kernels: KernelSet, rows: readonly (readonly [limit: string, within: Call, beyond: Call])[]): void {
  test.each(rows)("%s", (_, within, beyond) => {
    expect([status(kernels, within), status(kernels, beyond)]).toEqual(["native", "fallback"]);
  });
}

const image: Shape = [4, 24, 24];

describe("Arm Vela 3.10.0, SUPPORTED_OPS.md", () => {
  limits("vela", [
    ["Input(s) and Output tensors must not be greater than 4D", ["relu", {}, [2, 3, 4]], ["relu", {}, [2, 3, 4, 5]]],
    ["Tensor dimensions must be in the range [1, 65535]", ["relu", {}, [65_535]], ["relu", {}, [65_536]]],
    ["ADD: at least one Input's shape must match the OFM's shape", ["add", {}, image, [4, 1, 1]], ["add", {}, [1, 24, 24], [4, 1, 1]]],
    ["MUL: the same", ["mul", {}, [4, 1, 1], image], ["mul", {}, [4, 1, 1], [1, 24, 24]]],
    ["AVERAGE_POOL_2D: kernel filter values must be in the range [1, 8] with SAME padding", ["avgpool", { kernel: [7, 7], stride: [1, 1], pad: "same", count_include_pad: false }, image], ["avgpool", { kernel: [9, 9], stride: [1, 1], pad: "same", count_include_pad: false }, image]],
    ["AVERAGE_POOL_2D, VALID: any window of up to 256 rows", ["avgpool", { kernel: [256, 1], stride: [1, 1] }, [1, 300, 2]], ["avgpool", { kernel: [257, 1], stride: [1, 1] }, [1, 300, 2]]],
    ["AVERAGE_POOL_2D, VALID: product of width and height at most 65536", ["avgpool", { kernel: [256, 256], stride: [1, 1] }, [1, 257, 257]], ["avgpool", { kernel: [250, 263], stride: [1, 1] }, [1, 257, 264]]],
    ["AVERAGE_POOL_2D: stride h between 1 and 3 when ofm height is greater than 1", ["avgpool", { kernel: [3, 3], stride: [3, 3] }, image], ["avgpool", { kernel: [4, 4], stride: [4, 4] }, image]],
    ["AVERAGE_POOL_2D: stride w may be folded where 2 or 3 divide it and the width", ["avgpool", { kernel: [1, 4], stride: [1, 4] }, image], ["avgpool", { kernel: [1, 5], stride: [1, 5] }, [4, 24, 25]]],
    ["MAX_POOL_2D: kernel filter height must be in the range [1, 256]", ["maxpool", { kernel: [256, 1], stride: [1, 1] }, [1, 300, 2]], ["maxpool", { kernel: [257, 1], stride: [1, 1] }, [1, 300, 2]]],
    ["MAX_POOL_2D: strides in the range [1, 3]", ["maxpool", { kernel: [3, 3], stride: [3, 3] }, image], ["maxpool", { kernel: [4, 4], stride: [4, 4] }, image]],
    ["adaptive pooling is AVERAGE_POOL_2D with strides", ["adaptive_avgpool", { size: [8, 8] }, image], ["adaptive_avgpool", { size: [4, 4] }, image]],
    ["CONV_2D: stride w divisible by 2 or 3, and ifm width by stride_w / 2 or / 3", ["conv2d", { out: 4, stride: [1, 4], pad: "same" }, image], ["conv2d", { out: 4, stride: [1, 4], pad: "same" }, [4, 24, 25]]],
    ["CONV_2D: dilated kernel height must be in the range [1, 64]", ["conv2d", { out: 4, kernel: [64, 1], pad: "valid" }, [4, 80, 4]], ["conv2d", { out: 4, kernel: [65, 1], pad: "valid" }, [4, 80, 4]]],
    ["CONV_2D: product of dilated kernel width and height at most 4096", ["conv2d", { out: 1, kernel: [64, 64], pad: "valid" }, [1, 66, 66]], ["conv2d", { out: 1, kernel: [64, 65], pad: "valid" }, [1, 66, 66]]],
    ["DEPTHWISE_CONV_2D: strides between 1 and 3", ["depthwise", { stride: [3, 3], pad: "same" }, image], ["depthwise", { stride: [1, 4], pad: "same" }, image]],
    ["DEPTHWISE_CONV_2D: depth multipliers > 1 on one channel", ["depthwise", { multiplier: 3 }, [1, 24, 24]], ["depthwise", { multiplier: 2 }, image]],
    ["TRANSPOSE_CONV: strides must be 1x1 or 2x2", ["conv_transpose2d", { out: 4, stride: [2, 2], pad: "same" }, image], ["conv_transpose2d", { out: 4, stride: [3, 3], pad: "same" }, image]],
    ["MEAN: depth only if at least one of H, W, C is 1", ["reduce_mean", { axes: [0], keepdims: true }, [4, 1, 24]], ["reduce_mean", { axes: [0], keepdims: true }, image]],
    ["MEAN: width at most 4096", ["reduce_mean", { axes: [1, 2], keepdims: true }, [1, 2, 4096]], ["reduce_mean", { axes: [1, 2], keepdims: true }, [1, 2, 4097]]],
    ["PAD: number of input tensors must be exactly 2 (PADV2 has 3)", ["pad", { amount: [1, 1, 1, 1] }, image], ["pad", { amount: [1, 1, 1, 1], value: -0.5 }, image]],
    ["TRANSPOSE: 1xHxWxC -> 1xWxHxC", ["transpose", { order: [0, 2, 1] }, image], ["transpose", { order: [1, 0, 2] }, image]],
    ["TRANSPOSE: 1x1xWxC -> 1x1xCxW", ["transpose", { order: [2, 1, 0] }, [4, 1, 24]], ["transpose", { order: [2, 1, 0] }, image]],
    ["TRANSPOSE: 1xHx1xC -> 1xCx1xH", ["transpose", { order: [1, 0, 2] }, [4, 24, 1]], ["transpose", { order: [1, 2, 0] }, [4, 24, 2]]],
    ["STRIDED_SLICE: all strides values must be 1", ["slice", { start: 1 }, image], ["slice", { step: 2 }, image]],
    ["RESIZE_BILINEAR: 2x/4x/8x", ["resize", { factor: [4, 4], mode: "bilinear", coordinates: "asymmetric" }, image], ["resize", { factor: [3, 3], mode: "bilinear", coordinates: "asymmetric" }, image]],
    ["RESIZE_BILINEAR: half_pixel_centers by 2", ["resize", { factor: [2, 2], mode: "bilinear", coordinates: "half_pixel" }, image], ["resize", { factor: [4, 4], mode: "bilinear", coordinates: "half_pixel" }, image]],
    ["MEAN is in the table, SUM is not", ["global_avgpool", {}, image], ["reduce_sum", { axes: [1, 2], keepdims: true }, image]],
    ["MUL is in the table, DIV is not", ["mul", {}, image, image], ["div", {}, image, image]],
  ]);
});

describe("Google Coral, table of supported operations, edgetpu_compiler 16.0", () => {
  limits("edge_tpu", [
    ["If a tensor has more than 3 dimensions, only the 3 innermost may have a size greater than 1", ["relu", {}, [1, 3, 4, 5]], ["relu", {}, [2, 3, 4, 5]]],
    ["Conv2d: the same dilation in x and y", ["conv2d", { out: 4, dilation: [2, 2] }, image], ["conv2d", { out: 4, dilation: [1, 2] }, image]],
    ["DepthwiseConv2d: the same dilation in x and y", ["depthwise", { dilation: [2, 2] }, image], ["depthwise", { dilation: [2, 1] }, image]],
    ["Mean: if a z-reduction, the z-dimension must be a multiple of 4", ["reduce_mean", { axes: [0], keepdims: true }, [8, 24, 24]], ["reduce_mean", { axes: [0], keepdims: true }, [6, 24, 24]]],
    ["Softmax: 1-D, of at most 16,000 elements", ["softmax", {}, [16_000]], ["softmax", {}, [16_001]]],
    ["Softmax: 1-D", ["softmax", {}, [10]], ["softmax", {}, [4, 10]]],
    ["StridedSlice: strides equal to 1", ["slice", { start: 1 }, image], ["slice", { step: 2 }, image]],
    ["Pad is in the table, MirrorPad is not", ["pad", { amount: [1, 1, 1, 1] }, image], ["pad", { amount: [1, 1, 1, 1], mode: "reflect" }, image]],
    ["Sum has no limit but the batch", ["reduce_sum", { axes: [0], keepdims: true }, [6, 24, 24]], ["div", {}, image, image]],
    ["a shuffle's image seen as groups has four sides above 1", ["channel_shuffle", { groups: 2 }, [4, 1, 24]], ["channel_shuffle", { groups: 2 }, image]],
  ]);
});

describe("CMSIS-NN, tensorflow/lite/micro/kernels/cmsis_nn", () => {
  limits("cmsis_nn", [
    ["add.cc: arm_elementwise_add_s8 where nothing is broadcast, BroadcastAdd4DSlow else", ["add", {}, image, image], ["add", {}, image, [4, 1, 1]]],
    ["mul.cc: arm_elementwise_mul_s8, BroadcastMul4DSlow", ["mul", {}, image, image], ["mul", {}, image, [4, 1, 1]]],
    ["pooling.cc has AVERAGE_POOL_2D; MEAN is the reference kernel", ["avgpool", { kernel: [2, 2] }, image], ["reduce_mean", { axes: [0], keepdims: true }, image]],
    ["transpose_conv.cc is there; resize_bilinear.cc is not", ["conv_transpose2d", { out: 4, stride: [2, 2], pad: "same" }, image], ["resize", { factor: [2, 2], mode: "bilinear" }, image]],
    ["activations are computed with the layer; there is no file for them alone", ["conv2d", { out: 4 }, image], ["hardswish", {}, image]],
  ]);
});
