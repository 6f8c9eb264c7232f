/**
 * conv → act ⇒ conv with act, dense → act ⇒ dense with act
 *
 * An activation becomes part of the convolution or dense layer before it where nobody else reads that layer. The fused node keeps the
 * layer's path and place in the execution order. Softmax looks at many elements and prelu has weights: they stay nodes.
 */
import type { Rule } from "./rewrite.ts";

export const fuseActivation: Rule = {
  name: "fuse-activation",
  apply(node, draft) {
    if (node.op.kind !== "activation" || node.op.name === "softmax" || node.op.name === "prelu") return false;
    const x = draft.tensor(node.inputs[0]);
    const maker = x.node;
    if (!maker || draft.readers(x) !== 1 || maker.activation) return false;
    if (maker.op.kind !== "convolution" && maker.op.name !== "dense") return false;
    draft.amend(maker, { activation: { op: node.op, attrs: node.attrs, path: node.path, weights: node.weights } });
    draft.replace(node.outputs[0], x);
    return true;
  },
};
