/**
 * How the operators of a lowered graph may be computed on integers.
 *
 * `kernel`: a weight and an activation, accumulated in 32 bits. `integer`: has a kernel on 8-bit integers in ONNX Runtime. `same`: moves or picks
 * elements, so its result has its input's integers, exactly. `clamp`: cuts off, which the rounding to integers that follows does anyway. The others
 * compute on float32, between the integers of their neighbours.
 */
import type { NodeProto } from "./onnx.ts";
import type { TargetGraph } from "./target.ts";

export type Form = "kernel" | "integer" | "same" | "clamp" | "float" | "shape";

const forms: Readonly<Record<string, Form>> = {
  Conv: "kernel",
  Gemm: "kernel",
  Add: "integer",
  Mul: "integer",
  MatMul: "integer",
  Concat: "integer",
  AveragePool: "integer",
  GlobalAveragePool: "integer",
  Sigmoid: "integer",
  LeakyRelu: "integer",
  MaxPool: "same",
  Reshape: "same",
  Flatten: "same",
  Transpose: "same",
  Identity: "same",
  Slice: "same",
  Split: "same",
  Gather: "same",
  Expand: "same",
  Relu: "clamp",
  Clip: "clamp",
  Shape: "shape",
};

/** Operators that take a second activation where others take a parameter. */
const pairs: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Div", "MatMul"]);

/** What can be asked of a lowered graph's connections. */
export interface Wiring {
  readonly form: (node: NodeProto) => Form;
  /** The activations among a node's inputs: not weights, shapes or bounds. */
  readonly data: (node: NodeProto) => readonly string[];
  readonly maker: (value: string) => NodeProto | undefined;
  readonly readers: (value: string) => readonly NodeProto[];
  readonly isOutput: (value: string) => boolean;
  /** Numbers of an initializer that the graph's structure needs; undefined for weights and values. */
  readonly numbers: (name: string) => readonly number[] | undefined;
  /** The clamp that alone reads a value, so that the value itself need not be rounded. */
  readonly absorbedBy: (value: string) => NodeProto | undefined;
  /** Where a clamp cuts off. */
  readonly bounds: (clamp: NodeProto) => readonly [number, number];
}

export function wiring(graph: TargetGraph): Wiring {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = new Map<string, NodeProto[]>();
  for (const node of graph.nodes) for (const name of new Set(node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node]);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const initializers = new Map(graph.initializers.map((one) => [one.name, one]));
  const numbers = (name: string): readonly number[] | undefined => {
    const source = initializers.get(name)?.source;
    return source && "numbers" in source ? source.numbers : undefined;
  };

  // sides of a batch that is known when the model runs are whole numbers, and what joins them is no layer
  const whole = new Set(graph.initializers.filter(({ type }) => type === "int64").map(({ name }) => name));
  const form = (node: NodeProto): Form => {
    const known = forms[node.opType] ?? "float";
    if (known === "shape" || (node.opType === "Concat" && node.inputs.some((name) => whole.has(name)))) return "shape";
    if (node.opType === "Pad") return node.attributes.mode && "string" in node.attributes.mode && node.attributes.mode.string === "constant" && (numbers(node.inputs[2] ?? "")?.[0] ?? 0) !== 0 ? "float" : "same";
    if (node.opType === "Resize") return node.attributes.mode && "string" in node.attributes.mode && node.attributes.mode.string === "nearest" ? "same" : "float";
    return known;
  };
  for (const node of graph.nodes) if (form(node) === "shape") for (const name of node.outputs) whole.add(name);

  const data = (node: NodeProto): readonly string[] => (node.opType === "Concat" ? node.inputs : node.inputs.slice(0, pairs.has(node.opType) ? 2 : 1));
  const maker = (value: string): NodeProto | undefined => makers.get(value);
  return {
    form,
    data,
    maker,
    readers: (value) => readers.get(value) ?? [],
    isOutput: (value) => outputs.has(value),
    numbers,
    absorbedBy: (value) => {
      const [reader, ...others] = readers.get(value) ?? [];
      const made = makers.get(value);
      if (!reader || others.length > 0 || outputs.has(value) || !made || form(reader) !== "clamp") return undefined;
      return form(made) === "same" || form(made) === "clamp" ? undefined : reader;
    },
    bounds: (clamp) => {
      if (clamp.opType === "Relu") return [0, Infinity];
      const [low, high] = clamp.inputs.slice(1).map((name) => numbers(name)?.[0]);
      return [low ?? -Infinity, high ?? Infinity];
    },
  };
}

/** The values whose ranges decide over scales: activations but those that are rounded nowhere, or share their input's integers. */
export function calibratedValues(graph: TargetGraph): readonly string[] {
  const { form, absorbedBy } = wiring(graph);
  const made = graph.nodes.filter((node) => form(node) !== "shape" && form(node) !== "same").flatMap((node) => node.outputs);
  return [...graph.inputs.map(({ name }) => name), ...made.filter((name) => !absorbedBy(name))];
}
