/**
 * op(c, d) ⇒ c', all inputs constant
 *
 * Computes in double precision what can be known at compile time: arithmetic, activations, and what moves elements. A result of more elements
 * than a constant may have is left to be computed by the network. The constants that went in are left where they are, for pruning.
 */
import type { Node } from "../ir/graph.ts";
import { elements } from "../ir/shape.ts";
import { constant, MAX_CONSTANT, type ConstantAttrs } from "../ops/constant.ts";
import { compute, type Numbers } from "./constant-arithmetic.ts";
import type { Rule } from "./rewrite.ts";

export const foldConstants: Rule = {
  name: "fold-constants",
  apply(node, draft) {
    if (node.inputs.length === 0 || node.weights.length > 0) return false;
    for (const x of node.inputs) if (draft.tensor(x).node?.op.name !== "constant") return false;
    if (node.outputs.some((y) => y.shape === undefined || elements(y.shape) > MAX_CONSTANT)) return false;
    const results = compute(node, node.inputs.map((x) => draft.tensor(x).node!.attrs as ConstantAttrs));
    if (!results) return false;
    results.forEach((numbers, i) => draft.copy(asConstant(node, numbers, i)));
    return true;
  },
};

/** A constant in the place of one of the node's outputs. Parts of a split get their index as a further segment of the path. */
function asConstant(node: Node, { shape, data }: Numbers, index: number): Node {
  const attrs: ConstantAttrs = { shape, data };
  const path = node.outputs.length === 1 ? node.path : `${node.path}.${index}`;
  return { op: constant, path, trail: node.trail, inputs: [], outputs: [node.outputs[index]], attrs, weights: [] };
}
