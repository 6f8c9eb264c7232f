/** Small graphs for tests, written by hand: `op` calls an operator with its defaults filled in. */
import { addInput, addNode, graphBuilder, type Graph, type GraphInput, type GraphOutput, type Node, type Tensor } from "../../src/compiler/ir/graph.ts";
import { isProblem, type Attributes, type Op } from "../../src/compiler/ir/op.ts";
import { elements, type Shape } from "../../src/compiler/ir/shape.ts";
import type { Weight } from "../../src/compiler/ir/weight.ts";
import { ops, type OpName } from "../../src/compiler/ops/index.ts";
import { memoryStore, type WeightStore } from "../../src/backends/weights/store.ts";

export interface Calls {
  /** The only result of an operator. */
  op(name: OpName, inputs: readonly Tensor[], given?: Readonly<Record<string, unknown>>, path?: string): Tensor;
  /** All results of an operator. */
  all(name: OpName, inputs: readonly Tensor[], given?: Readonly<Record<string, unknown>>, path?: string): readonly Tensor[];
}

const span = { file: "net.lwm", start: 0, end: 1 };

export function network(
  inputs: Readonly<Record<string, Shape>>,
  body: (calls: Calls, ...tensors: Tensor[]) => Readonly<Record<string, Tensor>>,
  facts: { readonly name?: string; readonly input?: Partial<GraphInput>; readonly output?: Partial<GraphOutput> } = {},
): Graph {
  const builder = graphBuilder();
  const tensors = Object.entries(inputs).map(([name, shape]): GraphInput => ({ name, tensor: addInput(builder, shape), span, order: undefined, mean: undefined, std: undefined, ...facts.input }));
  const all: Calls["all"] = (name, taken, given = {}, path) => {
    const op: Op<string, any, any> = ops[name];
    const made = addNode(builder, op, taken, withDefaults(op, given), { path: path ?? `${name}_${builder.nodes.length}`, trail: { span, name, row: 2, parent: { span, name: "block", row: undefined, parent: undefined } } });
    if (isProblem(made)) throw new Error(`${name} ${made.problem}`);
    return (made as Node).outputs;
  };
  const outputs = body({ all, op: (...call) => all(...call)[0] }, ...tensors.map(({ tensor }) => tensor));
  return {
    name: facts.name ?? "Net",
    doc: undefined,
    inputs: tensors,
    outputs: Object.entries(outputs).map(([name, tensor]) => ({ name, tensor, span, labels: undefined, offset: 0, ...facts.output })),
    nodes: builder.nodes,
  };
}

function withDefaults(op: Op<string, any, any>, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...Object.fromEntries(Object.entries(op.attributes as Attributes).map(([name, attribute]) => [name, attribute.default])), ...given };
}

/** Numbers between −2 and 2, the same for the same name. */
export function noise(name: string, length: number): Float32Array {
  let state = 0x9e3779b9;
  for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 0x85ebca6b);
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * 4 - 2;
  });
}

/** Weights for every layer of a graph; variances and scales are positive. */
export function noisyWeights(graph: Graph): WeightStore {
  const weights = new Map<string, Weight>(graph.nodes.flatMap((node) => node.weights.map((weight) => [weight.name, weight] as const)));
  return memoryStore(
    [...weights.values()].map(({ name, role, shape }) => {
      const values = noise(name, elements(shape));
      return { name, shape, values: role === "var" || role === "scale" ? values.map((v) => Math.abs(v) + 0.3) : values };
    }),
  );
}
