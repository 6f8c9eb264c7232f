/**
 * conv → act ⇒ conv with act, dense → act ⇒ dense with act
 *
 * An activation becomes part of the convolution or dense layer before it where nobody else reads that layer. The fused node keeps the
 * layer's path and place in the execution order. Softmax looks at many elements and prelu has weights: they stay nodes.
 */
import type { Graph, Node } from "../ir/graph.ts";
import { readers, rewrite } from "./rewrite.ts";

export function fuseActivation(graph: Graph): Graph {
  const counts = readers(graph);
  const fused = new Map<Node, Node>();
  for (const node of graph.nodes) {
    if (node.op.kind !== "activation" || node.op.name === "softmax" || node.op.name === "prelu") continue;
    const [x] = node.inputs;
    if (x.node && counts[x.id] === 1 && takesActivation(x.node)) fused.set(x.node, node);
  }
  if (fused.size === 0) return graph;
  const copy = rewrite(graph);
  for (const node of graph.nodes) {
    const act = fused.get(node);
    if (act) {
      const made = copy.copy(node, { activation: { op: act.op, attrs: act.attrs, path: act.path, weights: act.weights } });
      copy.replace(act.outputs[0], made.outputs[0]);
    } else if (!(node.inputs.length === 1 && node.inputs[0].node && fused.get(node.inputs[0].node) === node)) {
      copy.copy(node);
    }
  }
  return copy.finish();
}

function takesActivation(node: Node): boolean {
  return (node.op.kind === "convolution" || node.op.name === "dense") && node.activation === undefined;
}
