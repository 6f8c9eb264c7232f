/**
 * Numbers as integers: q = round(x / scale) + zero, to nearest, ties to even, cut off at the integers' ends, as ONNX's QuantizeLinear has it; x ≈ (q − zero) · scale.
 *
 * Activations are asymmetric (Jacob et al. 2018, section 2.1), kernels symmetric with a scale for each output channel (Krishnamoorthi 2018, section 3.1.3).
 */

/** Lowest and highest value. */
export type Range = readonly [number, number];

export interface Affine {
  /** A float32, above 0. */
  readonly scale: number;
  /** The integer that stands for 0. */
  readonly zero: number;
}

/** Scales below this are raised to it, so that products of two of them are ordinary float32 numbers. */
const LEAST_SCALE = 2 ** -60;

/** For integers from 0 to `levels`: the range is widened until it holds 0, which then is exact. */
export function affine([low, high]: Range, levels: number): Affine {
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround(Math.max((to - from) / levels, LEAST_SCALE));
  return { scale, zero: Math.min(levels, Math.max(0, roundEven(-from / scale))) };
}

/** To nearest, ties to even. */
export function roundEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Where the channels of a tensor lie: element i belongs to channel ⌊i / inner⌋ mod count. */
export interface Channels {
  readonly count: number;
  readonly inner: number;
}

export function channelsOn(axis: number, dims: readonly number[]): Channels {
  return { count: dims[axis], inner: dims.slice(axis + 1).reduce((product, side) => product * side, 1) };
}

/** The largest magnitude of each channel. */
export function magnitudes(values: Float32Array, { count, inner }: Channels): Float64Array {
  const found = new Float64Array(count);
  for (let from = 0, channel = 0; from < values.length; from += inner, channel = channel + 1 === count ? 0 : channel + 1) {
    let most = found[channel];
    for (let i = from; i < from + inner; i++) most = Math.max(most, Math.abs(values[i]));
    found[channel] = most;
  }
  return found;
}

/** Scales under which integers from −`levels` to `levels` reach the magnitudes; 1 where a channel is nothing but zeros. */
export function symmetric(most: Float64Array, levels: number): Float32Array {
  return Float32Array.from(most, (magnitude) => (magnitude === 0 ? 1 : Math.max(magnitude / levels, LEAST_SCALE)));
}

/** Unsigned integers of 8 bits. */
export function toUnsigned(values: Float32Array, { scale, zero }: Affine): Uint8Array {
  return Uint8Array.from(values, (value) => Math.min(255, Math.max(0, roundEven(value / scale) + zero)));
}

/** Lowest and highest of some numbers; 0 and 0 of none. */
export function rangeOf(values: ArrayLike<number>): Range {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return low <= high ? [low, high] : [0, 0];
}

/**
 * Rounds the rows of a matrix so that each row's sum is kept to half a step: of the elements nearest to the middle between two integers, as many go to the
 * other one. A layer's outputs then keep their mean wherever its inputs have one mean, as they nearly do behind a ReLU; with ordinary rounding the means
 * move, which costs small networks much of their accuracy.
 *
 * @param into receives the integers, from `low` to `high`
 * @param keeping otherwise rounded to nearest
 */
export function roundKeepingSums<A extends Int8Array | Float32Array>(values: Float32Array, rows: number, scaleOf: (row: number) => number, low: number, high: number, into: A, keeping = true): A {
  const length = values.length / rows;
  const rests = new Float32Array(length);
  for (let row = 0; row < rows; row++) {
    const from = row * length;
    const scale = scaleOf(row);
    let left = 0;
    for (let i = 0; i < length; i++) {
      const exact = Math.min(high, Math.max(low, values[from + i] / scale));
      into[from + i] = roundEven(exact);
      left += rests[i] = exact - into[from + i];
    }
    let owed = keeping ? roundEven(left) : 0;
    if (owed === 0) continue;
    const step = Math.sign(owed);
    const sorted = rests.slice().sort();
    const nearest = step > 0 ? sorted[length - owed] : sorted[-owed - 1];
    for (let i = 0; i < length && owed !== 0; i++) {
      const moved = into[from + i] + step;
      if (step * rests[i] < step * nearest || moved < low || moved > high) continue;
      into[from + i] = moved;
      owed -= step;
    }
  }
  return into;
}

/**
 * Signed integers of 8 bits, symmetric around 0, with a scale for each channel. Kernels whose output channels come first keep their sums; those of
 * transposed convolutions have theirs on the second axis and are rounded to nearest.
 */
export function toInt8(values: Float32Array, { count, inner }: Channels, scales: Float32Array, levels: number): Int8Array {
  const first = count * inner === values.length;
  return roundKeepingSums(values, first ? count : values.length / inner, (row) => scales[row % count], -levels, levels, new Int8Array(values.length), first);
}
