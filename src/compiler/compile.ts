/** The order of the phases, from syntax trees to models with their costs. Parsing comes before, once for each text. */
import { checkBudget } from "./budget/budget.ts";
import { analyse, type Cost } from "./analyse/cost.ts";
import { checkLite } from "./devices/support/check-lite.ts";
import { checkSupport } from "./devices/support/check.ts";
import { checkFit, priceOn, type DevicePrice, type Priced } from "./devices/price.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { elaborate, type Selection } from "./elaborate/index.ts";
import type { Model } from "./elaborate/model.ts";
import { fillFewHoles, fillHoles, type Filled } from "./fill-holes.ts";
import type { Program } from "./elaborate/domains.ts";

export type { Selection } from "./elaborate/index.ts";

export interface CompiledModel extends Priced {
  readonly model: Model;
  /** Worked out when it is first asked for; a budget asks at once. */
  readonly cost: Cost;
  /** On each target of the model. */
  readonly prices: readonly DevicePrice[];
  /** What its holes were filled with. */
  readonly found: Filled["found"];
  /** The search that filled them. */
  readonly search?: Filled["search"];
}

export interface Compiled {
  /** Those without errors of their own, in the order of the file. */
  readonly models: readonly CompiledModel[];
  /** Those with errors, as far as they were expanded. */
  readonly broken: readonly Model[];
  readonly diagnostics: readonly Diagnostic[];
}

export function compile(program: Program, entry: string, selection: Selection): Compiled {
  const elaborated = elaborate(program, entry, selection);
  const filled = elaborated.models.filter(({ complete }) => complete).map(selection.trace ? fillFewHoles : fillHoles);
  const models = filled.flatMap(({ model, found, search }) => (model ? [new Pricing(model, found, search)] : []));
  // What has holes still has no figures of its own to be held to.
  const settled = models.filter(({ model }) => model.holes.length === 0);
  const budgets = settled.flatMap((priced) => checkBudget(priced.model, priced, pricedModel));
  const fits = settled.flatMap(({ model, prices }) => prices.flatMap((price) => checkFit(model, price)));
  const support = models.flatMap(({ model }) => model.targets.flatMap((target) => checkSupport(model.graph, target, (uri) => uri !== entry && program.isLibrary(uri), program.isLibrary(entry))));
  const lites = models.flatMap(({ model, search }) => checkLite(program, entry, selection, model, search?.best.values));
  return { models, broken: elaborated.models.filter(({ complete }) => !complete), diagnostics: [...elaborated.diagnostics, ...filled.flatMap(({ diagnostics }) => diagnostics), ...budgets, ...fits, ...support, ...lites] };
}

/**
 * What is worked out when it is first asked for. A class, since V8 makes a new hidden class for every object literal with an accessor, and keeps it, and
 * with it the graph, until its next full collection.
 */
class Pricing implements CompiledModel {
  readonly model: Model;
  readonly found: Filled["found"];
  readonly search: Filled["search"];
  #cost: Cost | undefined;
  #prices: readonly DevicePrice[] | undefined;

  constructor(model: Model, found: Filled["found"] = [], search?: Filled["search"]) {
    this.model = model;
    this.found = found;
    this.search = search;
  }

  get cost(): Cost {
    return (this.#cost ??= analyse(this.model.graph));
  }

  get prices(): readonly DevicePrice[] {
    return (this.#prices ??= this.model.targets.map((target) => priceOn(this.model.graph, target)));
  }
}

function pricedModel(model: Model): CompiledModel {
  return new Pricing(model);
}
