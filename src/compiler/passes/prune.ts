/**
 * f, g → out, nothing reads g ⇒ f → out
 *
 * Drops what no output needs. Inputs stay, read or not: they are the network's interface.
 */
import type { Graph } from "../ir/graph.ts";
import { rewrite } from "./rewrite.ts";

/** @returns the graph itself where every node is needed */
export function prune(graph: Graph): Graph {
  const needed: boolean[] = [];
  for (const { tensor } of graph.outputs) needed[tensor.id] = true;
  let dead = 0;
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const { inputs, outputs } = graph.nodes[i];
    let live = false;
    for (const { id } of outputs) if (needed[id]) live = true;
    if (live) for (const { id } of inputs) needed[id] = true;
    else dead++;
  }
  return dead === 0 ? graph : rewrite(graph, []);
}
