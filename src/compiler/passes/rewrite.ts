/** What every pass needs: how often each tensor is read, and a copy of the graph that is made node by node. */
import { addInput, addRewritten, graphBuilder, type Graph, type Node, type Tensor } from "../ir/graph.ts";
import { sameShape } from "../ir/shape.ts";

/** A graph that is being copied, in execution order, with changes. */
export interface Rewrite {
  /** The new tensor that stands for one of the old graph's. What it comes from must have been copied, or its tensor replaced, before. */
  readonly tensor: (old: Tensor) => Tensor;
  /** Copies a node, with other attributes, weights or activation where given. */
  readonly copy: (node: Node, changes?: Partial<Pick<Node, "attrs" | "weights" | "activation">>) => Node;
  /** Readers of `old` read `made` from now on; their shapes must be equal. */
  readonly replace: (old: Tensor, made: Tensor) => void;
  readonly finish: () => Graph;
}

export function rewrite(graph: Graph): Rewrite {
  const builder = graphBuilder();
  const made: Tensor[] = [];
  const inputs = graph.inputs.map((input) => {
    const tensor = addInput(builder, input.tensor.shape);
    made[input.tensor.id] = tensor;
    return { ...input, tensor };
  });
  const tensor = (old: Tensor): Tensor => {
    const found = made[old.id];
    if (found === undefined) throw new Error(`a pass reads tensor ${old.id} of ${graph.name} before it is made`);
    return found;
  };
  return {
    tensor,
    copy(node, changes) {
      const inputs: Tensor[] = [];
      for (const input of node.inputs) inputs.push(tensor(input));
      const copied = addRewritten(builder, node, changes ? { ...changes, inputs } : { inputs });
      for (let i = 0; i < node.outputs.length; i++) made[node.outputs[i].id] = copied.outputs[i];
      return copied;
    },
    replace(old, by) {
      if (old.shape !== by.shape && !(old.shape && by.shape && sameShape(old.shape, by.shape))) throw new Error(`a pass changes the shape of ${old.node?.path ?? "an input"}`);
      made[old.id] = by;
    },
    finish: () => ({ ...graph, inputs, outputs: graph.outputs.map((output) => ({ ...output, tensor: tensor(output.tensor) })), nodes: builder.nodes }),
  };
}

/** How often each tensor is read, by its id; an output of the graph counts as a reader. Tensors that nothing reads have no entry. */
export function readers(graph: Graph): readonly (number | undefined)[] {
  const counts: number[] = [];
  for (const node of graph.nodes) for (const { id } of node.inputs) counts[id] = (counts[id] ?? 0) + 1;
  for (const { tensor } of graph.outputs) counts[tensor.id] = (counts[tensor.id] ?? 0) + 1;
  return counts;
}
