/** From a graph in its deployed form to the program of TF.js kernels: an exhaustive table over the operators. */
import { diagnostic, type Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Graph, Node, Tensor } from "../../compiler/ir/graph.ts";
import type { NodeOf, OpName } from "../../compiler/ops/index.ts";
import { activations, type ActivationName } from "./lowerings/activation.ts";
import * as convolution from "./lowerings/convolution.ts";
import * as movement from "./lowerings/movement.ts";
import * as pooling from "./lowerings/pooling.ts";
import { emit, formShape, hold, newValue, take, takeValue, type Lowering, type Target } from "./lowering.ts";
import { programOf, type Program } from "./program.ts";

type Lower<N extends OpName> = (to: Lowering, node: NodeOf<N>) => void;

/** Activations that a convolution has not taken in. */
const alone = Object.fromEntries(
  Object.entries(activations).map(([name, apply]) => [name, (to: Lowering, node: Node) => convolution.alone((on, x, form) => apply(on, x, node, form), to, node)]),
) as unknown as { readonly [N in ActivationName]: Lower<N> };

const table: { readonly [N in OpName]: Lower<N> } = {
  conv2d: convolution.conv2d,
  depthwise: convolution.depthwise,
  conv_transpose2d: convolution.convTranspose,
  dense: convolution.dense,
  matmul: movement.matmul,
  batchnorm: convolution.batchnorm,
  layernorm: convolution.layernorm,
  maxpool: pooling.maxpool,
  avgpool: pooling.avgpool,
  global_avgpool: (to, node) => pooling.globalPool("avg", to, node),
  global_maxpool: (to, node) => pooling.globalPool("max", to, node),
  adaptive_avgpool: (to, node) => pooling.adaptivePool("avg", to, node),
  adaptive_maxpool: (to, node) => pooling.adaptivePool("max", to, node as never),
  ...alone,
  softmax: movement.softmax,
  add: (to, node) => movement.arithmetic("add", to, node),
  sub: (to, node) => movement.arithmetic("sub", to, node as never),
  mul: (to, node) => movement.arithmetic("mul", to, node as never),
  div: (to, node) => movement.arithmetic("div", to, node as never),
  concat: movement.concat,
  split: movement.split,
  slice: movement.slice,
  pad: movement.pad,
  reshape: movement.reshape,
  flatten: movement.flatten,
  transpose: movement.transpose,
  channel_shuffle: movement.channelShuffle,
  resize: movement.resize,
  reduce_mean: (to, node) => movement.reduce("mean", to, node),
  reduce_sum: (to, node) => movement.reduce("sum", to, node as never),
  reduce_max: (to, node) => movement.reduce("max", to, node as never),
  dropout: movement.identity,
  drop_path: (to, node) => movement.identity(to, node as never),
  constant: movement.constant,
};

/** TF.js has tensors of six axes at most, the batch among them. */
const MAX_RANK = 5;

/** Operators that TF.js cannot express, each at its line. A graph with none can be lowered. */
export function unsupported(graph: Graph): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const node of graph.nodes) {
    const wide = [...node.inputs, ...node.outputs].find((tensor) => (tensor.shape?.length ?? 0) > MAX_RANK);
    if (wide) found.push(diagnostic("unsupported-operator", node.trail.span, { op: node.op.name, backend: "tfjs", why: `a tensor of ${wide.shape!.length} axes; with the batch TF.js has six at most` }));
  }
  return found;
}

/** @param graph deployed: folded, fused, without what no output needs */
export function lower(graph: Graph, target: Target): Program {
  const readers = new Map<Tensor, Node[]>();
  for (const node of graph.nodes) for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  const to: Lowering = { target, calls: [], held: new Map(), readers, results: new Set(graph.outputs.map((o) => o.tensor)), path: "", nextValue: 0 };

  const inputs = graph.inputs.map(({ name, tensor }) => {
    const value = newValue(to, formShape(tensor.shape!, "canonical"));
    hold(to, tensor, value);
    return { name, value };
  });
  for (const node of graph.nodes) {
    to.path = node.path;
    (table[node.op.name as OpName] as Lower<any>)(to, node);
  }
  const given = new Set(inputs.map((input) => input.value.id));
  const outputs = graph.outputs.map(({ name, tensor }) => {
    to.path = name;
    const operand = take(to, tensor);
    const value = operand.kind === "constant" ? takeValue(to, tensor) : operand;
    // A result of its own, which the caller may dispose of; a graph model finds only an operation's first result.
    const later = target === "graph" && to.calls.some((call) => call.outputs.indexOf(value) > 0);
    const own = given.has(value.id) || later ? emit(to, { name: "clone" }, [value], value.shape) : value;
    given.add(own.id);
    return { name, value: own };
  });
  return programOf(inputs, outputs, to.calls);
}
