/**
 * Addresses for blocks of memory that are alive at different times: dynamic storage allocation, NP-complete in general (Garey & Johnson 1979,
 * SR2), and easy on most networks.
 *
 * A block is a column of rectangles that start at one address: a tensor, and what is written over it. Orders in which blocks are put into the
 * lowest gap are tried first; then the same with blocks pressed to either end of the memory that the bound allows; then orders that are changed
 * step by step; then a branch and bound, which is complete where it ends. The first that meets the bound counts. The same blocks always get the same addresses.
 */
import { neighboursOf, sizeOf, timesOf, type Block, type Placed } from "./blocks.ts";
import { branchAndBound } from "./branch-and-bound.ts";
import { climb } from "./climb.ts";
import { lowestGaps, ordersOf, pressed } from "./gaps.ts";

export interface Layout extends Placed {
  /** The most bytes alive at once: no layout needs less. */
  readonly bound: number;
  /** No other layout of these blocks needs less. */
  readonly optimal: boolean;
}

/** Pairs of blocks that climbing may look at, and blocks and moments that branch and bound may. */
const EFFORT = { climbing: 4_000_000, branching: 400_000 } as const;
/** With so much of its effort branch and bound is tried before climbing: for a few blocks it is enough. */
const FIRST_LOOK = 0.1;
/** More blocks than this branch and bound does not begin with. */
const LARGEST_SEARCH = 1000;

/**
 * @param blocks none of them empty
 * @param share of the usual effort
 */
export function layOut(blocks: readonly Block[], share = 1): Layout {
  // what is always alive may as well lie at the bottom
  const end = blocks.reduce((latest, block) => Math.max(latest, block[block.length - 1].to), 0);
  const lasting = blocks.map((block) => block.length === 1 && block[0].from === 0 && block[0].to === end);
  const others = layOutChanging(blocks.filter((_, i) => !lasting[i]), share);
  let bottom = 0;
  blocks.forEach((block, i) => (bottom += lasting[i] ? sizeOf(block) : 0));
  let at = 0;
  let next = 0;
  const offsets = blocks.map((block, i) => {
    if (!lasting[i]) return bottom + others.offsets[next++];
    at += sizeOf(block);
    return at - sizeOf(block);
  });
  return { offsets, bytes: bottom + others.bytes, bound: bottom + others.bound, optimal: others.optimal };
}

function layOutChanging(blocks: readonly Block[], share: number): Layout {
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
  if (blocks.length <= LARGEST_SEARCH) {
    const searched = branchAndBound(blocks, times, best!, bound, FIRST_LOOK * share * EFFORT.branching);
    if (searched.optimal) return { ...searched, bound };
    best = searched;
  }
  const climbed = climb(blocks, neighbours, orders, bound, share * EFFORT.climbing);
  if (climbed.bytes < best!.bytes) best = climbed;
  if (best!.bytes === bound || blocks.length > LARGEST_SEARCH) return { offsets: best!.offsets, bytes: best!.bytes, bound, optimal: best!.bytes === bound };
  return { ...branchAndBound(blocks, times, best!, bound, share * EFFORT.branching), bound };
}
