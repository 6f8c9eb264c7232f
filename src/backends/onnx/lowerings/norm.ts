/** Normalisations and reductions. */
import type { AttrsOf } from "../../../compiler/ops/index.ts";
import { floats, ints, result, step, weight, type Site, type Value } from "../target.ts";

/** BatchNormalization in its inference form. One of which only a factor and a shift are left has a mean of 0 and a variance of 1. */
export function batchnorm(site: Site, [x]: readonly Value[], { eps, momentum }: AttrsOf<"batchnorm">): Value {
  const [scale, bias] = (["scale", "bias"] as const).map((role) => weight(site, role)!);
  const mean = weight(site, "mean");
  const variance = weight(site, "var");
  if (mean !== undefined && variance !== undefined) return result(site, "BatchNormalization", [x, scale, bias, mean, variance], { epsilon: { float: eps }, momentum: { float: momentum } });
  const all = (value: number) => floats(site, [x.shape[0]], Array.from<number>({ length: x.shape[0] }).fill(value));
  return result(site, "BatchNormalization", [x, scale, bias, all(0), all(1)], { epsilon: { float: 0 }, momentum: { float: momentum } });
}

/** LayerNormalization over the last axis; another axis is brought there and back. */
export function layernorm(site: Site, [x]: readonly Value[], { axis, eps }: AttrsOf<"layernorm">): Value {
  const parameters = [weight(site, "scale")!, weight(site, "bias")!];
  const attributes = { axis: { int: -1 }, epsilon: { float: eps } };
  const last = x.shape.length - 1;
  if (axis === last) return result(site, "LayerNormalization", [x, ...parameters], attributes);
  const order = [...x.shape.keys()].filter((a) => a !== axis).concat(axis);
  const moved = step(site, "axis_last", order.map((a) => x.shape[a]), "Transpose", [x], { perm: { ints: [0, ...order.map((a) => a + 1)] } });
  const normal = step(site, "normalized", moved.shape, "LayerNormalization", [moved, ...parameters], attributes);
  return result(site, "Transpose", [normal], { perm: { ints: [0, ...order.map((_, a) => order.indexOf(a) + 1)] } });
}

export const reduceMean = reduction("ReduceMean");
export const reduceSum = reduction("ReduceSum");
export const reduceMax = reduction("ReduceMax");

function reduction(opType: string) {
  return (site: Site, [x]: readonly Value[], { axes, keepdims }: AttrsOf<"reduce_mean">): Value =>
    result(site, opType, [x, ints(site, axes.map((axis) => axis + 1))], { keepdims: { int: keepdims ? 1 : 0 } });
}
