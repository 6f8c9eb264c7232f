/**
 * One-operator networks: every operator, alone or with the activation that becomes part of it, in its attributes' variations.
 * The list is the same every time, and what runtimes made of it is recorded in `probed.json`.
 */
import type { Graph } from "../../src/compiler/ir/graph.ts";
import type { Shape } from "../../src/compiler/ir/shape.ts";
import type { OpName } from "../../src/compiler/ops/index.ts";
import { network } from "../onnx/networks.ts";

type Given = Readonly<Record<string, unknown>>;

const image: Shape = [4, 7, 9];
const found = new Map<string, () => Graph>();

/** A network of one operator on these inputs, named after the operator, its arguments and its inputs. */
function one(name: OpName, given: Given = {}, inputs: readonly Shape[] = [image], then?: OpName): void {
  const shown = Object.entries(given).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const title = `${name}(${shown.join(", ")}) on ${inputs.map((shape) => `[${shape.join(",")}]`).join(" and ")}${then ? ` -> ${then}` : ""}`;
  if (found.has(title)) throw new Error(`two cases of ${title}`);
  found.set(title, () =>
    network(Object.fromEntries(inputs.map((shape, i) => [`x${i}`, shape])), ({ op, all }, ...tensors) => {
      const outputs = all(name, tensors, given);
      if (then) return { y: op(then, [outputs[0]]) };
      return Object.fromEntries(outputs.map((output, i) => [`y${i}`, output]));
    }),
  );
}

/** An operator on an image and numbers of the source. */
function withConstant(name: OpName, value: unknown, shape?: Shape): void {
  const title = `${name} with constant ${JSON.stringify(value)}${shape ? ` of [${shape.join(",")}]` : ""}`;
  found.set(title, () => network({ x: image }, ({ op }, x) => ({ y: op(name, [x, op("constant", [], { value, ...(shape ? { shape } : {}) })]) })));
}

const activations = ["relu", "relu6", "leaky_relu", "prelu", "elu", "sigmoid", "hardsigmoid", "tanh", "swish", "hardswish", "gelu"] as const;

// Convolutions: filters, strides, dilations, groups, paddings.
for (const kernel of [[1, 1], [3, 3], [5, 5], [7, 7], [1, 3], [2, 2]]) for (const stride of [[1, 1], [2, 2]]) one("conv2d", { out: 6, kernel, stride });
for (const stride of [[3, 3], [1, 2], [4, 4]]) one("conv2d", { out: 6, stride });
for (const dilation of [[2, 2], [1, 2], [3, 3]]) one("conv2d", { out: 6, dilation });
one("conv2d", { out: 6, dilation: [2, 2], stride: [2, 2] });
one("conv2d", { out: 8, dilation: [2, 1], stride: [1, 2], groups: 4 });
for (const groups of [2, 4]) for (const kernel of [[1, 1], [3, 3]]) one("conv2d", { out: 8, groups, kernel });
for (const pad of ["same", "valid", [1, 2, 3, 0], [0, 0, 1, 1]]) for (const stride of [[1, 1], [2, 2]]) one("conv2d", { out: 5, pad, stride });
one("conv2d", { out: 5, bias: false });
one("conv2d", { out: 16 }, [[3, 9, 9]]);
one("conv2d", { out: 4 }, [[1, 6, 6]]);
one("conv2d", { out: 1, kernel: [1, 1] }, [[16, 4, 4]]);
for (const kernel of [[3, 3], [5, 5], [7, 7], [1, 3], [1, 1]]) for (const stride of [[1, 1], [2, 2]]) one("depthwise", { kernel, stride });
for (const given of [{ stride: [1, 2] }, { stride: [3, 3] }, { dilation: [2, 2] }, { dilation: [2, 2], stride: [2, 2] }, { multiplier: 2 }, { multiplier: 3, stride: [2, 2] }, { bias: false }, { pad: "same", stride: [2, 2] }, { pad: "valid" }, { pad: [1, 2, 0, 3] }]) one("depthwise", given);
one("depthwise", {}, [[16, 5, 5]]);
one("depthwise", {}, [[1, 5, 5]]);
for (const then of activations) if (then !== "prelu") one("conv2d", { out: 4 }, [image], then);
for (const then of ["relu", "relu6", "swish", "hardswish"] as const) one("depthwise", {}, [image], then);
for (const stride of [[1, 1], [2, 2], [2, 3], [3, 1]]) one("conv_transpose2d", { out: 6, stride });
for (const given of [{ output_pad: [1, 1], stride: [2, 2] }, { groups: 2 }, { groups: 2, stride: [2, 2] }, { kernel: [2, 2], stride: [2, 2], pad: "valid" }, { kernel: [4, 4], stride: [2, 2], pad: [1, 1, 1, 1] }, { pad: "same", stride: [2, 2] }, { dilation: [2, 2] }, { dilation: [2, 1], stride: [1, 2] }, { bias: false }, { dilation: [1, 3], output_pad: [0, 2] }, { dilation: [1, 3], output_pad: [0, 2], pad: "valid" }]) one("conv_transpose2d", { out: 6, ...given });
one("conv_transpose2d", { out: 6, stride: [2, 2] }, [image], "relu");

// Matrix products.
for (const shape of [[7], [7, 1, 1], [6, 7], [2, 3, 4, 7]]) one("dense", { out: 5 }, [shape]);
one("dense", { out: 5, bias: false }, [[7]]);
for (const then of activations) if (then !== "prelu") one("dense", { out: 5 }, [[7]], then);
for (const then of ["relu", "relu6"] as const) one("dense", { out: 5 }, [[6, 7]], then);
for (const transpose_a of [false, true]) for (const transpose_b of [false, true]) one("matmul", { transpose_a, transpose_b }, [transpose_a ? [4, 3] : [3, 4], transpose_b ? [5, 4] : [4, 5]]);
one("matmul", {}, [[2, 3, 4], [2, 4, 5]]);
one("matmul", {}, [[2, 2, 3, 4], [2, 2, 4, 5]]);

// Normalisations.
for (const shape of [image, [6]]) one("batchnorm", {}, [shape]);
for (const [shape, axis] of [[image, undefined], [[3, 8], undefined], [[8], undefined], [[3, 5, 4], 1], [[3, 5, 4], 2], [[2, 3, 4, 5], 3]] as const) one("layernorm", axis === undefined ? {} : { axis }, [shape]);

// Poolings.
for (const kernel of [[2, 2], [3, 3], [3, 2], [5, 5], [1, 1]]) one("maxpool", { kernel });
for (const given of [{ stride: [2, 2] }, { stride: [1, 1] }, { stride: [2, 2], pad: [1, 1, 1, 1] }, { stride: [2, 2], pad: "same" }, { stride: [1, 1], pad: "same" }, { stride: [2, 2], pad: [0, 1, 1, 0] }, { stride: [2, 2], ceil: true }, { stride: [3, 3], ceil: true, pad: [1, 1, 1, 1] }]) one("maxpool", { kernel: [3, 3], ...given }, [[4, 8, 10]]);
one("maxpool", { kernel: [1, 1], stride: [2, 2] });
for (const kernel of [[2, 2], [3, 3], [3, 2], [7, 9], [1, 1]]) one("avgpool", { kernel });
for (const count_include_pad of [true, false]) for (const given of [{ stride: [2, 2] }, { stride: [2, 2], pad: [1, 1, 1, 1] }, { stride: [1, 1], pad: "same" }, { stride: [2, 2], pad: [0, 1, 1, 0] }, { stride: [2, 2], ceil: true }, { stride: [2, 2], ceil: true, pad: [1, 0, 1, 1] }]) one("avgpool", { kernel: [3, 3], ...given, count_include_pad }, [[4, 8, 10]]);
for (const name of ["global_avgpool", "global_maxpool"] as const) for (const shape of [image, [4, 1, 1], [3, 16, 16]]) one(name, {}, [shape]);
for (const [size, shape] of [[[1, 1], image], [[2, 3], [3, 8, 9]], [[3, 4], image], [[3, 9], image], [[7, 4], image], [[6, 5], [3, 3, 4]]] as const) one("adaptive_avgpool", { size }, [shape]);
for (const [size, shape] of [[[1, 1], image], [[4, 3], [3, 8, 9]], [[3, 4], image], [[3, 3], image], [[5, 2], [3, 2, 3]]] as const) one("adaptive_maxpool", { size }, [shape]);

// Activations on their own: on images, vectors, lists of vectors.
for (const name of activations) for (const shape of name === "prelu" ? [image, [6]] : [image, [6], [5, 6]]) one(name, {}, [shape]);
one("leaky_relu", { slope: 0.3 });
one("elu", { alpha: 0.7 });
one("hardsigmoid", { slope: 0.2, offset: 0.4 });
one("gelu", { approximate: "tanh" });
one("relu", {}, [[2, 3, 4, 5]]);
for (const [shape, axis] of [[image, undefined], [image, 1], [image, -1], [[10], undefined], [[4, 6], undefined], [[4, 6], 0], [[2, 3, 4, 5], undefined]] as const) one("softmax", axis === undefined ? {} : { axis }, [shape]);

// Arithmetic: alike, over channels, over places, of other ranks.
for (const name of ["add", "sub", "mul", "div"] as const) for (const [a, b] of [[image, image], [image, [4, 1, 1]], [image, [1, 7, 9]], [[4, 1, 1], image], [[6], [6]], [[5, 6], [6]], [image, [9]], [[2, 3, 4, 5], [2, 3, 4, 5]]] as const) one(name, {}, [a, b]);
one("add", {}, [[2, 3, 4, 5], [3, 4, 5]]);
withConstant("add", 2.5);
withConstant("mul", [[[1]], [[2]], [[3]], [[4]]]);
withConstant("sub", 1.5, [4, 7, 9]);

// Movement.
for (const axis of [0, 1, 2]) one("concat", { axis }, [image, image]);
one("concat", {}, [image, [2, 7, 9], [3, 7, 9]]);
one("concat", {}, [[4], [6]]);
one("concat", { axis: 0 }, [[2, 6], [3, 6]]);
one("concat", { axis: -1 }, [[2, 3, 4, 5], [2, 3, 4, 1]]);
for (const [given, shape] of [[{ parts: 2 }, image], [{ parts: 1 }, image], [{ parts: 3, axis: -1 }, image], [{ sizes: [2, 4, 3], axis: -1 }, image], [{ sizes: [1, 3] }, image], [{ parts: 2 }, [6]]] as const) one("split", given, [shape]);
for (const given of [{ start: 1 }, { start: -2 }, { start: 1, end: -1, axis: 1 }, { start: 1, end: -1, axis: 2, step: 3 }, { step: 2 }]) one("slice", given);
one("slice", { start: 2 }, [[6]]);
for (const mode of ["constant", "reflect", "edge"]) for (const amount of [[1, 1, 1, 1], [1, 2, 0, 3]]) one("pad", { amount, mode });
one("pad", { amount: [1, 1, 1, 1], value: -0.5 });
for (const [shape, from] of [[[-1], image], [[7, -1, 6], image], [[2, 2, 7, 9], image], [[6, 1, 1], [6]], [[3, 2], [6]], [[2, 2, 7, 3, 3], image], [[2, 2, 2, 2, 2, 2], [4, 4, 4]]] as const) one("reshape", { shape }, [from]);
for (const shape of [image, [6, 1, 1], [6], [3, 4]]) one("flatten", {}, [shape]);
for (const [order, shape] of [[[2, 0, 1], image], [[1, 2, 0], image], [[0, 2, 1], image], [[1, 0], [5, 6]], [[3, 1, 0, 2], [2, 3, 4, 5]], [[0, 2, 1, 4, 3], [2, 2, 3, 2, 3]]] as const) one("transpose", { order }, [shape]);
for (const groups of [2, 4]) one("channel_shuffle", { groups });
for (const given of [{ factor: [2, 2] }, { factor: [2, 3] }, { size: [5, 13] }, { size: [14, 9] }, { size: [7, 9] }]) for (const mode of ["nearest", "bilinear"]) one("resize", { ...given, mode });
for (const coordinates of ["align_corners", "asymmetric"]) for (const size of [[14, 18], [11, 5]]) one("resize", { size, mode: "bilinear", coordinates });

// Reductions.
for (const name of ["reduce_mean", "reduce_sum", "reduce_max"] as const) for (const [axes, keepdims, shape] of [[[1, 2], true, image], [[1, 2], false, image], [[0], true, image], [[-1], false, image], [[0, 1, 2], true, image], [[0], true, [6]], [[1], false, [5, 6]]] as const) one(name, { axes, keepdims }, [shape]);

// What only training sees.
for (const name of ["dropout", "drop_path"] as const) one(name, { rate: 0.5 });

/** The networks by their titles, in order. */
export const cases: ReadonlyMap<string, () => Graph> = found;
