/** `lwmc sweep`: a model under all settings of some parameters, each network analysed; all of them, or those that no other beats. */
import { FIGURES } from "../compiler/analyse/figures.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import type { Limit } from "../compiler/elaborate/model.ts";
import { networks } from "../compiler/search/networks.ts";
import { paretoSet } from "../compiler/search/pareto.ts";
import { judge } from "../compiler/budget/budget.ts";
import { exactly, type Estimate } from "../compiler/devices/estimate.ts";
import { pricingOn, worstOn, type WorstFigure } from "../compiler/search/pricing.ts";
import { sizeOf, type Axis } from "../compiler/search/space.ts";
import { parseAxis } from "./search/axes.ts";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import { csv, table } from "./figures.ts";
import { onlyModel, opener, type OpenOptions } from "./open.ts";
import { err, out } from "./output.ts";
import { report } from "./report.ts";
import { bandText, DEVICE_FIGURES, doubtLines, estimateData, exactText, factsOf, figureText, type FactOptions, type Goal, type Row } from "./search/facts.ts";
import { writeAll } from "./write.ts";

export interface SweepOptions extends OpenOptions, FactOptions {
  readonly over: readonly string[];
  readonly figures?: readonly string[];
  readonly pareto?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
  readonly svg?: string;
}

const OF_BUDGETS: readonly string[] = ["budget-exceeded", "budget-uncertain", "does-not-fit"];

/** The most settings of one sweep. */
const MOST_SETTINGS = 1_000_000;

export async function sweep(operand: string, options: SweepOptions, environment: Environment): Promise<ExitCode> {
  const facts = factsOf({ budget: options.budget ?? [] });
  const snapshot = await opener(environment).open(operand, { ...options, ...(facts === undefined ? {} : { facts }) });
  // What the network exceeds as it stands is no obstacle: others are looked at.
  if (await report(snapshot.diagnostics.filter(({ code }) => !OF_BUDGETS.includes(code)), snapshot.source)) return 1;
  const compiled = onlyModel(snapshot, operand);
  const axes = options.over.map((text) => parseAxis(text, compiled.model));
  const twice = axes.find((axis, i) => axes.findIndex(({ name }) => name === axis.name) < i);
  if (twice) throw usage(`\`--over ${twice.name}\` is there twice`);
  const settings = sizeOf(axes);
  if (settings > MOST_SETTINGS) throw usage(`these are ${settings.toLocaleString("en")} settings; the limit is ${MOST_SETTINGS.toLocaleString("en")}: take larger steps`);
  const metrics = metricsOf(options, compiled);
  const goals = goalsOf(options, metrics);
  const shown = [...new Set([...metrics, ...goals.map(({ metric }) => metric)])];

  const start = performance.now();
  const { rows, found, distinct } = analysed(compiled, axes, shown, options.budget ? compiled.model.limits : []);
  const seconds = (performance.now() - start) / 1000;
  const compiling = found < settings ? `, ${count(found)} of which compile` : "";
  err(`${count(settings)} setting${settings === 1 ? "" : "s"}${compiling}: ${count(distinct)} distinct network${distinct === 1 ? "" : "s"} in ${seconds.toFixed(2)} s (${count(Math.round(distinct / seconds))} a second)\n`);
  if (rows.length === 0) throw problem(found === 0 ? "no setting compiles" : "no network keeps the budget");

  const front = options.pareto || options.svg !== undefined ? frontier(rows, goals) : [];
  if (options.pareto) err(`${count(front.length)} of them are beaten by no other: ${goals.map(({ direction, metric }) => `${direction} ${metric}`).join(", ")}\n`);
  const listed = options.pareto ? front : rows;
  for (const line of doubtLines(listed)) err(`${line}\n`);
  for (const line of keptOnly(listed, options.budget ? compiled.model.limits : [])) err(`${line}\n`);
  if (options.svg !== undefined) {
    const { scatter } = await import("./search/sweep-svg.ts");
    const svg = scatter({ title: compiled.model.name, axes, rows, front, goals });
    await writeAll(".", [{ path: options.svg, chunks: () => [Buffer.from(svg)] }]);
    err(`wrote ${options.svg}\n`);
    if (!options.pareto && !options.csv && !options.json) return 0;
  }
  print(listed, axes, shown, options, { name: compiled.model.name, file: compiled.model.file, settings, networks: found, distinct, ...(options.pareto ? { goals } : {}) });
  return 0;
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** Every network in the order of the settings; of those with equal layers all are kept, and counted once. */
function analysed({ model }: CompiledModel, axes: readonly Axis[], shown: readonly string[], limits: readonly Limit[]): { readonly rows: readonly Row[]; readonly found: number; readonly distinct: number } {
  const metrics = pricingOn(model.targets).metrics.filter((metric) => shown.includes(metric) || limits.some((limit) => limit.metric === metric));
  const found: (Row & { readonly rank: number })[] = [];
  const seen = new Set<number>();
  let total = 0;
  for (const network of networks(model, axes)) {
    total++;
    const fingerprint = network.fingerprint();
    seen.add(fingerprint);
    const worst = metrics.length > 0 ? worstOn(model.targets, network.model().graph) : () => undefined;
    const own = network.figures as unknown as Readonly<Record<string, number>>;
    const read = (metric: string): Estimate | undefined => (metrics.includes(metric) ? worst(metric)?.estimate : exactly(own[metric]));
    if (limits.some((limit) => !["kept", "uncertain"].includes(judge(limit, read(limit.metric))))) continue;
    const figures: Record<string, number | undefined> = {};
    const estimates: Record<string, WorstFigure> = {};
    for (const metric of shown) {
      figures[metric] = read(metric)?.value;
      const estimate = metrics.includes(metric) ? worst(metric) : undefined;
      if (estimate) estimates[metric] = estimate;
    }
    for (const limit of limits) {
      const kept = worst(limit.metric);
      if (kept && judge(limit, kept.estimate) === "uncertain") estimates[limit.metric] = kept;
    }
    found.push({ values: network.values, figures, estimates, fingerprint, rank: network.rank });
  }
  return { rows: found.sort((a, b) => a.rank - b.rank), found: total, distinct: seen.size };
}

/** How many networks keep a limit by figures that are not certain. */
function keptOnly(rows: readonly Row[], limits: readonly Limit[]): readonly string[] {
  return limits.flatMap((limit) => {
    const { metric, op } = limit;
    const uncertain = rows.filter(({ estimates }) => estimates[metric] && judge(limit, estimates[metric].estimate) === "uncertain").length;
    return uncertain === 0 ? [] : [`${count(uncertain)} of ${count(rows.length)} keep ${metric} ${op} ${figureText(metric, limit.limit, limit.limit)} only by a figure that is not certain`];
  });
}

function metricsOf({ figures }: SweepOptions, { model }: CompiledModel): readonly string[] {
  const device = model.targets.length > 0 ? DEVICE_FIGURES : [];
  const known: readonly string[] = [...FIGURES, ...device];
  const given = figures?.flatMap((text) => text.split(",").map((word) => word.trim()));
  for (const metric of given ?? []) checkMetric(metric, known);
  return given ?? ["params", "macs", "flops", "weights", "activations", ...device];
}

function checkMetric(metric: string, known: readonly string[]): void {
  if (known.includes(metric)) return;
  if ((DEVICE_FIGURES as readonly string[]).includes(metric)) throw usage(`\`${metric}\` is a figure of a device: name one with \`--target\``);
  throw usage(`\`${metric}\` is no figure; there are ${known.join(", ")}`);
}

/** Figures of which more is taken to be better where nothing else is said: what a network can learn grows with them. */
const CAPACITY: readonly string[] = ["params", "macs", "flops"];

/** As they are given; otherwise the first figure of a network's capacity is to be large, and all others small. */
function goalsOf({ maximize = [], minimize = [], pareto, svg, figures }: SweepOptions, metrics: readonly string[]): readonly Goal[] {
  const given: readonly Goal[] = [...maximize.map((metric) => ({ metric, direction: "maximize" as const })), ...minimize.map((metric) => ({ metric, direction: "minimize" as const }))];
  if (!pareto && svg === undefined) return [];
  for (const { metric } of given) checkMetric(metric, [...FIGURES, ...(metrics.includes("latency") ? DEVICE_FIGURES : [])]);
  const goals = given.length > 0 ? given : figures === undefined ? defaultGoals(metrics) : metrics.map((metric): Goal => ({ metric, direction: metric === metrics.find((each) => CAPACITY.includes(each)) ? "maximize" : "minimize" }));
  if (goals.length < 2 || goals.length > 3) throw usage("compromises are between two or three figures: name them with `--maximize` and `--minimize`, or two or three with `--figures`, of which the first of params, macs and flops is to be large");
  return goals;
}

function defaultGoals(metrics: readonly string[]): readonly Goal[] {
  return [{ metric: "macs", direction: "maximize" }, { metric: metrics.includes("ram") ? "ram" : "activations", direction: "minimize" }];
}

/** The networks that no other beats, each once. A figure that is not known is worse than any. */
function frontier(rows: readonly Row[], goals: readonly Goal[]): readonly Row[] {
  const seen = new Set<number>();
  const different = rows.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
  const points = different.map(({ figures }) => goals.map(({ metric, direction }) => (figures[metric] === undefined ? Infinity : direction === "minimize" ? figures[metric] : -figures[metric])));
  return paretoSet(points).map((i) => different[i]);
}

function print(rows: readonly Row[], axes: readonly Axis[], metrics: readonly string[], { csv: asCsv, json }: SweepOptions, about: object): void {
  const names = axes.map(({ name }) => name);
  if (json) {
    out(`${JSON.stringify({ schema: 1, ...about, rows: rows.map(({ values, figures, estimates }) => ({ values, figures, ...(Object.keys(estimates).length > 0 ? { estimates: Object.fromEntries(Object.entries(estimates).map(([metric, worst]) => [metric, estimateData(worst)])) } : {}) })) }, null, 2)}\n`);
    return;
  }
  const head = [...names, ...metrics];
  if (asCsv) out(csv([head, ...rows.map(({ values, figures }) => [...names.map((name) => String(values[name])), ...metrics.map((metric) => figures[metric] ?? "")])]));
  else out(table([head, ...rows.map(({ values, figures, estimates }) => [...names.map((name) => String(values[name])), ...metrics.map((metric) => cell(metric, figures[metric], estimates[metric]))])], head.map((_, i) => i)));
}

/** `10 ms (4.51 ms to 22.4 ms)` */
function cell(metric: string, figure: number | undefined, worst: WorstFigure | undefined): string {
  const band = worst && bandText(metric, worst);
  return `${exactText(metric, figure)}${band === undefined ? "" : ` (${band})`}`;
}
