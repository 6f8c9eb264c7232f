/**
 * From the graph to ONNX's graph, still as plain data: every layer's ONNX nodes are made and every name is settled, and no weight is read.
 *
 * Names: inputs and outputs bear theirs from the model, ONNX nodes and values the layer's path (`path/role` for a step on the way),
 * initializers the weight's name.
 */
import { plainSpellings, type Spellings } from "../../compiler/devices/support/spellings.ts";
import type { Activation, Graph, Node, Tensor } from "../../compiler/ir/graph.ts";
import type { Shape } from "../../compiler/ir/shape.ts";
import type { OpName } from "../../compiler/ops/index.ts";
import { lowerings, type Lowering } from "./lowerings/index.ts";
import type { ValueInfo } from "./onnx.ts";
import { claim, newTarget, result, siteOf, type Batch, type Target, type TargetGraph, type Value } from "./target.ts";

/** `doc`: what an ONNX node should say of the layer that it comes from. Every shape of the graph must be known. */
export function lower(graph: Graph, batch: Batch, doc: (node: Node) => string, spellings: Spellings = plainSpellings): TargetGraph {
  const target = newTarget(batch, spellings);
  const values = new Map<Tensor, Value>();
  for (const { name, tensor } of graph.inputs) values.set(tensor, { name: claim(target, name), shape: shapeOf(tensor), batched: true });
  for (const { name } of graph.outputs) claim(target, name);
  for (const node of graph.nodes) for (const layer of layersOf(node)) for (const weight of layer.weights) target.taken.add(weight.name);
  const wanted = outputNames(graph);
  const layers: Value[] = [];

  for (const node of graph.nodes) {
    const shapes = node.outputs.map(shapeOf);
    const inputs = node.inputs.map((tensor) => values.get(tensor)!);
    const chain = layersOf(node);
    const name = node.outputs.length === 1 ? wanted.get(node.outputs[0]) : undefined;
    let made: readonly Value[] = inputs;
    for (const layer of chain) made = lowerLayer(target, layer, made, shapes, layer === node ? doc(node) : `${layer.op.name} after ${doc(node)}`, layer === chain[chain.length - 1] ? name : undefined);
    made.forEach((value, i) => values.set(node.outputs[i], value));
    if (!made.some((value) => inputs.includes(value))) layers.push(...made);
  }

  const outputs = graph.outputs.map((output): ValueInfo => {
    let value = values.get(output.tensor)!;
    if (value.name !== output.name) {
      const site = siteOf(target, { path: `${output.name}/output`, weights: [] }, [value.shape], "", output.name);
      value = result(site, "Identity", [value]);
    }
    return info(target, value);
  });
  return {
    spellings,
    name: graph.name,
    doc: graph.doc ?? "",
    batch,
    inputs: graph.inputs.map(({ tensor }) => info(target, values.get(tensor)!)),
    outputs,
    values: target.values,
    layers: layers.filter((value) => !target.initializers.has(value.name) && !outputs.some(({ name }) => name === value.name)).map((value) => info(target, value)),
    nodes: target.nodes,
    initializers: [...target.initializers.values()],
  };
}

function lowerLayer(target: Target, layer: Node | Activation, inputs: readonly Value[], shapes: readonly Shape[], doc: string, name: string | undefined): readonly Value[] {
  const lowering = lowerings[layer.op.name as OpName] as Lowering<any>;
  const made = lowering(siteOf(target, layer, shapes, doc, name), inputs, layer.attrs);
  return Array.isArray(made) ? made : [made as Value];
}

/** The layer itself, and the activation that a pass made part of it. */
function layersOf(node: Node): readonly (Node | Activation)[] {
  return node.activation ? [node, node.activation] : [node];
}

/**
 * Tensors whose value can bear an output's name at once: the first output to want it has it. A layer that is the identity here hands the
 * name on to what it takes; inputs, constants and tensors with two names are left to an Identity node.
 */
function outputNames(graph: Graph): ReadonlyMap<Tensor, string> {
  const names = new Map<Tensor, string>();
  for (const { name, tensor } of graph.outputs) {
    let root = tensor;
    while (root.node?.op.kind === "regularization") [root] = root.node.inputs;
    if (root.node && root.node.op.kind !== "source" && root.node.outputs.length === 1 && !names.has(root)) names.set(root, name);
  }
  return names;
}

function info(target: Target, value: Value): ValueInfo {
  return { name: value.name, dims: [value.batched ? target.batch : 1, ...value.shape] };
}

function shapeOf(tensor: Tensor): Shape {
  if (!tensor.shape) throw new Error("a graph with unknown shapes was given to a backend");
  return tensor.shape;
}
