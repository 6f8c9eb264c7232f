/**
 * When each tensor is alive, for an order of steps, in halves of steps: in half 2·i the step at place i reads, in half 2·i + 1 it writes.
 * Where one tensor is written over another, that one ends with the half in which it is read, and its successor begins with the next.
 */
import type { Overlap } from "../device.ts";
import type { Work } from "./work.ts";

export interface Lifetime {
  /** First and last half, both within it. */
  readonly from: number;
  readonly to: number;
  /** The tensors over which this one is written. */
  readonly shares: readonly number[];
}

/**
 * @param apart steps that write nothing in place though they could
 * @returns for each tensor, its lifetime; undefined for an input that nobody reads
 */
export function lifetimesOf({ tensors, steps }: Work, order: readonly number[], overlap: Overlap, apart: ReadonlySet<number> = new Set()): readonly (Lifetime | undefined)[] {
  const places = new Int32Array(steps.length);
  order.forEach((step, at) => (places[step] = at));
  const end = Math.max(2 * steps.length - 1, 0);
  /** The place of the last reader. */
  const last = tensors.map(({ readers, kept }) => (kept ? Infinity : readers.reduce((latest, step) => Math.max(latest, places[step]), -1)));
  const from = tensors.map(({ maker }) => (maker < 0 ? 0 : 2 * places[maker]));
  const to = tensors.map(({ maker }, i) => (last[i] === Infinity ? end : last[i] >= 0 ? 2 * last[i] + 1 : maker < 0 ? -1 : 2 * places[maker] + 1));
  const shares: (readonly number[])[] = tensors.map(() => []);

  for (let step = 0; step < steps.length; step++) {
    const { inputs, outputs, over } = steps[step];
    const at = places[step];
    const dying = (overlap === "full" ? inputs : overlap === "in_place" ? over : []).filter((input) => last[input] === at);
    const under = overlap === "full" ? dying : apart.has(step) ? [] : dying.slice(0, 1);
    if (under.length === 0 && overlap !== "full") continue;
    for (const input of under) to[input] = 2 * at;
    for (const output of outputs) {
      from[output] = 2 * at + 1;
      shares[output] = under;
    }
  }
  return tensors.map((_, i) => (to[i] < 0 ? undefined : { from: from[i], to: to[i], shares: shares[i] }));
}
