/**
 * Which normalisation, slope or lone bias of a file belongs to which layer, once the kernels are known. A vector's name stands beside its
 * kernel's: `conv1_bn` and `conv1`, `features.0.1` and `features.0.0`. Where it does not (`batch_normalization_7`), sizes and numbers must tell.
 */
import { inOrder, ranked } from "./kernels.ts";
import type { Module } from "./modules.ts";
import { showToken, withoutNorm, type LayerName, type Token } from "./names.ts";
import type { Order } from "./order.ts";
import type { KernelTarget, Targets } from "./targets.ts";

/** Where a vector can go. */
export interface Place {
  readonly at: number;
  readonly size: number;
  readonly name: LayerName;
  readonly host: KernelTarget | undefined;
  /** Whether it follows its host at once. */
  readonly direct?: boolean;
  /** The layer that alone takes what comes out of it. */
  readonly guest?: KernelTarget | undefined;
}

export interface Item {
  readonly module: Module;
  readonly size: number;
}

export interface Attached<P> {
  readonly found: ReadonlyMap<Module, P>;
  /** What is left, and where each could go. */
  readonly open: readonly { readonly module: Module; readonly candidates: readonly P[] }[];
  /** What was put in order by numbers. */
  readonly ordered: readonly { readonly modules: readonly Module[]; readonly targets: readonly P[] }[];
}

/**
 * @param moduleOf a layer's kernel as the file has it
 * @param order by all that is known so far, asked anew whenever more is
 */
export function attach<P extends Place>(
  items: readonly Item[],
  places: readonly P[],
  moduleOf: (host: KernelTarget) => Module | undefined,
  order: (found: ReadonlyMap<Module, P>) => Order,
  needs: Targets["needs"],
): Attached<P> {
  const nameOf = (host: KernelTarget) => moduleOf(host)?.name;
  const found = new Map<Module, P>();
  const taken = new Set<P>();
  const ordered: { readonly modules: readonly Module[]; readonly targets: readonly P[] }[] = [];
  const family = families(items, places, nameOf);
  const asked = new Map(items.map((item) => [item.module, family.get(item.module) ?? likely(item, places, nameOf)]));
  const supply = countBy(items, ({ size }) => size);
  const demand = countBy(places, ({ size }) => size);
  const bind = (module: Module, place: P): void => {
    found.set(module, place);
    taken.add(place);
    asked.delete(module);
  };
  const settleLone = (): boolean => {
    let settled = false;
    for (const [module, candidates] of asked) {
      const free = candidates.filter((place) => !taken.has(place));
      asked.set(module, free);
      if (free.length === 1) {
        bind(module, free[0]);
        settled = true;
      }
    }
    for (const place of places) {
      if (taken.has(place) || supply.get(place.size) !== demand.get(place.size)) continue;
      const asking = [...asked].filter(([, candidates]) => candidates.includes(place));
      if (asking.length !== 1) continue;
      bind(asking[0][0], place);
      settled = true;
    }
    return settled;
  };
  const settleRows = (): boolean => {
    const rows = new Map<string, Module[]>();
    for (const [module, candidates] of asked) {
      const key = candidates.map(({ at }) => at).join(" ");
      rows.set(key, [...(rows.get(key) ?? []), module]);
    }
    const now = order(found);
    const before = ordered.length;
    for (const modules of rows.values()) {
      const candidates = asked.get(modules[0])!;
      if (modules.length !== candidates.length || candidates.some((place) => taken.has(place))) continue;
      const sorted = inOrder(modules, now);
      const targets = sorted && inTurn(candidates, moduleOf, now, needs);
      if (!targets) continue;
      sorted.forEach((module, i) => bind(module, targets[i]));
      ordered.push({ modules: sorted, targets });
    }
    return ordered.length > before;
  };
  while (settleLone() || settleRows());
  return { found, open: [...asked].map(([module, candidates]) => ({ module, candidates })), ordered };
}

/** Places in the order of execution; in parallel branches, which have none, in the order in which the file numbers their kernels. */
function inTurn<P extends Place>(places: readonly P[], moduleOf: (host: KernelTarget) => Module | undefined, order: Order, needs: Targets["needs"]): readonly P[] | undefined {
  return ranked(places, (a, b) => {
    if (needs(Math.max(a.at, b.at), Math.min(a.at, b.at))) return a.at - b.at;
    const [x, y] = [a.host && moduleOf(a.host), b.host && moduleOf(b.host)];
    return x && y && order.compare(x, y);
  });
}

function countBy<T>(items: readonly T[], key: (item: T) => number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/**
 * Where normalisations stand in front of their convolutions (He et al. 2016, Identity mappings; Huang et al. 2017, DenseNet) a block's own are those that
 * follow one of its kernels at once, and those behind something else that lead into one. Where there are as many of a size in the file's block, and
 * a kernel that is led into has its number among them, they are each other's.
 */
function families<P extends Place>(items: readonly Item[], places: readonly P[], nameOf: (host: KernelTarget) => LayerName | undefined): ReadonlyMap<Module, readonly P[]> {
  const key = (name: LayerName, size: number): string => `${name.tokens.slice(0, -1).map(showToken).join(" ")}|${size}`;
  const lastNumber = ({ tokens }: LayerName): number => tokens[tokens.length - 1]?.number ?? -1;
  const blocks = new Map<string, { readonly places: P[]; readonly led: number[] }>();
  for (const place of places) {
    const kernel = place.direct ? place.host : place.guest;
    const name = kernel && nameOf(kernel);
    if (!name) continue;
    const block = blocks.get(key(name, place.size)) ?? { places: [], led: [] };
    block.places.push(place);
    if (!place.direct) block.led.push(lastNumber(name));
    blocks.set(key(name, place.size), block);
  }
  const members = new Map<string, Module[]>();
  for (const { module, size } of items) members.set(key(module.name, size), [...(members.get(key(module.name, size)) ?? []), module]);
  return new Map(
    [...members].flatMap(([block, modules]) => {
      const { places, led } = blocks.get(block) ?? { places: [], led: [] };
      const numbers = modules.map(({ name }) => lastNumber(name));
      const fits = led.length > 0 && places.length === modules.length && led.every((number) => numbers.includes(number) || numbers.includes(-1));
      return fits ? modules.map((module) => [module, places] as const) : [];
    }),
  );
}

/** The places of the right size that the name points to; all of that size where it points nowhere. */
function likely<P extends Place>({ module, size }: Item, places: readonly P[], nameOf: (host: KernelTarget) => LayerName | undefined): readonly P[] {
  const sized = places.filter((place) => place.size === size);
  const own = sized.filter(({ name }) => name.text === module.name.text);
  if (own.length > 0) return own;
  const hosted = sized.flatMap((place) => {
    const name = place.host && nameOf(place.host);
    return name ? [{ place, name }] : [];
  });
  const plain = withoutNorm(module.name);
  const linked = hosted.filter(({ name }) => name.text === plain.text);
  if (linked.length === 1) return [linked[0].place];
  if (plain.text !== module.name.text && lastWord(plain)) {
    const loosely = hosted.filter(({ name }) => sameTokens(withoutConv(name), plain.tokens));
    if (loosely.length === 1) return [loosely[0].place];
  }
  for (let depth = module.name.tokens.length; depth > 0; depth--) {
    const prefix = module.name.tokens.slice(0, depth);
    const within = hosted.filter(({ name }) => sameTokens(name.tokens.slice(0, depth), prefix));
    if (within.length > 0) return within.map(({ place }) => place);
  }
  return sized;
}

/** Whether a name ends in a word: a number at the end may count normalisations by themselves. */
function lastWord({ tokens }: LayerName): boolean {
  const last = tokens[tokens.length - 1];
  return last !== undefined && last.word !== "" && last.number < 0;
}

function withoutConv({ tokens }: LayerName): readonly Token[] {
  const last = tokens[tokens.length - 1];
  return last && last.word === "conv" && last.number < 0 ? tokens.slice(0, -1) : tokens;
}

function sameTokens(a: readonly Token[], b: readonly Token[]): boolean {
  return a.length === b.length && a.every((token, i) => token.word === b[i].word && token.number === b[i].number);
}
