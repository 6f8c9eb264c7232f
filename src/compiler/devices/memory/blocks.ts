/** Blocks of memory, when they are alive together, and with how many bytes. */

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

/** Its largest piece. */
export function sizeOf(block: Block): number {
  return block.reduce((most, { bytes }) => Math.max(most, bytes), 0);
}

/** A half step at which no more blocks can be alive than before and after it. */
export interface Time {
  readonly at: number;
  /** Those alive, as [block, its bytes then]; those that were not at the time before are the last ones. */
  readonly alive: readonly (readonly [number, number])[];
  readonly fresh: number;
  readonly bytes: number;
}

/** The half steps that matter: what is alive at any other is alive at one of these. */
export function timesOf(blocks: readonly Block[]): readonly Time[] {
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
export interface Neighbour {
  readonly block: number;
  readonly own: number;
  readonly other: number;
}

export function neighboursOf(blocks: readonly Block[], times: readonly Time[]): readonly (readonly Neighbour[])[] {
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
