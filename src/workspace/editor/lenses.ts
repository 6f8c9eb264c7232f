/** What stands above each model: what it costs, how far its budget is used up, and what it needs on its targets. */
import { binaryBytes, grouped, joules, seconds, short } from "../../compiler/analyse/format-figures.ts";
import type { CompiledModel } from "../../compiler/compile.ts";
import type { Estimate } from "../../compiler/devices/estimate.ts";
import type { DevicePrice } from "../../compiler/devices/price.ts";
import type { Limit } from "../../compiler/elaborate/model.ts";
import type { Span } from "../../compiler/source.ts";
import type { View } from "./view.ts";

export interface Lens {
  /** The model's name. */
  readonly span: Span;
  readonly title: string;
  readonly model: string;
}

export function lensesOf(view: View): readonly Lens[] {
  return view.snapshot.models.flatMap((compiled) => {
    const { model, cost, prices } = compiled;
    if (model.span.file !== view.uri) return [];
    const lens = (title: string): Lens => ({ span: model.span, title, model: model.name });
    const figures = [`${short(cost.params)} params`, `${short(cost.macs)} MACs`, `${binaryBytes(cost.weights)} of weights`, `peak ${binaryBytes(cost.activations)}`];
    const budget = budgetText(compiled);
    return [
      lens(figures.join(" · ")),
      ...(budget === undefined ? [] : [lens(budget)]),
      ...prices.map((price) => lens(targetText(price))),
      ...(model.holes.length === 0 ? [] : [lens(`to be found: ${model.holes.map(({ name }) => name).join(", ")}`)]),
    ];
  });
}

/** `budget kept: params 59 %, macs 97 %`, `over budget: params 104 %` */
function budgetText({ model, cost, prices }: CompiledModel): string | undefined {
  if (model.limits.length === 0) return undefined;
  const shares = model.limits.map((limit) => ({ limit, figure: figureOf(limit, cost, prices) }));
  const over = shares.filter(({ limit, figure }) => figure !== undefined && (limit.op === "<" ? figure >= limit.limit : figure > limit.limit));
  const shown = (over.length > 0 ? over : shares).map(({ limit, figure }) => (figure === undefined ? `${limit.metric} unknown` : `${limit.metric} ${percent(figure / limit.limit)}`));
  return `${over.length > 0 ? "over budget" : "budget kept"}: ${shown.join(", ")}`;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${grouped(Math.round(100 * share))} %` : "more than nothing";
}

/** The largest of the figures that a limit holds. */
function figureOf({ metric }: Limit, cost: CompiledModel["cost"], prices: readonly DevicePrice[]): number | undefined {
  const own = (cost as unknown as Readonly<Record<string, number | undefined>>)[metric];
  const priced = prices.flatMap((price) => {
    const value = (price as unknown as Readonly<Record<string, number | Estimate | undefined>>)[metric];
    return value === undefined ? [] : [typeof value === "number" ? value : value.value];
  });
  return priced.length > 0 ? Math.max(...priced) : own;
}

function targetText({ target, ram, flash, latency, energy }: DevicePrice): string {
  const parts = [`${binaryBytes(ram.value)} RAM`, `${binaryBytes(flash.value)} flash`, latency ? seconds(latency.value) : "latency unknown", ...(energy ? [joules(energy.value)] : [])];
  const doubtful = [ram, flash, latency, energy].some((estimate) => estimate !== undefined && estimate.doubts.length > 0);
  return `${target.shown}: ${parts.join(" · ")}${doubtful ? " (uncertain)" : ""}`;
}
