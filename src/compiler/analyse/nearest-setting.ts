/** Looks for the least change of one parameter with which a model keeps its budget. */
import type { Model, ModelParam } from "../elaborate/model.ts";
import type { Priced } from "../devices/price.ts";

export interface Setting {
  readonly param: ModelParam;
  readonly value: number;
  /** As the language writes it. */
  readonly shown: string;
  readonly cost: Priced;
}

/** Prices a model, where it keeps its budget. */
type Fitting = (other: Model) => Priced | undefined;

/** What a trial gives: the price of what fits, `over` the budget, or a model that does not compile. */
type Outcome = Priced | "over" | "broken";

/** So many settings are proposed, and so many tried at most. */
const PROPOSED = 2;
const TRIALS = 80;

/**
 * Settings of one parameter each, those closest to what is written first. Tried are numbers with a range, at its steps, and scaling factors: floats called
 * width, depth or resolution, by hundredths. It is taken for granted that costs grow with a parameter; what is proposed has been priced.
 */
export function nearestSettings(model: Model, fitting: Fitting): readonly Setting[] {
  const found: Setting[] = [];
  let trials = TRIALS;
  for (const param of model.params) {
    const tried = (value: number): Outcome => {
      if (trials-- <= 0) return "over";
      const other = model.vary({ [param.name]: value });
      return other?.complete ? (fitting(other) ?? "over") : "broken";
    };
    const setting = firstFit(param, below(param), tried) ?? firstFit(param, above(param), tried);
    if (setting) found.push(setting);
  }
  const change = ({ param, value }: Setting) => Math.abs(value - (param.value as number)) / Math.abs(param.value as number);
  return found.sort((a, b) => change(a) - change(b)).slice(0, PROPOSED);
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

/** Goes away from the present value in strides that double until a value fits, then halves the gap. Where even the last value is over the budget, it gives up at once. */
function firstFit(param: ModelParam, values: Ladder, tried: (value: number) => Outcome): Setting | undefined {
  if (!values || values.steps < 1) return undefined;
  let cost = tried(values.at(values.steps));
  if (cost === "over") return undefined;
  let good = values.steps;
  let bad = 0;
  for (let stride = 1; bad + stride < values.steps; stride *= 2) {
    const outcome = tried(values.at(bad + stride));
    if (typeof outcome === "object") {
      good = bad + stride;
      cost = outcome;
      break;
    }
    bad += stride;
  }
  while (good - bad > 1) {
    const middle = (good + bad) >> 1;
    const outcome = tried(values.at(middle));
    if (typeof outcome === "object") {
      good = middle;
      cost = outcome;
    } else bad = middle;
  }
  const value = values.at(good);
  return typeof cost === "object" ? { param, value, shown: String(value), cost } : undefined;
}
