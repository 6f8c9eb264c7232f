/**
 * op(c, d) ⇒ c', all inputs constant
 *
 * Computes in double precision what can be known at compile time: arithmetic, activations, and what moves elements. A result of more elements
 * than a constant may have is left to be computed by the network.
 */
import type { Graph, Node } from "../ir/graph.ts";
import { elements } from "../ir/shape.ts";
import { constant, MAX_CONSTANT, type ConstantAttrs } from "../ops/constant.ts";
import { compute, type Numbers } from "./constant-arithmetic.ts";
import { rewrite } from "./rewrite.ts";

export function foldConstants(graph: Graph): Graph {
  const known: Numbers[] = [];
  const folded = new Map<Node, readonly Numbers[]>();
  for (const node of graph.nodes) {
    if (node.op.name === "constant") {
      const { shape, data } = node.attrs as ConstantAttrs;
      known[node.outputs[0].id] = { shape, data };
      continue;
    }
    if (node.inputs.length === 0 || node.weights.length > 0 || !node.inputs.every((x) => known[x.id])) continue;
    if (node.outputs.some((y) => y.shape === undefined || elements(y.shape) > MAX_CONSTANT)) continue;
    const results = compute(node, node.inputs.map((x) => known[x.id]));
    if (!results) continue;
    folded.set(node, results);
    node.outputs.forEach((y, i) => (known[y.id] = results[i]));
  }
  if (folded.size === 0) return graph;
  const copy = rewrite(graph);
  for (const node of graph.nodes) {
    const results = folded.get(node);
    if (results) results.forEach((numbers, i) => copy.copy(asConstant(node, numbers, i)));
    else copy.copy(node);
  }
  return copy.finish();
}

/** A constant in the place of one of the node's outputs. Parts of a split get their index as a further segment of the path. */
function asConstant(node: Node, { shape, data }: Numbers, index: number): Node {
  const attrs: ConstantAttrs = { shape, data };
  const path = node.outputs.length === 1 ? node.path : `${node.path}.${index}`;
  return { op: constant, path, trail: node.trail, inputs: [], outputs: [node.outputs[index]], attrs, weights: [] };
}
