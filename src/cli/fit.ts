/** `lwmc fit`: fills the holes of a model with the setting that keeps its budget and serves its aims best. */
import { readFileSync } from "node:fs";
import type { CompiledModel } from "../compiler/compile.ts";
import { analyse } from "../compiler/analyse/cost.ts";
import type { Aim } from "../compiler/elaborate/model.ts";
import { DEFAULT_AIM, type Candidate, type Found, type Neighbour } from "../compiler/search/fit.ts";
import { pricingOn, worstOn, type WorstFigure } from "../compiler/search/pricing.ts";
import { showValues, type Value } from "../compiler/search/space.ts";
import type { Source, Span } from "../compiler/source.ts";
import { format } from "../compiler/syntax/format.ts";
import type { Snapshot } from "../workspace/workspace.ts";
import { openSound } from "./emit.ts";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import type { OpenOptions } from "./open.ts";
import { err, out } from "./output.ts";
import { bandText, estimateData, exactText, factsOf, figureText, type FactOptions } from "./search/facts.ts";
import { writeAll } from "./write.ts";

export interface FitOptions extends OpenOptions, FactOptions {
  readonly write?: boolean;
  readonly json?: boolean;
}

/** A model whose holes were filled, and the search around what was found. */
interface Filled {
  readonly compiled: CompiledModel;
  readonly found: Found;
  readonly neighbours: readonly Neighbour[];
}

export async function fitCommand(operand: string, options: FitOptions, environment: Environment): Promise<ExitCode> {
  const facts = factsOf(options);
  const snapshot = await openSound(operand, { ...options, ...(facts === undefined ? {} : { facts }) }, environment);
  if (snapshot === undefined) return 1;
  const filled = snapshot.models.flatMap((compiled): readonly Filled[] => (compiled.search ? [{ compiled, found: compiled.search, neighbours: compiled.search.neighbours() }] : []));
  if (filled.length === 0) throw problem(`\`${operand}\` has no hole to fill: leave a value open with a question mark, as in 'MobileNetV2(width=?)'`);
  const edited = options.write ? edits(filled, snapshot, operand) : undefined;
  if (edited) await writeAll(".", [{ path: edited.path, chunks: () => [Buffer.from(markOf(edited.path) + edited.text)] }]);
  if (options.json) out(`${JSON.stringify({ schema: 1, models: filled.map(asData), ...(edited ? { written: edited.path } : {}) }, null, 2)}\n`);
  else {
    out(filled.map(text).join("\n"));
    if (edited) err(`wrote ${filled.map(({ found }) => showValues(found.best.values)).join("; ")} to ${edited.path}\n`);
  }
  return 0;
}

function asData({ compiled: { model }, found, neighbours }: Filled): object {
  const { params, macs, flops, weights, activations } = analyse(found.model.graph);
  const candidate = ({ values, figures, exceeded }: Candidate): object => ({ values, figures, exceeded: exceeded.map(({ metric }) => metric) });
  const estimates = Object.entries(estimatesOf(found));
  return {
    name: model.name,
    file: model.file,
    values: found.best.values,
    figures: { params, macs, flops, weights, activations, ...found.best.figures },
    ...(estimates.length > 0 ? { estimates: Object.fromEntries(estimates.map(([metric, worst]) => [metric, estimateData(worst)])) } : {}),
    limits: model.limits.map(({ metric, op, limit }) => ({ metric, op, limit })),
    aims: goalsOf(model.aims).map(({ direction, metric }) => ({ direction, metric })),
    settings: found.settings,
    networks: found.networks,
    neighbours: neighbours.map(({ hole, values, candidate: known }) => ({ hole, ...(known ? candidate(known) : { values, broken: true }) })),
  };
}

/** The best setting's figures on the targets; of several the worst. */
function estimatesOf({ best, model: { targets, graph } }: Found): Readonly<Record<string, WorstFigure>> {
  const { metrics } = pricingOn(targets);
  const worst = worstOn(targets, graph);
  const known = Object.keys(best.figures).flatMap((metric) => {
    const figure = metrics.includes(metric) ? worst(metric) : undefined;
    return figure ? [[metric, figure] as const] : [];
  });
  return Object.fromEntries(known);
}

function goalsOf(aims: readonly Aim[]): readonly Pick<Aim, "direction" | "metric">[] {
  return aims.length > 0 ? aims : [DEFAULT_AIM];
}

function text({ compiled: { model }, found, neighbours }: Filled): string {
  const { best, settings, networks } = found;
  const goals = goalsOf(model.aims);
  const estimates = estimatesOf(found);
  const rows = Object.entries(best.figures).map(([metric, figure]): readonly string[] => {
    const limits = model.limits.filter((limit) => limit.metric === metric).map(({ op, limit }) => `${op} ${figureText(metric, limit, limit)}`);
    const aims = goals.filter((aim) => aim.metric === metric).map(({ direction }) => (direction === "maximize" ? "as many as fit" : "as little as there can be"));
    const estimate = estimates[metric];
    const where = estimate && model.targets.length > 1 ? [`on ${estimate.target.shown}`] : [];
    const band = estimate && bandText(metric, estimate);
    return [metric, exactText(metric, figure), figureText(metric, figure, model.limits.find((limit) => limit.metric === metric)?.limit), [...limits, ...aims, ...where, ...(band === undefined ? [] : [band])].join(", ")];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const figures = rows.map(([metric, exact, rounded, note]) => `  ${metric.padEnd(widths[0])}  ${exact.padStart(widths[1])}  ${(rounded === exact ? "" : rounded).padStart(widths[2])}  ${note}`.trimEnd() + "\n");
  const around = neighbours.map((neighbour) => `  ${neighbour.hole}=${String(neighbour.values[neighbour.hole])}: ${verdict(neighbour.candidate, best, goals)}\n`);
  const tried = `  ${settings.toLocaleString("en")} setting${settings === 1 ? "" : "s"}, ${networks === settings ? "all" : networks.toLocaleString("en")} of which compile\n`;
  const doubts = Object.entries(estimates).flatMap(([metric, { estimate }]) => estimate.doubts.map((doubt) => `  not certain: ${metric}: ${doubt}\n`));
  return [`${model.name}: ${showValues(best.values)}\n`, ...figures, ...doubts, ...(around.length > 0 ? ["  beside it\n", ...around.map((line) => `  ${line}`)] : []), tried].join("");
}

/** Why a neighbour is not the best: what it exceeds, or by which aim it is worse. */
function verdict(candidate: Candidate | undefined, best: Candidate, goals: readonly Pick<Aim, "direction" | "metric">[]): string {
  if (!candidate) return "does not compile";
  const over = candidate.exceeded.map(({ metric, limit }) => `${metric} ${figureText(metric, candidate.figures[metric], limit)}, over ${figureText(metric, limit, limit)}`);
  if (over.length > 0) return over.join("; ");
  const worse = goals.find(({ metric }) => candidate.figures[metric] !== best.figures[metric]);
  return worse ? `fits, ${worse.metric} ${figureText(worse.metric, candidate.figures[worse.metric])}` : "fits, and is as good";
}

/** The file with the values in place of the question marks; still in the one style where it was. */
function edits(filled: readonly Filled[], snapshot: Snapshot, operand: string): { readonly path: string; readonly text: string } {
  const holes = new Map<string, { readonly span: Span; readonly value: Value; readonly model: string }>();
  for (const { compiled: { model }, found } of filled) {
    for (const [name, value] of Object.entries(found.best.values)) {
      const span = model.params.find((param) => param.name === name)?.span;
      if (!span || span.file !== snapshot.entry || snapshot.entry.startsWith("<") || snapshot.entry.startsWith("lwm:")) throw usage(`\`--write\` has no file to write into: \`${name}=?\` does not stand in \`${operand}\``);
      const key = `${span.start}`;
      const other = holes.get(key);
      if (other && other.value !== value) throw problem(`${other.model} wants ${name}=${String(other.value)} and ${model.name} ${name}=${String(value)}, and both leave it to the same \`?\`; say for which to write, with \`#\` and its name`);
      holes.set(key, { span, value, model: model.name });
    }
  }
  const source = snapshot.source(snapshot.entry)!;
  let { text } = source;
  for (const { span, value } of [...holes.values()].sort((a, b) => b.span.start - a.span.start)) text = text.slice(0, span.start) + String(value) + text.slice(span.end);
  return { path: snapshot.entry, text: inStyle(source, text) };
}

/** The byte order mark that a file starts with, which the compiler does not count to its text. */
function markOf(path: string): string {
  return readFileSync(path, "utf8").startsWith("\uFEFF") ? "\uFEFF" : "";
}

function inStyle(before: Source, text: string): string {
  if (format(before).text !== before.text) return text;
  return format({ uri: before.uri, text }).text ?? text;
}
