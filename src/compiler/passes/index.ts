/**
 * The rewrites. None of them changes what a network computes, beyond rounding.
 */
import type { Graph } from "../ir/graph.ts";
import { once } from "../ir/once.ts";
import { dropRegularization } from "./drop-regularization.ts";
import { foldBatchnorm } from "./fold-batchnorm.ts";
import { foldConstants } from "./fold-constants.ts";
import { fuseActivation } from "./fuse-activation.ts";
import { prune } from "./prune.ts";
import { rewrite, type Rule } from "./rewrite.ts";

export { dropRegularization, foldBatchnorm, foldConstants, fuseActivation, prune, rewrite };

/** What makes a network ready for inference, in the order in which rules are tried at each node. */
const deployment: readonly Rule[] = [dropRegularization, foldBatchnorm, foldConstants, fuseActivation];

/** The network as it is deployed: batch norm folded, activations part of the layers before them, nothing left that only trains. Computed once per graph. */
export const deployed = once("deployed", (graph: Graph): Graph => prune(rewrite(graph, deployment)));

/** The network as it trains, without what no output needs. */
export function unfused(graph: Graph): Graph {
  return prune(graph);
}
