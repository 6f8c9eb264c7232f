/** Holds a model to the figures that its author states, and looks for a way out where it exceeds them. */
import { diagnostic, type Diagnostic, type Fix, type Note } from "../diagnostics/diagnostic.ts";
import type { Limit, Model } from "../elaborate/model.ts";
import { showShape } from "../ir/shape.ts";
import type { Cost } from "./cost.ts";
import { bytesLike, grouped } from "./format-figures.ts";
import { groupBy, type GroupCost } from "./group.ts";
import { nearestSettings, type Setting } from "./nearest-setting.ts";

type Metric = "params" | "macs" | "flops" | "weights" | "activations";

const units: Readonly<Record<Metric, { readonly one: string; readonly many: string; readonly bytes: boolean }>> = {
  params: { one: "parameter", many: "parameters", bytes: false },
  macs: { one: "MAC", many: "MACs", bytes: false },
  flops: { one: "FLOP", many: "FLOPs", bytes: false },
  weights: { one: "byte of weights", many: "bytes of weights", bytes: true },
  activations: { one: "byte of activations", many: "bytes of activations", bytes: true },
};

/**
 * One error for each limit that is exceeded. Limits of figures that belong to devices are passed over.
 *
 * @param measure prices the same model with other arguments; it is called only where a limit is exceeded
 */
export function checkBudget(model: Model, cost: Cost, measure: (other: Model) => Cost): readonly Diagnostic[] {
  const exceeded = model.limits.filter((limit) => !keeps(cost, limit));
  if (exceeded.length === 0) return [];
  const settings = nearestSettings(model, (other) => {
    const figures = measure(other);
    return model.limits.every((limit) => keeps(figures, limit)) ? figures : undefined;
  });
  return exceeded.map((limit) => {
    const metric = limit.metric as Metric;
    const fixes = settings.map((setting) => fixOf(setting, metric, limit));
    return diagnostic("budget-exceeded", limit.span, { model: model.name }, { label: labelOf(cost[metric], metric, limit), notes: [blame(cost, metric, limit)], fixes });
  });
}

function keeps(cost: Cost, { metric, op, limit }: Limit): boolean {
  if (!Object.hasOwn(units, metric)) return true;
  const figure = cost[metric as Metric];
  return op === "<" ? figure < limit : figure <= limit;
}

/** `12,233,232 parameters, 233,232 too many` */
function labelOf(figure: number, metric: Metric, { limit, op }: Limit): string {
  const { one, many, bytes } = units[metric];
  const shown = bytes ? bytesLike(limit) : undefined;
  const amount = `${grouped(figure)} ${figure === 1 ? one : many}${shown ? ` (${shown(figure)})` : ""}`;
  if (op === "<" && figure === limit) return `${amount}, which is not below ${grouped(limit)}`;
  const over = figure - limit;
  return `${amount}, ${grouped(over)} too many${shown ? ` (${shown(over)})` : ""}`;
}

/** `most of them: stages.5 (6 mbconv, 38%), stages.6 (27%), dense (13%)`; for activations, what is alive at the peak. */
function blame(cost: Cost, metric: Metric, limit: Limit): Note {
  if (metric === "activations") {
    const { path, alive } = cost.peak;
    const shown = bytesLike(limit.limit);
    const tensors = alive.map((tensor) => `${tensor.path} ${showShape(tensor.shape)} (${shown(tensor.bytes)})`).join(", ");
    return { message: `the most is alive ${path === undefined ? "at the start" : `while ${path} runs`}: ${tensors}` };
  }
  const parts = groupBy(cost, "stage")
    .filter((group) => group[metric] >= 0.05 * cost[metric])
    .sort((a, b) => b[metric] - a[metric])
    .slice(0, 3);
  return { message: `most of them: ${parts.map((group) => part(group, group[metric] / cost[metric])).join(", ")}` };
}

function part({ path, blocks }: GroupCost, share: number): string {
  const what = blocks && blocks.count > 1 ? `${blocks.count} ${blocks.name}, ` : "";
  return `${path} (${what}${Math.round(share * 100)}%)`;
}

/** `width=1.18 fits (11,745,842)`, with the edit where the argument is written as a number. */
function fixOf({ param, shown, cost }: Setting, metric: Metric, { limit }: Limit): Fix {
  const figure = units[metric].bytes ? bytesLike(limit)(cost[metric]) : grouped(cost[metric]);
  return { title: `${param.name}=${shown} fits (${figure})`, edits: param.span ? [{ span: param.span, text: shown }] : [] };
}
