/** A call of `device`, `profile`, `cost`, `run`, …: its fields read, and for `device` the device made. */
import type { Arg, Call, Expr } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import { deviceOf, type Entry } from "./device-of.ts";
import { RECORDS, type Field, type RecordName } from "./device-records.ts";
import type { Frame, Quantity, RecordValue, Value } from "./domains.ts";
import { evaluate } from "./evaluate.ts";
import { boundBefore, didYouMean, mistake } from "./report.ts";
import { ABSENT, isKind, isList, isUnknown, typeName, UNKNOWN } from "./values.ts";

/** A figure on its way into a field, which knows the unit. */
interface Stated {
  readonly value: number;
  readonly unit: Quantity["unit"] | undefined;
  readonly source: string;
  readonly verified: boolean;
}

export function recordCall(expr: Call, name: RecordName, frame: Frame): Value {
  const { positional, fields } = RECORDS[name];
  const found = new Map<string, Entry | Stated>();
  const places = new Map<string, Span>();
  let sound = true;
  let position = 0;
  for (const arg of expr.args) {
    const key = arg.name?.name ?? positional[position++];
    const field = key !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (!field) {
      sound = false;
      if (arg.name) mistake(frame, "unknown-argument", arg.name.span, { name: arg.name.name, of: name }, didYouMean(arg.name.name, Object.keys(fields), arg.name.span));
      else mistake(frame, "too-many-arguments", arg.span, { of: name, most: positional.length });
      continue;
    }
    if (found.has(key)) {
      sound = false;
      mistake(frame, "duplicate-argument", arg.span, { name: key, of: name }, boundBefore(places.get(key)));
      continue;
    }
    places.set(key, arg.span);
    const entry = name === "cited" || name === "unverified" ? statedField(key, arg, name, frame) : fieldValue(field, arg.value, frame);
    if (entry === undefined) sound = false;
    else if (entry !== "absent") found.set(key, entry);
  }
  for (const [key, field] of Object.entries(fields)) {
    if (!field.required || found.has(key) || !sound) continue;
    sound = false;
    mistake(frame, "missing-argument", expr.span, { name: key, of: name });
  }
  if (!sound) return UNKNOWN;
  return name === "device" ? { kind: "device", device: deviceOf(found as ReadonlyMap<string, Entry>, expr.span), profile: undefined } : { kind: "record", record: name, entries: found };
}

/** A value of `cited` or `unverified`: its unit is checked by the field that it stands in. */
function statedField(key: string, arg: Arg, name: "cited" | "unverified", frame: Frame): Entry | Stated | undefined {
  const value = evaluate(arg.value, frame);
  if (key === "source") return typeof value === "string" ? value : refuse(frame, arg.value.span, "a string", value);
  const [number, unit] = measure(value);
  if (number === undefined) return refuse(frame, arg.value.span, "a number", value);
  return { value: number, unit, source: "", verified: name === "cited" };
}

function fieldValue({ takes }: Field, expr: Expr, frame: Frame): Entry | "absent" | undefined {
  const wanted = typeof takes === "object" && "word" in takes ? ({ type: "enum", options: takes.word } as const) : undefined;
  const value = evaluate(expr, frame, wanted);
  if (value === ABSENT) return "absent";
  if (isUnknown(value)) return undefined;
  if (takes === "text") return typeof value === "string" ? value : refuse(frame, expr.span, "a string", value);
  if (takes === "flag") return typeof value === "boolean" ? value : refuse(frame, expr.span, "a bool", value);
  if ("word" in takes) {
    if (isKind(value, "enum") && takes.word.includes(value.word)) return value.word;
    return refuse(frame, expr.span, takes.word.map((word) => `\`${word}\``).join(" or "), value);
  }
  if ("list" in takes) {
    const { list } = takes;
    if (!isList(value)) return refuse(frame, expr.span, `a list of \`${list}(…)\``, value);
    if (value.some(isUnknown)) return undefined;
    const wrong = value.find((item) => !isKind(item, "record") || item.record !== list);
    return wrong === undefined ? (value as readonly RecordValue[]) : refuse(frame, expr.span, `a list of \`${list}(…)\``, wrong);
  }
  const unit = "figure" in takes ? takes.figure : takes.bare;
  const stated = statedValue(value, expr.span);
  if (!stated) return refuse(frame, expr.span, unit === "number" || unit === "perSecond" || unit === "fraction" ? "a number" : `a number of ${unit}`, value);
  const expected = unit === "number" || unit === "fraction" || unit === "perSecond" ? undefined : unit;
  if (stated.unit !== expected) return void mistake(frame, "unit-mismatch", expr.span, { expected: expected ?? "a plain number", found: stated.unit ?? "a plain number" });
  if (!(stated.value >= 0 && stated.value < 1e18)) return void mistake(frame, "out-of-range", expr.span, { what: "a device's figure", value: String(stated.value), range: "0..1e18" });
  // Memory comes in whole bytes: 3.77KiB is what a table rounds 3,860 bytes to.
  return "bare" in takes ? stated.value : { value: unit === "bytes" ? Math.round(stated.value) : stated.value, source: stated.source, verified: stated.verified };
}

function refuse(frame: Frame, span: Span, expected: string, found: Value): undefined {
  if (!isUnknown(found)) mistake(frame, "type-mismatch", span, { expected, found: typeName(found) });
  return undefined;
}

function measure(value: Value): readonly [number, Quantity["unit"] | undefined] | readonly [undefined, undefined] {
  if (typeof value === "number") return [value, undefined];
  return isKind(value, "quantity") ? [value.value, value.unit] : [undefined, undefined];
}

function statedValue(value: Value, span: Span): Stated | undefined {
  if (isKind(value, "record") && (value.record === "cited" || value.record === "unverified")) {
    return { ...(value.entries.get("value") as Stated), source: value.entries.get("source") as string };
  }
  const [number, unit] = measure(value);
  return number === undefined ? undefined : { value: number, unit, source: `stated in ${span.file}`, verified: true };
}

/** The name under which a device is bound is the device's own. */
export function namedDevice(value: Value, name: string): Value {
  return isKind(value, "device") && value.device.name === "" ? { ...value, device: { ...value.device, name } } : value;
}
