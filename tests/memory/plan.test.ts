/** Properties of plans on random networks, and brute force on small ones. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OVERLAPS, type Overlap } from "../../src/compiler/devices/device.ts";
import type { Block } from "../../src/compiler/devices/memory/blocks.ts";
import { layOut } from "../../src/compiler/devices/memory/layout.ts";
import { leastPeakOrder } from "../../src/compiler/devices/memory/order.ts";
import { planMemory, planWork, type MemoryPlan } from "../../src/compiler/devices/memory/plan.ts";
import type { Work, WorkStep, WorkTensor } from "../../src/compiler/devices/memory/work.ts";
import { net, parts } from "../graphs.ts";

/** A random program: each step reads some earlier tensors and makes one or two. */
const works = (longest: number): fc.Arbitrary<Work> =>
  fc
    .record({
      inputs: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 2 }),
      steps: fc.array(
        fc.record({ reads: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), makes: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 2 }), inPlace: fc.boolean(), kept: fc.boolean() }),
        { minLength: 1, maxLength: longest },
      ),
    })
    .map(({ inputs, steps }): Work => {
      const tensors: (WorkTensor & { readers: number[] })[] = [];
      const add = (bytes: number, maker: number, kept: boolean): number => tensors.push({ path: `t${tensors.length}`, tensor: tensors.length, shape: [bytes], bytes, span: bytes, maker, readers: [], kept }) - 1;
      for (const bytes of inputs) add(bytes, -1, false);
      const made = steps.map(({ reads, makes, inPlace, kept }, step): WorkStep => {
        const read = [...new Set(reads.map((r) => r % tensors.length))];
        for (const input of read) tensors[input].readers.push(step);
        const over = inPlace ? [read[0]] : [];
        const outputs = inPlace ? [add(tensors[read[0]].bytes, step, kept)] : makes.map((bytes) => add(bytes, step, kept));
        return { path: `s${step}`, op: "op", inputs: read, outputs, over };
      });
      return { tensors, steps: made };
    });

const overlaps = fc.constantFrom(...OVERLAPS);

/** The bytes alive in the two halves of each step, straight from the definition. */
function peakOf({ tensors, steps }: Work, order: readonly number[], overlap: Overlap): number {
  const place = new Map(order.map((step, at) => [step, at]));
  let highest = 0;
  const needed = (tensor: number, from: number): boolean => tensors[tensor].kept || tensors[tensor].readers.some((step) => place.get(step)! >= from);
  for (let at = 0; at < order.length; at++) {
    const { inputs, outputs, over } = steps[order[at]];
    const before = tensors.flatMap((t, i) => ((t.maker < 0 || place.get(t.maker)! < at) && needed(i, at) ? [i] : []));
    const dying = inputs.filter((i) => !needed(i, at + 1));
    const gone = overlap === "full" ? dying : overlap === "in_place" ? over.filter((i) => dying.includes(i)).slice(0, 1) : [];
    const sum = (list: readonly number[]): number => list.reduce((total, i) => total + tensors[i].span, 0);
    const anew = overlap === "full" || gone.length > 0 ? [] : outputs;
    highest = Math.max(highest, sum([...before, ...anew]), sum([...before.filter((i) => !gone.includes(i)), ...outputs]));
  }
  return highest;
}

function orders({ tensors, steps }: Work): readonly (readonly number[])[] {
  const all: number[][] = [];
  const walk = (order: readonly number[]): void => {
    if (order.length === steps.length) return void all.push([...order]);
    steps.forEach(({ inputs }, step) => {
      if (!order.includes(step) && inputs.every((i) => tensors[i].maker < 0 || order.includes(tensors[i].maker))) walk([...order, step]);
    });
  };
  walk([]);
  return all;
}

test("the order is the best of all", () => {
  fc.assert(
    fc.property(works(6), overlaps, (work, overlap) => {
      const found = leastPeakOrder(work, overlap);
      expect(found.exact).toBe(true);
      expect(peakOf(work, found.steps, overlap)).toBe(found.peak);
      expect(found.peak).toBe(Math.min(...orders(work).map((order) => peakOf(work, order, overlap))));
    }),
    { numRuns: 400 },
  );
});

test("a search that is cut short keeps the order as written, and says so", () => {
  const n = net();
  const x = n.input("x", [8, 8, 8]);
  // wide branches that narrow: each is to be finished before the next begins
  const branches = Array.from({ length: 4 }, (_, i) => n.add("conv2d", `wide${i}`, x, { out: 64, kernel: 1 }));
  const ends = branches.map((wide, i) => n.add("conv2d", `narrow${i}`, wide, { out: 2, kernel: 1 }));
  const graph = n.outputs(n.add("concat", "all", ends));
  const options = { bytesPerElement: 1, overlap: "none", alignment: 1 } as const;
  const written = planMemory(graph, { ...options, reorder: false });
  const best = planMemory(graph, { ...options, reorder: true });
  expect([written.bound, written.order]).toEqual([64 * (8 + 4 * 64), { changed: false, written: 64 * (8 + 4 * 64), exact: false }]);
  expect([best.bound, best.order]).toEqual([64 * (8 + 64 + 3 * 2), { changed: true, written: 64 * (8 + 4 * 64), exact: true }]);
  const work = { tensors: [], steps: [] } satisfies Work;
  expect(leastPeakOrder(work, "none")).toEqual({ steps: [], peak: 0, exact: true });
  const cut = leastPeakOrder(interlaced(), "none", 1);
  expect(cut).toMatchObject({ exact: false, steps: interlaced().steps.map((_, i) => i) });
});

/** Two branches, written level by level, of which one is better run first; the first step raises the peak, so that there is a choice. */
function interlaced(): Work {
  const sizes = [1, 50, 60, 2, 3, 1];
  const reads = [[0], [0], [1], [2], [3, 4]];
  const tensors = sizes.map((bytes, i): WorkTensor => ({ path: `t${i}`, tensor: i, shape: [bytes], bytes, span: bytes, maker: i - 1, readers: reads.flatMap((r, step) => (r.includes(i) ? [step] : [])), kept: i === 5 }));
  return { tensors, steps: reads.map((inputs, i) => ({ path: `s${i}`, op: "op", inputs, outputs: [i + 1], over: [] })) };
}

describe("layouts", () => {
  const blocks = fc.array(
    fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 9 }), length: fc.integer({ min: 0, max: 3 }) }), { minLength: 1, maxLength: 2 }).chain((pieces) => fc.nat({ max: 5 }).map((start): Block => {
      let from = start;
      return pieces.map(({ bytes, length }) => {
        const piece = { from, to: from + length, bytes };
        from = piece.to + 1;
        return piece;
      });
    })),
    { minLength: 1, maxLength: 6 },
  );

  test("no two blocks overlap, and none needs less than the bound", () => {
    fc.assert(
      fc.property(blocks, (all) => {
        const { offsets, bytes, bound } = layOut(all);
        expect(clash(all, offsets)).toBeUndefined();
        expect(bytes).toBeGreaterThanOrEqual(bound);
        expect(bytes).toBe(Math.max(...all.map((block, i) => offsets[i] + Math.max(...block.map((p) => p.bytes)))));
      }),
      { numRuns: 500 },
    );
  });

  test("as good as every order of putting blocks on top of each other", () => {
    fc.assert(
      fc.property(blocks, (all) => {
        const { bytes, optimal } = layOut(all);
        expect(optimal).toBe(true);
        expect(bytes).toBe(Math.min(...permutations(all.map((_, i) => i)).map((order) => stacked(all, order))));
      }),
      { numRuns: 300 },
    );
  });

  test("where the bound cannot be met, the search proves it", () => {
    const all = [[[5, 7, 3]], [[2, 2, 5], [3, 5, 1]], [[2, 4, 3], [5, 7, 5]], [[4, 4, 2]], [[0, 0, 2]], [[2, 2, 1], [3, 3, 4]]].map((block): Block => block.map(([from, to, bytes]) => ({ from, to, bytes })));
    expect(layOut(all)).toMatchObject({ bytes: 12, bound: 9, optimal: true });
    expect(smallest(all, 9)).toBe(12);
  });

  test("without effort the best order is kept, and no claim is made", () => {
    const all = [[[2, 3, 2]], [[1, 3, 5], [4, 6, 3]], [[0, 2, 4], [3, 4, 2]], [[4, 5, 7]], [[0, 0, 1]]].map((block): Block => block.map(([from, to, bytes]) => ({ from, to, bytes })));
    expect(layOut(all)).toMatchObject({ bytes: 14, bound: 12, optimal: true });
    const hasty = layOut(all, 0);
    expect(clash(all, hasty.offsets)).toBeUndefined();
    expect(hasty).toMatchObject({ bound: 12, optimal: false });
  });
});

function together(a: Block, b: Block): readonly (readonly [number, number])[] {
  return a.flatMap((p) => b.flatMap((q): readonly (readonly [number, number])[] => (p.from <= q.to && q.from <= p.to ? [[p.bytes, q.bytes]] : [])));
}

function clash(all: readonly Block[], offsets: readonly number[]): readonly [number, number] | undefined {
  for (let i = 0; i < all.length; i++) {
    for (let j = 0; j < i; j++) {
      if (together(all[i], all[j]).some(([p, q]) => offsets[i] < offsets[j] + q && offsets[j] < offsets[i] + p)) return [j, i];
    }
  }
  return undefined;
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  return items.length <= 1 ? [items] : items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** The bytes of a layout in which each block lies on top of those before it that are alive with it. */
function stacked(all: readonly Block[], order: readonly number[]): number {
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const i of order) {
    let at = 0;
    for (const [j, offset] of offsets) for (const [, q] of together(all[i], all[j])) at = Math.max(at, offset + q);
    offsets.set(i, at);
    bytes = Math.max(bytes, at + Math.max(...all[i].map((p) => p.bytes)));
  }
  return bytes;
}

/** The fewest bytes from `bound` up in which all addresses, tried one by one, find a place. */
function smallest(all: readonly Block[], bound: number): number {
  for (let bytes = bound; ; bytes++) {
    const place = (i: number, offsets: readonly number[]): boolean => {
      if (i === all.length) return true;
      for (let at = 0; at + Math.max(...all[i].map((p) => p.bytes)) <= bytes; at++) {
        const next = [...offsets, at];
        if (clash(all.slice(0, i + 1), next) === undefined && place(i + 1, next)) return true;
      }
      return false;
    };
    if (place(0, [])) return bytes;
  }
}

describe("plans", () => {
  test("of random programs: who is alive together lies apart, save what is written over", () => {
    fc.assert(
      fc.property(works(12), overlaps, fc.boolean(), (work, overlap, reorder) => {
        const plan = planWork(work, { overlap, reorder });
        expect(overlapping(plan)).toEqual([]);
        expect(plan.arena).toBeGreaterThanOrEqual(plan.bound);
        expect(plan.arena).toBe(Math.max(0, ...plan.buffers.map(({ offset, bytes }) => (bytes === 0 ? 0 : offset + bytes))));
        const order = plan.steps.map(({ path }) => Number(path.slice(1)));
        expect(plan.bound).toBe(peakOf(work, order, overlap));
        expect(plan.bound).toBeLessThanOrEqual(plan.order.written);
        // what is laid apart after all, because it would stand in the way in place, is alive beside what it was made from
        if (plan.peak !== undefined && (overlap !== "in_place" || plan.arena === plan.bound)) expect(plan.steps[plan.peak].bytes).toBe(plan.bound);
      }),
      { numRuns: 400 },
    );
  });

  test("writing in place never needs more than making everything anew", () => {
    fc.assert(
      fc.property(works(12), (work) => {
        const arena = (overlap: Overlap): number => planWork(work, { overlap, reorder: false }).arena;
        expect(arena("in_place")).toBeLessThanOrEqual(arena("none"));
      }),
      { numRuns: 300 },
    );
  });

  test("a tangle of 40 steps: in another order, and by changing the layout step by step, close to the bound", () => {
    const plan = planWork(tangle(40, 10), { overlap: "none", reorder: true });
    expect(plan.order).toMatchObject({ changed: true, exact: true });
    expect(plan.bound).toBeLessThan(0.7 * plan.order.written);
    expect(plan.arena).toBeLessThan(1.01 * plan.bound);
    expect(plan.greedy).toBeGreaterThan(1.05 * plan.arena);
    expect(overlapping(plan)).toEqual([]);
  });

  test("aligned: every address is, and a buffer's end goes up to the next one", () => {
    const n = net();
    let x = n.input("x", [3, 5, 5]);
    for (let i = 0; i < 4; i++) x = n.add("conv2d", `c${i}`, x, { out: 3 + i, kernel: 1 });
    const plan = planMemory(n.outputs(x), { bytesPerElement: 1, overlap: "none", alignment: 16, reorder: true });
    expect(plan.buffers.map(({ offset }) => offset % 16)).toEqual([0, 0, 0, 0, 0]);
    // 5 × 25 and 6 × 25 bytes
    expect(plan.arena).toBe(128 + 160);
    expect(plan.buffers.map(({ bytes }) => bytes)).toEqual([75, 75, 100, 125, 150]);
  });

  test("in place: an addition over the branch that ends, a gate's product over what it gates, never over what is still read", () => {
    const n = net();
    const x = n.input("x", [4, 8, 8]);
    const a = n.add("depthwise", "a", x);
    const sum = n.add("add", "sum", [x, a]);
    const gate = n.add("sigmoid", "gate", n.add("global_avgpool", "mean", sum));
    const out = n.add("mul", "product", [sum, gate]);
    const { buffers, arena } = planMemory(n.outputs(out, sum), { bytesPerElement: 1, overlap: "in_place", alignment: 1, reorder: false });
    const over = (path: string): readonly string[] => buffers.find((b) => b.path === path)!.shares.map((id) => buffers[id].path);
    expect(over("a")).toEqual([]); // x is read again
    expect(over("sum")).toEqual(["x"]);
    expect(over("gate")).toEqual(["mean"]);
    expect(over("product")).toEqual([]); // the sum is given back
    expect(arena).toBe(2 * 256 + 4);
  });

  test("a view takes no memory where anything may be overwritten, and a copy where nothing may", () => {
    const n = net();
    const x = n.input("x", [4, 8, 8]);
    const flat = n.add("flatten", "flat", x);
    const graph = n.outputs(n.add("dense", "fc", flat, { out: 2 }));
    const arena = (overlap: Overlap): number => planMemory(graph, { bytesPerElement: 1, overlap, alignment: 1, reorder: true }).arena;
    expect([arena("none"), arena("in_place"), arena("full")]).toEqual([512, 258, 256]);
  });

  test("parts that nobody reads, an input that is an output, an unread input, a network without steps", () => {
    const n = net();
    const x = n.input("x", [4, 2, 2]);
    n.input("unread", [100]);
    const [first] = parts(n.add("split", "cut", x, { parts: 2 }));
    const plan = planMemory(n.outputs(first, x), { bytesPerElement: 1, overlap: "full", alignment: 1, reorder: true });
    expect(plan.buffers.map(({ path, first: from, last }) => [path, from, last])).toEqual([["x", -1, 0], ["cut", 0, 0], ["cut", 0, 0]]);
    expect(plan.arena).toBe(32);
    const none = net();
    const y = none.input("y", [10]);
    expect(planMemory(none.outputs(y), { bytesPerElement: 1, overlap: "none", alignment: 1, reorder: true })).toMatchObject({ arena: 10, bound: 10, steps: [], peak: undefined });
  });

  test("the same plan from run to run", () => {
    fc.assert(fc.property(works(8), overlaps, (work, overlap) => void expect(planWork(work, { overlap, reorder: true })).toEqual(planWork(work, { overlap, reorder: true }))), { numRuns: 50 });
  });
});

/** Steps that read up to two of the last tensors, from a fixed sequence of numbers. */
function tangle(count: number, reach: number): Work {
  let state = 7;
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(state / 2 ** 16) % below;
  };
  const tensors: (WorkTensor & { readers: number[] })[] = [];
  const add = (maker: number): number => {
    const bytes = (1 + next(64)) * 1024;
    return tensors.push({ path: `t${tensors.length}`, tensor: tensors.length, shape: [bytes], bytes, span: bytes, maker, readers: [], kept: false }) - 1;
  };
  add(-1);
  const steps = Array.from({ length: count }, (_, step): WorkStep => {
    const inputs = [...new Set(Array.from({ length: 1 + next(2) }, () => Math.max(0, tensors.length - 1 - next(reach))))];
    for (const input of inputs) tensors[input].readers.push(step);
    return { path: `s${step}`, op: "op", inputs, outputs: [add(step)], over: [] };
  });
  return { tensors, steps };
}

/** Pairs of buffers that share an address while both are needed. A buffer and one that is written over it meet in one step, as is agreed. */
function overlapping({ buffers }: MemoryPlan): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (const a of buffers) {
    for (const b of buffers) {
      if (a.id >= b.id || a.bytes === 0 || b.bytes === 0) continue;
      if (a.last < b.first || b.last < a.first) continue;
      if (a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset) continue;
      if (b.shares.includes(a.id) && a.last === b.first) continue;
      if (a.shares.includes(b.id) && b.last === a.first) continue;
      found.push([a.id, b.id]);
    }
  }
  return found;
}
