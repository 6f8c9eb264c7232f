/** Budgets and aims from the command line, as facts of the language; and figures by name, as people read them. */
import { binaryBytes, bytesLike, grouped, joules, seconds, short } from "../../compiler/analyse/format-figures.ts";
import type { WorstFigure } from "../../compiler/search/pricing.ts";
import { showValues, type Values } from "../../compiler/search/space.ts";

export interface FactOptions {
  /** `macs<=100M, latency<=30ms`, any number of them. */
  readonly budget?: readonly string[];
  readonly maximize?: readonly string[];
  readonly minimize?: readonly string[];
}

/** What is to be large or small. */
export interface Goal {
  readonly metric: string;
  readonly direction: "maximize" | "minimize";
}

/** One network with the figures that were asked for. */
export interface Row {
  readonly values: Values;
  readonly figures: Readonly<Record<string, number | undefined>>;
  /** Of the figures that hang on a device. */
  readonly estimates: Readonly<Record<string, WorstFigure>>;
  readonly fingerprint: number;
}

/** @returns undefined where nothing was given */
export function factsOf({ budget = [], maximize = [], minimize = [] }: FactOptions): string | undefined {
  const lines = [...budget.map((text) => `budget { ${text} }`), ...maximize.map((metric) => `maximize ${metric}`), ...minimize.map((metric) => `minimize ${metric}`)];
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** The figures of a network on a device. */
export const DEVICE_FIGURES = ["ram", "flash", "latency", "energy"] as const;

const BYTES: readonly string[] = ["weights", "activations", "ram", "flash"];

/** `97.1 M`, `405 KiB`, `41.4 ms`: three digits; bytes in the kind of unit that the limit is round in. */
export function figureText(metric: string, figure: number | undefined, limit?: number): string {
  if (figure === undefined) return "unknown";
  if (metric === "latency") return seconds(figure);
  if (metric === "energy") return joules(figure);
  return BYTES.includes(metric) ? (limit === undefined ? binaryBytes : bytesLike(limit))(figure) : short(figure);
}

/** `29.7 ms to 119 ms`: the band; undefined where the figure is exact. */
export function bandText(metric: string, { estimate: { low, high } }: WorstFigure): string | undefined {
  return low === high ? undefined : high === Infinity ? "no band" : `${figureText(metric, low)} to ${figureText(metric, high)}`;
}

export function estimateData({ estimate: { low, high, doubts }, target }: WorstFigure): object {
  return { low, high: high === Infinity ? null : high, doubts, target: target.shown };
}

/** `latency is not certain in 12 of 15 networks: it is extrapolated: …`, a line for each figure and kind of doubt, with the first network's reason. */
export function doubtLines(rows: readonly Row[]): readonly string[] {
  const found = new Map<string, { readonly first: string; count: number }>();
  for (const { values, estimates } of rows) {
    for (const [metric, { estimate }] of Object.entries(estimates)) {
      const kinds = new Map(estimate.doubts.map((doubt) => [`${metric} ${doubt.split(":")[0].replace(/[\d,]+/g, "n")}`, doubt]));
      for (const [kind, doubt] of kinds) {
        const known = found.get(kind);
        if (known) known.count++;
        else found.set(kind, { first: `${doubt} (${showValues(values)})`, count: 1 });
      }
    }
  }
  return [...found].map(([kind, { first, count }]) => `not certain in ${grouped(count)} of ${grouped(rows.length)}: ${kind.slice(0, kind.indexOf(" "))}: ${first}`);
}

/** The figure to the last digit where it is a count. */
export function exactText(metric: string, figure: number | undefined): string {
  return figure === undefined || metric === "latency" || metric === "energy" ? figureText(metric, figure) : grouped(figure);
}
