/** The weights of an imported network: the checkpoint that the options name, bound to it, or random ones. */
import { resolve } from "node:path";
import { initialStore } from "../backends/weights/initial.ts";
import { fileStore, type WeightStore } from "../backends/weights/store.ts";
import { hasErrors, type Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import { sameShape } from "../compiler/ir/shape.ts";
import { openWeights } from "../workspace/node-files.ts";
import type { LwmOptions } from "./options.ts";

export interface ModelWeights {
  /** Undefined where the checkpoint does not fit: `diagnostics` say why. */
  readonly store: WeightStore | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly close: () => void;
}

/** The checkpoint for a model; undefined where its weights are random. */
export function checkpointOf({ weights }: LwmOptions, root: string, file: string, model: string): string | undefined {
  if (weights === undefined) return undefined;
  if (typeof weights === "string") return resolve(root, weights);
  const found = Object.entries(weights).find(([key]) => {
    const hash = key.indexOf("#");
    if (hash >= 0) return key.slice(hash + 1) === model && resolve(root, key.slice(0, hash)) === file;
    return key.endsWith(".lwm") ? resolve(root, key) === file : key === model;
  });
  return found && resolve(root, found[1]);
}

export async function modelWeights(graph: Graph, checkpoint: string | undefined, seed: number): Promise<ModelWeights> {
  if (checkpoint === undefined) return { store: initialStore(graph, seed), diagnostics: [], close: () => {} };
  const { store: opened, diagnostics, close } = openWeights(checkpoint);
  if (!opened || hasErrors(diagnostics)) return { store: undefined, diagnostics, close };
  const store = fileStore(opened);
  const own = graph.nodes.every((node) =>
    node.weights.every(({ name, shape }) => {
      const there = store.shape(name);
      return there !== undefined && sameShape(there, shape);
    }),
  );
  if (own) return { store, diagnostics, close };
  const { bind } = await import("../backends/weights/bind.ts");
  const bound = bind(graph, opened, checkpoint);
  return { store: bound.store, diagnostics: [...diagnostics, ...bound.diagnostics], close };
}
