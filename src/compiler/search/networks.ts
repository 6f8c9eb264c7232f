/**
 * All networks that a model gives under combinations of its parameters' values, each analysed. A network is expanded once for each combination of what
 * shapes its layers; where only the inputs' sizes differ, it is resized.
 */
import { analyse } from "../analyse/cost.ts";
import { figuresOf, type Figures } from "../analyse/figures.ts";
import type { KernelClass } from "../devices/device.ts";
import { classOf } from "../devices/kernels.ts";
import type { Model } from "../elaborate/model.ts";
import type { Graph } from "../ir/graph.ts";
import { elements } from "../ir/shape.ts";
import { deployed } from "../passes/index.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { resizer } from "./resize.ts";
import { combination, sizeOf, type Axis, type Value, type Values } from "./space.ts";

export interface Network {
  readonly values: Values;
  /** Its place among all combinations, from 0; the last axis changes fastest. */
  readonly rank: number;
  readonly figures: Figures;
  /** Elements of its largest tensor. */
  readonly largest: () => number;
  /** Equal for the same network under other values. */
  readonly fingerprint: () => number;
  /** The kinds of its kernels that multiply. */
  readonly kinds: ReadonlySet<KernelClass>;
  /** The model itself, expanded with these values. */
  readonly model: () => Model;
}

/** Those that compile. Combinations that differ only in the inputs' sizes follow each other; `rank` gives the order of the axes. */
export function* networks(model: Model, axes: readonly Axis[]): Generator<Network> {
  const sized = axes.map(({ name, values }) => model.inputSizes?.holds(name) === true && values.every((value) => typeof value !== "string"));
  const outer = axes.filter((_, i) => !sized[i]);
  const inner = axes.filter((_, i) => sized[i]);
  const rankOf = ranks(axes, outer, inner);
  const innerSize = sizeOf(inner);
  for (let o = 0; o < sizeOf(outer); o++) {
    const around = combination(outer, o);
    const base = outer.length === 0 ? model : model.vary(around);
    const kinds = base?.complete ? multiplyingKinds(deployed(base.graph)) : undefined;
    const resize = base?.complete && inner.length > 0 ? resizer(base) : undefined;
    for (let i = 0; i < innerSize; i++) {
      const sizes = combination(inner, i);
      const values = inOrder(axes, around, sizes);
      const rank = rankOf(o, i);
      const resized = resize?.at(sizes as Readonly<Record<string, number | boolean>>);
      if (resized) {
        yield { values, rank, figures: resized.figures, largest: () => resized.largest, fingerprint: () => resized.fingerprint, kinds: kinds!, model: () => model.vary(values)! };
        continue;
      }
      const other = inner.length === 0 ? base : model.vary(values);
      if (other?.complete) yield expanded(other, values, rank);
    }
  }
}

function expanded(model: Model, values: Values, rank: number): Network {
  const graph = deployed(model.graph);
  return {
    values,
    rank,
    figures: figuresOf(analyse(model.graph)),
    largest: () => largestTensor(graph),
    fingerprint: () => fingerprintOf(graph),
    kinds: multiplyingKinds(graph),
    model: () => model,
  };
}

/** Of another size, a pointwise convolution can be one of a single pixel, which counts as a dense layer, and the reverse. */
function multiplyingKinds({ nodes }: Graph): ReadonlySet<KernelClass> {
  const kinds = new Set<KernelClass>();
  for (const node of nodes) if (node.op.macs) kinds.add(classOf(node) ?? "any");
  if (kinds.has("pointwise") || kinds.has("dense")) kinds.add("pointwise").add("dense");
  return kinds;
}

function largestTensor({ inputs, nodes }: Graph): number {
  let largest = 0;
  for (const { tensor } of inputs) largest = Math.max(largest, elements(tensor.shape!));
  for (const { op, outputs } of nodes) if (op.kind !== "source") for (const { shape } of outputs) largest = Math.max(largest, elements(shape!));
  return largest;
}

function inOrder(axes: readonly Axis[], around: Values, sizes: Values): Values {
  const values: Record<string, Value> = {};
  for (let i = 0; i < axes.length; i++) {
    const { name } = axes[i];
    values[name] = sizes[name] ?? around[name];
  }
  return values;
}

/** From the places among the outer and the inner combinations to the place among all. */
function ranks(axes: readonly Axis[], outer: readonly Axis[], inner: readonly Axis[]): (outer: number, inner: number) => number {
  return (o, i) => {
    let rank = 0;
    let stride = 1;
    const rest = [o, i];
    for (let a = axes.length - 1; a >= 0; a--) {
      const side = outer.includes(axes[a]) ? 0 : 1;
      const { length } = axes[a].values;
      rank += stride * (rest[side] % length);
      rest[side] = Math.floor(rest[side] / length);
      stride *= length;
    }
    return inner.length + outer.length === 0 ? 0 : rank;
  };
}
