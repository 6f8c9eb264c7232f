/** Axes as arguments give them: counted without the batch, negative ones from the end. */
import type { Problem } from "../ir/op.ts";
import { showShape, type Shape } from "../ir/shape.ts";

/** The axis from 0, or what is wrong with it. */
export function axisOf(given: number, x: Shape): number | Problem {
  const axis = given < 0 ? given + x.length : given;
  return axis >= 0 && axis < x.length ? axis : { problem: `has no axis ${given} in ${showShape(x)}`, attribute: "axis" };
}

/** The channels of an image, else the last: over which softmax and layer norm work unless told. */
export function featureAxis(x: Shape): number {
  return x.length === 3 ? 0 : x.length - 1;
}
