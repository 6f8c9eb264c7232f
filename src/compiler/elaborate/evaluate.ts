/** Expressions to values. Layers stay unapplied; what makes a tensor at once (`add(…)`, `x -> conv(64)`) adds to the graph. */
import type { Binary, Call, Chain, Declaration, Expr, If, Index, Member, Name, NumberLiteral } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import { findOp } from "../ops/index.ts";
import { apply, constantTensor } from "./apply.ts";
import { builtins } from "./builtins.ts";
import { call } from "./call.ts";
import { RECORDS, type RecordName } from "./device-records.ts";
import type { DeviceValue, Frame, Layer, Quantity, Value, Wanted } from "./domains.ts";
import { declared, visibleNames, type Declared } from "./names.ts";
import { namedDevice, recordCall } from "./record-call.ts";
import { didYouMean, mistake, tick } from "./report.ts";
import { innerFrame, local, NO_VALUES } from "./scope.ts";
import { chooseProfile } from "./targets.ts";
import { coerce, describe, PADDINGS } from "./types.ts";
import { ABSENT, equal, HOLE, isKind, isList, isUnknown, NO_ARGUMENTS, typeName, UNKNOWN } from "./values.ts";

/** Evaluates; `wanted` lets bare words stand for the options of a type and layers for tensors. */
export function evaluate(expr: Expr, frame: Frame, wanted?: Wanted, label?: string): Value {
  if (!tick(frame, expr.span)) return UNKNOWN;
  switch (expr.kind) {
    case "number":
      return numberValue(expr, frame);
    case "string":
      return expr.value;
    case "bool":
      return expr.value;
    case "name":
      return nameValue(expr, frame, wanted);
    case "paren":
      return evaluate(expr.inner, frame, wanted, label);
    case "listliteral":
      return expr.items.map((item) => evaluate(item, frame, wanted?.type === "list" ? wanted.of : undefined));
    case "binary":
      return binary(expr, frame);
    case "unary": {
      const x = evaluate(expr.operand, frame);
      if (isUnknown(x)) return UNKNOWN;
      if (expr.op === "not") return typeof x === "boolean" ? !x : mismatch(frame, expr.operand.span, "a bool", x);
      if (typeof x === "number") return -x;
      return isKind(x, "quantity") ? { ...x, value: -x.value } : mismatch(frame, expr.operand.span, "a number", x);
    }
    case "range": {
      const low = int(expr.low, frame);
      const high = int(expr.high, frame);
      return low === undefined || high === undefined ? UNKNOWN : { kind: "range", low, high };
    }
    case "if":
      return ifValue(expr, frame, wanted, label);
    case "chain":
      return chainValue(expr, frame);
    case "body":
      return { kind: "layer", form: "sequence", span: expr.span, body: expr, frame, placed: undefined };
    case "table":
      return { kind: "layer", form: "table", span: expr.span, head: undefined, table: expr, frame };
    case "for":
      return { kind: "layer", form: "for", span: expr.span, loop: expr, frame };
    case "member":
      return member(expr, frame);
    case "index":
      return index(expr, frame);
    case "call":
      return callValue(expr, frame, label);
    case "hole":
      return HOLE;
    case "missing":
      return UNKNOWN;
  }
}

/** Evaluates to a value of the wanted type; where a tensor is wanted, a layer stands for its result on the current tensor. */
export function evaluateAs(expr: Expr, frame: Frame, wanted: Wanted): Value {
  const value = evaluate(expr, frame, wanted);
  if (wanted.type === "tensor") return asTensor(value, frame, expr.span);
  if (isKind(value, "quantity")) return mistake(frame, "unit-mismatch", expr.span, { expected: describe(wanted), found: value.unit });
  return coerce(frame, value, wanted, expr.span);
}

/** The tensor that a value stands for: itself, a layer's result on the current tensor, or a constant. */
export function asTensor(value: Value, frame: Frame, span: Span, label?: string): Value {
  if (isKind(value, "layer")) {
    const result = apply(value, frame.it, { frame, scope: frame.scope, span, label });
    return isList(result) ? mistake(frame, "several-tensors", span, { count: result.length }) : result;
  }
  if (typeof value === "number") return constantTensor(value, frame, span);
  if (isUnknown(value) || isKind(value, "tensor")) return value;
  if (isList(value) && value.length > 0 && value.every((v) => isKind(v, "tensor"))) return value.length === 1 ? value[0] : mistake(frame, "several-tensors", span, { count: value.length });
  return mismatch(frame, span, "a tensor or a layer", value);
}

export function mismatch(frame: Frame, span: Span, expected: string, found: Value): Value {
  return isUnknown(found) ? UNKNOWN : mistake(frame, "type-mismatch", span, { expected, found: typeName(found) });
}

/** A whole number, or undefined after a report. */
export function int(expr: Expr, frame: Frame): number | undefined {
  const value = evaluateAs(expr, frame, { type: "int" });
  return typeof value === "number" ? value : undefined;
}

/** A condition, or undefined where it cannot be known because of an error. */
export function condition(expr: Expr, frame: Frame): boolean | undefined {
  const value = evaluate(expr, frame);
  if (typeof value === "boolean") return value;
  mismatch(frame, expr.span, "a condition (a bool)", value);
  return undefined;
}

const MULTIPLIERS: Readonly<Record<string, number>> = { "": 1, "%": 0.01, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const UNITS: Readonly<Record<string, readonly [Quantity["unit"], number]>> = {
  B: ["bytes", 1],
  kB: ["bytes", 1e3],
  KB: ["bytes", 1e3],
  MB: ["bytes", 1e6],
  GB: ["bytes", 1e9],
  KiB: ["bytes", 1024],
  MiB: ["bytes", 1024 ** 2],
  GiB: ["bytes", 1024 ** 3],
  s: ["seconds", 1],
  ms: ["seconds", 1e-3],
  us: ["seconds", 1e-6],
  ns: ["seconds", 1e-9],
  ps: ["seconds", 1e-12],
  J: ["joules", 1],
  mJ: ["joules", 1e-3],
  uJ: ["joules", 1e-6],
  nJ: ["joules", 1e-9],
  pJ: ["joules", 1e-12],
  W: ["watts", 1],
  mW: ["watts", 1e-3],
  uW: ["watts", 1e-6],
  Hz: ["hertz", 1],
  kHz: ["hertz", 1e3],
  MHz: ["hertz", 1e6],
  GHz: ["hertz", 1e9],
};

function numberValue(expr: NumberLiteral, frame: Frame): Value {
  if (expr.unit === "%") return expr.value / 100;
  if (Object.hasOwn(MULTIPLIERS, expr.unit)) {
    // 3.3M is 3300000, not 3299999.9999999995: what people write after a point is short.
    const scaled = expr.value * MULTIPLIERS[expr.unit];
    const whole = Math.round(scaled);
    return Math.abs(scaled - whole) <= 1e-12 * Math.abs(scaled) ? whole : scaled;
  }
  if (Object.hasOwn(UNITS, expr.unit)) {
    const [unit, factor] = UNITS[expr.unit];
    return { kind: "quantity", value: expr.value * factor, unit };
  }
  const known = [...Object.keys(MULTIPLIERS), ...Object.keys(UNITS)].filter((u) => u !== "");
  return mistake(frame, "unknown-unit", expr.span, { unit: expr.unit, known: known.join(" ") });
}

function nameValue(expr: Name, frame: Frame, wanted: Wanted | undefined): Value {
  const { name, span } = expr;
  if (wanted) {
    if (wanted.type === "enum" && wanted.options!.includes(name)) return { kind: "enum", word: name, options: wanted.options! };
    if (wanted.type === "padding" && PADDINGS.includes(name)) return { kind: "enum", word: name, options: PADDINGS };
  }
  const bound = local(frame, name);
  if (bound !== undefined) return bound;
  if (name === "in") return frame.input ?? mistake(frame, "in-outside-block", span, {}, { fixes: inputsOf(frame).map((input) => ({ title: `write \`${input}\``, edits: [{ span, text: input }] })) });
  if (name === "it") return frame.it ?? mistake(frame, "no-tensor", span, {});
  const found = declared(frame, name, frame.run.scopeOf);
  if (found) {
    const { declaration, file } = found;
    if (declaration.kind === "block") return { kind: "layer", form: "block", span, block: declaration, file, args: NO_ARGUMENTS, body: undefined };
    if (declaration.kind === "let") return topLet(frame, name, found);
    return mistake(frame, "model-as-layer", span, { name });
  }
  const op = findOp(name);
  if (op) {
    if (op.atOnce) return mistake(frame, "not-a-layer", span, { name, usage: op.inputs.length ? `${name}(${op.inputs.join(", ")}${op.variadic ? ", …" : ""})` : `${name}(…)` });
    return { kind: "layer", form: "op", span, op, args: NO_ARGUMENTS };
  }
  if (frame.file.missing.has(name)) return UNKNOWN;
  if (name === "identity") return { kind: "layer", form: "identity", span };
  if (name === "default") return ABSENT;
  if (PADDINGS.includes(name)) return { kind: "enum", word: name, options: PADDINGS };
  if (wanted?.type === "enum") return mistake(frame, "unknown-word", span, { word: name, options: wanted.options!.join(", ") }, didYouMean(name, wanted.options!, span));
  const left = frame.run.left?.get(name);
  if (left) {
    if (left.told) return UNKNOWN;
    left.told = true;
    return mistake(frame, "unknown-name", span, { name, what: "name" }, { notes: [{ message: "it is known only inside the braces where it is bound", span: left.span }] });
  }
  return mistake(frame, "unknown-name", span, { name, what: "name" }, didYouMean(name, [...visibleNames(frame), ...PADDINGS], span));
}

/** The names of the inputs that the model around has had so far. */
function inputsOf(frame: Frame): readonly string[] {
  for (let at: Frame | undefined = frame; at; at = at.parent) if (at.model) return at.model.inputs.map((input) => input.name);
  return [];
}

/** Devices of the library and what making them took: their files do not change while they live, and hang on nothing else. */
const libraryDevices = new WeakMap<Declaration, { readonly value: DeviceValue; readonly steps: number }>();

function topLet(frame: Frame, name: string, { declaration, file }: Declared): Value {
  if (declaration.kind !== "let") return UNKNOWN;
  const { run } = frame;
  let values = run.lets.get(file);
  if (!values) run.lets.set(file, (values = new Map()));
  const known = values.get(name);
  if (known === "pending") return mistake(frame, "endless-let", declaration.name.span, { name });
  if (known !== undefined) return known;
  const kept = libraryDevices.get(declaration);
  if (kept) run.steps += kept.steps;
  else values.set(name, "pending");
  const { steps } = run;
  const value = kept?.value ?? namedDevice(evaluate(declaration.value, { run, file, parent: undefined, signature: undefined, params: NO_VALUES, names: undefined, input: undefined, it: undefined, scope: frame.scope, trail: frame.trail, defaults: new Map(), depth: frame.depth, model: undefined }), name);
  values.set(name, value);
  if (!kept && isKind(value, "device") && run.program.isLibrary(file.file.uri)) libraryDevices.set(declaration, { value, steps: run.steps - steps });
  return value;
}

function ifValue(expr: If, frame: Frame, wanted: Wanted | undefined, label: string | undefined): Value {
  const holds = condition(expr.condition, frame);
  if (holds === undefined) return UNKNOWN;
  if (holds) return evaluate(expr.then, frame, wanted, label);
  if (expr.else) return evaluate(expr.else, frame, wanted, label);
  if (wanted && wanted.type !== "layer" && wanted.type !== "tensor" && wanted.type !== "any") return mistake(frame, "missing-else", expr.span, { expected: describe(wanted) });
  return { kind: "layer", form: "identity", span: expr.span };
}

/** `x -> f -> g` with a tensor x is a tensor at once; with a layer x it is a layer. */
function chainValue(expr: Chain, frame: Frame): Value {
  const [head, ...rest] = expr.links;
  const first = evaluate(head, frame);
  if (isUnknown(first)) return UNKNOWN;
  if (isKind(first, "layer")) return { kind: "layer", form: "chain", span: expr.span, first, rest, frame };
  if (!isKind(first, "tensor") && !isList(first)) return mismatch(frame, head.span, "a tensor or a layer", first);
  return follow(first, rest, innerFrame(frame, { it: first }));
}

/** Sends a tensor through links; each is evaluated when the tensor arrives, so that `it` is what the last one made. */
export function follow(x: Value, links: readonly Expr[], frame: Frame): Value {
  frame.it = x;
  for (const link of links) {
    const value = evaluate(link, frame);
    if (isUnknown(value)) {
      frame.it = UNKNOWN;
      continue;
    }
    if (!isKind(value, "layer")) {
      mismatch(frame, link.span, "a layer right of `->`", value);
      frame.it = UNKNOWN;
      continue;
    }
    frame.it = apply(value, frame.it, { frame, scope: frame.scope, span: link.span });
  }
  return frame.it;
}

const IMAGE_SIDES: Readonly<Record<string, number>> = { channels: 0, height: 1, width: 2 };

function member(expr: Member, frame: Frame): Value {
  const object = evaluate(expr.object, frame);
  if (isUnknown(object)) return UNKNOWN;
  const { name, span } = expr.name;
  if (isKind(object, "tensor")) {
    const { shape } = object.tensor;
    if (name === "shape" || name === "height" || name === "width" || (name === "channels" && shape?.length !== 3)) frame.run.sizesRead = true;
    if (name === "shape") return shape ?? UNKNOWN;
    if (Object.hasOwn(IMAGE_SIDES, name)) {
      if (!shape) return UNKNOWN;
      const side = shape[IMAGE_SIDES[name]];
      return side ?? mistake(frame, "no-such-side", span, { side: name, shape: `[${shape.join(", ")}]` });
    }
    const labelled = object.scope?.labels?.get(name);
    if (labelled) return labelled;
    const known = [...Object.keys(IMAGE_SIDES), "shape", ...(object.scope?.labels?.keys() ?? [])];
    return mistake(frame, "unknown-name", span, { name, what: "label" }, didYouMean(name, known, span));
  }
  if (isKind(object, "scaling") && (name === "width" || name === "depth" || name === "resolution" || name === "divisor")) return object[name];
  return mistake(frame, "no-such-member", span, { name, of: typeName(object) });
}

function index(expr: Index, frame: Frame): Value {
  const object = evaluate(expr.object, frame);
  const at = int(expr.index, frame);
  if (isUnknown(object) || at === undefined) return UNKNOWN;
  const items = isList(object) ? object : isKind(object, "tensor") ? object.items : undefined;
  if (!items) {
    if (isKind(object, "tensor") && object.tensor.shape === undefined) return UNKNOWN;
    return mistake(frame, "no-such-member", expr.index.span, { name: `[${at}]`, of: typeName(object) });
  }
  return items[at] ?? mistake(frame, "index-out-of-range", expr.index.span, { index: at, count: items.length });
}

function callValue(expr: Call, frame: Frame, label: string | undefined): Value {
  if (expr.callee.kind === "name") {
    const { name } = expr.callee;
    if (local(frame, name) === undefined && !declared(frame, name, frame.run.scopeOf)) {
      if (Object.hasOwn(RECORDS, name)) return recordCall(expr, name as RecordName, frame);
      if (Object.hasOwn(builtins, name)) return builtinCall(expr, name, frame);
      const op = findOp(name);
      if (op) return call(expr, { kind: "op", op }, frame, label);
    }
  }
  const callee = evaluate(expr.callee, frame);
  if (isUnknown(callee)) {
    // The arguments may hold mistakes of their own.
    for (const arg of expr.args) if (arg.value.kind !== "name") evaluate(arg.value, frame);
    return UNKNOWN;
  }
  if (isKind(callee, "device")) return chooseProfile(expr, callee, frame);
  if (!isKind(callee, "layer")) return mistake(frame, "not-callable", expr.callee.span, { what: typeName(callee) });
  return call(expr, { kind: "layer", layer: callee as Layer }, frame, label);
}

function builtinCall(expr: Call, name: string, frame: Frame): Value {
  const builtin = builtins[name];
  const args: (Value | undefined)[] = [];
  let ok = true;
  for (const [i, arg] of expr.args.entries()) {
    const at = arg.name ? builtin.params.indexOf(arg.name.name) : i;
    if (arg.name && at < 0) {
      mistake(frame, "unknown-argument", arg.name.span, { name: arg.name.name, of: name }, didYouMean(arg.name.name, builtin.params, arg.name.span));
      ok = false;
      continue;
    }
    if (at >= builtin.params.length && !builtin.variadic) {
      mistake(frame, "too-many-arguments", arg.span, { of: name, most: builtin.params.length });
      ok = false;
      continue;
    }
    const value = evaluate(arg.value, frame);
    if (isUnknown(value)) ok = false;
    args[at] = value === ABSENT ? undefined : value;
  }
  if (!ok) return UNKNOWN;
  for (let i = 0; i < builtin.required; i++) {
    if (args[i] === undefined) return mistake(frame, "missing-argument", expr.span, { name: builtin.params[i], of: name });
  }
  const result = builtin.call(args);
  return typeof result === "object" && "problem" in result ? mistake(frame, "bad-arguments", expr.span, { of: name, problem: result.problem }) : result;
}

function binary(expr: Binary, frame: Frame): Value {
  const { op } = expr;
  if (op === "and" || op === "or") {
    const left = condition(expr.left, frame);
    if (left === undefined || left === (op === "or")) return left ?? UNKNOWN;
    return condition(expr.right, frame) ?? UNKNOWN;
  }
  const left = evaluate(expr.left, frame);
  // A word means something only beside a value that has words.
  if (isUnknown(left) && expr.right.kind === "name") return UNKNOWN;
  const options: Wanted | undefined = isKind(left, "enum") ? { type: "enum", options: left.options } : undefined;
  const right = evaluate(expr.right, frame, (op === "==" || op === "!=") && options ? options : undefined);
  if (isUnknown(left) || isUnknown(right)) return UNKNOWN;
  if (op === "==" || op === "!=") {
    if (isKind(right, "enum") && !isKind(left, "enum") && typeof left !== "object") return mismatch(frame, expr.left.span, "a word to compare with", left);
    return equal(left, right) === (op === "==");
  }
  if (op === "*" && isKind(left, "layer")) return repeated(expr, left, right, frame);
  if (isKind(left, "tensor") || isKind(right, "tensor") || isKind(right, "layer")) {
    const named = { "+": "add", "-": "sub", "*": "mul", "/": "div" }[op as "+"];
    return mistake(frame, "tensor-arithmetic", expr.span, { op, named: named ?? "" });
  }
  const [x, xUnit] = measure(left);
  const [y, yUnit] = measure(right);
  if (x === undefined || y === undefined) return mismatch(frame, (x === undefined ? expr.left : expr.right).span, "a number", x === undefined ? left : right);
  if (op === "<" || op === "<=" || op === ">" || op === ">=") {
    if (xUnit !== yUnit) return mistake(frame, "unit-mismatch", expr.span, { expected: xUnit ?? "a plain number", found: yUnit ?? "a plain number" });
    return op === "<" ? x < y : op === "<=" ? x <= y : op === ">" ? x > y : x >= y;
  }
  const same = xUnit === yUnit;
  if (op === "+" || op === "-" ? !same : op === "*" ? xUnit && yUnit : !same && yUnit) {
    return mistake(frame, "unit-mismatch", expr.span, { expected: xUnit ?? "a plain number", found: yUnit ?? "a plain number" });
  }
  const result = op === "+" ? x + y : op === "-" ? x - y : op === "*" ? x * y : x / y;
  if (!Number.isFinite(result)) return mistake(frame, "not-finite", expr.span, { what: op === "/" && y === 0 ? "a division by zero" : "a number too large" });
  const unit = op === "/" && same ? undefined : (xUnit ?? yUnit);
  return unit ? { kind: "quantity", value: result, unit } : result;
}

function measure(value: Value): readonly [number | undefined, Quantity["unit"] | undefined] {
  if (typeof value === "number") return [value, undefined];
  return isKind(value, "quantity") ? [value.value, value.unit] : [undefined, undefined];
}

function repeated(expr: Binary, layer: Layer, count: Value, frame: Frame): Value {
  if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) return mismatch(frame, expr.right.span, "a count (an int from 0)", count);
  return { kind: "layer", form: "repeat", span: expr.span, layer, count };
}

