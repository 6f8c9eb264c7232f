/** Looks for the least change of one parameter, or of two together, with which a model keeps its budget. */
import type { Model, ModelParam } from "../elaborate/model.ts";
import type { Priced } from "../devices/price.ts";

export interface Change {
  readonly param: ModelParam;
  readonly value: number;
  /** As the language writes it. */
  readonly shown: string;
}

export interface Setting {
  /** One or two. */
  readonly changes: readonly Change[];
  readonly cost: Priced;
}

/** Prices a model, where it keeps its budget. */
type Fitting = (other: Model) => Priced | undefined;

/** What a trial gives: the price of what fits, `over` the budget, or a model that does not compile. */
type Outcome = Priced | "over" | "broken";

/** So many settings are proposed, and so many tried at most. */
const PROPOSED = 2;
const TRIALS = 80;
/** Two parameters are first made smaller together, in so many even steps. */
const TOGETHER = 24;

/**
 * Settings of one parameter each, those closest to what is written first; where no parameter alone suffices, of two, each as close to what is written as
 * the other allows. Tried are numbers with a range, at its steps, and scaling factors: floats called width, depth or resolution, by hundredths. It is taken
 * for granted that costs grow with a parameter; what is proposed has been priced.
 */
export function nearestSettings(model: Model, fitting: Fitting): readonly Setting[] {
  let trials = TRIALS;
  const tried = (changes: readonly Change[]): Outcome => {
    if (trials-- <= 0) return "over";
    const other = model.vary(Object.fromEntries(changes.map(({ param, value }) => [param.name, value])));
    return other?.complete ? (fitting(other) ?? "over") : "broken";
  };
  const singles = model.params.flatMap((param) => single(param, below(param), tried) ?? single(param, above(param), tried) ?? []);
  if (singles.length > 0) return closest(singles);
  trials = TRIALS;
  const small = model.params.flatMap((param) => {
    const values = below(param);
    return values && values.steps > 0 ? [{ param, values }] : [];
  });
  return closest(small.flatMap((a, i) => small.slice(i + 1).flatMap((b) => pair(a, b, tried) ?? [])));
}

function closest(settings: readonly Setting[]): readonly Setting[] {
  const distance = ({ changes }: Setting): number => Math.max(...changes.map(({ param, value }) => Math.abs(value - (param.value as number)) / Math.abs(param.value as number)));
  return [...settings].sort((a, b) => distance(a) - distance(b)).slice(0, PROPOSED);
}

type Tried = (changes: readonly Change[]) => Outcome;

function changeOf(param: ModelParam, values: NonNullable<Ladder>, step: number): readonly Change[] {
  if (step === 0) return [];
  const value = values.at(step);
  return [{ param, value, shown: String(value) }];
}

function single(param: ModelParam, values: Ladder, tried: Tried): Setting | undefined {
  if (!values) return undefined;
  const found = firstFit(values.steps, (step) => tried(changeOf(param, values, step)));
  return found && { changes: changeOf(param, values, found.step), cost: found.cost };
}

interface Descending {
  readonly param: ModelParam;
  readonly values: NonNullable<Ladder>;
}

/** Both go down together until a setting fits; then each goes back as far as the other lets it. */
function pair(a: Descending, b: Descending, tried: Tried): Setting | undefined {
  const changes = (i: number, j: number): readonly Change[] => [...changeOf(a.param, a.values, i), ...changeOf(b.param, b.values, j)];
  const part = ({ values }: Descending, level: number): number => Math.round((values.steps * level) / TOGETHER);
  const both = firstFit(TOGETHER, (level) => tried(changes(part(a, level), part(b, level))));
  if (!both) return undefined;
  const [most, other] = [part(a, both.step), part(b, both.step)];
  const first = firstFit(most, (step) => (step === most ? both.cost : tried(changes(step, other)))) ?? { step: most, cost: both.cost };
  const second = firstFit(other, (step) => (step === other ? first.cost : tried(changes(first.step, step)))) ?? { step: other, cost: first.cost };
  return { changes: changes(first.step, second.step), cost: second.cost };
}

/** Values at a distance of 1, 2, 3 … steps; `at` is undefined from the first that the range excludes. */
type Ladder = { readonly steps: number; readonly at: (step: number) => number } | undefined;

function below(param: ModelParam): Ladder {
  const grid = gridOf(param);
  return grid && ladder(param.value as number, grid.step, grid.origin, grid.low, -1);
}

function above(param: ModelParam): Ladder {
  const grid = gridOf(param);
  return grid?.high === undefined ? undefined : ladder(param.value as number, grid.step, grid.origin, grid.high, 1);
}

interface Grid {
  readonly origin: number;
  readonly step: number;
  readonly low: number;
  /** Without it, nothing above the present value is tried. */
  readonly high?: number;
}

function gridOf({ name, type, value, range }: ModelParam): Grid | undefined {
  if (typeof value !== "number" || value <= 0) return undefined;
  const whole = type === "int" || type === "channels";
  if (range) return { origin: range.low, step: range.step ?? (whole ? 1 : 0.01), low: range.low, high: range.high };
  return !whole && /^(width|depth|resolution|alpha|multiplier)$/.test(name) ? { origin: 0, step: 0.01, low: 0.01 } : undefined;
}

function ladder(value: number, step: number, origin: number, end: number, direction: 1 | -1): Ladder {
  const place = (value - origin) / step;
  // The first grid point beyond the value; a value on the grid, give or take rounding, is not beyond itself.
  const first = direction < 0 ? Math.ceil(place - 1e-6) - 1 : Math.floor(place + 1e-6) + 1;
  const last = direction < 0 ? Math.ceil((end - origin) / step - 1e-6) : Math.floor((end - origin) / step + 1e-6);
  return { steps: (last - first) * direction + 1, at: (i) => Number((origin + (first + (i - 1) * direction) * step).toFixed(10)) };
}

/** Goes up the steps from 1 in strides that double until one fits, then halves the gap. Where even the last is over the budget, it gives up at once. */
function firstFit(steps: number, tried: (step: number) => Outcome): { readonly step: number; readonly cost: Priced } | undefined {
  if (steps < 1) return undefined;
  let cost = tried(steps);
  if (cost === "over") return undefined;
  let good = steps;
  let bad = 0;
  for (let stride = 1; bad + stride < steps; stride *= 2) {
    const outcome = tried(bad + stride);
    if (typeof outcome === "object") {
      good = bad + stride;
      cost = outcome;
      break;
    }
    bad += stride;
  }
  while (good - bad > 1) {
    const middle = (good + bad) >> 1;
    const outcome = tried(middle);
    if (typeof outcome === "object") {
      good = middle;
      cost = outcome;
    } else bad = middle;
  }
  return typeof cost === "object" ? { step: good, cost } : undefined;
}
