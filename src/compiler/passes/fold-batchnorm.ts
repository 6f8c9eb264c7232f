/**
 * conv → batchnorm ⇒ conv', dense → batchnorm ⇒ dense', otherwise batchnorm ⇒ batchnorm with two weights
 *
 *   scale·(W·x + b − mean)/√(var + eps) + shift  =  W'·x + b'
 *   W'[o] = W[o]·scale[o]/√(var[o] + eps),   b'[o] = (b[o] − mean[o])·scale[o]/√(var[o] + eps) + shift[o]
 *
 * (Jacob et al. 2018, section 3.2.) It holds for ordinary, depthwise and transposed convolutions and dense layers whose output only
 * the batch norm reads. W' and b' are recipes over the weights of the store, so nothing is computed here. They are called
 * `weight` and `bias` under the layer's path. Layers that share weights go on sharing them where their batch norms are the same too; where
 * they differ, each gets weights of its own.
 *
 * A batch norm behind anything else stays, with a factor and a shift for each channel in place of its four vectors: y = f·x + g where
 * f = scale/√(var + eps) and g = shift − mean·f.
 */
import type { Graph, Node } from "../ir/graph.ts";
import { once } from "../ir/once.ts";
import type { Norm, Weight } from "../ir/weight.ts";
import type { BatchnormAttrs } from "../ops/norm.ts";
import type { Rule } from "./rewrite.ts";

export const foldBatchnorm: Rule = {
  name: "fold-batchnorm",
  apply(node, draft) {
    if (node.op.name !== "batchnorm" || node.weights.length === 0) return false;
    const x = draft.tensor(node.inputs[0]);
    const maker = x.node;
    const taken = maker && (maker.op.kind === "convolution" || maker.op.name === "dense") && draft.readers(x) === 1 && !maker.activation && maker.weights.length > 0 && !maker.weights[0].recipe;
    if (!taken) {
      draft.amend(draft.copy(node), { weights: factorAndShift(node) });
      return true;
    }
    draft.amend(maker, { attrs: { ...maker.attrs, bias: true }, given: { ...maker.given, bias: true }, weights: foldedWeights(maker, node, pathOfFolded(draft.graph, maker)) });
    draft.replace(node.outputs[0], x);
    return true;
  },
};

function normOf(batchnorm: Node): Norm {
  const [scale, bias, mean, variance] = batchnorm.weights;
  return { scale, bias, mean, var: variance, eps: (batchnorm.attrs as BatchnormAttrs).eps };
}

/** `[scale, bias]` of a batch norm that stands alone, under their own names. */
function factorAndShift(batchnorm: Node): readonly Weight[] {
  const norm = normOf(batchnorm);
  const { scale, bias } = norm;
  const ones: Weight = { ...scale, name: `${scale.name}.ones`, recipe: { kind: "data", data: Array.from<number>({ length: scale.shape[0] }).fill(1) } };
  return [
    { ...scale, recipe: { kind: "kernel", kernel: ones, norm } },
    { ...bias, recipe: { kind: "bias", bias: undefined, norm } },
  ];
}

/** `[weight, bias]` */
function foldedWeights(layer: Node, batchnorm: Node, path: string): readonly Weight[] {
  const [kernel, bias] = layer.weights as readonly [Weight, Weight?];
  const norm = normOf(batchnorm);
  const shift = norm.bias;
  const { role, shape, trainable, init } = kernel;
  return [
    {
      name: `${path}.weight`,
      role,
      shape,
      trainable,
      init,
      recipe: layer.op.name === "conv_transpose2d" ? { kind: "kernel", kernel, norm, transposedGroups: (layer.attrs as { readonly groups: number }).groups } : { kind: "kernel", kernel, norm },
    },
    { name: `${path}.bias`, role: "bias", shape: shift.shape, trainable: true, init: shift.init, recipe: { kind: "bias", bias, norm } },
  ];
}

/** Where the folded weights of a layer are kept: the owner of its kernel where that is folded only in this way, else a place of its own. */
function pathOfFolded(graph: Graph, layer: Node): string {
  const kernel = layer.weights[0];
  const owner = kernel.name.slice(0, -kernel.role.length - 1);
  if (!foldedInSeveralWays(graph).has(kernel.name)) return owner;
  // The first application of a shared layer may go by the layer's own path, whose weights may still be in use as they are.
  return layer.path === owner ? `${owner}.folded` : layer.path;
}

/** The kernels that several layers share which do not all have the same batch norm after them. */
const foldedInSeveralWays = once("folded in several ways", differentlyFolded);

function differentlyFolded(graph: Graph): ReadonlySet<string> {
  const users = new Map<string, Node>();
  const sharing: (readonly [first: Node, other: Node])[] = [];
  for (const node of graph.nodes) {
    if ((node.op.kind !== "convolution" && node.op.name !== "dense") || node.weights.length === 0) continue;
    const { name } = node.weights[0];
    const first = users.get(name);
    if (first) sharing.push([first, node]);
    else users.set(name, node);
  }
  if (sharing.length === 0) return new Set();
  const normAfter = soleNorms(graph);
  return new Set(sharing.filter(([first, other]) => !sameNorm(normAfter.get(first), normAfter.get(other))).map(([first]) => first.weights[0].name));
}

/** The batch norm that alone and directly reads a layer. */
function soleNorms(graph: Graph): ReadonlyMap<Node, Node> {
  const reads: number[] = [];
  for (const { tensor } of graph.outputs) reads[tensor.id] = 1;
  for (const node of graph.nodes) for (const { id } of node.inputs) reads[id] = (reads[id] ?? 0) + 1;
  const norms = new Map<Node, Node>();
  for (const node of graph.nodes) {
    const maker = node.inputs[0]?.node;
    if (node.op.name === "batchnorm" && maker && reads[node.inputs[0].id] === 1) norms.set(maker, node);
  }
  return norms;
}

function sameNorm(a: Node | undefined, b: Node | undefined): boolean {
  if (!a?.weights.length || !b?.weights.length) return false;
  return a.weights[0].name === b.weights[0].name && (a.attrs as BatchnormAttrs).eps === (b.attrs as BatchnormAttrs).eps;
}
