/**
 * Addresses for blocks of memory that are alive at different times: dynamic storage allocation, NP-complete in general (Garey & Johnson 1979,
 * SR2), and easy on most networks.
 *
 * A block is a column of rectangles that start at one address: a tensor, and what is written over it. Orders in which blocks are put into the
 * lowest gap are tried first, those of TFLite among them (Pisarchyk & Lee 2020, arXiv 2001.03288); then the same with blocks pressed to either end
 * of the memory that the bound allows; then a branch and bound over orders of rising addresses (Moffitt 2023, MiniMalloc, ASPLOS), which is
 * complete where it ends. The first that meets the bound counts. Nothing here is random.
 */

/** So many bytes from the first half step to the last. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** Pieces one after the other in time, at one address. */
export type Block = readonly Piece[];

export interface Placed {
  /** By block. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

export interface Layout extends Placed {
  /** The most bytes alive at once: no layout needs less. */
  readonly bound: number;
  /** No other layout of these blocks needs less. */
  readonly optimal: boolean;
}

/** Blocks that branch and bound may look at. */
const EFFORT = 2_000_000;
/** More blocks than this it does not begin with. */
const LARGEST_SEARCH = 1000;

/** @param blocks none of them empty */
export function layOut(blocks: readonly Block[], effort = EFFORT): Layout {
  if (blocks.length === 0) return { offsets: [], bytes: 0, bound: 0, optimal: true };
  const times = timesOf(blocks);
  const neighbours = neighboursOf(blocks, times);
  const bound = times.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  let best: Placed | undefined;
  const orders = ordersOf(blocks, times, neighbours);
  for (const order of orders) {
    const found = lowestGaps(blocks, neighbours, order);
    if (best === undefined || found.bytes < best.bytes) best = found;
    if (best.bytes === bound) return { ...best, bound, optimal: true };
  }
  for (const order of orders) {
    const offsets = pressed(blocks, neighbours, order, bound);
    if (offsets) return { offsets, bytes: bound, bound, optimal: true };
  }
  if (blocks.length > LARGEST_SEARCH) return { ...best!, bound, optimal: false };
  return { ...branchAndBound(blocks, times, best!, bound, effort), bound };
}

/**
 * The layout of TFLite Micro's `GreedyMemoryPlanner` (tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc): the largest first, each
 * into the lowest gap among those alive with it. Of equal ones it takes them as the converter happens to list them; here the first made comes first.
 */
export function greedyBySize(blocks: readonly Block[]): Placed {
  return lowestGaps(blocks, neighboursOf(blocks, timesOf(blocks)), bySize(blocks));
}

/** A half step at which no more blocks can be alive than before and after it. */
interface Time {
  readonly at: number;
  /** Those alive, as [block, its bytes then]; those that were not at the time before are the last ones. */
  readonly alive: readonly (readonly [number, number])[];
  readonly fresh: number;
  readonly bytes: number;
}

/** The half steps that matter: what is alive at any other is alive at one of these. */
function timesOf(blocks: readonly Block[]): readonly Time[] {
  const begins: (readonly [block: number, piece: Piece])[] = [];
  blocks.forEach((block, i) => block.forEach((piece) => begins.push([i, piece])));
  begins.sort(([, a], [, b]) => a.from - b.from);
  const times: Time[] = [];
  let alive: (readonly [number, Piece])[] = [];
  for (let next = 0; next < begins.length; ) {
    // all that begins before the first of the living ends is alive together
    let at = begins[next][1].from;
    alive = alive.filter(([, { to }]) => to >= at);
    const old = alive.length;
    let ends = alive.reduce((first, [, { to }]) => Math.min(first, to), Infinity);
    for (; next < begins.length && begins[next][1].from <= ends; next++) {
      alive.push(begins[next]);
      at = begins[next][1].from;
      ends = Math.min(ends, begins[next][1].to);
    }
    times.push({ at, alive: alive.map(([block, { bytes }]) => [block, bytes]), fresh: alive.length - old, bytes: alive.reduce((sum, [, { bytes }]) => sum + bytes, 0) });
  }
  return times;
}

/** Another block, and the bytes of both while they are alive together. */
interface Neighbour {
  readonly block: number;
  readonly own: number;
  readonly other: number;
}

function neighboursOf(blocks: readonly Block[], times: readonly Time[]): readonly (readonly Neighbour[])[] {
  const found = blocks.map((): Neighbour[] => []);
  for (const { alive, fresh } of times) {
    for (let i = alive.length - fresh; i < alive.length; i++) {
      const [a, own] = alive[i];
      for (let j = 0; j < i; j++) {
        const [b, other] = alive[j];
        found[a].push({ block: b, own, other });
        found[b].push({ block: a, own: other, other: own });
      }
    }
  }
  return found;
}

type Order = readonly number[];

function bySize(blocks: readonly Block[]): Order {
  const sizes = blocks.map(sizeOf);
  return blocks.map((_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
}

function sizeOf(block: Block): number {
  return block.reduce((most, { bytes }) => Math.max(most, bytes), 0);
}

function ordersOf(blocks: readonly Block[], times: readonly Time[], neighbours: readonly (readonly Neighbour[])[]): readonly Order[] {
  const sizes = blocks.map(sizeOf);
  const spans = blocks.map((block) => block[block.length - 1].to - block[0].from);
  const byPeak = [...times].sort((a, b) => b.bytes - a.bytes || a.at - b.at);
  // TFLite's greedy by breadth: the fullest moment first
  const breadth = [...new Set(byPeak.flatMap(({ alive }) => alive.map(([block]) => block).sort((a, b) => sizes[b] - sizes[a] || spans[b] - spans[a] || a - b)))];
  const all = blocks.map((_, i) => i);
  return [
    bySize(blocks),
    breadth,
    outward(breadth, neighbours, sizes),
    [...all].sort((a, b) => spans[b] - spans[a] || sizes[b] - sizes[a] || a - b),
    [...all].sort((a, b) => sizes[b] * spans[b] - sizes[a] * spans[a] || a - b),
    [...all].sort((a, b) => blocks[a][0].from - blocks[b][0].from || sizes[b] - sizes[a] || a - b),
  ];
}

/** From the fullest moment outward, each time the largest of those that are alive together with one that is placed. */
function outward(seeds: Order, neighbours: readonly (readonly Neighbour[])[], sizes: readonly number[]): Order {
  const order: number[] = [];
  const state = new Uint8Array(sizes.length);
  const waiting: number[] = [];
  const take = (block: number): void => {
    state[block] = 2;
    order.push(block);
    for (const { block: near } of neighbours[block]) {
      if (state[near] !== 0) continue;
      state[near] = 1;
      waiting.push(near);
    }
  };
  for (const seed of seeds) {
    if (state[seed] === 2) continue;
    if (state[seed] === 0) take(seed);
    while (waiting.length > 0) {
      let largest = 0;
      for (let i = 1; i < waiting.length; i++) if (sizes[waiting[i]] > sizes[waiting[largest]]) largest = i;
      take(waiting.splice(largest, 1)[0]);
    }
  }
  return order;
}

/** Address ranges in which a block cannot begin, as open intervals. */
function barred(neighbours: readonly Neighbour[], offsets: readonly number[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const { block, own, other } of neighbours) {
    const at = offsets[block];
    if (at >= 0 && own > 0 && other > 0) found.push([at - own, at + other]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}

function lowestFree(barriers: readonly (readonly [number, number])[]): number {
  let at = 0;
  for (const [from, to] of barriers) if (from < at && at < to) at = to;
  return at;
}

function lowestGaps(blocks: readonly Block[], neighbours: readonly (readonly Neighbour[])[], order: Order): Placed {
  const offsets = blocks.map(() => -1);
  let bytes = 0;
  for (const block of order) {
    offsets[block] = lowestFree(barred(neighbours[block], offsets));
    bytes = Math.max(bytes, offsets[block] + sizeOf(blocks[block]));
  }
  return { offsets, bytes };
}

/** A layout within so many bytes: each block at the bottom or the top if it fits there, else in the lowest gap. Undefined where one fits nowhere. */
function pressed(blocks: readonly Block[], neighbours: readonly (readonly Neighbour[])[], order: Order, bytes: number): readonly number[] | undefined {
  const offsets = blocks.map(() => -1);
  for (const block of order) {
    const barriers = barred(neighbours[block], offsets);
    const top = bytes - sizeOf(blocks[block]);
    const lowest = lowestFree(barriers);
    if (lowest === 0) offsets[block] = 0;
    else if (barriers.every(([from, to]) => top <= from || top >= to)) offsets[block] = top;
    else if (lowest <= top) offsets[block] = lowest;
    else return undefined;
  }
  return offsets;
}

/**
 * In some best layout every block lies at 0 or on top of another one alive with it: its blocks sorted by address, each put as low as those
 * before it allow, give it again. So orders of rising addresses are enough, and a branch ends where the bytes still to come at some moment do
 * not fit above the addresses already passed, or where a block would have fitted wholly under the one just placed.
 */
function branchAndBound(blocks: readonly Block[], times: readonly Time[], start: Placed, bound: number, effort: number): Placed & { readonly optimal: boolean } {
  let best = start;
  let left = effort;
  const moments = blocks.map((): (readonly [time: number, bytes: number])[] => []);
  times.forEach(({ alive }, t) => alive.forEach(([block, bytes]) => moments[block].push([t, bytes])));
  const sizes = blocks.map(sizeOf);
  const height = new Float64Array(times.length);
  const waiting = Float64Array.from(times, ({ bytes }) => bytes);
  const offsets = blocks.map(() => -1);

  /** @returns false when the effort is used up */
  const place = (count: number, from: number, top: number): boolean => {
    if (count === blocks.length) {
      best = { offsets: offsets.slice(), bytes: top };
      return true;
    }
    for (let t = 0; t < times.length; t++) if (waiting[t] > 0 && Math.max(height[t], from) + waiting[t] >= best.bytes) return true;
    left -= blocks.length;
    if (left < 0) return false;
    const candidates: (readonly [block: number, offset: number])[] = [];
    let ceiling = Infinity;
    for (let block = 0; block < blocks.length; block++) {
      if (offsets[block] >= 0) continue;
      let at = 0;
      for (const [t] of moments[block]) at = Math.max(at, height[t]);
      ceiling = Math.min(ceiling, at + sizes[block]);
      if (at >= from) candidates.push([block, at]);
    }
    candidates.sort(([a, at], [b, bt]) => at - bt || sizes[b] - sizes[a] || a - b);
    for (const [block, at] of candidates) {
      if (at >= ceiling || best.bytes === bound) return true;
      if (at + sizes[block] >= best.bytes) continue;
      const before = moments[block].map(([t]) => height[t]);
      offsets[block] = at;
      for (const [t, bytes] of moments[block]) {
        height[t] = at + bytes;
        waiting[t] -= bytes;
      }
      const going = place(count + 1, at, Math.max(top, at + sizes[block]));
      moments[block].forEach(([t, bytes], i) => {
        height[t] = before[i];
        waiting[t] += bytes;
      });
      offsets[block] = -1;
      if (!going) return false;
    }
    return true;
  };
  const complete = place(0, 0, 0);
  return { ...best, optimal: complete };
}
