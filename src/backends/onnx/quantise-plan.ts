/**
 * Which values of a graph are carried as 8-bit integers, and on which scales. Values that hold the same elements share a scale; so do the parts
 * of a concatenation that nothing else reads, which then are rounded once.
 */
import { affine, rangeOf, type Affine, type Range } from "../weights/quantisation.ts";
import type { NodeProto } from "./onnx.ts";
import { wiring, type Wiring } from "./quantise-forms.ts";
import type { Initializer, TargetGraph } from "./target.ts";

/** The largest integer that an activation may become. */
export const ACTIVATION_LEVELS = 255;

/** A layer's ONNX node that computes on float32. */
export interface Left {
  readonly name: string;
  readonly opType: string;
  /** Its operator has no kernel on integers; a value has no usable range; or it is a stem, which is faster so. */
  readonly why: "operator" | "range" | "stem";
  /** The value without a range. */
  readonly unranged: string | undefined;
}

export interface Plan {
  /** Parameters of the values that are carried as integers, initializers among them. */
  readonly carried: ReadonlyMap<string, Affine>;
  /** Nodes with a weight that accumulate integers. */
  readonly kernels: ReadonlySet<NodeProto>;
  /** Clamps that rounding replaces. */
  readonly elided: ReadonlySet<NodeProto>;
  readonly floats: readonly Left[];
  /** Convolutions of the network's own inputs that stay as they are. */
  readonly stems: ReadonlySet<NodeProto>;
  /** Operators on integers, clamps not counted. */
  readonly integers: number;
}

/** These give float32 as well as integers, at no cost: a result that no operator on integers reads is not rounded. */
const givesFloat: ReadonlySet<string> = new Set(["Gemm", "MatMul"]);

/**
 * A picture has so few channels, which fill little of what integer kernels compute at once: MobileNetV1 0.25's stem takes 0.64 ms on integers in
 * onnxruntime-node, and 0.25 ms in float32.
 */
const STEM_CHANNELS = 4;

/** Values on one scale. */
interface Group {
  range: Range;
  /** Where clamps cut off that are to be left out: the range must stay within. */
  bounds: Range;
  /** A member whose range is not known. */
  unranged: string | undefined;
}

/** @param numbers the numbers of a float32 initializer */
export function planIntegers(graph: TargetGraph, ranges: ReadonlyMap<string, Range>, numbers: (initializer: Initializer) => ArrayLike<number>): Plan {
  const wires = wiring(graph);
  const groups = groupsOf(graph, wires, ranges, numbers);
  const result = (node: NodeProto): readonly string[] => node.outputs.map((name) => wires.absorbedBy(name)?.outputs[0] ?? name);
  const unranged = (node: NodeProto): string | undefined =>
    wires.data(node).map((name) => groups.of(name).unranged).find((name) => name !== undefined) ??
    (givesFloat.has(node.opType) ? undefined : result(node).map((name) => groups.of(name).unranged).find((name) => name !== undefined));

  const computing = graph.nodes.filter((node) => ["kernel", "integer"].includes(wires.form(node)));
  const few = new Set(graph.spellings.stem === "integers" ? [] : graph.inputs.flatMap(({ name, dims }) => (dims.length === 4 && Number(dims[1]) <= STEM_CHANNELS ? [name] : [])));
  const stems = new Set(computing.filter((node) => node.opType === "Conv" && few.has(node.inputs[0])));
  const able = computing.filter((node) => !stems.has(node) && unranged(node) === undefined);
  const wanted = new Set<Group>();
  for (const node of able) for (const name of wires.data(node)) wanted.add(groups.of(name));
  for (const node of able) if (!givesFloat.has(node.opType)) for (const name of result(node)) wanted.add(groups.of(name));
  const isWanted = (name: string): boolean => wanted.has(groups.of(name)) && groups.of(name).unranged === undefined;

  const parameters = new Map([...wanted].map((group) => [group, affine(group.range, ACTIVATION_LEVELS)]));
  const constants = new Set(graph.initializers.filter(({ type }) => type === "float32").map(({ name }) => name));
  const values = [...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap((node) => (wires.form(node) === "shape" ? [] : node.outputs.filter((name) => !wires.absorbedBy(name)))), ...constants];
  const floats = graph.nodes.flatMap((node): readonly Left[] => {
    const left = { name: node.name, opType: node.opType, unranged: undefined };
    if (wires.form(node) === "float") return [{ ...left, why: "operator" }];
    if (stems.has(node)) return [{ ...left, why: "stem" }];
    return computing.includes(node) && !able.includes(node) ? [{ ...left, why: "range", unranged: unranged(node) }] : [];
  });
  return {
    carried: new Map(values.filter((name) => groups.has(name) && isWanted(name)).map((name) => [name, parameters.get(groups.of(name))!])),
    kernels: new Set(able.filter((node) => wires.form(node) === "kernel")),
    elided: new Set(graph.nodes.filter((node) => wires.form(node) === "clamp" && isWanted(node.outputs[0]))),
    stems,
    floats,
    integers: able.length,
  };
}

interface Groups {
  readonly of: (name: string) => Group;
  readonly has: (name: string) => boolean;
}

function groupsOf(graph: TargetGraph, wires: Wiring, ranges: ReadonlyMap<string, Range>, numbers: (initializer: Initializer) => ArrayLike<number>): Groups {
  const found = new Map<string, Group>();
  const joined = new Map<Group, Group>();
  const initializers = new Map(graph.initializers.map((one) => [one.name, one]));
  const root = (group: Group): Group => {
    const above = joined.get(group);
    return above ? root(above) : group;
  };
  const fresh = (name: string): Group => {
    const maker = wires.maker(name);
    const constant = initializers.get(name);
    const form = maker && wires.form(maker);
    const range = constant ? rangeOf(numbers(constant)) : form === "same" ? ([0, 0] as const) : ranges.get(name);
    const usable = range !== undefined && range.every(Number.isFinite);
    const bounds: Range = form === "clamp" ? wires.bounds(maker!) : [-Infinity, Infinity];
    return { range: usable ? [Math.max(range[0], bounds[0]), Math.min(range[1], bounds[1])] : [0, 0], bounds, unranged: usable ? undefined : name };
  };
  const of = (name: string): Group => {
    if (!found.has(name)) found.set(name, fresh(name));
    return root(found.get(name)!);
  };
  const join = (a: Group, b: Group): void => {
    if (a === b) return;
    a.range = hull(a.range, b.range);
    a.bounds = [Math.max(a.bounds[0], b.bounds[0]), Math.min(a.bounds[1], b.bounds[1])];
    a.unranged ??= b.unranged;
    joined.set(b, a);
  };

  for (const node of graph.nodes) if (wires.form(node) === "same") for (const name of node.outputs) join(of(node.inputs[0]), of(name));
  for (const node of graph.nodes.toReversed()) {
    if (node.opType !== "Concat" || wires.form(node) === "shape") continue;
    const [output] = node.outputs;
    const target = of(wires.absorbedBy(output)?.outputs[0] ?? output);
    for (const name of new Set(node.inputs)) {
      const part = of(name);
      const range = hull(part.range, target.range);
      const own = wires.readers(name).length === 1 && !wires.isOutput(name) && wires.maker(name) !== undefined && wires.form(wires.maker(name)!) !== "same";
      const [low, high] = [Math.max(part.bounds[0], target.bounds[0]), Math.min(part.bounds[1], target.bounds[1])];
      if (own && part.unranged === undefined && target.unranged === undefined && low <= range[0] && range[1] <= high) join(target, part);
    }
  }
  return { of, has: (name) => found.has(name) };
}

function hull(a: Range, b: Range): Range {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
