/** The rewrites, in the order in which they are applied. Each is a pure function from graph to graph and never changes what is computed, beyond rounding. */
import type { Graph } from "../ir/graph.ts";
import { dropRegularization } from "./drop-regularization.ts";
import { foldBatchnorm } from "./fold-batchnorm.ts";
import { foldConstants } from "./fold-constants.ts";
import { fuseActivation } from "./fuse-activation.ts";
import { prune } from "./prune.ts";

export { dropRegularization, foldBatchnorm, foldConstants, fuseActivation, prune };

export interface Pass {
  readonly name: string;
  readonly run: (graph: Graph) => Graph;
}

/** What nobody reads goes first, so that it hides no folding; folded constants leave their inputs unread. */
export const deployment: readonly Pass[] = [
  { name: "prune", run: prune },
  { name: "drop-regularization", run: dropRegularization },
  { name: "fold-batchnorm", run: foldBatchnorm },
  { name: "fold-constants", run: foldConstants },
  { name: "prune", run: prune },
  { name: "fuse-activation", run: fuseActivation },
];

/** For training elsewhere: batch norms, dropout and activations stay layers. */
export const training: readonly Pass[] = [{ name: "prune", run: prune }];

const known = new WeakMap<Graph, Graph>();

/** The network as it is deployed: batch norm folded, activations part of the layers before them, nothing left that only trains. Computed once per graph. */
export function deployed(graph: Graph): Graph {
  let result = known.get(graph);
  if (!result) {
    result = deployment.reduce((g, pass) => pass.run(g), graph);
    known.set(graph, result);
  }
  return result;
}

/** The network as it trains, without what no output needs. */
export function unfused(graph: Graph): Graph {
  return training.reduce((g, pass) => pass.run(g), graph);
}
