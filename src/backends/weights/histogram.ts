/** How often values occur in a tensor, and the range that 8-bit integers should cover given that. Values of exactly 0 are exact on any scale and not counted. */
import type { Range } from "./quantisation.ts";

const BINS = 2048;

export interface Histogram {
  readonly range: Range;
  readonly counts: Float64Array;
}

export function histogram(range: Range): Histogram {
  return { range, counts: new Float64Array(BINS) };
}

export function count({ range: [low, high], counts }: Histogram, values: Float32Array): void {
  const perBin = high > low ? BINS / (high - low) : 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0) counts[Math.max(0, Math.min(BINS - 1, Math.floor((values[i] - low) * perBin)))]++;
  }
}

/** The values between which the given share of all lies, as much above as below. */
export function central({ range, counts }: Histogram, share: number): Range {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const width = (range[1] - range[0]) / BINS;
  const edge = (order: readonly number[]): number => {
    let left = (total * (1 - share)) / 2;
    for (const bin of order) if ((left -= counts[bin]) < 0) return bin;
    return order[0];
  };
  const bins = [...counts.keys()];
  return total === 0 ? range : [range[0] + edge(bins) * width, range[0] + (edge(bins.toReversed()) + 1) * width];
}

/** Shares of a range's ends that are tried. */
const CUTS = 40;
const STEP = 0.02;

/**
 * The range whose rounding to `levels` steps and cutting off make the least squared error. A value within is wrong by a step's twelfth, squared; the
 * candidates cut off up to four fifths of either end, or of both.
 */
export function leastSquares({ range: [low, high], counts }: Histogram, levels: number): Range {
  const width = (high - low) / BINS;
  let best: Range = [low, high];
  let least = Infinity;
  const consider = (from: number, to: number): void => {
    const within = (to - from) ** 2 / levels ** 2 / 12;
    let error = 0;
    for (let bin = 0; bin < BINS && error < least; bin++) {
      if (counts[bin] === 0) continue;
      const x = low + (bin + 0.5) * width;
      const beyond = x < from ? from - x : x > to ? x - to : 0;
      error += counts[bin] * (beyond > 0 ? beyond * beyond : within);
    }
    if (error < least) {
      least = error;
      best = [from, to];
    }
  };
  for (let cut = 0; cut <= CUTS; cut++) {
    const rest = 1 - cut * STEP;
    if (high > 0) consider(Math.min(low, 0), high * rest);
    if (low < 0) consider(low * rest, Math.max(high, 0));
    if (low < 0 && high > 0) consider(low * rest, high * rest);
  }
  return best;
}
