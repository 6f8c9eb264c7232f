/** Activations: one element in, one element out. Each costs one floating-point operation per element by our rule. */
import { defineOp, type Attributes, type Given } from "../ir/op.ts";
import { axisOf, featureAxis } from "./axis.ts";
import { elements, showShape, type Shape } from "../ir/shape.ts";
import type { WeightSpec } from "../ir/weight.ts";

function activation<N extends string, const S extends Attributes>(name: N, doc: string, source: string, attributes: S) {
  return defineOp({
    name,
    kind: "activation",
    doc,
    source,
    inputs: ["x"],
    attributes,
    infer: ([x], given: Given<S>) => ({ attrs: given, outputs: [x] }),
    flops: (_inputs: readonly Shape[], [y]: readonly Shape[]) => elements(y),
  });
}

export const relu = activation("relu", "max(x, 0)", "ONNX Relu; Nair & Hinton 2010", {});
export const relu6 = activation("relu6", "min(max(x, 0), 6)", "ONNX Clip; Howard et al. 2017 (MobileNets)", {});
export const leakyRelu = activation("leaky_relu", "x where positive, else slope·x", "ONNX LeakyRelu; Maas et al. 2013", {
  slope: { type: "float", default: 0.01, doc: "factor of negative inputs" },
});
export const elu = activation("elu", "x where positive, else alpha·(eˣ − 1)", "ONNX Elu; Clevert et al. 2016", {
  alpha: { type: "float", default: 1, doc: "limit of negative outputs" },
});
export const sigmoid = activation("sigmoid", "1 / (1 + e⁻ˣ)", "ONNX Sigmoid", {});
export const hardsigmoid = activation("hardsigmoid", "min(max(slope·x + offset, 0), 1)", "ONNX HardSigmoid; Howard et al. 2019 (MobileNetV3), section 5.2", {
  slope: { type: "float", default: 1 / 6, doc: "1/6 in PyTorch and Keras 3, 0.2 in older Keras and in ONNX's default" },
  offset: { type: "float", default: 0.5, doc: "value at zero" },
});
export const tanh = activation("tanh", "the hyperbolic tangent", "ONNX Tanh", {});
export const swish = activation("swish", "x · sigmoid(x), also called SiLU", "Ramachandran et al. 2017; Elfwing et al. 2018", {});
export const hardswish = activation("hardswish", "x · min(max(x + 3, 0), 6) / 6", "ONNX HardSwish; Howard et al. 2019 (MobileNetV3), section 5.2", {});
export const gelu = activation("gelu", "x · Φ(x), Φ the normal distribution function", "ONNX Gelu; Hendrycks & Gimpel 2016", {
  approximate: { type: "enum", default: "none", options: ["none", "tanh"], doc: "`none` uses erf, `tanh` the paper's approximation" },
});

export interface SoftmaxAttrs {
  readonly axis: number;
}

export const softmax = defineOp({
  name: "softmax",
  kind: "activation",
  doc: "eˣ divided by its sum over one axis: the channels of an image, else the last.",
  source: "ONNX Softmax",
  inputs: ["x"],
  attributes: { axis: { type: "int", optional: true, doc: "the axis that sums to one, counted without the batch" } },
  infer([x], given) {
    const at = axisOf(given.axis ?? featureAxis(x), x);
    if (typeof at !== "number") return at;
    const attrs: SoftmaxAttrs = { axis: at };
    return { attrs, outputs: [x] };
  },
  flops: (_inputs, [y]) => elements(y),
});

export const prelu = defineOp({
  name: "prelu",
  kind: "activation",
  doc: "x where positive, else slope·x with a learnt slope per channel. Weights: slope [channels].",
  source: "ONNX PRelu; He et al. 2015, section 2.1",
  inputs: ["x"],
  attributes: { initial: { type: "float", default: 0.25, doc: "slope at the start of training" } },
  infer([x], given) {
    if (x.length !== 3 && x.length !== 1) return { problem: `works on [channels, height, width] or [features], not on ${showShape(x)}`, input: 0 };
    return { attrs: { initial: given.initial }, outputs: [x] };
  },
  weights: ([x], attrs: { readonly initial: number }): readonly WeightSpec[] => [{ role: "slope", shape: [x[0]], trainable: true, init: { kind: "fill", value: attrs.initial } }],
  flops: (_inputs, [y]) => elements(y),
});
