/**
 * Biases of layers whose kernels are integers.
 *
 * Rounding a kernel moves the mean of its outputs by Σ (ŵ − w) · E[x], which the bias can take back where the means of the inputs are known
 * (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.2). Depthwise kernels need it most.
 */
import { roundEven } from "../weights/quantisation.ts";

/** Biases become integers up to here, which leaves as much again for the sum of the products. */
const BIAS_LEVELS = 2 ** 30;

/** Raises the magnitudes of a kernel's channels so that each channel's bias, on the product of both scales, stays within `BIAS_LEVELS`. */
export function widenForBias(magnitudes: Float64Array, levels: number, bias: Float32Array, step: number): void {
  bias.forEach((value, channel) => (magnitudes[channel] = Math.max(magnitudes[channel], (Math.abs(value) / (step * BIAS_LEVELS)) * levels)));
}

export interface RoundedKernel {
  readonly values: Float32Array;
  readonly integers: Int8Array;
  /** One for each output channel, which lie on the first axis. */
  readonly scales: Float32Array;
  /** Channels of the input that each output channel sees. */
  readonly inner: number;
}

/** @param means the mean of each channel of the input */
export function correctedBias(bias: Float32Array, { values, integers, scales, inner }: RoundedKernel, means: Float32Array): Float32Array {
  const outs = bias.length;
  const row = values.length / outs;
  const area = row / inner;
  const perGroup = outs / (means.length / inner);
  return bias.map((value, out) => {
    const first = Math.floor(out / perGroup) * inner;
    let moved = 0;
    for (let c = 0; c < inner; c++) {
      let apart = 0;
      for (let i = out * row + c * area; i < out * row + (c + 1) * area; i++) apart += integers[i] * scales[out] - values[i];
      moved += apart * means[first + c];
    }
    return value - moved;
  });
}

/** On the product of the input's scale and the kernel's: what the sum of the products has. */
export function integerBias(bias: Float32Array, step: number, scales: Float32Array): readonly number[] {
  return Array.from(bias, (value, channel) => Math.max(-BIAS_LEVELS, Math.min(BIAS_LEVELS, roundEven(value / Math.fround(scales[channel] * step)))));
}
