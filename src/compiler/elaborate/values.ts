/** What an expression can be at compile time. Numbers, booleans and strings are JavaScript's; lists are arrays. */
import type { Device } from "../devices/device.ts";
import type { Tensor } from "../ir/graph.ts";
import type { Op } from "../ir/op.ts";
import type { Body, Block, Expr, For, Table } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import type { FileScope, Frame, PathScope } from "./scope.ts";

export type Value = number | boolean | string | readonly Value[] | EnumValue | Quantity | TensorValue | Layer | Scaling | RangeValue | DeviceValue | RecordValue | Special;

/** A word out of a set that a parameter's type names: `keras`, `same`. */
export interface EnumValue {
  readonly kind: "enum";
  readonly word: string;
  /** The words that may stand in its place. */
  readonly options: readonly string[];
}

/** A number with a unit that is not a plain multiplier, in the base unit. */
export interface Quantity {
  readonly kind: "quantity";
  readonly value: number;
  readonly unit: "bytes" | "seconds" | "joules" | "watts" | "hertz";
}

/** A tensor, with the labels inside what made it (`backbone.stages[4]`). */
export interface TensorValue {
  readonly kind: "tensor";
  readonly tensor: Tensor;
  readonly scope: PathScope | undefined;
  readonly items: readonly TensorValue[] | undefined;
}

/** A function from tensor to tensor, with some arguments already given. */
export type Layer = OpLayer | BlockLayer | SequenceLayer | ChainLayer | ForLayer | RepeatLayer | TableLayer | SharedLayer | IdentityLayer;

/** An argument as written, before scaling; its span is where mistakes about it are shown. */
export interface Argument {
  readonly value: Value;
  readonly span: Span;
}
/** Arguments by their parameter's index, and the scaling that the call was given. */
export interface Arguments {
  readonly given: readonly (Argument | undefined)[];
  readonly scale: Argument | undefined;
}

interface LayerBase {
  readonly kind: "layer";
  /** The expression that made it. */
  readonly span: Span;
}
export interface OpLayer extends LayerBase {
  readonly form: "op";
  readonly op: Op;
  readonly args: Arguments;
}
export interface BlockLayer extends LayerBase {
  readonly form: "block";
  readonly block: Block;
  readonly file: FileScope;
  readonly args: Arguments;
  /** A trailing `{ … }`, where the block takes one. */
  readonly body: SequenceLayer | TableLayer | undefined;
}
/** `{ … }` and the frame that it was written in. */
export interface SequenceLayer extends LayerBase {
  readonly form: "sequence";
  readonly body: Body;
  readonly frame: Frame;
  /** For a trailing body: the scope that its layers' paths belong to. */
  readonly placed: PathScope | undefined;
}
/** `a -> b`, where a is a layer; later links are evaluated as the tensor arrives at them. */
export interface ChainLayer extends LayerBase {
  readonly form: "chain";
  readonly first: Layer;
  readonly rest: readonly Expr[];
  readonly frame: Frame;
}
export interface ForLayer extends LayerBase {
  readonly form: "for";
  readonly loop: For;
  readonly frame: Frame;
}
export interface RepeatLayer extends LayerBase {
  readonly form: "repeat";
  readonly layer: Layer;
  readonly count: number;
}
export interface TableLayer extends LayerBase {
  readonly form: "table";
  /** Undefined where a column `layer` names the layer of each row. */
  readonly head: Layer | undefined;
  readonly table: Table;
  readonly frame: Frame;
}
/** A layer whose weights are made once. */
export interface SharedLayer extends LayerBase {
  readonly form: "shared";
  readonly layer: Layer;
  readonly name: string;
  readonly weights: SharedWeights;
}
export interface SharedWeights {
  /** The path under which all uses know their weights. */
  readonly prefix: string;
  /** Shapes by weight name, from the first use. */
  known: Map<string, readonly number[]> | undefined;
}
export interface IdentityLayer extends LayerBase {
  readonly form: "identity";
}

/** Compound scaling: channels · width, repeats · depth, input sides · resolution. */
export interface Scaling {
  readonly kind: "scaling";
  readonly width: number;
  readonly depth: number;
  readonly resolution: number;
  readonly divisor: number;
  /** Cut to whole channels before rounding (Keras). */
  readonly truncate: boolean;
}

export interface RangeValue {
  readonly kind: "range";
  readonly low: number;
  readonly high: number;
}

/** A device, and which of its profiles was chosen by calling it; undefined for its first. */
export interface DeviceValue {
  readonly kind: "device";
  readonly device: Device;
  readonly profile: number | undefined;
}

/** What a call of `profile`, `cost`, `run`, `region`, `cited` or `unverified` gave, on its way into a device. */
export interface RecordValue {
  readonly kind: "record";
  readonly record: string;
  readonly entries: ReadonlyMap<string, unknown>;
}

/** `unknown`: a mistake was reported. `absent`: `default`, as if not given. `hole`: `?`. */
export interface Special {
  readonly kind: "unknown" | "absent" | "hole";
}

export const UNKNOWN: Special = { kind: "unknown" };
export const ABSENT: Special = { kind: "absent" };
export const HOLE: Special = { kind: "hole" };
export const NO_ARGUMENTS: Arguments = { given: [], scale: undefined };

export function isKind<K extends "enum" | "quantity" | "tensor" | "layer" | "scaling" | "range" | "device" | "record">(value: Value, kind: K): value is Extract<Value, { readonly kind: K }> {
  return typeof value === "object" && !Array.isArray(value) && (value as { kind: string }).kind === kind;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The mistake has been reported already: whoever meets this value stays silent. */
export function isUnknown(value: Value): boolean {
  return value === UNKNOWN;
}

/** What people call the value's type. */
export function typeName(value: Value): string {
  if (typeof value === "number") return Number.isInteger(value) ? `the int ${value}` : `the float ${value}`;
  if (typeof value === "boolean") return `the bool ${value}`;
  if (typeof value === "string") return "a string";
  if (isList(value)) return value.some((v) => isKind(v, "tensor")) ? `a list of ${value.length} tensors` : `a list of ${value.length}`;
  switch ((value as Exclude<Value, readonly Value[] | number | boolean | string>).kind) {
    case "enum":
      return `the word \`${(value as EnumValue).word}\``;
    case "quantity":
      return `${(value as Quantity).unit}`;
    case "tensor":
      return "a tensor";
    case "layer":
      return `the layer \`${layerName(value as Layer)}\``;
    case "scaling":
      return "a scaling";
    case "range":
      return "a range";
    case "absent":
      return "`default`";
    case "hole":
      return "`?`";
    case "device":
      return "a device";
    case "record":
      return `\`${(value as RecordValue).record}(…)\``;
    default:
      return "an unknown value";
  }
}

/** The name that a layer's path segment has where no label gives one. */
export function layerName(layer: Layer): string {
  switch (layer.form) {
    case "op":
      return layer.op.name;
    case "block":
      return layer.block.name.name;
    case "shared":
      return layer.name;
    case "repeat":
      return layerName(layer.layer);
    case "table":
      return layer.head ? layerName(layer.head) : "table";
    case "for":
      return "for";
    case "chain":
      return "chain";
    case "sequence":
      return "sequence";
    case "identity":
      return "identity";
  }
}

/** A value as the language writes it, for reports. */
export function showValue(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(showValue).join(", ")}]`;
  if (isKind(value, "enum")) return value.word;
  if (isKind(value, "layer")) return layerName(value);
  if (isKind(value, "scaling")) return `scaling(width=${value.width}, depth=${value.depth}, resolution=${value.resolution})`;
  if (isKind(value, "range")) return `${value.low}..${value.high}`;
  if (isKind(value, "device")) return value.device.name;
  return typeName(value);
}

/** Equality of the language: an int equals a list whose items all equal it, as `stride == 1` does for `[1, 1]`. */
export function equal(a: Value, b: Value): boolean {
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (isList(a)) return typeof b === "number" && a.length > 0 && a.every((item) => equal(item, b));
  if (isList(b)) return equal(b, a);
  if (isKind(a, "enum")) return isKind(b, "enum") ? a.word === b.word : a.word === b;
  if (isKind(b, "enum")) return equal(b, a);
  if (isKind(a, "layer") && isKind(b, "layer")) return sameLayer(a, b);
  if (isKind(a, "quantity") && isKind(b, "quantity")) return a.unit === b.unit && a.value === b.value;
  if (isKind(a, "scaling") && isKind(b, "scaling")) return a.width === b.width && a.depth === b.depth && a.resolution === b.resolution && a.divisor === b.divisor && a.truncate === b.truncate;
  if (isKind(a, "tensor") && isKind(b, "tensor")) return a.tensor === b.tensor;
  return a === b;
}

function sameLayer(a: Layer, b: Layer): boolean {
  if (a.form === "identity" || b.form === "identity") return a.form === b.form;
  const sameTarget = (a.form === "op" && b.form === "op" && a.op === b.op) || (a.form === "block" && b.form === "block" && a.block === b.block && !a.body && !b.body);
  if (!sameTarget) return a === b;
  const x = (a as OpLayer | BlockLayer).args;
  const y = (b as OpLayer | BlockLayer).args;
  const length = Math.max(x.given.length, y.given.length);
  for (let i = 0; i <= length; i++) {
    const [p, q] = i < length ? [x.given[i], y.given[i]] : [x.scale, y.scale];
    if (p !== q && !(p && q && equal(p.value, q.value))) return false;
  }
  return true;
}
