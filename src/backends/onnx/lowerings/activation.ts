/** Activations, in the spellings that ONNX Runtime joins to the convolution before, or runs as one kernel. */
import type { AttrsOf } from "../../../compiler/ops/index.ts";
import { result, scalar, step, weight, type Site, type Value } from "../target.ts";

export const relu = named("Relu");
export const sigmoid = named("Sigmoid");
export const tanh = named("Tanh");
/** ONNX Runtime runs it as HardSigmoid(alpha = 1/6) and Mul. */
export const hardswish = named("HardSwish");

function named(opType: string) {
  return (site: Site, [x]: readonly Value[]): Value => result(site, opType, [x]);
}

/** Clip with bounds from initializers of the input's own type: as such it joins a convolution. */
export function relu6(site: Site, [x]: readonly Value[]): Value {
  return result(site, "Clip", [x, scalar(site, 0), scalar(site, 6)]);
}

export function leakyRelu(site: Site, [x]: readonly Value[], { slope }: AttrsOf<"leaky_relu">): Value {
  return result(site, "LeakyRelu", [x], { alpha: { float: slope } });
}

/** PRelu with a slope of [channels, 1, 1], or [features]. */
export function prelu(site: Site, [x]: readonly Value[]): Value {
  return result(site, "PRelu", [x, weight(site, "slope", x.shape.map((side, axis) => (axis === 0 ? side : 1)))!]);
}

export function elu(site: Site, [x]: readonly Value[], { alpha }: AttrsOf<"elu">): Value {
  return result(site, "Elu", [x], { alpha: { float: alpha } });
}

export function hardsigmoid(site: Site, [x]: readonly Value[], { slope, offset }: AttrsOf<"hardsigmoid">): Value {
  return result(site, "HardSigmoid", [x], { alpha: { float: slope }, beta: { float: offset } });
}

/** x · Sigmoid(x), which ONNX Runtime runs as one kernel (QuickGelu); its own Swish is slower. */
export function swish(site: Site, [x]: readonly Value[]): Value {
  return result(site, "Mul", [x, step(site, "sigmoid", x.shape, "Sigmoid", [x])]);
}

export function gelu(site: Site, [x]: readonly Value[], { approximate }: AttrsOf<"gelu">): Value {
  return result(site, "Gelu", [x], { approximate: { string: approximate } });
}

export function softmax(site: Site, [x]: readonly Value[], { axis }: AttrsOf<"softmax">): Value {
  return result(site, "Softmax", [x], { axis: { int: axis + 1 } });
}
