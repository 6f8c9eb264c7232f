/**
 * x → dropout ⇒ x, x → drop_path ⇒ x
 *
 * At inference both are the identity: what they dropped while training was scaled up then (Srivastava et al. 2014; Huang et al. 2016).
 */
import type { Rule } from "./rewrite.ts";

export const dropRegularization: Rule = {
  name: "drop-regularization",
  apply(node, draft) {
    if (node.op.kind !== "regularization") return false;
    draft.replace(node.outputs[0], draft.tensor(node.inputs[0]));
    return true;
  },
};
