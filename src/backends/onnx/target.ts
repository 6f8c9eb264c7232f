/**
 * The ONNX graph under construction, as plain data: ONNX nodes, values with their shapes, and initializers that know where their numbers
 * come from. Layout: channels first, one leading batch axis on every value. A value that depends on no input has batch 1.
 */
import type { Spellings } from "../../compiler/devices/support/spellings.ts";
import type { Node } from "../../compiler/ir/graph.ts";
import { elements, sameShape, type Shape } from "../../compiler/ir/shape.ts";
import type { Role, Weight } from "../../compiler/ir/weight.ts";
import type { Channels } from "../weights/quantisation.ts";
import type { AttributeValue, ElementType, NodeProto, ValueInfo } from "./onnx.ts";

/** One example at a time, or any number of them. */
export type Batch = 1 | "N";

/** A tensor by its name. */
export interface Value {
  readonly name: string;
  /** Without the batch. */
  readonly shape: Shape;
  /** Whether it depends on an input, and so has the model's batch; otherwise its batch is 1. */
  readonly batched: boolean;
}

/** Numbers in the file: a layer's weights, or numbers that the graph's structure needs. */
export interface Initializer {
  readonly name: string;
  /** As which the numbers are stored. */
  readonly type: ElementType;
  /** As ONNX sees it. */
  readonly dims: readonly number[];
  readonly source: { readonly weight: Weight; readonly integers?: Integers } | { readonly numbers: readonly number[] };
}

/** How a weight becomes integers from −`levels` to `levels`: a scale for each channel. */
export interface Integers {
  readonly channels: Channels;
  readonly scales: Float32Array;
  readonly levels: number;
}

export interface TargetGraph {
  readonly spellings: Spellings;
  readonly name: string;
  readonly doc: string;
  readonly batch: Batch;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Every value that an ONNX node makes, in order. */
  readonly values: readonly Value[];
  /** Those among them that are a layer's result and no output, as the file describes them. */
  readonly layers: readonly ValueInfo[];
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly Initializer[];
}

/** What grows while a graph is lowered. */
export interface Target {
  readonly spellings: Spellings;
  readonly batch: Batch;
  readonly nodes: NodeProto[];
  readonly values: Value[];
  readonly initializers: Map<string, Initializer>;
  /** Names of values and initializers, which share one space. */
  readonly taken: Set<string>;
}

export function newTarget(batch: Batch, spellings: Spellings): Target {
  return { spellings, batch, nodes: [], values: [], initializers: new Map(), taken: new Set() };
}

/** A layer that is being lowered: what its lowering may use. */
export interface Site {
  readonly target: Target;
  readonly path: string;
  readonly doc: string;
  readonly weights: readonly Weight[];
  /** Shapes of the layer's results. */
  readonly shapes: readonly Shape[];
  /** The name that the layer's only result must have, where a reader expects one. */
  readonly resultName: string | undefined;
}

export function siteOf(target: Target, layer: Pick<Node, "path" | "weights">, shapes: readonly Shape[], doc: string, resultName: string | undefined): Site {
  return { target, path: layer.path, doc, weights: layer.weights, shapes, resultName };
}

/** Adds the ONNX node that makes the layer's result; it bears the layer's path. */
export function result(site: Site, opType: string, inputs: readonly (Value | string)[], attributes: Readonly<Record<string, AttributeValue>> = {}): Value {
  return add(site, site.path, opType, inputs, attributes, [made(site.resultName ?? claim(site.target, site.path), site.shapes[0], inputs)])[0];
}

/** As `result`, for a layer with several results. */
export function results(site: Site, opType: string, inputs: readonly (Value | string)[], attributes: Readonly<Record<string, AttributeValue>> = {}): readonly Value[] {
  if (site.shapes.length === 1) return [result(site, opType, inputs, attributes)];
  return add(site, site.path, opType, inputs, attributes, site.shapes.map((shape, i) => made(claim(site.target, `${site.path}.${i}`), shape, inputs)));
}

/** Adds an ONNX node on the way to the result, named after its role in the layer. */
export function step(site: Site, role: string, shape: Shape, opType: string, inputs: readonly (Value | string)[], attributes: Readonly<Record<string, AttributeValue>> = {}): Value {
  const name = `${site.path}/${role}`;
  return add(site, name, opType, inputs, attributes, [made(claim(site.target, name), shape, inputs)])[0];
}

function add(site: Site, name: string, opType: string, inputs: readonly (Value | string)[], attributes: Readonly<Record<string, AttributeValue>>, outputs: readonly Value[]): readonly Value[] {
  site.target.nodes.push({ name, opType, inputs: inputs.map((x) => (typeof x === "string" ? x : x.name)), outputs: outputs.map((y) => y.name), attributes, doc: site.doc });
  site.target.values.push(...outputs);
  return outputs;
}

function made(name: string, shape: Shape, inputs: readonly (Value | string)[]): Value {
  return { name, shape, batched: inputs.some((x) => typeof x !== "string" && x.batched) };
}

/**
 * The weight of a role as an initializer under its own name, or undefined where the layer has none. `dims`: as ONNX wants to see it; a weight that
 * layers share and see differently is stored once for each.
 */
export function weight(site: Site, role: Role, dims?: readonly number[]): string | undefined {
  const found = site.weights.find((w) => w.role === role);
  if (!found) return undefined;
  const seen = dims ?? found.shape;
  const known = site.target.initializers.get(found.name);
  const name = known && !sameShape(known.dims, seen) ? `${found.name}/${seen.join("x")}` : found.name;
  if (!site.target.initializers.has(name)) site.target.initializers.set(name, { name, type: "float32", dims: seen, source: { weight: found } });
  return name;
}

/** Whole numbers as an initializer: shapes, axes, pads. Equal ones are one. */
export function ints(site: Site, numbers: readonly number[]): string {
  return shared(site.target, "int64", [numbers.length], numbers);
}

/** A float32 scalar as an initializer; equal ones are one. */
export function scalar(site: Site, number: number): string {
  return shared(site.target, "float32", [], [number]);
}

/** Other numbers that a lowering needs. */
export function floats(site: Site, dims: readonly number[], numbers: readonly number[]): string {
  return shared(site.target, "float32", dims, numbers);
}

/** The numbers of a constant, under the layer's path, for a batch of 1. */
export function constantValue(site: Site, numbers: readonly number[]): Value {
  const [shape] = site.shapes;
  const name = claim(site.target, site.path);
  site.target.initializers.set(name, { name, type: "float32", dims: [1, ...shape], source: { numbers } });
  return { name, shape, batched: false };
}

function shared(target: Target, type: "float32" | "int64", dims: readonly number[], numbers: readonly number[]): string {
  const shown = numbers.length <= 16 ? numbers.join(",") : `${elements(dims)}-${fingerprint(numbers)}`;
  const name = `${type === "int64" ? "ints" : "floats"}[${dims.join("x")}]/${shown}`;
  if (!target.initializers.has(name)) target.initializers.set(name, { name, type, dims, source: { numbers } });
  return name;
}

/** FNV-1a over the numbers' text: names of long lists differ where the lists do. */
function fingerprint(numbers: readonly number[]): string {
  const text = numbers.join(",");
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193) >>> 0;
    high = Math.imul(high ^ text.charCodeAt(i), 0x85ebca6b) >>> 0;
  }
  return low.toString(16).padStart(8, "0") + high.toString(16).padStart(8, "0");
}

/** A name that no other value or initializer has: the wanted one, or with a number behind it. */
export function claim(target: Target, wanted: string): string {
  let name = wanted;
  for (let i = 2; target.taken.has(name); i++) name = `${wanted}_${i}`;
  target.taken.add(name);
  return name;
}

/** Gives a value the model's batch where it has none, by repeating it; `like` is a value that has it. */
export function withBatch(site: Site, role: string, value: Value, like: Value): Value {
  if (value.batched || site.target.batch === 1) return value;
  const batch = step(site, `${role}_batch`, [], "Shape", [like], { start: { int: 0 }, end: { int: 1 } });
  const sides = step(site, `${role}_sides`, [], "Concat", [batch.name, ints(site, value.shape)], { axis: { int: 0 } });
  return { ...step(site, `${role}_repeated`, value.shape, "Expand", [value, sides.name]), batched: true };
}
