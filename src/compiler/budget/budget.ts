/** Holds a model to the figures that its author states, and looks for a way out where it exceeds them. */
import { diagnostic, type Diagnostic, type Fix, type Note } from "../diagnostics/diagnostic.ts";
import { exactly, type Estimate } from "../devices/estimate.ts";
import type { DevicePrice, Priced } from "../devices/price.ts";
import type { Limit, Model } from "../elaborate/model.ts";
import { showShape } from "../ir/shape.ts";
import type { Cost } from "../analyse/cost.ts";
import { bytesLike, grouped, joules, seconds } from "../analyse/format-figures.ts";
import { groupBy, type GroupCost } from "../analyse/group.ts";
import { nearestSettings, type Setting } from "./nearest-setting.ts";

interface Metric {
  readonly one: string;
  readonly many: string;
  readonly shown: (figure: number, limit: number) => string;
  /** Of the network alone, of its precision, or of the device. */
  readonly of: "network" | "precision" | "device";
}

const count = (figure: number): string => grouped(figure);
const bytes = (figure: number, limit: number): string => bytesLike(limit)(figure);

const metrics: Readonly<Record<string, Metric>> = {
  params: { one: "parameter", many: "parameters", shown: count, of: "network" },
  buffers: { one: "running statistic", many: "running statistics", shown: count, of: "network" },
  macs: { one: "MAC", many: "MACs", shown: count, of: "network" },
  flops: { one: "FLOP", many: "FLOPs", shown: count, of: "network" },
  weights: { one: "byte of weights", many: "bytes of weights", shown: bytes, of: "precision" },
  activations: { one: "byte of activations", many: "bytes of activations", shown: bytes, of: "precision" },
  ram: { one: "byte of RAM", many: "bytes of RAM", shown: bytes, of: "device" },
  flash: { one: "byte of flash", many: "bytes of flash", shown: bytes, of: "device" },
  latency: { one: "of latency", many: "of latency", shown: seconds, of: "device" },
  energy: { one: "of energy", many: "of energy", shown: joules, of: "device" },
};

/** One figure that a limit holds: of the network, or of the network on one of its targets. */
interface Subject {
  /** Undefined where the target gives none. */
  readonly estimate: Estimate | undefined;
  readonly price: DevicePrice | undefined;
}

/**
 * One error for each limit that is exceeded, and one warning for each that is kept by an uncertain figure only.
 *
 * @param measure prices the same model with other arguments; it is called only where a limit is exceeded
 */
export function checkBudget(model: Model, priced: Priced, measure: (other: Model) => Priced): readonly Diagnostic[] {
  if (model.limits.length === 0) return [];
  const found = model.limits.flatMap((limit) => subjects(limit, priced).map((subject) => ({ limit, subject, verdict: judge(limit, subject.estimate) })));
  const exceeded = found.some(({ verdict }) => verdict === "exceeded");
  const settings = exceeded ? nearestSettings(model, (other) => fitting(model.limits, measure(other))) : [];
  return found.flatMap(({ limit, subject, verdict }) => {
    if (verdict === "kept") return [];
    if (verdict === "unknown") return [unknown(model, limit, subject)];
    if (verdict === "uncertain") return [uncertain(model, limit, subject)];
    const fixes = settings.map((setting) => fixOf(setting, limit, subject.price?.target.shown));
    return [diagnostic("budget-exceeded", limit.span, { model: model.name }, { label: labelOf(limit, subject), notes: [...blame(priced.cost, limit, subject), ...doubts(limit, subject)], fixes })];
  });
}

/** What a search compares: whether every limit is kept, by the best estimates. */
function keepsBudget(limits: readonly Limit[], priced: Priced): boolean {
  return limits.every((limit) => subjects(limit, priced).every((subject) => ["kept", "uncertain"].includes(judge(limit, subject.estimate))));
}

function fitting(limits: readonly Limit[], priced: Priced): Priced | undefined {
  return keepsBudget(limits, priced) ? priced : undefined;
}

function subjects({ metric }: Limit, { cost, prices }: Priced): readonly Subject[] {
  const { of } = metrics[metric];
  if (of === "network" || (of === "precision" && prices.length === 0)) return [{ estimate: exactly(cost[metric as "macs"]), price: undefined }];
  if (prices.length === 0) return [{ estimate: undefined, price: undefined }];
  if (of === "device") return prices.map((price) => ({ estimate: price[metric as "ram"], price }));
  const precisions = new Map(prices.map((price) => [price.target.profile.precision, price]));
  return [...precisions.values()].map((price) => ({ estimate: exactly(price[metric as "weights"]), price }));
}

type Verdict = "kept" | "uncertain" | "exceeded" | "unknown";

/** Whether an estimate keeps a limit, for certain or not. */
export function judge({ op, limit }: Pick<Limit, "op" | "limit">, estimate: Estimate | undefined): Verdict {
  if (estimate === undefined) return "unknown";
  const within = (figure: number): boolean => (op === "<" ? figure < limit : figure <= limit);
  if (!within(estimate.value)) return "exceeded";
  return within(estimate.high) && estimate.doubts.length === 0 ? "kept" : "uncertain";
}

function unknown(model: Model, { metric, span }: Limit, { price }: Subject): Diagnostic {
  if (!price) return diagnostic("no-target", span, { metric });
  const { device, shown } = price.target;
  const known = device.profiles.filter((profile) => profile.costs.length > 0).map((profile) => ({ message: `\`${device.name}\` is priced with ${profile.runtime}, ${profile.precision}, ${profile.threads} thread${profile.threads === 1 ? "" : "s"}` }));
  const notes = metric === "energy" && price.latency ? [{ message: `the power of ${device.title} with ${price.target.profile.runtime} is not known` }] : known;
  return diagnostic("figure-unknown", span, { metric, target: shown, model: model.name }, { notes });
}

function uncertain(model: Model, limit: Limit, subject: Subject): Diagnostic {
  return diagnostic("budget-uncertain", limit.span, { model: model.name }, { label: figureText(limit, subject), notes: doubts(limit, subject) });
}

/** `61.2 ms of latency on stm32h747(precision=int8), between 55.2 and 67.2 ms` */
function figureText({ metric, limit }: Limit, { estimate, price }: Subject): string {
  const { one, many, shown, of } = metrics[metric];
  const { value, low, high } = estimate!;
  const isBytes = shown === bytes;
  const amount = of === "device" && !isBytes ? `${shown(value, limit)} ${many}` : `${grouped(value)} ${value === 1 ? one : many}${isBytes ? ` (${shown(value, limit)})` : ""}`;
  return `${amount}${price ? ` on ${price.target.shown}` : ""}${low < high && high < Infinity ? `, between ${shown(low, limit)} and ${shown(high, limit)}` : ""}`;
}

/** `12,233,232 parameters, 233,232 too many` */
function labelOf(limit: Limit, subject: Subject): string {
  const { shown, of } = metrics[limit.metric];
  const { value } = subject.estimate!;
  const amount = figureText(limit, subject);
  if (limit.op === "<" && value === limit.limit) return `${amount}, which is not below ${shown === bytes ? grouped(limit.limit) : shown(limit.limit, limit.limit)}`;
  const over = value - limit.limit;
  if (of === "device" && shown !== bytes) return `${amount}, ${shown(over, limit.limit)} too much`;
  return `${amount}, ${grouped(over)} too many${shown === bytes ? ` (${shown(over, limit.limit)})` : ""}`;
}

function doubts({ metric }: Limit, { estimate }: Subject): readonly Note[] {
  return estimate!.doubts.map((doubt) => ({ message: `${metric} is not certain: ${doubt}` }));
}

/** `most of them: stages.5 (6 mbconv, 38%), stages.6 (27%), dense (13%)`; for memory, what is alive at the peak. */
function blame(cost: Cost, { metric, limit }: Limit, { price }: Subject): readonly Note[] {
  if (metric === "activations" || metric === "ram") {
    const { path, alive } = price?.memoryPeak ?? cost.peak;
    const shown = bytesLike(limit);
    const tensors = alive.map((tensor) => `${tensor.path} ${showShape(tensor.shape)} (${shown(tensor.bytes)})`).join(", ");
    return [{ message: `the most is alive ${path === undefined ? "at the start" : `while ${path} runs`}: ${tensors}` }];
  }
  if (metric === "latency" || metric === "energy") {
    const layers = [...price!.layers].sort((a, b) => b.seconds - a.seconds).slice(0, 3);
    const total = price!.layers.reduce((sum, layer) => sum + layer.seconds, 0);
    return [{ message: `most of it: ${layers.map((layer) => `${layer.path} (${Math.round((100 * layer.seconds) / total)}%)`).join(", ")}` }];
  }
  const key = (metric === "flash" ? "weights" : metric) as "weights";
  const parts = groupBy(cost, "stage")
    .filter((group) => group[key] >= 0.05 * cost[key])
    .sort((a, b) => b[key] - a[key])
    .slice(0, 3);
  return [{ message: `most of them: ${parts.map((group) => part(group, group[key] / cost[key])).join(", ")}` }];
}

function part({ path, blocks }: GroupCost, share: number): string {
  const what = blocks && blocks.count > 1 ? `${blocks.count} ${blocks.name}, ` : "";
  return `${path} (${what}${Math.round(share * 100)}%)`;
}

/** `width=1.18 fits (11,745,842)`, with the edits where all of its arguments are written. */
function fixOf({ changes, cost: priced }: Setting, limit: Limit, target: string | undefined): Fix {
  const { shown: format } = metrics[limit.metric];
  const subject = subjects(limit, priced).find(({ price }) => price?.target.shown === target)!;
  const edits = changes.flatMap(({ param, shown }) => (param.span ? [{ span: param.span, text: shown }] : []));
  const setting = changes.map(({ param, shown }) => `${param.name}=${shown}`).join(" and ");
  return { title: `${setting} ${changes.length === 1 ? "fits" : "fit"} (${format(subject.estimate!.value, limit.limit)})`, edits: edits.length === changes.length ? edits : [] };
}
