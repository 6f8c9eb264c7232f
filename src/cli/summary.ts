/** `lwmc summary`: what a network costs. */
import type { Convention } from "../compiler/analyse/conventions.ts";
import type { LayerCost } from "../compiler/analyse/cost.ts";
import { SUMMED, type LayerFigures } from "../compiler/analyse/figures.ts";
import { binaryBytes, grouped as count, short } from "../compiler/analyse/format-figures.ts";
import { groupBy, type Level } from "../compiler/analyse/group.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import type { Trail } from "../compiler/ir/graph.ts";
import { positionAt } from "../compiler/source.ts";
import { backendNames, backends } from "../workspace/backends.ts";
import type { Snapshot } from "../workspace/workspace.ts";
import { problem, type Environment, type ExitCode } from "./environment.ts";
import { csv, table } from "./figures.ts";
import { opener, type OpenOptions } from "./open.ts";
import { out } from "./output.ts";
import { report } from "./report.ts";

export interface SummaryOptions extends OpenOptions {
  readonly by: Level;
  readonly conventions?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export async function summary(operand: string, options: SummaryOptions, environment: Environment): Promise<ExitCode> {
  const snapshot = await opener(environment).open(operand, options);
  const failed = await report(snapshot.diagnostics, snapshot.source);
  // What is over a budget is looked at to find out why.
  if (snapshot.diagnostics.some(({ severity, code }) => severity === "error" && !OVER.has(code))) return 1;
  const { models } = snapshot;
  if (models.length === 0) throw problem(`\`${operand}\` has no model that can be compiled as it stands`);
  if (options.json) {
    const shown = [];
    for (const compiled of models) shown.push({ ...(await asData(snapshot, compiled, options.by)), ...(options.conventions ? { conventions: await conventionsOf(compiled) } : {}) });
    out(`${JSON.stringify({ schema: 1, models: shown }, null, 2)}\n`);
  } else if (options.csv && options.conventions) {
    const rows = [];
    for (const compiled of models) for (const { name, params, macs, flops } of await conventionsOf(compiled)) rows.push([compiled.model.name, name, params ?? "", macs ?? "", flops ?? ""]);
    out(csv([["model", "counted_by", "params", "macs", "flops"], ...rows]));
  } else if (options.csv) {
    out(csv([CSV_HEAD, ...models.flatMap((compiled) => csvRows(compiled, options.by))]));
  } else {
    const texts = [];
    for (const compiled of models) texts.push(options.conventions ? await conventionsText(compiled) : await text(compiled, options.by));
    out(texts.join("\n"));
  }
  return failed ? 1 : 0;
}

/** Errors of a network whose costs are known. */
const OVER: ReadonlySet<string> = new Set(["budget-exceeded", "does-not-fit", "figure-unknown", "no-target"]);

async function asData(snapshot: Snapshot, { model, cost, prices, found }: CompiledModel, by: Level): Promise<object> {
  const { graph } = model;
  return {
    name: model.name,
    file: model.file,
    ...(model.reading === undefined ? {} : { reading: model.reading }),
    arguments: Object.fromEntries(model.params.map(({ name, shown }) => [name, shown])),
    ...(found.length === 0 ? {} : { found: found.map(({ name }) => name) }),
    inputs: graph.inputs.map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: "float32" })),
    outputs: graph.outputs.map(({ name, tensor }) => ({ name, shape: tensor.shape })),
    params: cost.params,
    buffers: cost.buffers,
    macs: cost.macs,
    flops: cost.flops,
    weights: cost.weights,
    activations: cost.activations,
    activations_by: await activationsBy(model.graph),
    peak: cost.peak,
    ...(prices.length === 0 ? {} : { targets: prices.map((await import("./target-report.ts")).targetData) }),
    layers: cost.layers.map((layer) => ({
      path: layer.path,
      op: layer.op,
      at: place(snapshot, layer.trail, model.file),
      input: layer.inputs,
      output: layer.outputs[0],
      ...(layer.outputs.length > 1 ? { outputs: layer.outputs } : {}),
      params: layer.params,
      buffers: layer.buffers,
      macs: layer.macs,
      flops: layer.flops,
      weights: layer.weights,
    })),
    ...(by === "layer" ? {} : { groups: groupBy(cost, by).map(({ layers, ...group }) => ({ ...group, layers: layers.length })) }),
  };
}

/** The peak that each backend's own operators reach. */
async function activationsBy(graph: CompiledModel["model"]["graph"]): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const name of backendNames) found[name] = (await backends[name]()).activations(graph);
  return found;
}

/** Where the layer was written in the model's own file; for a layer that stands in none of its lines, the line of the library. */
function place(snapshot: Snapshot, trail: Trail, file: string): string {
  let at = trail;
  for (let step: Trail | undefined = trail; step; step = step.parent) {
    if (step.span.file !== file) continue;
    at = step;
    break;
  }
  const source = snapshot.source(at.span.file);
  if (!source) return at.span.file;
  const { line, column } = positionAt(source, at.span.start);
  return `${at.span.file}:${line}:${column}`;
}

interface Line extends LayerFigures {
  readonly path: string;
  readonly what: string;
  readonly output: readonly number[];
}

function lines({ cost }: CompiledModel, by: Level): readonly Line[] {
  if (by === "layer") return cost.layers.map((layer: LayerCost) => ({ ...layer, what: layer.op, output: layer.outputs[0] ?? [] }));
  return groupBy(cost, by).map((group) => ({ ...group, what: group.blocks ? `${group.blocks.count} × ${group.blocks.name}` : `${group.layers.length} layer${group.layers.length === 1 ? "" : "s"}` }));
}

async function text(compiled: CompiledModel, by: Level): Promise<string> {
  const { model, cost, prices, found } = compiled;
  const { graph } = model;
  const onTargets = prices.length === 0 ? [] : prices.map((await import("./target-report.ts")).targetText);
  const shapes = (list: readonly { readonly name: string; readonly tensor: { readonly shape: readonly number[] | undefined } }[]): string =>
    list.map(({ name, tensor }) => `${name} ${tensor.shape?.join("×") ?? "?"}`).join(", ");
  const settings = model.params.map(({ name, shown }) => `${name}=${shown}`).join(", ");
  const head = `${model.name}${settings === "" ? "" : `(${settings})`}${found.length === 0 ? "" : `\n${found.map(({ name, shown }) => `${name}=${shown}`).join(", ")} found`}\n${shapes(graph.inputs)} → ${shapes(graph.outputs)}\n\n`;
  const rows = lines(compiled, by).map((line) => [
    line.path || "(model)",
    line.what,
    line.output.join("×"),
    line.params === 0 ? "-" : count(line.params),
    line.macs === 0 ? "-" : count(line.macs),
    share(line.macs, cost.macs),
    line.weights === 0 ? "-" : binaryBytes(line.weights),
  ]);
  const body = by === "model" ? "" : `${table([[by, by === "layer" ? "operator" : "has", "output", "params", "MACs", "", "weights"], ...rows], [3, 4, 5, 6])}\n`;
  const { path, alive } = cost.peak;
  const totals = [
    ["params", count(cost.params), `${short(cost.params)} trained${cost.buffers === 0 ? "" : `, and ${count(cost.buffers)} running statistics`}`],
    ["MACs", count(cost.macs), short(cost.macs)],
    ["flops", count(cost.flops), `${short(cost.flops)}, batch norm folded`],
    ["weights", count(cost.weights), `${binaryBytes(cost.weights)} deployed, float32`],
    ["activations", count(cost.activations), `${binaryBytes(cost.activations)} at once${path === undefined ? "" : `, at ${path} (${alive.map((each) => each.path).join(" + ")})`}`],
  ];
  const widest = Math.max(...totals.map(([, value]) => value.length));
  return head + body + totals.map(([name, value, note]) => `${name.padEnd(11)}  ${value.padStart(widest)}  ${note}\n`).join("") + onTargets.map((each) => `\n${each}`).join("");
}

function share(part: number, whole: number): string {
  return whole === 0 || part === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;
}

const CSV_HEAD = ["model", "path", "what", "output", ...SUMMED] as const;

function csvRows(compiled: CompiledModel, by: Level): readonly (readonly (string | number)[])[] {
  return lines(compiled, by).map((line) => [compiled.model.name, line.path, line.what, line.output.join("x"), ...SUMMED.map((key) => line[key])]);
}

async function conventionsOf({ model, cost }: CompiledModel): Promise<readonly Convention[]> {
  const { conventions } = await import("../compiler/analyse/conventions.ts");
  return conventions(model.graph, cost);
}

async function conventionsText(compiled: CompiledModel): Promise<string> {
  const all = await conventionsOf(compiled);
  const rows = all.map(({ name, params, macs, flops }) => [name, figure(params), figure(macs), figure(flops)]);
  const rules = all.map(({ name, rule, source }) => `${name}: ${rule} (${source})\n`);
  return `${compiled.model.name}, as others count it\n\n${table([["as counted by", "params", "MACs", "FLOPs"], ...rows], [1, 2, 3])}\n${rules.join("")}`;
}

function figure(value: number | undefined): string {
  return value === undefined ? "-" : count(value);
}
