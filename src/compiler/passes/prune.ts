/**
 * f, g → out, nothing reads g ⇒ f → out
 *
 * Drops what no output needs. Inputs stay, read or not: they are the network's interface.
 */
import type { Graph, Node } from "../ir/graph.ts";
import { rewrite } from "./rewrite.ts";

/** @returns the graph itself where every node is needed */
export function prune(graph: Graph): Graph {
  const needed: boolean[] = [];
  for (const { tensor } of graph.outputs) needed[tensor.id] = true;
  const dead = new Set<Node>();
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (node.outputs.some((output) => needed[output.id])) for (const input of node.inputs) needed[input.id] = true;
    else dead.add(node);
  }
  if (dead.size === 0) return graph;
  const copy = rewrite(graph);
  for (const node of graph.nodes) if (!dead.has(node)) copy.copy(node);
  return copy.finish();
}
