/**
 * Where the arena goes on a device whose memory is of several kinds (TCM, SRAM banks, PSRAM), each with addresses of its own. The smallest one that
 * holds all of it is taken, as a whole. Where none does, buffers are divided among them: memories are laid end to end with walls between,
 * and each buffer goes to the lowest gap that it fits into, the small memories first and then the large ones, in several orders.
 */
import { neighboursOf, sizeOf, timesOf, type Block } from "./blocks.ts";
import { lowestFree, ordersOf, type Order } from "./gaps.ts";

export interface RegionSize {
  readonly name: string;
  readonly bytes: number;
}

export interface RegionUse extends RegionSize {
  /** Bytes from its first address to the end of the last buffer in it, with what the runtime takes. */
  readonly used: number;
}

export interface RegionLayout {
  /** Those in use. */
  readonly regions: readonly RegionUse[];
  /** By block: the index in `regions`, and the offset from that region's start. */
  readonly places: readonly { readonly region: number; readonly offset: number }[];
}

/**
 * @param whole the layout of the blocks in one piece
 * @param reserved bytes that the runtime takes for itself, in the same memory as the arena or another
 * @returns undefined where no place was found
 */
export function layOutInRegions(blocks: readonly Block[], whole: { readonly offsets: readonly number[]; readonly bytes: number }, regions: readonly RegionSize[], reserved: number): RegionLayout | undefined {
  const rising = [...regions].sort((a, b) => a.bytes - b.bytes);
  const one = rising.find(({ bytes }) => bytes >= whole.bytes + reserved);
  if (one) return { regions: [{ ...one, used: whole.bytes + reserved }], places: whole.offsets.map((offset) => ({ region: 0, offset })) };
  const end = blocks.reduce((latest, block) => Math.max(latest, block[block.length - 1].to), 0);
  const all: readonly Block[] = reserved > 0 ? [...blocks, [{ from: 0, to: end, bytes: reserved }]] : blocks;
  const times = timesOf(all);
  const neighbours = neighboursOf(all, times);
  for (const order of ordersOf(all, times, neighbours)) {
    for (const memories of [rising, rising.toReversed()]) {
      const offsets = divided(all, neighbours, order, memories);
      if (offsets) return inRegions(all, offsets, memories, blocks.length);
    }
  }
  return undefined;
}

/** Addresses in memories laid end to end. */
function divided(blocks: readonly Block[], neighbours: ReturnType<typeof neighboursOf>, order: Order, memories: readonly RegionSize[]): readonly number[] | undefined {
  const offsets = blocks.map(() => -1);
  const total = memories.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const block of order) {
    const size = sizeOf(blocks[block]);
    const barriers: [number, number][] = [];
    let wall = 0;
    for (const { bytes } of memories) {
      wall += bytes;
      // it would stand in the wall, or a memory's begin lies behind one that it does not fit into
      if (size > 1 || bytes < size) barriers.push([bytes < size ? wall - bytes - 1 : wall - size, wall]);
    }
    for (const { block: other, own, other: bytes } of neighbours[block]) if (offsets[other] >= 0) barriers.push([offsets[other] - own, offsets[other] + bytes]);
    const at = lowestFree(barriers.sort((a, b) => a[0] - b[0]));
    if (at + size > total) return undefined;
    offsets[block] = at;
  }
  return offsets;
}

function inRegions(blocks: readonly Block[], offsets: readonly number[], memories: readonly RegionSize[], own: number): RegionLayout {
  const starts: number[] = [];
  let next = 0;
  for (const { bytes } of memories) {
    starts.push(next);
    next += bytes;
  }
  const regionOf = offsets.map((offset) => starts.findLastIndex((start) => start <= offset));
  const used = memories.map(({ bytes, name }, i): RegionUse => ({ name, bytes, used: blocks.reduce((most, block, b) => (regionOf[b] === i ? Math.max(most, offsets[b] - starts[i] + sizeOf(block)) : most), 0) }));
  const kept = used.filter((region) => region.used > 0);
  return { regions: kept, places: offsets.slice(0, own).map((offset, b) => ({ region: kept.indexOf(used[regionOf[b]]), offset: offset - starts[regionOf[b]] })) };
}
