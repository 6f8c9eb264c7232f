/** Operators on several tensors: arithmetic with broadcasting, and concatenation. Their calls give a tensor at once. */
import { defineOp } from "../ir/op.ts";
import { elements, showShape, type Shape } from "../ir/shape.ts";
import { axisOf } from "./axis.ts";

function arithmetic<N extends string>(name: N, doc: string, onnx: string, presumed?: (known: readonly Shape[]) => Shape | undefined) {
  return defineOp({
    name,
    kind: "elementwise",
    doc: `${doc} A side of 1 is repeated to fit the other tensor's, and a tensor of lower rank gets leading sides of 1.`,
    source: `ONNX ${onnx}`,
    inputs: ["a", "b"],
    atOnce: true,
    attributes: {},
    infer([a, b]) {
      const y = broadcast(a, b);
      if (!y) return { problem: `cannot bring ${showShape(a)} and ${showShape(b)} to one shape${firstDifference(a, b)}`, ...(otherChannels(a, b) ? { meant: [a[0] > b[0] ? a : b] } : {}) };
      return { attrs: {}, outputs: [y] };
    },
    ...(presumed ? { presumed } : {}),
    flops: (_inputs: readonly Shape[], [y]: readonly Shape[]) => elements(y),
  });
}

/** Images of one size with more and fewer channels: a shortcut that lacks its projection, or a branch of a wrong width. */
function otherChannels(a: Shape, b: Shape): boolean {
  return a.length === 3 && b.length === 3 && a[1] === b[1] && a[2] === b[2];
}

/** Summands are alike, unless one is a number a channel. */
export const add = arithmetic("add", "a + b.", "Add", ([x]) => (x?.length === 3 && x[1] * x[2] > 1 ? x : undefined));
export const sub = arithmetic("sub", "a − b.", "Sub");
export const mul = arithmetic("mul", "a · b.", "Mul");
export const div = arithmetic("div", "a / b.", "Div");

export interface ConcatAttrs {
  readonly axis: number;
}

export const concat = defineOp({
  name: "concat",
  kind: "movement",
  doc: "Lays tensors side by side along one axis; their other sides must be equal.",
  source: "ONNX Concat",
  inputs: ["x"],
  variadic: true,
  atOnce: true,
  attributes: { axis: { type: "int", default: 0, doc: "the axis, counted without the batch; 0 is the channels" } },
  infer(inputs, given) {
    const [first] = inputs;
    const axis = axisOf(given.axis, first);
    if (typeof axis !== "number") return axis;
    let side = 0;
    for (const [i, x] of inputs.entries()) {
      if (x.length !== first.length) return { problem: `cannot join ${showShape(first)} and ${showShape(x)}: their ranks differ`, input: i };
      for (let a = 0; a < x.length; a++) {
        if (a !== axis && x[a] !== first[a]) return { problem: `cannot join ${showShape(first)} and ${showShape(x)}: ${axisName(a, x.length)} is ${first[a]} in one and ${x[a]} in the other`, input: i };
      }
      side += x[axis];
    }
    const attrs: ConcatAttrs = { axis };
    return { attrs, outputs: [first.map((s, a) => (a === axis ? side : s))] };
  },
  flops: () => 0,
});

/** The shape that both broadcast to, or undefined. */
function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const y: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x1 = a[i - rank + a.length] ?? 1;
    const x2 = b[i - rank + b.length] ?? 1;
    if (x1 !== x2 && x1 !== 1 && x2 !== 1) return undefined;
    y.push(x1 === 1 ? x2 : x1);
  }
  return y;
}

/** What people call an axis. */
function axisName(axis: number, rank: number): string {
  return rank === 3 ? ["the number of channels", "the height", "the width"][axis] : `axis ${axis}`;
}

function firstDifference(a: Shape, b: Shape): string {
  if (a.length !== b.length) return "";
  const axis = a.findIndex((side, i) => side !== b[i] && side !== 1 && b[i] !== 1);
  return `: ${axisName(axis, a.length)} is ${a[axis]} in one and ${b[axis]} in the other`;
}
