/** Numbers written in the source. */
import { defineOp, type Data } from "../ir/op.ts";
import { elements, showShape, type Shape } from "../ir/shape.ts";

/** A constant may have this many elements at most. */
export const MAX_CONSTANT = 65_536;

export interface ConstantAttrs {
  readonly shape: Shape;
  /** In the order of the shape; one number stands for all elements. */
  readonly data: readonly number[];
}

export const constant = defineOp({
  name: "constant",
  kind: "source",
  doc: `A tensor of known numbers: one number, a list, or lists of lists; with \`shape\`, one number fills it. At most ${MAX_CONSTANT} elements. It has no batch and is repeated for every example.`,
  source: "ONNX Constant",
  inputs: [],
  atOnce: true,
  attributes: {
    value: { type: "data", doc: "the numbers" },
    shape: { type: "ints", optional: true, min: 1, doc: "the shape, where `value` is one number" },
  },
  infer(_inputs, given) {
    const sides: number[] = [];
    for (let at: Data = given.value; typeof at !== "number"; at = at[0]) {
      if (at.length === 0) return { problem: "has an empty list", attribute: "value" };
      sides.push(at.length);
    }
    const data: number[] = [];
    const regular = collect(given.value, sides, 0, data);
    if (!regular) return { problem: "has lists of different lengths", attribute: "value" };
    if (given.shape && sides.length > 0) return { problem: "takes its shape from its lists; `shape` goes with one number", attribute: "shape" };
    const shape = given.shape ?? sides;
    if (elements(shape) > MAX_CONSTANT) return { problem: `may have ${MAX_CONSTANT} elements, not the ${elements(shape)} of ${showShape(shape)}` };
    const attrs: ConstantAttrs = { shape, data: given.shape ? Array.from<number>({ length: elements(shape) }).fill(data[0]) : data };
    return { attrs, outputs: [shape] };
  },
  flops: () => 0,
});

function collect(value: Data, sides: readonly number[], depth: number, into: number[]): boolean {
  if (typeof value === "number") {
    into.push(value);
    return depth === sides.length;
  }
  return value.length === sides[depth] && value.every((item) => collect(item, sides, depth + 1, into));
}
