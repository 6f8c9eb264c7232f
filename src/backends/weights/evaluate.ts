/** The numbers of a weight: from the store, or computed from others by its recipe. */
import type { Norm, Weight } from "../../compiler/ir/weight.ts";
import { elements } from "../../compiler/ir/shape.ts";
import type { WeightStore } from "./store.ts";

/**
 * Row-major. Recipes are computed in double precision and rounded once. Nothing is kept from one call to the next. A weight that is read as it is may be
 * the store's own array: not to be written to. `room` gives the array for a folded kernel, new unless said otherwise; what it holds is overwritten.
 */
export function evaluate(weight: Weight, store: WeightStore, room: Room = newRoom): Float32Array {
  const { recipe } = weight;
  if (!recipe) return store.get(weight.name);
  if (recipe.kind === "data") return Float32Array.from(recipe.data);
  if (recipe.kind === "bias") return foldedBias(recipe.bias && evaluate(recipe.bias, store), recipe.norm, store);
  const into = room(elements(weight.shape));
  const kernel = evaluate(recipe.kernel, store);
  const factors = factorsOf(recipe.norm, store);
  if (recipe.transposedGroups === undefined) scaleRows(kernel, factors, into);
  else scaleTransposed(kernel, recipe.kernel.shape, recipe.transposedGroups, factors, into);
  return into;
}

/** An array of this length. */
export type Room = (length: number) => Float32Array;

const newRoom: Room = (length) => new Float32Array(length);

/** Room that is the same memory each time, as large as the largest that was asked for: for a writer that needs one weight at a time. */
export function sharedRoom(): Room {
  let held = new Float32Array(0);
  return (length) => {
    if (held.length < length) held = new Float32Array(length);
    return held.subarray(0, length);
  };
}

/** scale / √(var + eps) for each channel. */
function factorsOf(norm: Norm, store: WeightStore): Float64Array {
  const scale = evaluate(norm.scale, store);
  const variance = evaluate(norm.var, store);
  const factors = new Float64Array(scale.length);
  for (let o = 0; o < factors.length; o++) factors[o] = scale[o] / Math.sqrt(variance[o] + norm.eps);
  return factors;
}

function foldedBias(bias: Float32Array | undefined, norm: Norm, store: WeightStore): Float32Array {
  const factors = factorsOf(norm, store);
  const mean = evaluate(norm.mean, store);
  const shift = evaluate(norm.bias, store);
  const into = new Float32Array(factors.length);
  for (let o = 0; o < into.length; o++) into[o] = ((bias ? bias[o] : 0) - mean[o]) * factors[o] + shift[o];
  return into;
}

/** The out channels lie on the first axis. */
function scaleRows(kernel: Float32Array, factors: Float64Array, into: Float32Array): void {
  const row = kernel.length / factors.length;
  for (let o = 0; o < factors.length; o++) scaleRun(kernel, factors[o], into, o * row, (o + 1) * row);
}

/** into[i] = kernel[i] · factor from `i` to `end`. Eight at a time takes half as long as one: all loads stand before all stores. */
function scaleRun(kernel: Float32Array, factor: number, into: Float32Array, i: number, end: number): void {
  for (; i + 8 <= end; i += 8) {
    const a = kernel[i] * factor;
    const b = kernel[i + 1] * factor;
    const c = kernel[i + 2] * factor;
    const d = kernel[i + 3] * factor;
    const e = kernel[i + 4] * factor;
    const f = kernel[i + 5] * factor;
    const g = kernel[i + 6] * factor;
    const h = kernel[i + 7] * factor;
    into[i] = a;
    into[i + 1] = b;
    into[i + 2] = c;
    into[i + 3] = d;
    into[i + 4] = e;
    into[i + 5] = f;
    into[i + 6] = g;
    into[i + 7] = h;
  }
  for (; i < end; i++) into[i] = kernel[i] * factor;
}

/** [in, out / groups, height, width]: in channel c belongs to group ⌊c / (in / groups)⌋, whose out channels follow each other. */
function scaleTransposed(kernel: Float32Array, shape: readonly number[], groups: number, factors: Float64Array, into: Float32Array): void {
  const [ins, outs, height, width] = shape;
  const area = height * width;
  for (let c = 0; c < ins; c++) {
    const first = Math.floor(c / (ins / groups)) * outs;
    for (let o = 0; o < outs; o++) scaleRun(kernel, factors[first + o], into, (c * outs + o) * area, (c * outs + o + 1) * area);
  }
}
