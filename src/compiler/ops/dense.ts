/** Products of matrices: dense layers and matmul. */
import { defineOp } from "../ir/op.ts";
import { elements, showShape, type Shape } from "../ir/shape.ts";
import type { Init, WeightSpec } from "../ir/weight.ts";
import { initOf, ZEROS } from "./conv.ts";

export interface DenseAttrs {
  readonly out: number;
  readonly bias: boolean;
  readonly init: Init;
}

export const dense = defineOp({
  name: "dense",
  kind: "dense",
  doc: "A fully connected layer over the last axis: y = W·x + b. It takes [features], [channels, 1, 1] after a global pooling, or [steps, features]. Weights: weight [out, in], bias [out].",
  source: "ONNX Gemm with transB = 1",
  inputs: ["x"],
  attributes: {
    out: { type: "channels", min: 1, doc: "number of output features" },
    bias: { type: "bool", default: true, doc: "adds one number per output feature" },
    init: { type: "enum", default: "he_fan_in", options: ["he", "he_fan_in", "glorot", "normal"], doc: "how training starts, as for conv2d; over the fan in (He et al. 2015, equation 10), since a classifier has many inputs and few outputs, whose size the fan out would blow up. Keras' Dense is `glorot`, torchvision's MobileNets `normal`" },
    init_std: { type: "float", default: 0.01, min: 0, doc: "standard deviation of `init=normal`" },
  },
  infer([x], given) {
    const attrs: DenseAttrs = { out: given.out, bias: given.bias, init: initOf(given.init, given.init_std) };
    if (x.length === 3) {
      if (x[1] !== 1 || x[2] !== 1) return { problem: `takes a vector, not the image ${showShape(x)}; put \`flatten\` or \`global_avgpool\` before it`, input: 0 };
      return { attrs, outputs: [[given.out]] };
    }
    if (x.length === 0) return { problem: "takes a vector, not a single number", input: 0 };
    return { attrs, outputs: [[...x.slice(0, -1), given.out]] };
  },
  weights: ([x], attrs: DenseAttrs): readonly WeightSpec[] => [
    { role: "weight", shape: [attrs.out, features(x)], trainable: true, init: attrs.init },
    ...(attrs.bias ? [{ role: "bias", shape: [attrs.out], trainable: true, init: ZEROS } as const] : []),
  ],
  macs: ([x], [y]) => elements(y) * features(x),
  flops: (_inputs, [y], attrs) => (attrs.bias ? elements(y) : 0),
});

function features(x: Shape): number {
  return x.length === 3 ? x[0] : x[x.length - 1];
}

export interface MatmulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export const matmul = defineOp({
  name: "matmul",
  kind: "dense",
  doc: "The product of two tensors' last two axes, [..., n, k] · [..., k, m] → [..., n, m]; axes before them must be equal.",
  source: "ONNX MatMul",
  inputs: ["a", "b"],
  atOnce: true,
  attributes: {
    transpose_a: { type: "bool", default: false, doc: "takes the first with its last two axes exchanged" },
    transpose_b: { type: "bool", default: false, doc: "takes the second with its last two axes exchanged" },
  },
  infer([a, b], given) {
    if (a.length < 2 || b.length !== a.length) return { problem: `takes two tensors of one rank, 2 or more, not ${showShape(a)} and ${showShape(b)}` };
    const [n, k] = lastTwo(a, given.transpose_a);
    const [k2, m] = lastTwo(b, given.transpose_b);
    const outer = a.slice(0, -2);
    if (k !== k2) return { problem: `cannot multiply ${showShape(a)} by ${showShape(b)}: ${k} columns meet ${k2} rows` };
    if (outer.some((side, i) => side !== b[i])) return { problem: `cannot multiply ${showShape(a)} by ${showShape(b)}: the leading axes differ` };
    const attrs: MatmulAttrs = { transposeA: given.transpose_a, transposeB: given.transpose_b };
    return { attrs, outputs: [[...outer, n, m]] };
  },
  macs: ([a], [y], attrs: MatmulAttrs) => elements(y) * lastTwo(a, attrs.transposeA)[1],
  flops: () => 0,
});

function lastTwo(shape: Shape, transposed: boolean): readonly [number, number] {
  const rows = shape[shape.length - 2];
  const columns = shape[shape.length - 1];
  return transposed ? [columns, rows] : [rows, columns];
}
