/**
 * The order of steps with the lowest peak.
 *
 * Steps through which every other one must pass split the network into parts whose orders do not influence each other (Ahn et al. 2020, SERENITY,
 * arXiv 2003.02369). In a part, sets of executed steps are visited by their lowest peak, as by Dijkstra, with the maximum for the
 * sum; that is the dynamic program over executed sets (Liberis & Lane 2019, arXiv 1910.05110) without the sets that an optimum never
 * meets. A step that can run without raising the peak so far and that leaves no more bytes than it finds is run at once: what it adds to any
 * later set is at most what it adds now, so that no order is better for waiting.
 */
import type { Overlap } from "../device.ts";
import { liveAtStart, run, stepBytes, type Live } from "./live.ts";
import type { Work } from "./work.ts";

/** More sets than this, and more steps in all sets together, are not visited in one part; it then keeps the order in which it is written. */
const VISITED_SETS = 20_000;
const VISITED_STEPS = 400_000;

export interface StepOrder {
  /** Steps as they run. */
  readonly steps: readonly number[];
  /** Bytes at the worst step. */
  readonly peak: number;
  /** No order has a lower peak. */
  readonly exact: boolean;
}

export function leastPeakOrder(work: Work, overlap: Overlap, limit = VISITED_SETS): StepOrder {
  const parts = partsOf(work);
  const peaks = writtenPeaks(work, overlap, parts);
  // a part of one step has no choice: no order is below the worst of these
  let floor = 0;
  parts.forEach(([from, to], i) => {
    if (to - from === 1) floor = Math.max(floor, peaks[i].peak);
  });
  const order = work.steps.map((_, step) => step);
  let exact = true;
  let peak = floor;
  const contested = parts.map((_, i) => i).filter((i) => peaks[i].peak > floor);
  // the worst first: those that are below its optimum as written are left as they are
  contested.sort((a, b) => peaks[b].peak - peaks[a].peak || a - b);
  for (const i of contested) {
    if (peaks[i].peak <= peak) break;
    const found = search(work, overlap, parts[i], peaks[i].start, peak, limit);
    if (found === undefined) exact = false;
    const better = found !== undefined && found.peak < peaks[i].peak;
    if (better) found.steps.forEach((step, at) => (order[parts[i][0] + at] = step));
    peak = Math.max(peak, better ? found.peak : peaks[i].peak);
  }
  return { steps: order, peak, exact };
}

/** The order as written, and its peak. */
export function writtenOrder(work: Work, overlap: Overlap): StepOrder {
  const [{ peak }] = writtenPeaks(work, overlap, [[0, work.steps.length]]);
  return { steps: work.steps.map((_, step) => step), peak, exact: true };
}

type Part = readonly [from: number, to: number];

/** A step before which and after which all others must run ends a part. */
function partsOf({ tensors, steps }: Work): readonly Part[] {
  const count = steps.length;
  // a prefix whose only step without a reader inside it is its last one: all of it must run before that
  const closes = new Uint8Array(count);
  const opens = new Uint8Array(count);
  let loose = 0;
  const read = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    loose++;
    for (const input of steps[i].inputs) {
      const { maker } = tensors[input];
      if (maker < 0 || read[maker] === 1) continue;
      read[maker] = 1;
      loose--;
    }
    if (loose === 1) closes[i] = 1;
  }
  loose = 0;
  const fed = new Uint8Array(count);
  for (let i = count - 1; i >= 0; i--) {
    loose++;
    for (const output of steps[i].outputs) {
      for (const reader of tensors[output].readers) {
        if (fed[reader] === 1) continue;
        fed[reader] = 1;
        loose--;
      }
    }
    if (loose === 1) opens[i] = 1;
  }
  const parts: Part[] = [];
  let from = 0;
  for (let i = 0; i < count; i++) {
    if (closes[i] === 0 || opens[i] === 0) continue;
    if (i > from) parts.push([from, i]);
    parts.push([i, i + 1]);
    from = i + 1;
  }
  if (from < count || parts.length === 0) parts.push([from, count]);
  return parts;
}

interface WrittenPeak {
  readonly peak: number;
  /** What is alive when the part begins. */
  readonly start: Live;
}

function writtenPeaks(work: Work, overlap: Overlap, parts: readonly Part[]): readonly WrittenPeak[] {
  let live = liveAtStart(work);
  return parts.map(([from, to]) => {
    const start = { bytes: live.bytes, unread: to - from > 1 ? live.unread.slice() : live.unread };
    let peak = live.bytes;
    for (let step = from; step < to; step++) {
      const bytes = stepBytes(work, step, live, overlap);
      peak = Math.max(peak, bytes.during);
      live = run(work, step, live, bytes);
    }
    return { peak, start };
  });
}

/** A set of executed steps of a part, as it was reached with the lowest peak. */
interface Visit {
  readonly done: Uint16Array;
  readonly live: Live;
  readonly count: number;
  readonly peak: number;
  /** The last step, and the set before it. */
  readonly step: number;
  readonly before: Visit | undefined;
  /** Sets that are as good are taken in the order in which they were found. */
  readonly found: number;
}

function search(whole: Work, overlap: Overlap, part: Part, start: Live, floor: number, limit: number): { readonly steps: readonly number[]; readonly peak: number } | undefined {
  const { work, unread } = alone(whole, part, start);
  const total = work.steps.length;
  const visited = new Set<string>();
  const queue = heap<Visit>((a, b) => a.peak - b.peak || b.count - a.count || a.found - b.found);
  let found = 0;
  const first: Visit = { done: new Uint16Array(Math.ceil(total / 16)), live: { bytes: start.bytes, unread }, count: 0, peak: Math.max(floor, start.bytes), step: -1, before: undefined, found };
  const most = Math.min(limit, Math.ceil(VISITED_STEPS / total));
  const after = (visit: Visit, step: number): Visit => {
    const bytes = stepBytes(work, step, visit.live, overlap);
    const done = visit.done.slice();
    done[step >> 4] |= 1 << (step & 15);
    const live = run(work, step, { bytes: visit.live.bytes, unread: visit.live.unread.slice() }, bytes);
    return { done, live, count: visit.count + 1, peak: Math.max(visit.peak, bytes.during), step, before: visit, found: ++found };
  };
  queue.push(first);
  for (;;) {
    let visit = queue.pop();
    if (visit === undefined) throw new Error("the steps of a network wait for each other");
    if (visited.has(keyOf(visit))) continue;
    if (visited.size >= most) return undefined;
    visited.add(keyOf(visit));
    let ready = readySteps(work, visit.done);
    for (let i = 0; i < ready.length; ) {
      const bytes = stepBytes(work, ready[i], visit.live, overlap);
      if (bytes.after > visit.live.bytes || bytes.during > visit.peak) {
        i++;
        continue;
      }
      visit = after(visit, ready[i]);
      ready = readySteps(work, visit.done);
      i = 0;
    }
    if (visit.count === total) return { steps: stepsOf(visit).map((step) => part[0] + step), peak: visit.peak };
    for (const step of ready) {
      const next = after(visit, step);
      if (!visited.has(keyOf(next))) queue.push(next);
    }
  }
}

/** The part as a network of its own, and what is unread in it at its start, whoever reads it. */
function alone({ tensors, steps }: Work, [from, to]: Part, start: Live): { readonly work: Work; readonly unread: Int32Array } {
  const ids = new Map<number, number>();
  const idOf = (tensor: number): number => {
    const id = ids.get(tensor) ?? ids.size;
    ids.set(tensor, id);
    return id;
  };
  const own = steps.slice(from, to).map((step) => ({ ...step, inputs: step.inputs.map(idOf), outputs: step.outputs.map(idOf), over: step.over.map(idOf) }));
  const touched = [...ids.keys()];
  return { work: { tensors: touched.map((tensor) => ({ ...tensors[tensor], maker: Math.max(tensors[tensor].maker - from, -1) })), steps: own }, unread: Int32Array.from(touched, (tensor) => start.unread[tensor]) };
}

function keyOf({ done }: Visit): string {
  return String.fromCharCode(...done);
}

function stepsOf(last: Visit): readonly number[] {
  const steps: number[] = [];
  for (let visit: Visit | undefined = last; visit && visit.step >= 0; visit = visit.before) steps.push(visit.step);
  return steps.reverse();
}

/** The steps that are not done and whose inputs are there, as written. */
function readySteps({ tensors, steps }: Work, done: Uint16Array): readonly number[] {
  const isDone = (step: number): boolean => ((done[step >> 4] >> (step & 15)) & 1) === 1;
  const ready: number[] = [];
  for (let step = 0; step < steps.length; step++) {
    if (isDone(step)) continue;
    if (steps[step].inputs.every((input) => tensors[input].maker < 0 || isDone(tensors[input].maker))) ready.push(step);
  }
  return ready;
}

/** A binary heap: `pop` gives the least. */
function heap<T>(compare: (a: T, b: T) => number): { readonly push: (value: T) => void; readonly pop: () => T | undefined } {
  const values: T[] = [];
  const swap = (a: number, b: number): void => void ([values[a], values[b]] = [values[b], values[a]]);
  return {
    push(value) {
      values.push(value);
      for (let at = values.length - 1; at > 0; ) {
        const up = (at - 1) >> 1;
        if (compare(values[at], values[up]) >= 0) break;
        swap(at, up);
        at = up;
      }
    },
    pop() {
      if (values.length === 0) return undefined;
      swap(0, values.length - 1);
      const least = values.pop();
      for (let at = 0; ; ) {
        let low = at;
        for (const down of [2 * at + 1, 2 * at + 2]) if (down < values.length && compare(values[down], values[low]) < 0) low = down;
        if (low === at) return least;
        swap(at, low);
        at = low;
      }
    },
  };
}
