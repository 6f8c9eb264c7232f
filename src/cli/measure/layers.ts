/**
 * A network's layers as networks of their own: what each takes when it runs alone. onnxruntime's build for WebAssembly writes no profile, so this is
 * how times of layers are had in every runtime alike. Layers that do the same work are timed once.
 */
import { kernelsOf, type Kernel } from "../../compiler/devices/kernels.ts";
import { addInput, addRewritten, graphBuilder, type Graph, type Node } from "../../compiler/ir/graph.ts";

export interface LayerNetwork {
  /** Its weights have the names that they have in the whole network. */
  readonly graph: Graph;
  /** How many layers of the network do this work. */
  readonly count: number;
  /** One of them. */
  readonly kernel: Kernel;
}

/** @param graph as `deployed` makes it */
export function layerNetworks(graph: Graph, fused: ReadonlySet<string>): readonly LayerNetwork[] {
  const kernels = new Map(kernelsOf(graph, { precision: "float32", fused }).map((kernel) => [kernel.path, kernel]));
  const found = new Map<string, { readonly graph: Graph; readonly kernel: Kernel; count: number }>();
  for (const node of graph.nodes.flatMap((each) => parts(each, fused))) {
    const kernel = kernels.get(node.path);
    if (!kernel) continue;
    const { op, attrs, inputs, outputs, activation } = node;
    const key = JSON.stringify([op.name, attrs, inputs.map(({ id, shape }) => [inputs.findIndex((x) => x.id === id), shape]), outputs.map(({ shape }) => shape), activation?.op.name, activation?.attrs]);
    const same = found.get(key);
    if (same) same.count++;
    else found.set(key, { graph: alone(node, `layer_${found.size}`), kernel, count: 1 });
  }
  return [...found.values()];
}

/** A layer, and its activation where that runs apart. */
function parts(node: Node, fused: ReadonlySet<string>): readonly Node[] {
  const { activation, ...layer } = node;
  if (!activation || fused.has(activation.op.name)) return [node];
  const { op, attrs, path, weights } = activation;
  return [layer, { op, attrs, path, weights, trail: node.trail, inputs: node.outputs, outputs: node.outputs }];
}

/** One node; its inputs are the network's. */
function alone(node: Node, name: string): Graph {
  const builder = graphBuilder();
  const made = new Map(node.inputs.map((tensor) => [tensor.id, addInput(builder, tensor.shape)]));
  const copy = addRewritten(builder, node, { inputs: node.inputs.map(({ id }) => made.get(id)!) });
  const { span } = node.trail;
  return {
    name,
    doc: undefined,
    inputs: [...made.values()].map((tensor, i) => ({ name: `x${i}`, tensor, span, order: undefined, mean: undefined, std: undefined })),
    outputs: copy.outputs.map((tensor, i) => ({ name: `y${i}`, tensor, span, labels: undefined, offset: 0 })),
    nodes: builder.nodes,
  };
}
