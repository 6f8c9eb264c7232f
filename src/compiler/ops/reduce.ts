/** Reductions over axes. */
import { defineOp } from "../ir/op.ts";
import { elements, showShape } from "../ir/shape.ts";

export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

function reduction<N extends string>(name: N, doc: string, onnx: string) {
  return defineOp({
    name,
    kind: "reduction",
    doc,
    source: `ONNX ${onnx}`,
    inputs: ["x"],
    attributes: {
      axes: { type: "ints", doc: "the axes, counted without the batch: [1, 2] are an image's height and width" },
      keepdims: { type: "bool", default: true, doc: "keeps the reduced axes with side 1" },
    },
    infer([x], given) {
      const axes = given.axes.map((a) => (a < 0 ? a + x.length : a)).sort((a, b) => a - b);
      if (axes.length === 0 || axes.some((a, i) => a < 0 || a >= x.length || a === axes[i - 1])) return { problem: `cannot reduce the axes [${given.axes.join(", ")}] of ${showShape(x)}`, attribute: "axes" };
      const attrs: ReduceAttrs = { axes, keepdims: given.keepdims };
      const y = given.keepdims ? x.map((side, a) => (axes.includes(a) ? 1 : side)) : x.filter((_, a) => !axes.includes(a));
      return { attrs, outputs: [y] };
    },
    flops: ([x]) => elements(x),
  });
}

export const reduceMean = reduction("reduce_mean", "The mean over axes.", "ReduceMean");
export const reduceSum = reduction("reduce_sum", "The sum over axes.", "ReduceSum");
export const reduceMax = reduction("reduce_max", "The largest element over axes.", "ReduceMax");
