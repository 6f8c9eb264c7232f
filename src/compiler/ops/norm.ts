/** Normalisations. */
import { defineOp } from "../ir/op.ts";
import { elements, showShape } from "../ir/shape.ts";
import type { WeightSpec } from "../ir/weight.ts";
import { axisOf, featureAxis } from "./axis.ts";
import { ONES, ZEROS } from "./conv.ts";

export interface BatchnormAttrs {
  readonly eps: number;
  readonly momentum: number;
}

export const batchnorm = defineOp({
  name: "batchnorm",
  kind: "normalization",
  doc: "Normalises every channel by the mean and variance of the batch while training, by running ones afterwards: y = scale·(x − mean)/√(var + eps) + bias. Weights: scale, bias [channels], trained; mean, var [channels], running statistics.",
  source: "ONNX BatchNormalization; Ioffe & Szegedy 2015",
  inputs: ["x"],
  attributes: {
    eps: { type: "float", default: 1e-5, min: 0, doc: "added to the variance: 1e-5 in PyTorch, 1e-3 in Keras" },
    momentum: { type: "float", default: 0.9, min: 0, max: 1, doc: "share of the old running statistics that stays at each step (TensorFlow's sense; PyTorch's is one minus this)" },
  },
  infer([x], given) {
    if (x.length !== 3 && x.length !== 1) return { problem: `works on [channels, height, width] or [features], not on ${showShape(x)}`, input: 0 };
    const attrs: BatchnormAttrs = { eps: given.eps, momentum: given.momentum };
    return { attrs, outputs: [x] };
  },
  weights: ([x]): readonly WeightSpec[] => [
    { role: "scale", shape: [x[0]], trainable: true, init: ONES },
    { role: "bias", shape: [x[0]], trainable: true, init: ZEROS },
    { role: "mean", shape: [x[0]], trainable: false, init: ZEROS },
    { role: "var", shape: [x[0]], trainable: false, init: ONES },
  ],
  // Alone, after folding: one multiplication and one addition per element.
  flops: (_inputs, [y]) => 2 * elements(y),
});

export interface LayernormAttrs {
  readonly axis: number;
  readonly eps: number;
}

export const layernorm = defineOp({
  name: "layernorm",
  kind: "normalization",
  doc: "Normalises each example over one axis by its own mean and variance, then scales and shifts. The axis is the channels of an image, else the last. Weights: scale, bias [size of the axis].",
  source: "ONNX LayerNormalization; Ba et al. 2016",
  inputs: ["x"],
  attributes: {
    eps: { type: "float", default: 1e-5, min: 0, doc: "added to the variance" },
    axis: { type: "int", optional: true, doc: "the axis that is normalised, counted without the batch" },
  },
  infer([x], given) {
    const at = axisOf(given.axis ?? featureAxis(x), x);
    if (typeof at !== "number") return at;
    const attrs: LayernormAttrs = { axis: at, eps: given.eps };
    return { attrs, outputs: [x] };
  },
  weights: ([x], attrs: LayernormAttrs): readonly WeightSpec[] => [
    { role: "scale", shape: [x[attrs.axis]], trainable: true, init: ONES },
    { role: "bias", shape: [x[attrs.axis]], trainable: true, init: ZEROS },
  ],
  // Two reductions (mean, variance), then subtract, divide, scale and shift.
  flops: ([x]) => 6 * elements(x),
});
