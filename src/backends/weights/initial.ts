/** Weights to start from, as the operators declare them, for a seed: He et al. 2015, section 2.2, unless the layer says otherwise. */
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { elements } from "../../compiler/ir/shape.ts";
import { isOp } from "../../compiler/ops/index.ts";
import type { Weight } from "../../compiler/ir/weight.ts";
import { fill, heNormal, type Distribution } from "./random.ts";
import type { WeightStore } from "./store.ts";

/** The graph's own weights, made when they are asked for. A weight's values depend on the seed, its name and its shape, and on nothing else. */
export function initialStore(graph: Graph, seed: number): WeightStore {
  const weights = new Map<string, { readonly weight: Weight; readonly node: Node }>();
  for (const node of graph.nodes) for (const weight of node.weights) if (!weights.has(weight.name)) weights.set(weight.name, { weight, node });
  const names = [...weights.keys()];
  return {
    has: (name) => weights.has(name),
    get(name) {
      const found = weights.get(name);
      if (!found) throw new Error(`the network has no weights called ${JSON.stringify(name)}`);
      return fill(distribution(found.weight, found.node), name, seed, elements(found.weight.shape));
    },
    shape: (name) => weights.get(name)?.weight.shape,
    names: () => names,
  };
}

/** What a weight of a layer is drawn from before training. */
function distribution(weight: Weight, node: Node): Distribution {
  const { init } = weight;
  switch (init.kind) {
    case "fill":
      return { kind: "constant", value: init.value };
    case "normal":
      return { kind: "normal", std: init.std };
    case "he":
      return heNormal(fans(weight, node)[init.fan]);
    case "glorot": {
      const { in: into, out } = fans(weight, node);
      const limit = Math.sqrt(6 / (into + out));
      return { kind: "uniform", low: -limit, high: limit };
    }
  }
}

/** How many inputs one response has, and how many responses one input feeds: of its own group only. A depthwise filter feeds as many as it multiplies. */
function fans({ shape }: Weight, node: Node): { readonly in: number; readonly out: number } {
  const area = elements(shape.slice(2));
  const [first, second] = [shape[0] ?? 1, shape[1] ?? 1];
  if (isOp(node, "conv_transpose2d")) return { in: (first / node.attrs.groups) * area, out: second * area };
  const groups = isOp(node, "conv2d") ? node.attrs.groups : isOp(node, "depthwise") ? (node.inputs[0].shape?.[0] ?? 1) : 1;
  return { in: second * area, out: (first / groups) * area };
}
