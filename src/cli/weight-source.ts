/** Where a command's weights come from: a checkpoint, bound where its names are not ours, or a seed. */
import { initialStore } from "../backends/weights/initial.ts";
import { fileStore, type WeightStore } from "../backends/weights/store.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import { sameShape } from "../compiler/ir/shape.ts";
import { openWeights } from "../workspace/node-files.ts";
import { reported, Stop } from "./environment.ts";
import { report, type Sources } from "./report.ts";

export interface WeightOptions {
  readonly weights?: string;
  readonly seed?: number;
}

export interface Weights {
  readonly store: WeightStore;
  /** What reports call them. */
  readonly origin: string;
  readonly close: () => void;
}

/**
 * Ends the command, with the reason on stderr, where the checkpoint does not fit. With `oneAtATime` a large weight's values hold until the next
 * one's are asked for: for writers, which need no more.
 */
export async function weightsFor(graph: Graph, options: WeightOptions, sources: Sources, oneAtATime = false): Promise<Weights> {
  if (options.weights === undefined) {
    const seed = options.seed ?? 0;
    return { store: initialStore(graph, seed), origin: `random weights, seed ${seed}`, close: () => {} };
  }
  const opened = openWeights(options.weights, oneAtATime);
  const failed = await report(opened.diagnostics, () => undefined);
  if (failed || !opened.store) throw reported();
  const store = fileStore(opened.store);
  if (hasOwnNames(graph, store)) return { store, origin: options.weights, close: opened.close };
  const { bind } = await import("../backends/weights/bind.ts");
  const bound = bind(graph, opened.store, options.weights);
  if ((await report(bound.diagnostics, sources)) || !bound.store) {
    opened.close();
    throw new Stop(`the weights of \`${options.weights}\` do not fit ${graph.name}`, 1);
  }
  return { store: bound.store, origin: `${options.weights} (bound)`, close: opened.close };
}

/** Whether a store has every weight of the network, under its own name and in its own shape. */
function hasOwnNames(graph: Graph, store: WeightStore): boolean {
  return graph.nodes.every((node) =>
    node.weights.every((weight) => {
      const shape = store.shape(weight.name);
      return shape !== undefined && sameShape(shape, weight.shape);
    }),
  );
}
