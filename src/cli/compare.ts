/** How far two results are apart. */

export interface Difference {
  readonly output: string;
  readonly backends: readonly [string, string];
  /** The largest difference of two values. */
  readonly absolute: number;
  /** The same as a share of the largest value of the first, or of `least` where that is more. */
  readonly relative: number;
  /** Whether the largest value stands in the same place. */
  readonly sameTop: boolean;
}

/**
 * Values that are not numbers on one side only make the difference infinite.
 *
 * @param least the size of values below which a share would say nothing: 1 for what a sigmoid or a softmax makes
 */
export function compare(a: Float32Array, b: Float32Array, least = 0): Pick<Difference, "absolute" | "relative" | "sameTop"> {
  if (a.length !== b.length) return { absolute: Infinity, relative: Infinity, sameTop: false };
  let absolute = 0;
  let scale = 0;
  let topA = 0;
  let topB = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Object.is(a[i], b[i]) ? 0 : Math.abs(a[i] - b[i]);
    absolute = Math.max(absolute, Number.isNaN(apart) ? Infinity : apart);
    if (Number.isFinite(a[i])) scale = Math.max(scale, Math.abs(a[i]));
    if (a[i] > a[topA]) topA = i;
    if (b[i] > b[topB]) topB = i;
  }
  return { absolute, relative: absolute === 0 ? 0 : absolute / Math.max(scale, least), sameTop: topA === topB };
}

export function showDifference({ output, backends: [a, b], absolute, relative, sameTop }: Difference): string {
  return `${output}: ${a} and ${b} differ by at most ${absolute.toPrecision(3)} (${relative.toExponential(1)} of the largest value), ${sameTop ? "same" : "another"} top`;
}
