/** Costs and budgets. */
import { entry } from "../entry.ts";

export const costMessages = {
  "budget-exceeded": entry<{ model: string }>({
    severity: "error",
    message: ({ model }) => `${model} is over its budget`,
    explain:
      "A figure that the model states in `budget { … }` is exceeded. Figures are exact and known without running anything: `params` are trained weights, " +
      "`macs` multiply-adds of convolutions, dense layers and matrix products, `flops` all arithmetic of the deployed network, `weights` its bytes and " +
      "`activations` the most bytes of intermediate results that are alive at once. The notes name the stages that own most of it and, where there is one, " +
      "the nearest setting of a parameter that keeps the whole budget. Make the network smaller, or state a larger limit.",
    wrong: `model Net(width: int in 8..64 step 8 = 64) {
  input image: [3, 32, 32]
  conv2d(width) -> relu -> global_avgpool
  output logits: dense(10)
  budget { params <= 1k }
}
`,
    right: `model Net(width: int in 8..64 step 8 = 24) {
  input image: [3, 32, 32]
  conv2d(width) -> relu -> global_avgpool
  output logits: dense(10)
  budget { params <= 1k }
}
`,
  }),
};
