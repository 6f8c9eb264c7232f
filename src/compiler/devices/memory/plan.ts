/**
 * Where every tensor of a network lies in memory, and when: the order of steps, the address of each buffer, and how far from the least
 * possible that is. A runtime's own memory and scratch buffers of its kernels are not in it.
 */
import type { Graph } from "../../ir/graph.ts";
import type { Shape } from "../../ir/shape.ts";
import type { Overlap } from "../device.ts";
import type { Block, Piece } from "./blocks.ts";
import { greedyBySize } from "./gaps.ts";
import { layOut, type Layout } from "./layout.ts";
import { lifetimesOf, type Lifetime } from "./lifetimes.ts";
import { leastPeakOrder, writtenOrder } from "./order.ts";
import { layOutInRegions, type RegionSize, type RegionUse } from "./regions.ts";
import { workOf, type Work, type WorkOptions } from "./work.ts";

export interface MemoryOptions extends WorkOptions {
  readonly overlap: Overlap;
  /** Whether steps may run in another order than they are written in. */
  readonly reorder: boolean;
  /** The device's memories, and the bytes that its runtime takes of them. Without them, one memory without an end. */
  readonly memory?: { readonly regions: readonly RegionSize[]; readonly reserved: number } | undefined;
}

export interface PlannedBuffer {
  readonly id: number;
  /** The layer that makes it, or the input's name. */
  readonly path: string;
  readonly shape: Shape;
  readonly bytes: number;
  /** From the arena's start, or its region's where the plan has several. */
  readonly offset: number;
  /** The index of its region in the plan's list; undefined where none was asked for or found. */
  readonly region: number | undefined;
  /** The steps at which it is made (-1: before any) and needed for the last time; the plan's last step for what is given back. */
  readonly first: number;
  readonly last: number;
  /** The buffers over which it is written; they end with the step that makes it. */
  readonly shares: readonly number[];
}

export interface PlannedStep {
  readonly path: string;
  readonly op: string;
  /** The most bytes alive while it runs, aligned. */
  readonly bytes: number;
  /** The buffers alive while it runs, in order of creation. */
  readonly alive: readonly number[];
}

export interface MemoryPlan {
  readonly steps: readonly PlannedStep[];
  readonly buffers: readonly PlannedBuffer[];
  /** Bytes from address 0 to the end of the last buffer, aligned. */
  readonly arena: number;
  /** The most bytes alive at once in this order: no layout needs less. */
  readonly bound: number;
  /** No layout of this order needs less than `arena`: it meets the bound, or every other one was ruled out. */
  readonly optimal: boolean;
  /** The first step at which most bytes are alive; undefined for a network without steps. */
  readonly peak: number | undefined;
  readonly order: {
    readonly changed: boolean;
    /** The bound in the order as written. */
    readonly written: number;
    /** No other order has a lower bound. False as well where the order was not to be changed. */
    readonly exact: boolean;
  };
  /** What TFLite Micro's greedy planner needs for the same buffers. */
  readonly greedy: number;
  /** The memories in use; undefined where none were given, or they do not hold it. */
  readonly regions: readonly RegionUse[] | undefined;
}

/** @param graph as `deployed` makes it */
export function planMemory(graph: Graph, options: MemoryOptions): MemoryPlan {
  return planWork(workOf(graph, options), options);
}

export function planWork(work: Work, { overlap, reorder, memory }: Pick<MemoryOptions, "overlap" | "reorder" | "memory">): MemoryPlan {
  const written = writtenOrder(work, overlap);
  const order = reorder ? leastPeakOrder(work, overlap) : { ...written, exact: false };
  const { lifetimes, blocks, owners, layout } = laidOut(work, order.steps, overlap);

  const inRegions = memory && layOutInRegions(blocks, layout, memory.regions, memory.reserved);

  const ids = new Map<number, number>();
  work.tensors.forEach((_, tensor) => lifetimes[tensor] && ids.set(tensor, ids.size));
  const buffers = [...ids].map(([tensor, id]): PlannedBuffer => {
    const { path, shape, bytes, maker } = work.tensors[tensor];
    const { from, to, shares } = lifetimes[tensor]!;
    const owner = owners[tensor];
    return {
      id,
      path,
      shape,
      bytes,
      offset: owner === undefined ? 0 : (inRegions?.places[owner].offset ?? layout.offsets[owner]),
      region: owner === undefined ? undefined : inRegions?.places[owner].region,
      first: maker < 0 ? -1 : from >> 1,
      last: to >> 1,
      shares: shares.map((each) => ids.get(each)!),
    };
  });
  const steps = plannedSteps(work, order.steps, lifetimes, ids);
  const most = steps.reduce((highest, { bytes }) => Math.max(highest, bytes), 0);
  return {
    steps,
    buffers,
    arena: layout.bytes,
    bound: layout.bound,
    optimal: layout.optimal,
    peak: steps.length === 0 ? undefined : steps.findIndex(({ bytes }) => bytes === most),
    order: { changed: order.steps.some((step, at) => step !== at), written: written.peak, exact: order.exact },
    greedy: greedyBySize(blocks).bytes,
    regions: inRegions?.regions,
  };
}

interface LaidOut {
  readonly lifetimes: readonly (Lifetime | undefined)[];
  readonly blocks: readonly Block[];
  /** The block of each tensor; undefined for an empty one. */
  readonly owners: readonly (number | undefined)[];
  readonly layout: Layout;
}

/** So many steps are tried out of place where writing in place stands in the way of the bound, in plans of so many blocks, each with this share of the effort. */
const APART = { trials: 32, blocks: 200, share: 1 / 32 } as const;

/** Everything that can be is written in place, unless nothing or some step's output had better not be: what is in place cannot move. */
function laidOut(work: Work, order: readonly number[], overlap: Overlap): LaidOut {
  const made = (apart: ReadonlySet<number>, share?: number): LaidOut => {
    const lifetimes = lifetimesOf(work, order, overlap, apart);
    const { blocks, owners } = blocksOf(work, lifetimes, overlap);
    return { lifetimes, blocks, owners, layout: layOut(blocks, share) };
  };
  let best = made(new Set());
  const { bytes, bound } = best.layout;
  if (bytes === bound || overlap !== "in_place") return best;
  const { lifetimes } = best;
  const shared = order.filter((step) => work.steps[step].outputs.some((output) => lifetimes[output]!.shares.length > 0));
  if (shared.length === 0) return best;
  const consider = (other: LaidOut): boolean => {
    const better = other.layout.bytes < best.layout.bytes;
    if (better) best = other;
    return better;
  };
  consider(made(new Set(shared)));
  const apart = new Set<number>();
  for (const step of best.blocks.length > APART.blocks ? [] : shared.slice(0, APART.trials)) {
    if (best.layout.bytes === bound) break;
    apart.add(step);
    if (!consider(made(apart, APART.share))) apart.delete(step);
  }
  return { ...best, layout: { ...best.layout, bound, optimal: best.layout.bytes === bound } };
}

/** The tensors as blocks; those written over each other at one address are one. Empty tensors need none. */
function blocksOf({ tensors }: Work, lifetimes: readonly (Lifetime | undefined)[], overlap: Overlap): { readonly blocks: readonly Block[]; readonly owners: readonly (number | undefined)[] } {
  const blocks: Piece[][] = [];
  const owners: (number | undefined)[] = [];
  tensors.forEach(({ span }, tensor) => {
    const lifetime = lifetimes[tensor];
    if (!lifetime || span === 0) return void owners.push(undefined);
    const { from, to, shares } = lifetime;
    // what an operator makes over all of its inputs may lie anywhere; what it makes in place, where the input lay
    const under = overlap === "in_place" && shares.length > 0 ? owners[shares[0]] : undefined;
    const owner = under ?? blocks.push([]) - 1;
    blocks[owner].push({ from, to, bytes: span });
    owners.push(owner);
  });
  return { blocks, owners };
}

function plannedSteps({ tensors, steps }: Work, order: readonly number[], lifetimes: readonly (Lifetime | undefined)[], ids: ReadonlyMap<number, number>): readonly PlannedStep[] {
  const begins: number[][] = order.map(() => []);
  lifetimes.forEach((lifetime, tensor) => lifetime && begins[lifetime.from >> 1]?.push(tensor));
  let alive: readonly number[] = [];
  return order.map((step, at): PlannedStep => {
    alive = [...alive.filter((tensor) => lifetimes[tensor]!.to >= 2 * at), ...begins[at]].sort((a, b) => a - b);
    const bytesIn = (half: number): number => alive.reduce((sum, tensor) => (lifetimes[tensor]!.from <= half && lifetimes[tensor]!.to >= half ? sum + tensors[tensor].span : sum), 0);
    return { path: steps[step].path, op: steps[step].op, bytes: Math.max(bytesIn(2 * at), bytesIn(2 * at + 1)), alive: alive.map((tensor) => ids.get(tensor)!) };
  });
}
