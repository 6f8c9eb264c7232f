/** The best addresses for a few blocks, by trying all that could be best (Moffitt 2023, MiniMalloc, ASPLOS). */
import { sizeOf, type Block, type Placed, type Time } from "./blocks.ts";

/**
 * In some best layout every block lies at 0 or on top of another one alive with it: its blocks sorted by address, each put as low as those
 * before it allow, give it again. So orders of rising addresses are enough, and a branch ends where the bytes still to come at some moment do
 * not fit above the addresses already passed, or where a block would have fitted wholly under the one just placed.
 */
export function branchAndBound(blocks: readonly Block[], times: readonly Time[], start: Placed, bound: number, effort: number): Placed & { readonly optimal: boolean } {
  let best = start;
  let left = effort;
  // a block is alive at times that follow each other
  const first = blocks.map(() => times.length);
  const last = blocks.map(() => -1);
  const spans = blocks.map((): number[] => []);
  times.forEach(({ alive }, t) =>
    alive.forEach(([block, bytes]) => {
      first[block] = Math.min(first[block], t);
      last[block] = t;
      spans[block].push(bytes);
    }),
  );
  const sizes = blocks.map(sizeOf);
  const height = new Float64Array(times.length);
  const waiting = Float64Array.from(times, ({ bytes }) => bytes);
  const offsets = blocks.map(() => -1);

  /** @returns false when the effort is used up */
  const place = (count: number, floor: number, top: number): boolean => {
    if (count === blocks.length) {
      best = { offsets: offsets.slice(), bytes: top };
      return true;
    }
    for (let t = 0; t < times.length; t++) if (waiting[t] > 0 && Math.max(height[t], floor) + waiting[t] >= best.bytes) return true;
    left -= blocks.length + times.length;
    if (left < 0) return false;
    const candidates: (readonly [block: number, offset: number])[] = [];
    let ceiling = Infinity;
    for (let block = 0; block < blocks.length; block++) {
      if (offsets[block] >= 0) continue;
      let at = 0;
      for (let t = first[block]; t <= last[block]; t++) if (height[t] > at) at = height[t];
      ceiling = Math.min(ceiling, at + sizes[block]);
      if (at >= floor) candidates.push([block, at]);
    }
    candidates.sort(([a, at], [b, bt]) => at - bt || sizes[b] - sizes[a] || a - b);
    for (const [block, at] of candidates) {
      if (at >= ceiling || best.bytes === bound) return true;
      if (at + sizes[block] >= best.bytes) continue;
      const from = first[block];
      const before = height.slice(from, last[block] + 1);
      offsets[block] = at;
      spans[block].forEach((bytes, i) => {
        height[from + i] = at + bytes;
        waiting[from + i] -= bytes;
      });
      const going = place(count + 1, at, Math.max(top, at + sizes[block]));
      spans[block].forEach((bytes, i) => {
        height[from + i] = before[i];
        waiting[from + i] += bytes;
      });
      offsets[block] = -1;
      if (!going) return false;
    }
    return true;
  };
  const complete = place(0, 0, 0);
  return { ...best, optimal: complete };
}
