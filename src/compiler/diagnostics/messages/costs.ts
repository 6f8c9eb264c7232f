/** Costs and budgets. */
import { entry } from "../entry.ts";

export const costMessages = {
  "budget-exceeded": entry<{ model: string; what: string }>({
    severity: "error",
    message: ({ model, what }) => `${model} is over its budget: ${what}`,
    explain: "A figure that the model states in `budget { … }` is exceeded. The notes name the stages that own most of it and the nearest setting that fits.",
  }),
};
