/** What operators compute, for constants: in double precision, row-major, without the batch. */
import type { Node } from "../ir/graph.ts";
import { elements, type Shape } from "../ir/shape.ts";

export interface Numbers {
  readonly shape: Shape;
  readonly data: readonly number[];
}

/** One array of numbers per output, or undefined where the operator is not one of those computed here. */
export function compute(node: Node, inputs: readonly Numbers[]): readonly Numbers[] | undefined {
  const { name } = node.op;
  const shapes = node.outputs.map((y) => y.shape!);
  const [x] = inputs;
  if (Object.hasOwn(arithmetic, name)) return [broadcasted(arithmetic[name], x, inputs[1], shapes[0])];
  if (Object.hasOwn(activations, name)) {
    const act = activations[name];
    return [{ shape: shapes[0], data: x.data.map((v) => act(v, node.attrs)) }];
  }
  if (Object.hasOwn(movements, name)) return movements[name](inputs, node.attrs, shapes);
  return undefined;
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
};

const activations: Readonly<Record<string, (x: number, attrs: any) => number>> = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leaky_relu: (x, { slope }) => (x < 0 ? slope * x : x),
  elu: (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x),
  sigmoid,
  hardsigmoid: (x, { slope, offset }) => Math.min(Math.max(slope * x + offset, 0), 1),
  tanh: (x) => Math.tanh(x),
  swish: (x) => x * sigmoid(x),
  hardswish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
};

type Movement = (inputs: readonly Numbers[], attrs: any, shapes: readonly Shape[]) => readonly Numbers[];

const sameOrder: Movement = ([x], _attrs, [shape]) => [{ shape, data: x.data }];

const movements: Readonly<Record<string, Movement>> = {
  reshape: sameOrder,
  flatten: sameOrder,
  transpose: ([x], { order }: { readonly order: readonly number[] }, [shape]) => {
    const from = strides(x.shape);
    return [gathered(x, shape, order.map((axis) => from[axis]), 0)];
  },
  slice: ([x], { axis, start, step }: { readonly axis: number; readonly start: number; readonly step: number }, [shape]) => {
    const from = strides(x.shape);
    return [gathered(x, shape, from.map((s, a) => (a === axis ? s * step : s)), start * from[axis])];
  },
  split: ([x], { axis }: { readonly axis: number }, shapes) => {
    const from = strides(x.shape);
    let start = 0;
    return shapes.map((shape) => {
      const part = gathered(x, shape, from, start * from[axis]);
      start += shape[axis];
      return part;
    });
  },
  concat: (inputs, { axis }: { readonly axis: number }, [shape]) => {
    const outer = elements(shape.slice(0, axis));
    const data: number[] = [];
    for (let o = 0; o < outer; o++) {
      for (const x of inputs) {
        const run = x.data.length / outer;
        for (let i = o * run; i < (o + 1) * run; i++) data.push(x.data[i]);
      }
    }
    return [{ shape, data }];
  },
};

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The distance in memory between neighbours along each axis. */
function strides(shape: Shape): number[] {
  const steps: number[] = [];
  for (let axis = shape.length - 1, step = 1; axis >= 0; step *= shape[axis--]) steps[axis] = step;
  return steps;
}

/** Reads `x` from `start` on with a step for each axis of the result. */
function gathered(x: Numbers, shape: Shape, steps: readonly number[], start: number): Numbers {
  const data: number[] = [];
  const read = (axis: number, at: number): void => {
    if (axis === shape.length) data.push(x.data[at]);
    else for (let i = 0; i < shape[axis]; i++) read(axis + 1, at + i * steps[axis]);
  };
  read(0, start);
  return { shape, data };
}

function broadcasted(op: (a: number, b: number) => number, a: Numbers, b: Numbers, shape: Shape): Numbers {
  const spread = (x: Numbers) => {
    const steps = strides(x.shape).map((step, axis) => (x.shape[axis] === 1 ? 0 : step));
    return gathered(x, shape, [...Array.from<number>({ length: shape.length - x.shape.length }).fill(0), ...steps], 0).data;
  };
  const left = spread(a);
  const right = spread(b);
  return { shape, data: left.map((value, i) => op(value, right[i])) };
}
