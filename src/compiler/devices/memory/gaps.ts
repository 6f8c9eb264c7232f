/**
 * Blocks put one after the other into the lowest gap among those alive with them, in several orders, those of TFLite among them (Pisarchyk & Lee
 * 2020, arXiv 2001.03288).
 */
import { neighboursOf, sizeOf, timesOf, type Block, type Neighbour, type Placed, type Time } from "./blocks.ts";

/**
 * The layout of TFLite Micro's `GreedyMemoryPlanner` (tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc): the largest first, each
 * into the lowest gap among those alive with it. Of equal ones it takes them as the converter happens to list them; here the first made comes first.
 */
export function greedyBySize(blocks: readonly Block[]): Placed {
  return lowestGaps(blocks, neighboursOf(blocks, timesOf(blocks)), bySize(blocks));
}

export type Order = readonly number[];

function bySize(blocks: readonly Block[]): Order {
  const sizes = blocks.map(sizeOf);
  return blocks.map((_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
}

export function ordersOf(blocks: readonly Block[], times: readonly Time[], neighbours: readonly (readonly Neighbour[])[]): readonly Order[] {
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

/** The lowest address that is in none of these open intervals, which are sorted by their begin. */
export function lowestFree(barriers: readonly (readonly [number, number])[]): number {
  let at = 0;
  for (const [from, to] of barriers) if (from < at && at < to) at = to;
  return at;
}

export function lowestGaps(blocks: readonly Block[], neighbours: readonly (readonly Neighbour[])[], order: Order): Placed {
  const offsets = blocks.map(() => -1);
  let bytes = 0;
  for (const block of order) {
    offsets[block] = lowestFree(barred(neighbours[block], offsets));
    bytes = Math.max(bytes, offsets[block] + sizeOf(blocks[block]));
  }
  return { offsets, bytes };
}

/** A layout within so many bytes: each block at the bottom or the top if it fits there, else in the lowest gap. Undefined where one fits nowhere. */
export function pressed(blocks: readonly Block[], neighbours: readonly (readonly Neighbour[])[], order: Order, bytes: number): readonly number[] | undefined {
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
