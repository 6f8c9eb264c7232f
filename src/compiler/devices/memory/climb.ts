/**
 * Better orders by small changes: a block that reaches the top, or one that is alive with it, changes places with another such, and the change stays
 * unless it makes things worse (the hill climb of Arm's Vela, ethosu/vela/hillclimb_allocation.py, is of this kind). The choices come from a fixed
 * sequence of numbers, so that they are the same every time.
 */
import { sizeOf, type Block, type Neighbour, type Placed } from "./blocks.ts";
import { lowestGaps, type Order } from "./gaps.ts";

/** @param effort pairs of blocks alive together that may be looked at */
export function climb(blocks: readonly Block[], neighbours: readonly (readonly Neighbour[])[], orders: readonly Order[], bound: number, effort: number): Placed {
  const sizes = blocks.map(sizeOf);
  const next = sequence();
  const tried = orders.map((order) => ({ order, placed: lowestGaps(blocks, neighbours, order) }));
  const start = tried.reduce((best, each) => (each.placed.bytes < best.placed.bytes ? each : best));
  const order = [...start.order];
  let current = start.placed;
  let best = current;
  const places = new Int32Array(blocks.length);
  order.forEach((block, place) => (places[block] = place));
  const swap = (a: number, b: number): void => {
    const [p, q] = [places[a], places[b]];
    order[p] = b;
    order[q] = a;
    places[a] = q;
    places[b] = p;
  };
  const pairs = neighbours.reduce((sum, { length }) => sum + length + 1, 0);
  for (let left = effort - pairs; left >= 0 && best.bytes > bound; left -= pairs) {
    const tops = order.filter((block) => current.offsets[block] + sizes[block] === current.bytes);
    const near = nearby(neighbours, tops[next(tops.length)], next);
    const other = nearby(neighbours, near, next);
    if (near === other) continue;
    swap(near, other);
    const changed = lowestGaps(blocks, neighbours, order);
    if (changed.bytes > current.bytes) swap(near, other);
    else current = changed;
    if (current.bytes < best.bytes) best = current;
  }
  return best;
}

/** The block, or one alive with it, or one alive with that. */
function nearby(neighbours: readonly (readonly Neighbour[])[], block: number, next: (below: number) => number): number {
  let at = block;
  for (let steps = next(3); steps > 0 && neighbours[at].length > 0; steps--) at = neighbours[at][next(neighbours[at].length)].block;
  return at;
}

/** Numbers from 0 to below a bound: a linear congruence modulo 2^32 (Knuth, volume 2, section 3.3.4), of which the upper bits count. */
function sequence(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
