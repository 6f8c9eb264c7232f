/**
 * conv → batchnorm ⇒ conv', dense → batchnorm ⇒ dense'
 *
 *   scale·(W·x + b − mean)/√(var + eps) + shift  =  W'·x + b'
 *   W'[o] = W[o]·scale[o]/√(var[o] + eps),   b'[o] = (b[o] − mean[o])·scale[o]/√(var[o] + eps) + shift[o]
 *
 * (Jacob et al. 2018, section 3.2.) It holds for ordinary, depthwise and transposed convolutions and dense layers whose output only
 * the batch norm reads. W' and b' are recipes over the weights of the store, so nothing is computed here. They are called
 * `weight` and `bias` under the layer's path. Layers that share weights go on sharing them where their batch norms are the same too; where
 * they differ, each gets weights of its own.
 */
import type { Graph, Node } from "../ir/graph.ts";
import type { Norm, Weight } from "../ir/weight.ts";
import type { BatchnormAttrs } from "../ops/norm.ts";
import { readers, rewrite } from "./rewrite.ts";

export function foldBatchnorm(graph: Graph): Graph {
  const counts = readers(graph);
  const norms = new Map<Node, Node>();
  for (const node of graph.nodes) {
    if (node.op.name !== "batchnorm" || node.weights.length === 0) continue;
    const [x] = node.inputs;
    if (x.node && counts[x.id] === 1 && takesNorm(x.node)) norms.set(x.node, node);
  }
  if (norms.size === 0) return graph;
  const derived = derivedWeights(graph, norms);
  const copy = rewrite(graph);
  for (const node of graph.nodes) {
    const norm = norms.get(node);
    if (norm) {
      const made = copy.copy(node, { attrs: { ...node.attrs, bias: true }, weights: derived.get(node)! });
      copy.replace(norm.outputs[0], made.outputs[0]);
    } else if (!(node.op.name === "batchnorm" && node.inputs[0].node && norms.get(node.inputs[0].node) === node)) {
      copy.copy(node);
    }
  }
  return copy.finish();
}

function takesNorm(node: Node): boolean {
  return (node.op.kind === "convolution" || node.op.name === "dense") && node.weights.length > 0 && node.activation === undefined;
}

/** The folded weights of each layer that has a batch norm: `[weight, bias]`. */
function derivedWeights(graph: Graph, norms: ReadonlyMap<Node, Node>): ReadonlyMap<Node, readonly Weight[]> {
  // Which foldings a stored kernel takes part in; "" stands for a use as it is.
  const uses = new Map<string, Set<string>>();
  for (const node of graph.nodes) {
    if (!takesNorm(node)) continue;
    const { name } = node.weights[0];
    const use = foldingOf(norms.get(node));
    const known = uses.get(name);
    if (known) known.add(use);
    else uses.set(name, new Set([use]));
  }
  const made = new Map<Node, readonly Weight[]>();
  const shared = new Map<string, readonly Weight[]>();
  for (const [node, norm] of norms) {
    const kernel = node.weights[0];
    const known = uses.get(kernel.name)!;
    const folding = `${kernel.name}\n${foldingOf(norm)}`;
    let weights = shared.get(folding);
    if (!weights) {
      const owner = kernel.name.slice(0, -kernel.role.length - 1);
      // The first application of a shared layer may go by the layer's own path, whose weights are still in use as they are.
      const path = known.size === 1 ? owner : node.path === owner ? `${node.path}.folded` : node.path;
      weights = foldedWeights(node, norm, path);
      shared.set(folding, weights);
    }
    made.set(node, weights);
  }
  return made;
}

/** Names a batch norm by its weights; those of one name are one, epsilon apart. */
function foldingOf(norm: Node | undefined): string {
  return norm ? `${norm.weights[0].name}\n${(norm.attrs as BatchnormAttrs).eps}` : "";
}

function foldedWeights(node: Node, batchnorm: Node, path: string): readonly Weight[] {
  const [kernel, bias] = node.weights as readonly [Weight, Weight?];
  const [scale, shift, mean, variance] = batchnorm.weights;
  const norm: Norm = { scale, bias: shift, mean, var: variance, eps: (batchnorm.attrs as BatchnormAttrs).eps };
  const transposed = node.op.name === "conv_transpose2d" ? { transposedGroups: (node.attrs as { readonly groups: number }).groups } : {};
  return [
    { ...kernel, name: `${path}.weight`, recipe: { kind: "kernel", kernel, norm, ...transposed } },
    { name: `${path}.bias`, role: "bias", shape: shift.shape, trainable: true, init: shift.init, recipe: { kind: "bias", bias, norm } },
  ];
}
