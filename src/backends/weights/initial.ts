/** Weights to start from, as the operators declare them, for a seed: He et al. 2015, section 2.2, unless the layer says otherwise. */
import type { Graph } from "../../compiler/ir/graph.ts";
import { elements } from "../../compiler/ir/shape.ts";
import type { Weight } from "../../compiler/ir/weight.ts";
import { fill, heNormal, type Distribution } from "./random.ts";
import type { WeightStore } from "./store.ts";

/** The graph's own weights, made when they are asked for. A weight's values depend on the seed, its name and its shape, and on nothing else. */
export function initialStore(graph: Graph, seed: number): WeightStore {
  const weights = new Map<string, { readonly weight: Weight; readonly transposed: boolean }>();
  for (const node of graph.nodes) {
    const transposed = node.op.name === "conv_transpose2d";
    for (const weight of node.weights) if (!weights.has(weight.name)) weights.set(weight.name, { weight, transposed });
  }
  const names = [...weights.keys()];
  return {
    has: (name) => weights.has(name),
    get(name) {
      const found = weights.get(name);
      if (!found) throw new Error(`the network has no weights called ${JSON.stringify(name)}`);
      return fill(distribution(found.weight, found.transposed), name, seed, elements(found.weight.shape));
    },
    shape: (name) => weights.get(name)?.weight.shape,
    names: () => names,
  };
}

/** @param transposed whether the kernel's first axis is the channels that come in */
function distribution({ init, shape }: Weight, transposed: boolean): Distribution {
  switch (init.kind) {
    case "fill":
      return { kind: "constant", value: init.value };
    case "normal":
      return { kind: "normal", std: init.std };
    case "he":
      return heNormal(fan(shape, (init.fan === "out") !== transposed ? 0 : 1));
    case "glorot": {
      const limit = Math.sqrt(6 / (fan(shape, 0) + fan(shape, 1)));
      return { kind: "uniform", low: -limit, high: limit };
    }
  }
}

/** The channels on one of a kernel's first two axes, times the sides of the kernel. */
function fan(shape: readonly number[], axis: 0 | 1): number {
  return (shape[axis] ?? 1) * elements(shape.slice(2));
}
