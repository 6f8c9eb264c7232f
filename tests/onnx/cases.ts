/** Small networks that together use every operator in its several forms. */
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { network } from "./networks.ts";

const image = [4, 7, 9] as const;
const only = (name: Parameters<Parameters<typeof network>[1]>[0]["op"] extends (n: infer N, ...rest: any[]) => any ? N : never, given: Record<string, unknown> = {}, shape: readonly number[] = image): Graph =>
  network({ x: shape }, ({ op }, x) => ({ y: op(name, [x], given) }));
const binary = (name: "add" | "sub" | "mul" | "div" | "matmul", a: readonly number[], b: readonly number[], given = {}): Graph =>
  network({ a, b }, ({ op }, x, z) => ({ y: op(name, [x, z], given) }));

export const cases: Readonly<Record<string, () => Graph>> = {
  "conv2d": () => only("conv2d", { out: 6, stride: [2, 1] }),
  "conv2d same": () => only("conv2d", { out: 3, kernel: [5, 3], stride: [2, 2], pad: "same" }, [4, 8, 9]),
  "conv2d dilated groups": () => only("conv2d", { out: 6, groups: 2, dilation: [2, 1], pad: [1, 2, 3, 0], bias: false }),
  "depthwise": () => only("depthwise", { multiplier: 2, stride: [1, 2] }),
  "conv_transpose2d": () => only("conv_transpose2d", { out: 6, stride: [2, 2], output_pad: [1, 1], groups: 2 }),
  "conv_transpose2d same": () => only("conv_transpose2d", { out: 5, kernel: [2, 3], stride: [3, 2], pad: "same" }),
  "conv_transpose2d dilated": () => only("conv_transpose2d", { out: 2, dilation: [2, 2], stride: [1, 3], pad: [1, 0, 2, 1], bias: false }),
  "conv_transpose2d output pad of a dilation": () => only("conv_transpose2d", { out: 2, dilation: [1, 3], output_pad: [0, 2] }),
  "conv_transpose2d output pad beyond the filter": () => only("conv_transpose2d", { out: 2, dilation: [1, 3], output_pad: [0, 2], pad: "valid" }),
  "conv_transpose2d output pad without bias": () => only("conv_transpose2d", { out: 2, dilation: [1, 3], output_pad: [0, 2], pad: [1, 0, 1, 1], bias: false }),
  "dense": () => only("dense", { out: 5 }, [7]),
  "dense 1x1": () => only("dense", { out: 5, bias: false }, [7, 1, 1]),
  "dense steps": () => only("dense", { out: 5 }, [6, 7]),
  "dense deep": () => only("dense", { out: 5, bias: false }, [2, 3, 4, 7]),
  "matmul": () => binary("matmul", [3, 4], [4, 5]),
  "matmul a": () => binary("matmul", [2, 4, 3], [2, 4, 5], { transpose_a: true }),
  "matmul b": () => binary("matmul", [2, 3, 4], [2, 5, 4], { transpose_b: true }),
  "matmul ab": () => binary("matmul", [4, 3], [5, 4], { transpose_a: true, transpose_b: true }),
  "batchnorm": () => only("batchnorm", { eps: 1e-3 }),
  "batchnorm features": () => only("batchnorm", {}, [6]),
  "layernorm channels": () => only("layernorm"),
  "layernorm last": () => only("layernorm", {}, [3, 8]),
  "layernorm middle": () => only("layernorm", { axis: 1 }, [3, 5, 4]),
  "maxpool": () => only("maxpool", { kernel: [3, 2], stride: [2, 2], pad: [1, 0, 1, 1] }),
  "maxpool ceil": () => only("maxpool", { kernel: [3, 3], stride: [2, 2], ceil: true }, [3, 8, 10]),
  "maxpool ceil start in padding": () => only("maxpool", { kernel: [3, 3], stride: [3, 3], ceil: true, pad: [1, 1, 1, 1] }, [3, 8, 10]),
  "maxpool ceil stride over kernel": () => only("maxpool", { kernel: [1, 2], stride: [3, 4], ceil: true }, [3, 6, 7]),
  "maxpool same": () => only("maxpool", { kernel: [2, 2], stride: [2, 2], pad: "same" }),
  "avgpool": () => only("avgpool", { kernel: [3, 2] }),
  "avgpool include": () => only("avgpool", { kernel: [3, 3], stride: [2, 2], pad: [1, 1, 1, 1] }),
  "avgpool exclude": () => only("avgpool", { kernel: [3, 3], stride: [2, 2], pad: "same", count_include_pad: false }, [3, 8, 9]),
  "avgpool ceil": () => only("avgpool", { kernel: [3, 3], stride: [2, 2], ceil: true }, [3, 8, 10]),
  "avgpool ceil include": () => only("avgpool", { kernel: [3, 3], stride: [2, 2], ceil: true, pad: [1, 0, 1, 1] }, [3, 9, 10]),
  "avgpool ceil exclude": () => only("avgpool", { kernel: [3, 3], stride: [2, 2], ceil: true, pad: [1, 0, 1, 1], count_include_pad: false }, [3, 8, 10]),
  "global_avgpool": () => only("global_avgpool"),
  "global_maxpool": () => only("global_maxpool"),
  "adaptive_avgpool one": () => only("adaptive_avgpool", { size: [1, 1] }),
  "adaptive_avgpool even": () => only("adaptive_avgpool", { size: [2, 3] }, [3, 8, 9]),
  "adaptive_avgpool uneven": () => only("adaptive_avgpool", { size: [3, 4] }),
  "adaptive_avgpool rows": () => only("adaptive_avgpool", { size: [3, 9] }),
  "adaptive_avgpool columns": () => only("adaptive_avgpool", { size: [7, 4] }),
  "adaptive_maxpool even": () => only("adaptive_maxpool", { size: [4, 3] }, [3, 8, 9]),
  "adaptive_maxpool uneven": () => only("adaptive_maxpool", { size: [3, 4] }),
  "adaptive_maxpool rows": () => only("adaptive_maxpool", { size: [3, 3] }),
  "relu": () => only("relu"),
  "relu6": () => network({ x: image }, ({ op }, x) => ({ y: op("relu6", [op("mul", [x, op("constant", [], { value: 5 })])]) })),
  "leaky_relu": () => only("leaky_relu", { slope: 0.3 }),
  "prelu": () => only("prelu"),
  "prelu features": () => only("prelu", {}, [5]),
  "elu": () => only("elu", { alpha: 0.7 }),
  "sigmoid": () => only("sigmoid"),
  "hardsigmoid": () => only("hardsigmoid"),
  "hardsigmoid 0.2": () => only("hardsigmoid", { slope: 0.2, offset: 0.4 }),
  "tanh": () => only("tanh"),
  "swish": () => only("swish"),
  "hardswish": () => network({ x: image }, ({ op }, x) => ({ y: op("hardswish", [op("mul", [x, op("constant", [], { value: 3 })])]) })),
  "gelu": () => only("gelu"),
  "gelu tanh": () => only("gelu", { approximate: "tanh" }),
  "softmax": () => only("softmax"),
  "softmax last": () => only("softmax", { axis: -1 }),
  "softmax vector": () => only("softmax", {}, [10]),
  "add": () => binary("add", image, image),
  "sub broadcast": () => binary("sub", image, [4, 1, 1]),
  "mul ranks": () => binary("mul", image, [9]),
  "div ranks": () => binary("div", [9], [3, 1, 9]),
  "add constant list": () => network({ x: [3, 4, 2] }, ({ op }, x) => ({ y: op("add", [op("constant", [], { value: [[[1]], [[2]], [[3]]] }), x]) })),
  "sub constant of higher rank": () => network({ x: [2] }, ({ op }, x) => ({ y: op("sub", [op("constant", [], { value: [[1, 2], [3, 4], [5, 6]] }), x]) })),
  "concat": () => network({ a: [2, 3, 4], b: [5, 3, 4] }, ({ op }, a, b) => ({ y: op("concat", [a, b, a]) })),
  "concat last": () => network({ a: [2, 3, 4], b: [2, 3, 1] }, ({ op }, a, b) => ({ y: op("concat", [a, b], { axis: -1 }) })),
  "concat constant": () => network({ x: [2, 3, 4] }, ({ op }, x) => ({ y: op("concat", [op("constant", [], { value: 1.5, shape: [1, 3, 4] }), x, op("constant", [], { value: -1, shape: [2, 3, 4] })]) })),
  "split parts": () => network({ x: image }, ({ all, op }, x) => {
    const [a, b] = all("split", [x], { parts: 2 });
    return { y: op("sub", [a, b]), b };
  }),
  "split sizes": () => network({ x: image }, ({ all }, x) => {
    const [a, b, c] = all("split", [x], { sizes: [2, 4, 3], axis: -1 });
    return { c, a, b };
  }),
  "split one": () => network({ x: image }, ({ all }, x) => ({ y: all("split", [x], { parts: 1 })[0] })),
  "slice": () => only("slice", { start: 1, end: -1, axis: 2, step: 3 }),
  "slice channels": () => only("slice", { start: -2 }),
  "pad": () => only("pad", { amount: [1, 2, 0, 3], value: -0.5 }),
  "pad reflect": () => only("pad", { amount: [1, 2, 3, 0], mode: "reflect" }),
  "pad edge": () => only("pad", { amount: [2, 0, 1, 4], mode: "edge" }),
  "reshape": () => only("reshape", { shape: [7, -1, 6] }),
  "flatten": () => only("flatten"),
  "transpose": () => only("transpose", { order: [2, 0, 1] }),
  "channel_shuffle": () => only("channel_shuffle", { groups: 3 }, [6, 3, 4]),
  "resize nearest": () => only("resize", { factor: [2, 3] }),
  "resize nearest size": () => only("resize", { size: [5, 13] }),
  "resize nearest rows": () => only("resize", { size: [49, 9] }),
  "resize bilinear": () => only("resize", { factor: [2, 3], mode: "bilinear" }),
  "resize bilinear size": () => only("resize", { size: [11, 5], mode: "bilinear" }),
  "resize bilinear corners": () => only("resize", { size: [11, 18], mode: "bilinear", coordinates: "align_corners" }),
  "resize bilinear corners one": () => only("resize", { size: [1, 5], mode: "bilinear", coordinates: "align_corners" }),
  "resize bilinear asymmetric": () => only("resize", { size: [14, 20], mode: "bilinear", coordinates: "asymmetric" }),
  "resize bilinear one": () => only("resize", { size: [1, 1], mode: "bilinear" }),
  "reduce_mean": () => only("reduce_mean", { axes: [1, 2] }),
  "reduce_sum": () => only("reduce_sum", { axes: [0], keepdims: false }),
  "reduce_max": () => only("reduce_max", { axes: [-1, 0], keepdims: false }),
  "dropout": () => network({ x: image }, ({ op }, x) => ({ y: op("drop_path", [op("dropout", [op("relu", [x])], { rate: 0.5 })], { rate: 0.1 }) })),
  "dropout of the input": () => only("dropout", { rate: 0.5 }),
  "input as output": () => network({ x: image }, (_, x) => ({ y: x })),
  "one tensor, two outputs": () => network({ x: image }, ({ op }, x) => {
    const y = op("relu", [x]);
    return { y, again: y };
  }),
  "names that collide": () => network({ relu: image }, ({ op }, x) => ({ out: op("add", [op("relu", [x], {}, "relu"), op("sigmoid", [x], {}, "out")], {}, "out.sum") })),
  "conv, batchnorm, every fused activation": () => network({ x: image }, ({ op }, x) => {
    const y: Record<string, ReturnType<typeof op>> = {};
    for (const act of ["relu", "relu6", "leaky_relu", "elu", "sigmoid", "hardsigmoid", "tanh", "swish", "hardswish", "gelu"] as const) y[act] = op(act, [op("batchnorm", [op("conv2d", [x], { out: 3, bias: act === "relu" }, `${act}_conv`)], {}, `${act}_norm`)], {}, `${act}_act`);
    return y;
  }),
  "transposed conv, batchnorm": () => network({ x: image }, ({ op }, x) => ({ y: op("batchnorm", [op("conv_transpose2d", [x], { out: 6, groups: 2 })]) })),
  "dense, batchnorm": () => network({ x: [6] }, ({ op }, x) => ({ y: op("relu6", [op("batchnorm", [op("dense", [x], { out: 6 })])]) })),
};
