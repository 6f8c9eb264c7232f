/** Fills a model's holes before it is priced: the setting that keeps its budget and serves its aims best. */
import { bytesLike, grouped, joules, seconds } from "./analyse/format-figures.ts";
import { diagnostic, type Diagnostic } from "./diagnostics/diagnostic.ts";
import type { Limit, Model } from "./elaborate/model.ts";
import { METRICS } from "./elaborate/statements.ts";
import { fitHoles, settingsOf, type Candidate, type Found } from "./search/fit.ts";
import { pricingOn } from "./search/pricing.ts";

/** The model with its holes filled, and what they were filled with; without a model, the diagnostic says why. */
export interface Filled {
  readonly model: Model | undefined;
  readonly found: readonly { readonly name: string; readonly shown: string }[];
  /** The search that found it. */
  readonly search?: Found;
  readonly diagnostics: readonly Diagnostic[];
}

/** A text that is being written waits for no search: more settings than these are left to be found on demand. */
const AT_ONCE = 200;

/** The same where the search is short; otherwise the holes stay open. */
export function fillFewHoles(model: Model): Filled {
  return settingsOf(model) <= AT_ONCE ? fillHoles(model) : { model, found: [], diagnostics: [] };
}

export function fillHoles(model: Model): Filled {
  if (model.holes.length === 0) return { model, found: [], diagnostics: [] };
  const blind = model.targets.length > 0 ? undefined : model.aims.find(({ metric }) => METRICS[metric].device);
  if (blind) return { model: undefined, found: [], diagnostics: [diagnostic("no-target", blind.span, { metric: blind.metric })] };
  const names = model.holes.map(({ name }) => name).join(", ");
  const { span } = model.holes[0];
  const result = fitHoles(model, pricingOn(model.targets));
  switch (result.kind) {
    case "found": {
      const found = Object.entries(result.best.values).map(([name, value]) => ({ name, shown: String(value) }));
      return { model: (model.trace && model.vary(result.best.values, true)) ?? result.model, found, search: result, diagnostics: [] };
    }
    case "nothing":
      return { model: undefined, found: [], diagnostics: [diagnostic("no-setting-fits", span, { names, settings: result.settings }, { notes: result.closest ? [{ message: closest(result.closest) }] : [] })] };
    case "too-many":
      return { model: undefined, found: [], diagnostics: [diagnostic("too-many-settings", span, { names, settings: result.settings, most: result.most })] };
  }
}

/** `the closest is width=0.05: 12,345 bytes of RAM, …` */
function closest({ values, figures, exceeded }: Candidate): string {
  const setting = Object.entries(values).map(([name, value]) => `${name}=${value}`).join(", ");
  return `the closest is ${setting}, with ${exceeded.map((limit) => `${limit.metric} of ${shown(figures[limit.metric] ?? 0, limit)} (at most ${shown(limit.limit, limit)})`).join(" and ")}`;
}

function shown(figure: number, { metric, limit }: Limit): string {
  if (metric === "latency") return seconds(figure);
  if (metric === "energy") return joules(figure);
  return ["weights", "activations", "ram", "flash"].includes(metric) ? bytesLike(limit)(figure) : grouped(figure);
}
