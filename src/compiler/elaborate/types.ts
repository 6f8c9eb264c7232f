/** The types that parameters have, and whether a value is of one. */
import type { Attribute, Data } from "../ir/op.ts";
import type { Param, TypeRef } from "../syntax/ast.ts";
import type { Extra } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source.ts";
import type { Frame, Value, Wanted } from "./domains.ts";
import { didYouMean, mistake } from "./report.ts";
import { isKind, isList, isUnknown, showValue, typeName } from "./values.ts";

export const PADDINGS: readonly string[] = ["same", "half", "valid"];

/** The types that a parameter can be declared with, and what they are; `lwmc explain` prints this. */
export const TYPES: Readonly<Record<string, string>> = {
  channels: "a number of channels; a scaling's width multiplies and rounds it",
  int: "a whole number; never scaled",
  float: "a number",
  bool: "true or false",
  string: "text in double quotes",
  layer: "a function from tensor to tensor",
  tensor: "a tensor; a layer stands for its result on the current tensor",
  scaling: "width, depth and resolution factors",
  padding: "same, half, valid, an int, or [top, left, bottom, right]",
  pair: "an int, or [height, width]",
};

const wantedByRef = new WeakMap<TypeRef, Wanted>();

/** The wanted form of a declared type; an unknown type is reported once and takes any value. */
export function wantedOf(type: TypeRef, frame: Frame): Wanted {
  let wanted = wantedByRef.get(type);
  if (!wanted) {
    wanted = read(type, frame);
    wantedByRef.set(type, wanted);
  }
  return wanted;
}

function read(type: TypeRef, frame: Frame): Wanted {
  if (type.kind === "enum") return { type: "enum", options: type.options.map((o) => o.name) };
  if (type.kind === "list") return { type: "list", of: wantedOf(type.of, frame) };
  if (type.kind === "missing") return { type: "any" };
  if (Object.hasOwn(TYPES, type.name)) return { type: type.name as Wanted["type"] };
  if (type.name === "list") return { type: "list" };
  mistake(frame, "unknown-type", type.span, { name: type.name }, didYouMean(type.name, Object.keys(TYPES), type.span));
  return { type: "any" };
}

const wantedByAttribute = new WeakMap<Attribute, Wanted>();

export function wantedOfAttribute(attribute: Attribute): Wanted {
  let wanted = wantedByAttribute.get(attribute);
  if (!wanted) {
    const { type, min, max, options } = attribute;
    const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    wanted = type === "ints" ? { type: "list", of: { type: "int", ...bounds } } : { type, ...bounds, ...(options ? { options } : {}) };
    wantedByAttribute.set(attribute, wanted);
  }
  return wanted;
}

export const SCALE: Wanted = { type: "scaling" };

/** Checks a value against what its place wants; reports and gives the unknown value if it is something else. */
export function coerce(frame: Frame, value: Value, wanted: Wanted, span: Span): Value {
  if (isUnknown(value) || wanted.type === "any") return value;
  if (typeof value === "object" && "kind" in value && value.kind === "absent") return value;
  if (!fits(value, wanted)) return mistake(frame, "type-mismatch", span, { expected: describe(wanted), found: foundIn(value, wanted) }, unquoted(value, wanted, span));
  const outside = outOfBounds(value, wanted);
  if (outside !== undefined) return mistake(frame, "out-of-range", span, { what: wanted.name === undefined ? "this" : `\`${wanted.name}\``, value: outside, range: bounds(wanted) });
  return value;
}

/** What was found, to the item where a list's items are wrong. */
function foundIn(value: Value, wanted: Wanted): string {
  const { of } = wanted;
  const item = wanted.type === "list" && of && isList(value) ? value.find((v) => !isUnknown(v) && !fits(v, of)) : undefined;
  return item === undefined ? typeName(value) : `${typeName(item)} in it`;
}

/** `act="relu"`, `pad="same"`: layers and words are written without quotes. */
function unquoted(value: Value, wanted: Wanted, span: Span): Extra {
  if (typeof value !== "string" || !/^[A-Za-z_]\w*$/.test(value) || !["layer", "padding", "enum"].includes(wanted.type)) return {};
  return { fixes: [{ title: `write \`${value}\` without quotes`, edits: [{ span, text: value }] }] };
}

function fits(value: Value, wanted: Wanted): boolean {
  switch (wanted.type) {
    case "channels":
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value);
    case "float":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "layer":
      return isKind(value, "layer");
    case "tensor":
      return isKind(value, "tensor");
    case "scaling":
      return isKind(value, "scaling");
    case "padding":
      if (isKind(value, "enum")) return PADDINGS.includes(value.word);
      return typeof value === "number" ? Number.isSafeInteger(value) : isList(value) && value.length === 4 && value.every((v) => Number.isSafeInteger(v));
    case "pair":
      return typeof value === "number" ? Number.isSafeInteger(value) : isList(value) && value.length === 2 && value.every((v) => Number.isSafeInteger(v));
    case "list":
      return isList(value) && value.every((v) => isUnknown(v) || wanted.of === undefined || fits(v, wanted.of));
    case "data":
      return typeof value === "number" || (isList(value) && value.every((v) => fits(v, wanted)));
    case "enum":
      return isKind(value, "enum") ? wanted.options!.includes(value.word) : typeof value === "string" && wanted.options!.includes(value);
    case "any":
      return true;
  }
}

function outOfBounds(value: Value, wanted: Wanted): string | undefined {
  if (isList(value)) {
    const each = wanted.type === "list" ? wanted.of : wanted.type === "pair" || wanted.type === "padding" ? { ...wanted, type: "int" as const } : undefined;
    if (!each) return undefined;
    for (const item of value) {
      const outside = outOfBounds(item, each);
      if (outside !== undefined) return outside;
    }
    return undefined;
  }
  if (typeof value !== "number") return undefined;
  const min = wanted.min ?? (wanted.type === "channels" ? 1 : wanted.type === "padding" ? 0 : undefined);
  return (min !== undefined && value < min) || (wanted.max !== undefined && value > wanted.max) ? showValue(value) : undefined;
}

function bounds(wanted: Wanted): string {
  const each = wanted.type === "list" && wanted.of ? wanted.of : wanted;
  const min = each.min ?? (each.type === "channels" ? 1 : each.type === "padding" ? 0 : undefined);
  return min === undefined ? `at most ${each.max}` : each.max === undefined ? `at least ${min}` : `${min}..${each.max}`;
}

/** `an int`, `a list of ints`, `torchvision | keras`. */
export function describe(wanted: Wanted): string {
  switch (wanted.type) {
    case "enum":
      return wanted.options!.map((o) => `\`${o}\``).join(" or ");
    case "list":
      return wanted.of ? `a list, each item ${describe(wanted.of)}` : "a list";
    case "padding":
      return "a padding (`same`, `half`, `valid`, an int, or [top, left, bottom, right])";
    case "pair":
      return "an int or [height, width]";
    case "channels":
      return "a number of channels (an int)";
    case "data":
      return "a number or lists of numbers";
    case "int":
      return "an int";
    default:
      return `a ${wanted.type}`;
  }
}

/** Brings a checked value into the form in which operators take it: pairs and paddings as lists, words as strings. */
export function asAttribute(value: Value, attribute: Attribute): unknown {
  if (attribute.type === "pair" && typeof value === "number") return [value, value];
  if (attribute.type === "padding" && typeof value === "number") return [value, value, value, value];
  if (isKind(value, "enum")) return value.word;
  return value as Data | boolean | string;
}

/** Whether a value lies in the parameter's declared range. */
export function checkRange(frame: Frame, param: Param, value: Value, span: Span, range: { readonly low: number; readonly high: number }): Value {
  if (typeof value !== "number" || (value >= range.low && value <= range.high)) return value;
  return mistake(frame, "out-of-range", span, { what: `\`${param.name.name}\``, value: showValue(value), range: `${range.low}..${range.high}` });
}
