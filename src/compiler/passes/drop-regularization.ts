/**
 * x → dropout ⇒ x, x → drop_path ⇒ x
 *
 * At inference both are the identity: what they dropped while training was scaled up then (Srivastava et al. 2014; Huang et al. 2016).
 */
import type { Graph } from "../ir/graph.ts";
import { rewrite } from "./rewrite.ts";

export function dropRegularization(graph: Graph): Graph {
  if (!graph.nodes.some((node) => node.op.kind === "regularization")) return graph;
  const copy = rewrite(graph);
  for (const node of graph.nodes) {
    if (node.op.kind === "regularization") copy.replace(node.outputs[0], copy.tensor(node.inputs[0]));
    else copy.copy(node);
  }
  return copy.finish();
}
