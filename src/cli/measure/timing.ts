/** Times of things that can be run again and again: one run of each, round after round, so that a slower moment of the machine is slower for all of them. */

/** Something ready to run. */
export interface Timed {
  readonly run: () => Promise<void>;
}

/** Seconds since some moment, by one clock or several. What took less by one of them took no more: a clock on the wall counts other programs' time, one of the processor a compiler that works beside. */
export type Clock = () => readonly number[];

export interface TimingOptions {
  /** Runs before anything is counted; more until `settle` seconds have passed, in which a runtime's code may still be made faster. */
  readonly warmups: number;
  readonly settle?: number;
  /** Seconds that all rounds together should take; they are between `least` and `most` of them. */
  readonly seconds: number;
  readonly least: number;
  readonly most: number;
  /** Runs shorter than this are counted several at a time: the clock's ticks, in seconds, are too coarse for one. */
  readonly shortest: number;
  readonly clock: Clock;
  /** What part is done, from 0 to 1. */
  readonly progress?: (done: number) => void | Promise<void>;
}

export const WARMUPS = 3;

export async function interleaved(items: readonly Timed[], options: TimingOptions): Promise<readonly (readonly number[])[]> {
  const { warmups, settle = 0, seconds, least, most, shortest, clock, progress } = options;
  const repeats: number[] = [];
  let round = 0;
  for (const item of items) {
    const [start] = clock();
    for (let i = 1; i < warmups || clock()[0] - start < settle; i++) await item.run();
    const once = await elapsed(item, 1, clock);
    repeats.push(once >= shortest ? 1 : Math.ceil(shortest / Math.max(once, shortest / 1000)));
    round += once * repeats.at(-1)!;
    await progress?.((0.2 * repeats.length) / items.length);
  }
  const rounds = Math.round(Math.min(most, Math.max(least, seconds / round)));
  const times: number[][] = items.map(() => []);
  for (let i = 0; i < rounds; i++) {
    for (const [k, item] of items.entries()) times[k].push(await elapsed(item, repeats[k], clock));
    await progress?.(0.2 + (0.8 * (i + 1)) / rounds);
  }
  return times;
}

/** Seconds of one run, from so many of them. */
async function elapsed({ run }: Timed, repeats: number, clock: Clock): Promise<number> {
  const start = clock();
  for (let i = 0; i < repeats; i++) await run();
  return Math.min(...clock().map((now, i) => now - start[i])) / repeats;
}

/** The 10th percentile: what a run takes when nothing else is in its way, without trusting the single luckiest one. */
export function tenth(values: readonly number[]): number {
  return percentile(values, 0.1);
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Between neighbours the value is interpolated. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}
