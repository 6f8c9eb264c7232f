/**
 * Fills the holes of a model: of all settings, the one that keeps the budget and serves the aims best.
 *
 * The search is exact. Every network is analysed. Figures that are dear to work out, a device's, are asked for only where a lower bound does not rule the
 * network out, and in an order in which what is found first is the best, or bounds what can follow. Of settings that are equally good the first counts,
 * in the order in which the holes stand and their values rise.
 */
import type { Aim, Limit, Model } from "../elaborate/model.ts";
import { countOf, sizeOf, valuesOf, type Axis, type Values } from "./space.ts";
import { survey, type Surveyed } from "./survey.ts";

/** Figures by name; undefined where one is not known. */
export type FiguresByName = Readonly<Record<string, number | undefined>>;

/** Gives a figure by its name, worked out when it is first asked for. */
export type Read = (metric: string) => number | undefined;

/** Figures that are not the network's alone. */
export interface Pricing {
  /** Their names. They stand for figures of the network that are called the same. */
  readonly metrics: readonly string[];
  readonly price: (model: Model) => Read;
  /** What these figures cannot be below, from the network's own: a hint that saves pricing. */
  readonly atLeast?: (network: Surveyed) => Read;
}

/** A setting, what it costs, and what it exceeds. */
export interface Candidate {
  readonly values: Values;
  /** Of the limits and the aims, and of the network. */
  readonly figures: FiguresByName;
  readonly exceeded: readonly Limit[];
}

/** A setting one step from the best. */
export interface Neighbour {
  readonly hole: string;
  /** Undefined where this setting does not compile. */
  readonly candidate: Candidate | undefined;
  readonly values: Values;
}

export interface Found {
  readonly kind: "found";
  readonly best: Candidate;
  /** The model with its holes filled. */
  readonly model: Model;
  /** How many settings were looked at, and how many of them compile. */
  readonly settings: number;
  readonly networks: number;
  /** Worked out when it is asked for. */
  readonly neighbours: () => readonly Neighbour[];
}

/** Nothing keeps the budget. */
export interface Nothing {
  readonly kind: "nothing";
  readonly settings: number;
  readonly networks: number;
  /** The setting that exceeds its limits by the smallest factor; undefined where no setting compiles. */
  readonly closest: Candidate | undefined;
}

/** There are more settings than are searched. */
export interface TooMany {
  readonly kind: "too-many";
  readonly settings: number;
  readonly most: number;
  /** What would be done so often. */
  readonly what: "settings" | "expanded" | "priced";
}

export type Fit = Found | Nothing | TooMany;

/** Bounds of a search: settings at all, those that need an expansion of their own (not only another input size), and those that need a device's figures. */
const MOST = { settings: 100_000, expanded: 10_000, priced: 10_000 } as const;

/** What counts where a model with holes says nothing else: the most work that the budget allows. */
export const DEFAULT_AIM: Pick<Aim, "direction" | "metric"> = { direction: "maximize", metric: "macs" };

type Goal = Pick<Aim, "direction" | "metric">;

const NOTHING_PRICED: Pricing = { metrics: [], price: () => () => undefined };

/** The values that a model's holes may take. */
function axesOf(model: Model, names: readonly string[]): readonly Axis[] {
  return names.map((name) => ({ name, values: valuesOf(model.params.find((param) => param.name === name)!) ?? [] }));
}

/** How many settings a model's holes have. */
export function settingsOf(model: Model): number {
  return model.holes.reduce((product, { name }) => product * (countOf(model.params.find((param) => param.name === name)!) ?? 0), 1);
}

/** Fills the model's own holes, by its own limits and aims. */
export function fitHoles(model: Model, pricing: Pricing = NOTHING_PRICED): Fit {
  const names = model.holes.map(({ name }) => name);
  const settings = settingsOf(model);
  if (settings > MOST.settings) return { kind: "too-many", settings, most: MOST.settings, what: "settings" };
  return fit(model, axesOf(model, names), model.limits, model.aims, pricing);
}

/** The best setting on these axes. */
export function fit(model: Model, axes: readonly Axis[], limits: readonly Limit[], aims: readonly Goal[], pricing: Pricing = NOTHING_PRICED): Fit {
  const settings = sizeOf(axes);
  if (settings > MOST.settings) return { kind: "too-many", settings, most: MOST.settings, what: "settings" };
  const expanded = sizeOf(axes.filter(({ name }) => !model.inputSizes?.holds(name)));
  if (expanded > MOST.expanded) return { kind: "too-many", settings: expanded, most: MOST.expanded, what: "expanded" };
  const goals = aims.length > 0 ? aims : [DEFAULT_AIM];
  const isPriced = (metric: string): boolean => pricing.metrics.includes(metric);
  const priced = limits.filter(({ metric }) => isPriced(metric));
  const leading = goals.slice(0, indexOr(goals.findIndex(({ metric }) => isPriced(metric)), goals.length));
  const trailing = goals.slice(leading.length);
  const metrics = [...new Set([...limits, ...goals].map(({ metric }) => metric))];

  const all = survey(model, axes).map((network) => tried(network, model, pricing));
  const within = all.filter(({ least }) => limits.every((limit) => keeps(limit, least(limit.metric))));
  // The first aim that has to be priced, where the bound can order the networks that the aims before it leave equal.
  const bounded = trailing[0]?.direction === "minimize" ? trailing[0].metric : undefined;
  const bound = ({ least }: Tried): number => (bounded === undefined ? 0 : (least(bounded) ?? 0));
  const inOrder = within.sort((a, b) => byGoals(leading, a.read, b.read) || bound(a) - bound(b) || a.rank - b.rank);

  let best: Tried | undefined;
  let asked = 0;
  for (const tried of inOrder) {
    if (best && (trailing.length === 0 || byGoals(leading, best.read, tried.read) !== 0 || bound(tried) > (best.read(bounded ?? "") ?? Infinity))) break;
    if (priced.length + trailing.length > 0 && ++asked > MOST.priced) return { kind: "too-many", settings: within.length, most: MOST.priced, what: "priced" };
    if (!priced.every((limit) => keeps(limit, tried.read(limit.metric)))) continue;
    if (!best || (byGoals(trailing, tried.read, best.read) || tried.rank - best.rank) < 0) best = tried;
  }
  if (!best) return { kind: "nothing", settings, networks: all.length, closest: closestOf(all, limits, metrics) };
  const { values } = best;
  return {
    kind: "found",
    best: candidateOf(best, limits, metrics),
    model: best.model(),
    settings,
    networks: all.length,
    neighbours: () => neighboursOf(all, axes, values, limits, metrics),
  };
}

interface Tried extends Pick<Surveyed, "values" | "rank"> {
  readonly model: () => Model;
  readonly read: Read;
  /** What a figure cannot be below: the figure itself where it is the network's own. */
  readonly least: Read;
}

/** A network's figures by name; it is expanded again when one has to be priced. */
function tried(network: Surveyed, model: Model, { metrics, price, atLeast }: Pricing): Tried {
  const { values, rank } = network;
  const figures = network.figures as unknown as FiguresByName;
  let expanded: Model | undefined;
  let priced: Read | undefined;
  let bounds: Read | undefined;
  const made = (): Model => (expanded ??= model.vary(values)!);
  return {
    values,
    rank,
    model: made,
    read: (metric) => (metrics.includes(metric) ? (priced ??= price(made()))(metric) : figures[metric]),
    least: (metric) => (metrics.includes(metric) ? (bounds ??= atLeast?.(network))?.(metric) : figures[metric]),
  };
}

function indexOr(index: number, otherwise: number): number {
  return index < 0 ? otherwise : index;
}

/** A figure that is not known keeps every limit here: it is said where the budget is checked. */
function keeps({ op, limit }: Limit, figure: number | undefined): boolean {
  return figure === undefined || (op === "<" ? figure < limit : figure <= limit);
}

/** Below 0: the first is better. A figure that is not known is worse than any. */
function byGoals(goals: readonly Goal[], a: Read, b: Read): number {
  for (const { direction, metric } of goals) {
    const [x, y] = [a(metric), b(metric)];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
    return (direction === "minimize" ? x < y : x > y) ? -1 : 1;
  }
  return 0;
}

function candidateOf({ values, read }: Pick<Tried, "values" | "read">, limits: readonly Limit[], metrics: readonly string[]): Candidate {
  const figures = Object.fromEntries(metrics.map((metric) => [metric, read(metric)]));
  return { values, figures, exceeded: limits.filter((limit) => !keeps(limit, figures[limit.metric])) };
}

/** By the largest factor by which a limit is exceeded; of equally close ones the first. */
function closestOf(all: readonly Tried[], limits: readonly Limit[], metrics: readonly string[]): Candidate | undefined {
  const bounds = new Map(all.map((tried) => [tried, factor(limits, tried.least)]));
  let closest: Tried | undefined;
  let least = Infinity;
  for (const tried of [...all].sort((a, b) => bounds.get(a)! - bounds.get(b)! || a.rank - b.rank)) {
    if (closest && bounds.get(tried)! > least) break;
    const over = factor(limits, tried.read);
    if (closest && (over > least || (over === least && tried.rank > closest.rank))) continue;
    least = over;
    closest = tried;
  }
  return closest && candidateOf(closest, limits, metrics);
}

function factor(limits: readonly Limit[], read: Read): number {
  return limits.reduce((most, { metric, limit }) => Math.max(most, (read(metric) ?? 0) / limit), 0);
}

/** One step down and up on each axis of numbers, and the other words of an enum or a bool. */
function neighboursOf(tried: readonly Tried[], axes: readonly Axis[], values: Values, limits: readonly Limit[], metrics: readonly string[]): readonly Neighbour[] {
  return axes.flatMap(({ name, values: all }) => {
    const at = all.indexOf(values[name]);
    const others = typeof values[name] === "number" ? [all[at - 1], all[at + 1]] : all.filter((_, i) => i !== at);
    return others.flatMap((value) => {
      if (value === undefined) return [];
      const changed = { ...values, [name]: value };
      const network = tried.find(({ values }) => axes.every((axis) => values[axis.name] === changed[axis.name]));
      return [{ hole: name, values: changed, candidate: network && candidateOf(network, limits, metrics) }];
    });
  });
}
