/**
 * The operators once more, in double precision, as naive loops straight from their definitions: what backends are compared with. Slow and
 * plain on purpose. Tensors are row-major, channels first, without the batch.
 */
import type { Activation, Graph, Node, Tensor } from "../src/compiler/ir/graph.ts";
import { elements, type Shape } from "../src/compiler/ir/shape.ts";
import type { Weight } from "../src/compiler/ir/weight.ts";
import type { AttrsOf, OpName } from "../src/compiler/ops/index.ts";
import { ops } from "../src/compiler/ops/index.ts";

export interface Value {
  readonly shape: Shape;
  readonly data: Float64Array;
}

export interface Weights {
  get(name: string): ArrayLike<number>;
}

/** Runs the graph for one example; inputs and outputs by name. Weights made by passes are computed from their recipes. */
export function run(graph: Graph, inputs: Readonly<Record<string, ArrayLike<number>>>, weights: Weights): Readonly<Record<string, Value>> {
  const values = runAll(graph, inputs, weights);
  return Object.fromEntries(graph.outputs.map((output) => [output.name, values.get(output.tensor)!]));
}

/** As `run`, with the value of every tensor of the graph. */
export function runAll(graph: Graph, inputs: Readonly<Record<string, ArrayLike<number>>>, weights: Weights): ReadonlyMap<Tensor, Value> {
  const values = new Map<Tensor, Value>();
  for (const { name, tensor } of graph.inputs) values.set(tensor, value(tensor.shape!, inputs[name]));
  for (const node of graph.nodes) {
    let results = apply(node, node.inputs.map((x) => values.get(x)!), weights);
    if (node.activation) results = [apply(node.activation, results, weights)[0]];
    results.forEach((result, i) => values.set(node.outputs[i], result));
  }
  return values;
}

/** A weight's numbers in double precision: from the store, or by its recipe. */
export function weightValues(weight: Weight, weights: Weights): Float64Array {
  const { recipe } = weight;
  if (!recipe) return Float64Array.from(weights.get(weight.name));
  if (recipe.kind === "data") return Float64Array.from(recipe.data);
  const scale = weightValues(recipe.norm.scale, weights);
  const variance = weightValues(recipe.norm.var, weights);
  const factor = scale.map((s, o) => s / Math.sqrt(variance[o] + recipe.norm.eps));
  if (recipe.kind === "bias") {
    const mean = weightValues(recipe.norm.mean, weights);
    const shift = weightValues(recipe.norm.bias, weights);
    const bias = recipe.bias ? weightValues(recipe.bias, weights) : mean.map(() => 0);
    return bias.map((b, o) => (b - mean[o]) * factor[o] + shift[o]);
  }
  const kernel = weightValues(recipe.kernel, weights);
  if (recipe.transposedGroups === undefined) {
    const each = kernel.length / factor.length;
    return kernel.map((k, i) => k * factor[Math.floor(i / each)]);
  }
  const [ins, outsPerGroup, kh, kw] = recipe.kernel.shape;
  const insPerGroup = ins / recipe.transposedGroups;
  return kernel.map((k, i) => {
    const c = Math.floor(i / (outsPerGroup * kh * kw));
    const o = Math.floor(i / (kh * kw)) % outsPerGroup;
    return k * factor[Math.floor(c / insPerGroup) * outsPerGroup + o];
  });
}

function apply(node: Node | Activation, inputs: readonly Value[], weights: Weights): readonly Value[] {
  if (!Object.hasOwn(ops, node.op.name)) throw new Error(`no reference for ${node.op.name}`);
  const byRole = new Map(node.weights.map((w) => [w.role, value(w.shape, weightValues(w, weights))]));
  const result = (table[node.op.name as OpName] as Reference<any>)(inputs, node.attrs, (role) => byRole.get(role as never)!);
  return Array.isArray(result) ? result : [result as Value];
}

function value(shape: Shape, data: ArrayLike<number>): Value {
  if (data.length !== elements(shape)) throw new Error(`${data.length} numbers for [${shape.join(", ")}]`);
  return { shape, data: Float64Array.from(data) };
}

type Reference<A> = (inputs: readonly Value[], attrs: A, weight: (role: string) => Value) => Value | readonly Value[];

/** A tensor from a function of its indices. */
function fill(shape: Shape, at: (index: readonly number[]) => number): Value {
  const data = new Float64Array(elements(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = at(index);
    for (let a = shape.length - 1; a >= 0 && ++index[a] === shape[a]; a--) index[a] = 0;
  }
  return { shape, data };
}

function get({ shape, data }: Value, index: readonly number[]): number {
  let i = 0;
  for (let a = 0; a < shape.length; a++) i = i * shape[a] + index[a];
  return data[i];
}

const map = (x: Value, f: (v: number, i: number) => number): Value => ({ shape: x.shape, data: x.data.map(f) });
const set = (index: readonly number[], axis: number, to: number): number[] => index.map((v, a) => (a === axis ? to : v));
const replaced = (shape: Shape, axis: number, side: number): Shape => set(shape, axis, side);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

function convolve(x: Value, w: Value, bias: Value | undefined, a: AttrsOf<"conv2d">): Value {
  const [channels, height, width] = x.shape;
  const perGroup = channels / a.groups;
  const [top, left, bottom, right] = a.pads;
  const side = (n: number, pads: number, axis: 0 | 1) => Math.floor((n + pads - (a.kernel[axis] - 1) * a.dilation[axis] - 1) / a.stride[axis]) + 1;
  return fill([a.out, side(height, top + bottom, 0), side(width, left + right, 1)], ([o, oy, ox]) => {
    let total = bias ? bias.data[o] : 0;
    const first = Math.floor(o / (a.out / a.groups)) * perGroup;
    for (let c = 0; c < perGroup; c++)
      for (let ky = 0; ky < a.kernel[0]; ky++)
        for (let kx = 0; kx < a.kernel[1]; kx++) {
          const y = oy * a.stride[0] - top + ky * a.dilation[0];
          const z = ox * a.stride[1] - left + kx * a.dilation[1];
          if (y >= 0 && y < height && z >= 0 && z < width) total += get(x, [first + c, y, z]) * get(w, [o, c, ky, kx]);
        }
    return total;
  });
}

function convolveTransposed(x: Value, w: Value, bias: Value | undefined, a: AttrsOf<"conv_transpose2d">): Value {
  const [channels, height, width] = x.shape;
  const [top, left, bottom, right] = a.pads;
  const side = (n: number, pads: number, axis: 0 | 1) => (n - 1) * a.stride[axis] - pads + (a.kernel[axis] - 1) * a.dilation[axis] + 1 + a.outputPad[axis];
  const shape = [a.out, side(height, top + bottom, 0), side(width, left + right, 1)];
  const y = fill(shape, ([o]) => (bias ? bias.data[o] : 0));
  const outs = a.out / a.groups;
  for (let c = 0; c < channels; c++)
    for (let o = 0; o < outs; o++)
      for (let iy = 0; iy < height; iy++)
        for (let ix = 0; ix < width; ix++)
          for (let ky = 0; ky < a.kernel[0]; ky++)
            for (let kx = 0; kx < a.kernel[1]; kx++) {
              const oy = iy * a.stride[0] + ky * a.dilation[0] - top;
              const ox = ix * a.stride[1] + kx * a.dilation[1] - left;
              if (oy < 0 || oy >= shape[1] || ox < 0 || ox >= shape[2]) continue;
              const out = Math.floor(c / (channels / a.groups)) * outs + o;
              y.data[(out * shape[1] + oy) * shape[2] + ox] += get(x, [c, iy, ix]) * get(w, [c, o, ky, kx]);
            }
  return y;
}

/** Windows of a pooling, with the elements in each and how many places it has within the padded image (PyTorch's divisor). */
function pool(x: Value, a: AttrsOf<"maxpool">, take: (found: readonly number[], places: number) => number): Value {
  const [channels, height, width] = x.shape;
  const [top, left, bottom, right] = a.pads;
  const steps = (n: number, before: number, after: number, k: number, s: number) => {
    const room = n + before + after - k;
    if (!a.ceil) return Math.floor(room / s) + 1;
    const count = Math.ceil(room / s) + 1;
    return (count - 1) * s >= n + before ? count - 1 : count;
  };
  return fill([channels, steps(height, top, bottom, a.kernel[0], a.stride[0]), steps(width, left, right, a.kernel[1], a.stride[1])], ([c, oy, ox]) => {
    const found: number[] = [];
    const y0 = oy * a.stride[0] - top;
    const x0 = ox * a.stride[1] - left;
    const y1 = Math.min(y0 + a.kernel[0], height + bottom);
    const x1 = Math.min(x0 + a.kernel[1], width + right);
    for (let y = y0; y < y1; y++) for (let z = x0; z < x1; z++) if (y >= 0 && y < height && z >= 0 && z < width) found.push(get(x, [c, y, z]));
    return take(found, (y1 - y0) * (x1 - x0));
  });
}

function adaptivePool(x: Value, size: readonly [number, number], take: (found: readonly number[]) => number): Value {
  const [channels, height, width] = x.shape;
  return fill([channels, ...size], ([c, oy, ox]) => {
    const found: number[] = [];
    for (let y = Math.floor((oy * height) / size[0]); y < Math.ceil(((oy + 1) * height) / size[0]); y++)
      for (let z = Math.floor((ox * width) / size[1]); z < Math.ceil(((ox + 1) * width) / size[1]); z++) found.push(get(x, [c, y, z]));
    return take(found);
  });
}

const mean = (found: readonly number[]): number => sum(found) / found.length;
const largest = (found: readonly number[]): number => found.reduce((a, b) => Math.max(a, b), -Infinity);

function arithmetic(f: (a: number, b: number) => number): Reference<unknown> {
  return ([a, b]) => {
    const rank = Math.max(a.shape.length, b.shape.length);
    const side = (s: Shape, i: number) => s[i - rank + s.length] ?? 1;
    const pick = (x: Value, index: readonly number[]) => get(x, x.shape.map((n, i) => (n === 1 ? 0 : index[i + rank - x.shape.length])));
    return fill(range(rank).map((i) => Math.max(side(a.shape, i), side(b.shape, i))), (index) => f(pick(a, index), pick(b, index)));
  };
}

function reduce(x: Value, { axes, keepdims }: AttrsOf<"reduce_mean">, take: (found: readonly number[]) => number): Value {
  const kept = fill(x.shape.map((n, a) => (axes.includes(a) ? 1 : n)), (index) => {
    let places: number[][] = [[...index]];
    for (const axis of axes) places = places.flatMap((p) => range(x.shape[axis]).map((i) => set(p, axis, i)));
    return take(places.map((p) => get(x, p)));
  });
  return keepdims ? kept : { shape: x.shape.filter((_, a) => !axes.includes(a)), data: kept.data };
}

/** The error function: its series below 3, the continued fraction of its complement above. */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x < 3) {
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
      term *= (-x * x) / n;
      total += term / (2 * n + 1);
      if (n > 200) break;
    }
    return (2 / Math.sqrt(Math.PI)) * total;
  }
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return 1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

const clamp = (v: number, low: number, high: number): number => Math.min(Math.max(v, low), high);

function interpolate(x: Value, { size, mode, coordinates }: AttrsOf<"resize">): Value {
  const [channels, height, width] = x.shape;
  if (mode === "nearest") return fill([channels, ...size], ([c, oy, ox]) => get(x, [c, Math.floor((oy * height) / size[0]), Math.floor((ox * width) / size[1])]));
  const place = (o: number, n: number, m: number) => {
    if (coordinates === "align_corners") return m === 1 ? 0 : (o * (n - 1)) / (m - 1);
    return coordinates === "asymmetric" ? (o * n) / m : ((o + 0.5) * n) / m - 0.5;
  };
  return fill([channels, ...size], ([c, oy, ox]) => {
    const y = clamp(place(oy, height, size[0]), 0, height - 1);
    const z = clamp(place(ox, width, size[1]), 0, width - 1);
    const [y0, z0] = [Math.floor(y), Math.floor(z)];
    const [y1, z1] = [Math.min(y0 + 1, height - 1), Math.min(z0 + 1, width - 1)];
    const row = (r: number) => get(x, [c, r, z0]) * (1 - (z - z0)) + get(x, [c, r, z1]) * (z - z0);
    return row(y0) * (1 - (y - y0)) + row(y1) * (y - y0);
  });
}

/** Where an index outside `n` elements comes from: mirrored without repeating the edge, or the edge. */
const reflected = (i: number, n: number): number => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i);

const table: { readonly [N in OpName]: Reference<AttrsOf<N>> } = {
  conv2d: ([x], a, w) => convolve(x, w("weight"), w("bias"), a),
  depthwise: ([x], a, w) => convolve(x, w("weight"), w("bias"), a),
  conv_transpose2d: ([x], a, w) => convolveTransposed(x, w("weight"), w("bias"), a),
  dense: ([x], a, w) => {
    const weight = w("weight");
    const bias = w("bias") as Value | undefined;
    const ins = weight.shape[1];
    const outer = x.shape.length === 3 && x.shape[1] * x.shape[2] === 1 ? [] : x.shape.slice(0, -1);
    const y = fill([elements(outer), a.out], ([r, o]) => (bias ? bias.data[o] : 0) + sum(range(ins).map((i) => x.data[r * ins + i] * weight.data[o * ins + i])));
    return { shape: [...outer, a.out], data: y.data };
  },
  matmul: ([a, b], { transposeA, transposeB }) => {
    const exchanged = (x: Value, yes: boolean) => (yes ? fill([...x.shape.slice(0, -2), x.shape.at(-1)!, x.shape.at(-2)!], (i) => get(x, [...i.slice(0, -2), i.at(-1)!, i.at(-2)!])) : x);
    const [p, q] = [exchanged(a, transposeA), exchanged(b, transposeB)];
    return fill([...p.shape.slice(0, -1), q.shape.at(-1)!], (i) => sum(range(p.shape.at(-1)!).map((k) => get(p, [...i.slice(0, -1), k]) * get(q, [...i.slice(0, -2), k, i.at(-1)!]))));
  },
  batchnorm: ([x], { eps }, w) => {
    const each = elements(x.shape.slice(1));
    const alone = w("mean") === undefined;
    return map(x, (v, i) => {
      const c = Math.floor(i / each);
      if (alone) return v * w("scale").data[c] + w("bias").data[c];
      return ((v - w("mean").data[c]) / Math.sqrt(w("var").data[c] + eps)) * w("scale").data[c] + w("bias").data[c];
    });
  },
  layernorm: ([x], { axis, eps }, w) =>
    fill(x.shape, (index) => {
      const line = range(x.shape[axis]).map((i) => get(x, set(index, axis, i)));
      const middle = mean(line);
      const variance = mean(line.map((v) => (v - middle) ** 2));
      return ((get(x, index) - middle) / Math.sqrt(variance + eps)) * w("scale").data[index[axis]] + w("bias").data[index[axis]];
    }),
  maxpool: ([x], a) => pool(x, a, largest),
  avgpool: ([x], a) => pool(x, a, (found, places) => sum(found) / (a.countIncludePad ? places : found.length)),
  global_avgpool: ([x]) => adaptivePool(x, [1, 1], mean),
  global_maxpool: ([x]) => adaptivePool(x, [1, 1], largest),
  adaptive_avgpool: ([x], { size }) => adaptivePool(x, size, mean),
  adaptive_maxpool: ([x], { size }) => adaptivePool(x, size, largest),
  relu: ([x]) => map(x, (v) => Math.max(v, 0)),
  relu6: ([x]) => map(x, (v) => clamp(v, 0, 6)),
  leaky_relu: ([x], { slope }) => map(x, (v) => (v > 0 ? v : slope * v)),
  prelu: ([x], _, w) => map(x, (v, i) => (v > 0 ? v : v * w("slope").data[Math.floor(i / elements(x.shape.slice(1)))])),
  elu: ([x], { alpha }) => map(x, (v) => (v > 0 ? v : alpha * Math.expm1(v))),
  sigmoid: ([x]) => map(x, (v) => 1 / (1 + Math.exp(-v))),
  hardsigmoid: ([x], { slope, offset }) => map(x, (v) => clamp(slope * v + offset, 0, 1)),
  tanh: ([x]) => map(x, Math.tanh),
  swish: ([x]) => map(x, (v) => v / (1 + Math.exp(-v))),
  hardswish: ([x]) => map(x, (v) => (v * clamp(v + 3, 0, 6)) / 6),
  gelu: ([x], { approximate }) =>
    map(x, (v) => (approximate === "tanh" ? 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))) : 0.5 * v * (1 + erf(v / Math.SQRT2)))),
  softmax: ([x], { axis }) =>
    fill(x.shape, (index) => {
      const line = range(x.shape[axis]).map((i) => get(x, set(index, axis, i)));
      const top = largest(line);
      return Math.exp(get(x, index) - top) / sum(line.map((v) => Math.exp(v - top)));
    }),
  add: arithmetic((a, b) => a + b),
  sub: arithmetic((a, b) => a - b),
  mul: arithmetic((a, b) => a * b),
  div: arithmetic((a, b) => a / b),
  concat: (inputs, { axis }) =>
    fill(replaced(inputs[0].shape, axis, sum(inputs.map((x) => x.shape[axis]))), (index) => {
      let at = index[axis];
      for (const x of inputs) {
        if (at < x.shape[axis]) return get(x, set(index, axis, at));
        at -= x.shape[axis];
      }
      throw new Error("past the last part");
    }),
  split: ([x], { axis, sizes }) => sizes.map((size, k) => fill(replaced(x.shape, axis, size), (index) => get(x, set(index, axis, index[axis] + sum(sizes.slice(0, k)))))),
  slice: ([x], { axis, start, end, step }) => fill(replaced(x.shape, axis, Math.ceil((end - start) / step)), (index) => get(x, set(index, axis, start + index[axis] * step))),
  pad: ([x], { pads: [top, left, bottom, right], mode, value: added }) => {
    const [channels, height, width] = x.shape;
    return fill([channels, height + top + bottom, width + left + right], ([c, oy, ox]) => {
      const [y, z] = [oy - top, ox - left];
      if (mode === "reflect") return get(x, [c, reflected(y, height), reflected(z, width)]);
      if (mode === "edge") return get(x, [c, clamp(y, 0, height - 1), clamp(z, 0, width - 1)]);
      return y < 0 || y >= height || z < 0 || z >= width ? added : get(x, [c, y, z]);
    });
  },
  reshape: ([x], { shape }) => ({ shape, data: x.data }),
  flatten: ([x]) => ({ shape: [x.data.length], data: x.data }),
  transpose: ([x], { order }) => fill(order.map((a) => x.shape[a]), (index) => get(x, x.shape.map((_, a) => index[order.indexOf(a)]))),
  channel_shuffle: ([x], { groups }) => fill(x.shape, ([c, y, z]) => get(x, [(c % groups) * (x.shape[0] / groups) + Math.floor(c / groups), y, z])),
  resize: ([x], a) => interpolate(x, a),
  reduce_mean: ([x], a) => reduce(x, a, mean),
  reduce_sum: ([x], a) => reduce(x, a, sum),
  reduce_max: ([x], a) => reduce(x, a, largest),
  dropout: ([x]) => x,
  drop_path: ([x]) => x,
  constant: (_, { shape, data }) => value(shape, data),
};
