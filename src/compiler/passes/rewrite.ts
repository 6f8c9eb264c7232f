/**
 * How a graph is rewritten: a walk in execution order copies it node by node, and rules may do something else than copy. Rules see what
 * has been made so far, so that several of them work in one walk as if one after the other.
 */
import { addInput, addRewritten, graphBuilder, type Graph, type Node, type Tensor } from "../ir/graph.ts";
import { sameShape } from "../ir/shape.ts";

export type Changes = Partial<Pick<Node, "attrs" | "given" | "weights" | "activation">>;

/** The new graph, as far as it is made. */
export interface Draft {
  /** The graph that is copied. */
  readonly graph: Graph;
  /** The new tensor that stands for one of the old graph's; that of a node still to come is a bug. */
  readonly tensor: (old: Tensor) => Tensor;
  /** How many nodes and outputs will read a new tensor. */
  readonly readers: (made: Tensor) => number;
  readonly copy: (node: Node) => Node;
  /** Lets `made`, which the node of `old` reads once, stand for `old`: its readers take that node's place. The shapes must be equal. */
  readonly replace: (old: Tensor, made: Tensor) => void;
  /** Changes a node that is in the draft already. */
  readonly amend: (made: Node, changes: Changes) => void;
}

/** A local rewrite. */
export interface Rule {
  readonly name: string;
  /** Makes what stands for the node, and says so; false leaves it to the next rule, and at last to be copied. */
  readonly apply: (node: Node, draft: Draft) => boolean;
}

/** A walk with these rules: what no output needs is left out; of several rules that apply to a node, the first counts. */
export function rewrite(graph: Graph, rules: readonly Rule[]): Graph {
  const { counts, live } = readersOf(graph);
  const builder = graphBuilder();
  const standsFor: Tensor[] = [];
  const readers: number[] = [];
  const add = (old: Tensor, made: Tensor): void => {
    standsFor[old.id] = made;
    readers[made.id] = counts[old.id] ?? 0;
  };
  const tensor = (old: Tensor): Tensor => standsFor[old.id] ?? tooEarly(graph, old);
  const draft: Draft = {
    graph,
    tensor,
    readers: (made) => readers[made.id],
    copy(node) {
      const inputs: Tensor[] = [];
      for (const input of node.inputs) inputs.push(tensor(input));
      const made = addRewritten(builder, node, { inputs });
      for (let i = 0; i < node.outputs.length; i++) add(node.outputs[i], made.outputs[i]);
      return made;
    },
    replace(old, made) {
      if (old.shape !== made.shape && !(old.shape && made.shape && sameShape(old.shape, made.shape))) throw new Error(`a pass changes the shape of ${old.node?.path ?? "an input"}`);
      standsFor[old.id] = made;
      readers[made.id] += (counts[old.id] ?? 0) - 1;
    },
    amend: (made, changes) => void Object.assign(made, changes),
  };
  const inputs = graph.inputs.map((input) => {
    const made = addInput(builder, input.tensor.shape);
    add(input.tensor, made);
    return { ...input, tensor: made };
  });
  for (let i = 0; i < graph.nodes.length; i++) {
    if (!live[i]) continue;
    const node = graph.nodes[i];
    let done = false;
    for (let r = 0; r < rules.length && !done; r++) done = rules[r].apply(node, draft);
    if (!done) draft.copy(node);
  }
  const outputs = graph.outputs.map((output) => ({ ...output, tensor: tensor(output.tensor) }));
  return { ...graph, inputs, outputs, nodes: builder.nodes };
}

/** Which nodes some output needs, by their place, and how often these read each tensor, by its id; an output of the graph counts as a reader. */
function readersOf(graph: Graph): { readonly counts: readonly (number | undefined)[]; readonly live: readonly boolean[] } {
  const counts: number[] = [];
  const live: boolean[] = [];
  for (let i = 0; i < graph.nodes.length; i++) live.push(false);
  for (const { tensor } of graph.outputs) counts[tensor.id] = (counts[tensor.id] ?? 0) + 1;
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const { inputs, outputs } = graph.nodes[i];
    for (const { id } of outputs) if (counts[id] !== undefined) live[i] = true;
    if (live[i]) for (const { id } of inputs) counts[id] = (counts[id] ?? 0) + 1;
  }
  return { counts, live };
}

function tooEarly(graph: Graph, old: Tensor): never {
  throw new Error(`a pass reads tensor ${old.id} of ${graph.name} before it is made`);
}
