/** What values are: their kinds, how people call and write them, when they are equal. */
import type { Arguments, BlockLayer, EnumValue, Layer, OpLayer, Quantity, RecordValue, Special, Value } from "./domains.ts";

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
  if (typeof value === "number") return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)) ? "a number that is too large" : Number.isInteger(value) ? `the int ${value}` : `the float ${value}`;
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
