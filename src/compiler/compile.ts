/** The order of the phases, from syntax trees to models with their costs. Parsing comes before, once for each text. */
import { checkBudget } from "./analyse/budget.ts";
import { analyse, type Cost } from "./analyse/cost.ts";
import { checkFit, priceOn, type DevicePrice, type Priced } from "./devices/price.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { elaborate, type Selection } from "./elaborate/index.ts";
import type { Model } from "./elaborate/model.ts";
import type { Program } from "./elaborate/scope.ts";

export type { Selection } from "./elaborate/index.ts";

export interface CompiledModel extends Priced {
  readonly model: Model;
  /** Worked out when it is first asked for; a budget asks at once. */
  readonly cost: Cost;
  /** On each target of the model. */
  readonly prices: readonly DevicePrice[];
}

export interface Compiled {
  /** Those without errors of their own, in the order of the file. */
  readonly models: readonly CompiledModel[];
  readonly diagnostics: readonly Diagnostic[];
}

export function compile(program: Program, entry: string, selection: Selection): Compiled {
  const elaborated = elaborate(program, entry, selection);
  const models = elaborated.models.filter(({ complete }) => complete).map(pricedModel);
  const budgets = models.flatMap((priced) => checkBudget(priced.model, priced, pricedModel));
  const fits = models.flatMap(({ model, prices }) => prices.flatMap((price) => checkFit(model, price)));
  return { models, diagnostics: [...elaborated.diagnostics, ...budgets, ...fits] };
}

function pricedModel(model: Model): CompiledModel {
  let cost: Cost | undefined;
  let prices: readonly DevicePrice[] | undefined;
  return {
    model,
    get cost() {
      return (cost ??= analyse(model.graph));
    },
    get prices() {
      return (prices ??= model.targets.map((target) => priceOn(model.graph, target)));
    },
  };
}
