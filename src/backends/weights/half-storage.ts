/** Which weights half-precision storage rounds. */
import type { Shape } from "../../compiler/ir/shape.ts";

/**
 * Kernels and matrices, except kernels that see one channel at a time, as depthwise ones do: those hold about a fiftieth of a mobile
 * network's numbers, and with so few taps behind each output their rounding does not average out. (Measured on a trained MobileNetV2: the
 * logits' error falls by an eighth for 2 % more bytes.) Vectors stay whole as well: biases are few.
 *
 * @param shape in the weights' own layout: [out, in / groups, height, width] or [out, in]
 */
export function storedAsHalf(shape: Shape): boolean {
  return shape.length >= 2 && !(shape.length === 4 && shape[1] === 1);
}

/** Whether half precision can hold every number of a weight: it ends at 65,504. */
export function fitsHalf(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]) < 65_520)) return false;
  return true;
}
