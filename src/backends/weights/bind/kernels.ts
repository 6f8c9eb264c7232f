/**
 * Which kernel of a file is which layer's. Layers and kernels of one shape form a class. A class of one is settled; a larger one is split by
 * what names and graph say of the layers' parts in their blocks; what is left is put in order by the names' numbers.
 */
import { layouts, permutation, readings, type Layout } from "./layout.ts";
import type { Module } from "./modules.ts";
import { inNaturalOrder } from "./names.ts";
import { orderOf, type Order } from "./order.ts";
import type { KernelTarget, Targets } from "./targets.ts";
import { parts, partsOf } from "./words.ts";

/** Kernels and layers of one shape. */
export interface ShapeClass {
  readonly modules: readonly Module[];
  readonly targets: readonly KernelTarget[];
}

export interface Classes {
  readonly layout: Layout;
  /** Whether another layout would fit as well, and mean other values. */
  readonly assumed: boolean;
  /** In graph order of their first layers. */
  readonly classes: readonly ShapeClass[];
  /** Kernels of shapes that no layer has. */
  readonly misfits: readonly Module[];
}

/** The layout that explains most kernels, and the classes by it. */
export function classesOf(modules: readonly Module[], targets: readonly KernelTarget[]): Classes {
  const counts = new Map<string, number>();
  for (const { shape } of targets) counts.set(String(shape), (counts.get(String(shape)) ?? 0) + 1);
  const matrices = modules.every(({ tensors }) => tensors.kernel?.shape.length === 2);
  const likely = matrices && modules.some(({ tensors }) => /kernel(:0)?$/.test(tensors.kernel?.name ?? "")) ? [layouts[1], ...layouts] : layouts;
  const tried = likely.map((layout) => ({ layout, keys: keysFor(modules, layout, counts) }));
  const most = Math.max(...tried.map(({ keys }) => keys.size));
  const best = tried.filter(({ keys }) => keys.size === most);
  const { layout, keys } = best[0];
  const classes = new Map<string, { modules: Module[]; targets: KernelTarget[] }>();
  for (const target of targets) {
    const key = String(target.shape);
    const made = classes.get(key) ?? { modules: [], targets: [] };
    classes.set(key, made);
    made.targets.push(target);
  }
  for (const [module, key] of keys) classes.get(key)?.modules.push(module);
  const assumed = best.some((other) => [...keys].some(([module, key]) => isMoved(module, classes.get(key)?.targets[0], layout) !== isMoved(module, classes.get(key)?.targets[0], other.layout)));
  return { layout, assumed, classes: [...classes.values()], misfits: modules.filter((module) => !keys.has(module)) };
}

function isMoved({ tensors: { kernel } }: Module, target: KernelTarget | undefined, layout: Layout): string {
  const moved = kernel && target ? permutation(kernel.shape, target, layout) : undefined;
  const axes = moved?.axes.filter((axis) => moved.view[axis] !== 1) ?? [];
  return axes.every((axis, i) => i === 0 || axis > axes[i - 1]) ? "" : String(axes);
}

/** The class of each kernel; kernels that can be of one class only come first. */
function keysFor(modules: readonly Module[], layout: Layout, counts: ReadonlyMap<string, number>): ReadonlyMap<Module, string> {
  const possible = modules.map((module) => ({ module, keys: readings(module.tensors.kernel!.shape, layout).map(String).filter((key) => counts.has(key)) }));
  const left = new Map(counts);
  const found = new Map<Module, string>();
  const place = (module: Module, key: string | undefined): void => {
    if (key === undefined) return;
    left.set(key, left.get(key)! - 1);
    found.set(module, key);
  };
  for (const { module, keys } of possible) if (keys.length === 1) place(module, keys[0]);
  for (const { module, keys } of possible) if (keys.length > 1) place(module, keys.find((key) => left.get(key)! > 0) ?? keys[0]);
  return new Map(modules.flatMap((module) => (found.has(module) ? [[module, found.get(module)!] as const] : [])));
}

export interface Match {
  readonly found: ReadonlyMap<Module, KernelTarget>;
  /** Classes, or pairs of them, whose members nothing tells apart. */
  readonly open: readonly ShapeClass[];
  /** Classes that were put in order by numbers. */
  readonly ordered: readonly ShapeClass[];
  readonly order: Order;
}

/** Settles the classes that have a kernel for every layer. `all` are the file's modules, among whose names an order is read. */
export function matchKernels(classes: readonly ShapeClass[], all: readonly Module[], layout: Layout, { needs }: Targets): Match {
  const found = new Map<Module, KernelTarget>();
  const places = new Map<Module, number>();
  const bind = (module: Module, target: KernelTarget): void => {
    found.set(module, target);
    places.set(module, target.at);
  };
  let open = classes.flatMap((one) => splitByParts(one, layout)).filter(({ modules, targets }) => modules.length > 1 || (bind(modules[0], targets[0]), false));
  const reliedOn = new Set<string>();
  const ordered: ShapeClass[] = [];
  let order = orderOf(all, places, needs, reliedOn);
  for (let before = -1; before !== open.length; ) {
    before = open.length;
    open = open.filter(({ modules, targets }) => {
      const sorted = inOrder(modules, order);
      if (!sorted) return true;
      sorted.forEach((module, i) => bind(module, targets[i]));
      ordered.push({ modules: sorted, targets });
      return false;
    });
    order = orderOf(all, places, needs, reliedOn);
  }
  const chains: Chains = { found, kernelAt: new Map([...found].map(([module, target]) => [target, module])), neighbours: neighboursOf([...found.keys()], order), needs, order };
  for (const { modules } of ordered) straighten(modules, chains);
  const exchangeable = ordered.flatMap(({ modules }) => exchangeablePairs(modules, chains));
  return { found, open: [...open, ...exchangeable], ordered, order };
}

/** Splits a class by everything that says the same of as many kernels as layers. */
function splitByParts({ modules, targets }: ShapeClass, layout: Layout): readonly ShapeClass[] {
  if (modules.length < 2) return [{ modules, targets }];
  const own = new Map(targets.map((target) => [target.name.text, target]));
  const named = modules.find(({ name }) => own.has(name.text));
  if (named) {
    const target = own.get(named.name.text)!;
    return [{ modules: [named], targets: [target] }, ...splitByParts({ modules: modules.filter((one) => one !== named), targets: targets.filter((one) => one !== target) }, layout)];
  }
  for (const [ofModule, ofTarget] of signs(targets[0], layout)) {
    const yes = { modules: modules.filter(ofModule), targets: targets.filter(ofTarget) };
    if (yes.modules.length === 0 || yes.modules.length === modules.length || yes.modules.length !== yes.targets.length) continue;
    const no = { modules: modules.filter((module) => !ofModule(module)), targets: targets.filter((target) => !ofTarget(target)) };
    return [...splitByParts(yes, layout), ...splitByParts(no, layout)];
  }
  return [{ modules, targets }];
}

type Sign = readonly [ofModule: (module: Module) => boolean, ofTarget: (target: KernelTarget) => boolean];

function signs(example: KernelTarget, layout: Layout): readonly Sign[] {
  return [
    ...parts.map((part): Sign => [({ name }) => partsOf(name.tokens.map(({ word }) => word)).has(part), (target) => target.parts.has(part)]),
    [({ tensors }) => isDepthwise(tensors.kernel!.shape, example, layout), (target) => target.parts.has("depth")],
    [({ tensors }) => tensors.kernel!.shape.length === 2, (target) => target.dense],
    [({ tensors }) => tensors.bias !== undefined, (target) => target.bias !== undefined],
  ];
}

/** Whether a layout shows that a kernel is depthwise. */
function isDepthwise(shape: readonly number[], { shape: [out, into] }: KernelTarget, layout: Layout): boolean {
  if (shape.length !== 4 || into !== 1 || out === 1) return false;
  return layout.kernels === "hwio" ? shape[2] > 1 : layout.kernels === "ohwi" && shape[0] === 1;
}

/** The modules in order of execution, where the names tell it of every two. */
export function inOrder(modules: readonly Module[], order: Order): readonly Module[] | undefined {
  return ranked(modules, (a, b) => order.compare(a, b));
}

/** The items in the order that comparing any two tells; undefined where it does not tell one, or tells of a circle. */
export function ranked<T>(items: readonly T[], compare: (a: T, b: T) => number | undefined): readonly T[] | undefined {
  const before = items.map(() => 0);
  for (let i = 0; i < items.length; i++) {
    for (let j = i + 1; j < items.length; j++) {
      const told = compare(items[i], items[j]);
      if (told === undefined || told === 0) return undefined;
      before[told < 0 ? j : i]++;
    }
  }
  const sorted: T[] = [];
  before.forEach((rank, i) => (sorted[rank] = items[i]));
  return sorted.length === items.length && new Set(before).size === items.length ? sorted : undefined;
}

/** Kernels whose names follow one another by their numbers alone. */
function neighboursOf(modules: readonly Module[], order: Order): ReadonlyMap<Module, readonly (readonly [Module, Module])[]> {
  const pairs = new Map<Module, (readonly [Module, Module])[]>();
  const sorted = [...modules].sort((a, b) => inNaturalOrder(a.name, b.name));
  for (let i = 0; i + 1 < sorted.length; i++) {
    const pair = [sorted[i], sorted[i + 1]] as const;
    if (!order.counted(...pair)) continue;
    for (const module of pair) pairs.set(module, [...(pairs.get(module) ?? []), pair]);
  }
  return pairs;
}

/** What names and graph say of which layer follows which. */
interface Chains {
  readonly found: Map<Module, KernelTarget>;
  /** `found`, the other way. */
  readonly kernelAt: Map<KernelTarget, Module>;
  readonly neighbours: ReturnType<typeof neighboursOf>;
  readonly needs: Targets["needs"];
  readonly order: Order;
}

/** Whether a layer gets its input from another's, at once or through layers that are counted by other numbers than theirs. */
function follows(second: Module, first: Module, { found, kernelAt, order }: Chains): boolean {
  const wanted = found.get(first)!;
  const seen = new Set<KernelTarget>();
  const waiting = [...found.get(second)!.after];
  for (let target = waiting.pop(); target; target = waiting.pop()) {
    if (target === wanted) return true;
    const module = kernelAt.get(target);
    if (seen.has(target) || !module || order.counted(module, second)) continue;
    seen.add(target);
    waiting.push(...target.after);
  }
  return false;
}

/** How many neighbours by name of two modules are neighbours in the graph. */
function fit(a: Module, b: Module, chains: Chains): number {
  const pairs = new Set([...(chains.neighbours.get(a) ?? []), ...(chains.neighbours.get(b) ?? [])]);
  return [...pairs].filter(([first, second]) => follows(second, first, chains)).length;
}

function exchange(a: Module, b: Module, { found, kernelAt }: Chains): void {
  const [x, y] = [found.get(a)!, found.get(b)!];
  found.set(a, y).set(b, x);
  kernelAt.set(x, b).set(y, a);
}

/** How many more neighbours two modules would have with their layers exchanged. */
function gain(a: Module, b: Module, chains: Chains): number {
  const before = fit(a, b, chains);
  exchange(a, b, chains);
  const after = fit(a, b, chains);
  exchange(a, b, chains);
  return after - before;
}

/** Every two modules whose layers stand in parallel branches, where the order of execution says nothing. */
function* parallelPairs(modules: readonly Module[], { found, needs }: Chains): Generator<readonly [Module, Module]> {
  for (let i = 0; i < modules.length; i++) {
    for (let j = i + 1; j < modules.length; j++) {
      const [x, y] = [found.get(modules[i])!.at, found.get(modules[j])!.at];
      if (!needs(Math.max(x, y), Math.min(x, y))) yield [modules[i], modules[j]];
    }
  }
}

/**
 * Exchanges layers of parallel branches where that makes more neighbours by name neighbours in the graph: a shortcut may be numbered before its
 * branch or after it.
 */
function straighten(modules: readonly Module[], chains: Chains): void {
  for (let changed = true, rounds = 0; changed && rounds < modules.length; rounds++) {
    changed = false;
    for (const [a, b] of parallelPairs(modules, chains)) {
      if (gain(a, b, chains) <= 0) continue;
      exchange(a, b, chains);
      changed = true;
    }
  }
}

/** Layers of parallel branches that numbers alone put in order, and that would fit as well the other way round. */
function exchangeablePairs(modules: readonly Module[], chains: Chains): readonly ShapeClass[] {
  return [...parallelPairs(modules, chains)]
    .filter(([a, b]) => chains.order.counted(a, b) && gain(a, b, chains) === 0)
    .map((pair) => ({ modules: pair, targets: pair.map((module) => chains.found.get(module)!) }));
}
