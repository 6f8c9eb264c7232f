/** A figure that is not exact, or not certain. An exact one has `low` = `value` = `high`. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  /** Infinite where nothing is known of the error. */
  readonly high: number;
  /** Why it should not decide anything silently; each a sentence's end. Empty: it may. */
  readonly doubts: readonly string[];
}

export function exactly(value: number): Estimate {
  return { value, low: value, high: value, doubts: [] };
}

/** The doubt that a figure without a verified source casts. */
export function unverifiedText(source: string): string {
  return `it rests on an unverified figure (${source})`;
}
