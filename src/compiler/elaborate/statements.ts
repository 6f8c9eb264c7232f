/** Statements: each takes the current tensor and leaves a new one, or states a fact. */
import type { Binary, Body, Defaults, Expr, Input, LabelStatement, Let, Output, Require, Shared, Statement } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import { addInput, type ImageOrder } from "../ir/graph.ts";
import { elements, MAX_ELEMENTS } from "../ir/shape.ts";
import { findOp, ops } from "../ops/index.ts";
import { apply } from "./apply.ts";
import { roundHalfEven } from "./builtins.ts";
import { bindArguments } from "./call.ts";
import type { Arguments, Frame, Quantity, TensorValue, Value, Wanted } from "./domains.ts";
import { asTensor, condition, evaluate, evaluateAs, mismatch } from "./evaluate.ts";
import { plainShape, withValues } from "./input-sizes.ts";
import type { Aim } from "./model.ts";
import { declared } from "./names.ts";
import { namedDevice } from "./record-call.ts";
import { boundBefore, didYouMean, mistake, tick } from "./report.ts";
import { below, bindLabel, bindName, boundAt, childScope, innerFrame, local, segment } from "./scope.ts";
import { targetOf } from "./targets.ts";
import { describe } from "./types.ts";
import { isKind, isList, isUnknown, showValue, UNKNOWN } from "./values.ts";

export function execute(statements: readonly Statement[], frame: Frame): void {
  for (const statement of statements) {
    if (!tick(frame, statement.span)) return;
    const { trace, builder } = frame.run;
    if (trace?.file !== statement.span.file) execute1(statement, frame);
    else {
      const first = builder.nodes.length;
      execute1(statement, frame);
      trace.executions.push({ span: statement.span, first, end: builder.nodes.length, shape: shapeLeft(statement, frame) });
    }
  }
}

/** Of the tensor that a statement left: an output's own, else the current one. */
function shapeLeft(statement: Statement, frame: Frame): readonly number[] | undefined {
  const value = statement.kind === "output" ? frame.names?.get(statement.name.name) : frame.it;
  return value !== undefined && isKind(value, "tensor") ? value.tensor.shape : undefined;
}

function execute1(statement: Statement, frame: Frame): void {
  switch (statement.kind) {
    case "expr":
      frame.it = run(statement.value, frame) ?? frame.it;
      return;
    case "label":
      return labelled(statement, frame);
    case "let":
      return letStatement(statement, frame);
    case "input":
      return input(statement, frame);
    case "output":
      return output(statement, frame);
    case "shared":
      return shared(statement, frame);
    case "defaults":
      return defaults(statement, frame);
    case "require":
      return requirement(statement, frame);
    case "budget":
      for (const entry of statement.entries) budgetEntry(entry, frame);
      return;
    case "target":
      return target(statement.value, statement.span, frame);
    case "maximize":
    case "minimize":
      return aim(statement.kind, statement.value, statement.span, frame);
  }
}

/** Runs an expression as a statement on the frame's tensor and gives what becomes current. */
function run(expr: Expr, frame: Frame, label?: string): Value | undefined {
  switch (expr.kind) {
    case "paren":
      return run(expr.inner, frame, label);
    case "if": {
      const holds = condition(expr.condition, frame);
      if (holds === undefined) return UNKNOWN;
      if (holds) return run(expr.then, frame, label);
      return expr.else ? run(expr.else, frame, label) : frame.it;
    }
    case "body":
      return runBody(expr, frame, label);
    case "chain": {
      const scope = label === undefined ? frame.scope : childScope(frame.scope, label);
      const inner = label === undefined ? frame : innerFrame(frame, { it: frame.it, scope, model: frame.model });
      for (const [i, link] of expr.links.entries()) {
        if (i === 0) inner.it = run(link, inner);
        else {
          const value = evaluate(link, inner);
          if (isKind(value, "layer")) inner.it = apply(value, inner.it, { frame: inner, scope, span: link.span });
          else {
            if (!isUnknown(value)) mismatch(inner, link.span, "a layer right of `->`", value);
            inner.it = UNKNOWN;
          }
        }
      }
      const result = inner.it;
      return label !== undefined && result !== undefined && isKind(result, "tensor") ? { kind: "tensor", tensor: result.tensor, scope, items: result.items } : result;
    }
    default: {
      const value = evaluate(expr, frame, undefined, label);
      if (isKind(value, "layer")) return apply(value, frame.it, { frame, scope: frame.scope, span: expr.span, label });
      if (isUnknown(value) || isKind(value, "tensor") || (isList(value) && value.length > 0 && value.every((v) => isKind(v, "tensor")))) return value;
      return mismatch(frame, expr.span, "a layer or a tensor", value);
    }
  }
}

/** Braces around statements: their names stay inside, the tensor comes out. */
function runBody(body: Body, frame: Frame, label: string | undefined): Value | undefined {
  const scope = label === undefined ? frame.scope : childScope(frame.scope, label);
  const inner = innerFrame(frame, { it: frame.it, scope, model: frame.model });
  execute(body.statements, inner);
  if (inner.places) for (const [name, span] of inner.places) (frame.run.left ??= new Map()).set(name, { span, told: false });
  const result = inner.it;
  return label !== undefined && result !== undefined && isKind(result, "tensor") ? { kind: "tensor", tensor: result.tensor, scope, items: result.items } : result;
}

function bind(frame: Frame, name: string, value: Value, span: Span): void {
  if (bindName(frame, name, value)) (frame.places ??= new Map<string, Span>()).set(name, span);
  else mistake(frame, "duplicate-name", span, { name }, boundBefore(boundAt(frame, name)));
}

function labelled(statement: LabelStatement, frame: Frame): void {
  const { name, span } = statement.label;
  const value = run(statement.value, frame, name) ?? mistake(frame, "no-tensor", statement.value.span, {});
  frame.it = value;
  bind(frame, name, value, span);
  if (isKind(value, "tensor")) bindLabel(frame.scope, name, value);
}

function letStatement(statement: Let, frame: Frame): void {
  bind(frame, statement.name.name, namedDevice(evaluate(statement.value, frame), statement.name.name), statement.name.span);
}

function shared(statement: Shared, frame: Frame): void {
  const { name, span } = statement.name;
  const layer = evaluateAs(statement.value, frame, { type: "layer" });
  if (!isKind(layer, "layer")) return bind(frame, name, UNKNOWN, span);
  const own = segment(frame.scope, name);
  bind(frame, name, { kind: "layer", form: "shared", span: statement.span, layer, name, weights: { prefix: below(frame.scope.weightPrefix, own), known: undefined } }, span);
}

function defaults(statement: Defaults, frame: Frame): void {
  const replaced = new Map<string, Arguments>(frame.defaults);
  for (const { op, args } of statement.entries) {
    const found = local(frame, op.name) === undefined ? declared(frame, op.name, frame.run.scopeOf) : undefined;
    const target = found?.declaration.kind === "block" ? found.declaration : findOp(op.name);
    if (!target) mistake(frame, "unknown-name", op.span, { name: op.name, what: "operator or block" }, didYouMean(op.name, Object.keys(ops), op.span));
    else replaced.set(op.name, bindArguments(args, target, frame, replaced.get(op.name)));
  }
  frame.defaults = replaced;
}

function requirement(statement: Require, frame: Frame): void {
  const holds = condition(statement.condition, frame);
  if (holds !== false) return;
  const message = statement.message ? fill(statement.message.value, frame) : "";
  mistake(frame, "requirement-failed", statement.condition.span, { message });
}

/** Puts values into `{in.channels}` and the like: names and members only. */
function fill(text: string, frame: Frame): string {
  return text.replace(/\{([\w.]+)\}/g, (whole, path: string) => {
    let value: Value | undefined;
    for (const [i, word] of path.split(".").entries()) {
      if (i === 0) value = word === "in" ? frame.input : word === "it" ? frame.it : local(frame, word);
      else if (value !== undefined && isKind(value, "tensor")) {
        const { shape } = value.tensor;
        const side = ["channels", "height", "width"].indexOf(word);
        value = word === "shape" ? shape : side >= 0 ? shape?.[side] : undefined;
      } else value = undefined;
    }
    return value === undefined || isUnknown(value) ? whole : showValue(value);
  });
}

const INPUT_ARGS: Readonly<Record<string, Wanted>> = {
  scale: { type: "scaling" },
  order: { type: "enum", options: ["rgb", "bgr", "gray"] },
  mean: { type: "data" },
  std: { type: "data" },
};
const OUTPUT_ARGS: Readonly<Record<string, Wanted>> = { labels: { type: "string" }, offset: { type: "int", min: 0 } };

function factArguments(written: Input["args"], wanted: Readonly<Record<string, Wanted>>, of: string, frame: Frame): ReadonlyMap<string, { readonly value: Value; readonly span: Span }> {
  const found = new Map<string, { readonly value: Value; readonly span: Span }>();
  for (const arg of written) {
    const name = arg.name?.name;
    if (name === undefined) mistake(frame, "too-many-arguments", arg.span, { of, most: 0 });
    else if (!Object.hasOwn(wanted, name)) mistake(frame, "unknown-argument", arg.name!.span, { name, of }, didYouMean(name, Object.keys(wanted), arg.name!.span));
    else if (found.has(name)) mistake(frame, "duplicate-argument", arg.span, { name, of }, boundBefore(found.get(name)!.span));
    else found.set(name, { value: evaluateAs(arg.value, frame, wanted[name]), span: arg.value.span });
  }
  return found;
}

function input(statement: Input, frame: Frame): void {
  const { name, span } = statement.name;
  if (!frame.model) return void mistake(frame, "only-in-a-model", statement.span, { what: "`input`" });
  const args = factArguments(statement.args, INPUT_ARGS, "input", frame);
  const shape = inputShape(statement, args.get("scale")?.value, frame);
  const fits = shape === undefined || elements(shape) <= MAX_ELEMENTS;
  if (!fits) mistake(frame, "shape-mismatch", statement.shape.span, { op: "input", problem: `would be a tensor of ${elements(shape)} elements; the limit is 2^40` });
  const tensor = addInput(frame.run.builder, fits ? shape : undefined);
  const asWritten = !args.has("scale") && !Object.hasOwn(frame.run.inputs, name);
  frame.model.inputShapes.set(tensor, (values) => (asWritten ? plainShape(statement.shape, values) : undefined) ?? inputShape(statement, args.get("scale")?.value, withValues(frame, values)));
  const value: TensorValue = { kind: "tensor", tensor, scope: undefined, items: undefined };
  frame.it = value;
  bind(frame, name, value, span);
  bindLabel(frame.scope, name, value);
  const order = args.get("order")?.value;
  frame.model.inputs.push({
    name,
    tensor,
    span,
    order: order !== undefined && isKind(order, "enum") ? (order.word as ImageOrder) : undefined,
    mean: perChannel("mean", args, shape, frame),
    std: perChannel("std", args, shape, frame),
  });
}

function inputShape(statement: Input, scale: Value | undefined, frame: Frame): readonly number[] | undefined {
  const { name } = statement.name;
  const override = Object.hasOwn(frame.run.inputs, name) ? frame.run.inputs[name] : undefined;
  const written = evaluateAs(statement.shape, frame, { type: "list", of: { type: "int", min: 1 } });
  if (!isList(written)) return override;
  if (written.some((side) => typeof side !== "number")) return override;
  const sides = written as readonly number[];
  if (override) {
    if (override.length === sides.length) return override;
    mistake(frame, "input-rank", statement.shape.span, { name, given: `[${override.join(", ")}]`, rank: sides.length });
    return undefined;
  }
  const factor = scale !== undefined && isKind(scale, "scaling") ? scale.resolution : 1;
  if (factor === 1 || sides.length !== 3) return sides;
  return [sides[0], Math.max(1, roundHalfEven(sides[1] * factor)), Math.max(1, roundHalfEven(sides[2] * factor))];
}

/** Pictures have few channels; this bounds the lists of means. */
const MAX_PICTURE_CHANNELS = 4096;

/** A number for all channels, or a list with one for each. */
function perChannel(what: "mean" | "std", args: ReadonlyMap<string, { readonly value: Value; readonly span: Span }>, shape: readonly number[] | undefined, frame: Frame): readonly number[] | undefined {
  const given = args.get(what);
  if (!given || isUnknown(given.value)) return undefined;
  const channels = shape?.length === 3 ? shape[0] : 1;
  if (channels > MAX_PICTURE_CHANNELS) {
    mistake(frame, "out-of-range", given.span, { what: "the number of channels of an input with a mean or std", value: String(channels), range: `1..${MAX_PICTURE_CHANNELS}` });
    return undefined;
  }
  const numbers = typeof given.value === "number" ? Array.from<number>({ length: channels }).fill(given.value) : (given.value as readonly number[]);
  if (shape && (numbers.length !== channels || numbers.some((n) => typeof n !== "number"))) {
    mistake(frame, "type-mismatch", given.span, { expected: `\`${what}\` to be one number, or a list of ${channels}, one for each channel`, found: numbers.length === channels ? "lists in the list" : `a list of ${numbers.length}` });
    return undefined;
  }
  if (what === "std" && numbers.some((n) => n === 0)) {
    mistake(frame, "not-finite", given.span, { what: "a division by a `std` of 0" });
    return undefined;
  }
  return numbers;
}

function output(statement: Output, frame: Frame): void {
  const { name, span } = statement.name;
  if (!frame.model) return void mistake(frame, "only-in-a-model", statement.span, { what: "`output`" });
  const args = factArguments(statement.args, OUTPUT_ARGS, "output", frame);
  const inner = innerFrame(frame, { it: frame.it });
  const value = asTensor(run(statement.value, inner) ?? UNKNOWN, inner, statement.value.span);
  bind(frame, name, value, span);
  if (!isKind(value, "tensor")) return;
  bindLabel(frame.scope, name, value);
  const labels = args.get("labels")?.value;
  const offset = args.get("offset")?.value;
  if (typeof labels === "string") checkClasses(labels, args.get("labels")!.span, value.tensor.shape, typeof offset === "number" ? offset : 0, frame);
  frame.model.outputs.push({ name, tensor: value.tensor, span, labels: typeof labels === "string" ? labels : undefined, offset: typeof offset === "number" ? offset : 0 });
}

/** A list of class names must be known, and be as long as the output; otherwise the classes go without names. */
function checkClasses(list: string, span: Span, shape: readonly number[] | undefined, offset: number, frame: Frame): void {
  const { classLists } = frame.run.program;
  if (!classLists) return;
  const count = classLists.get(list);
  if (count === undefined) return void mistake(frame, "unknown-class-list", span, { list, known: [...classLists.keys()].join(", ") });
  const classes = shape?.[0];
  if (classes !== undefined && classes !== count + offset) mistake(frame, "class-count", span, { list, count, offset, classes });
}

/** Names a device that the model is for. */
export function target(expr: Expr, span: Span, frame: Frame): void {
  if (!frame.model) return void mistake(frame, "only-in-a-model", span, { what: "`target`" });
  const named = expr.kind === "call" ? expr.callee : expr;
  if (named.kind === "name" && local(frame, named.name) === undefined && !declared(frame, named.name, frame.run.scopeOf)) {
    if (frame.file.missing.has(named.name)) return;
    const names = [...values(frame)];
    const alike = named.name.length > 2 ? names.filter((name) => name.startsWith(named.name)) : [];
    const notes = alike.length > 1 ? [{ message: `there are ${alike.map((name) => `\`${name}\``).join(", ")}` }] : [];
    return void mistake(frame, "unknown-device", named.span, { name: named.name }, { ...didYouMean(named.name, names, named.span), notes });
  }
  const value = evaluate(expr, frame);
  if (isUnknown(value)) return;
  if (!isKind(value, "device")) return void mismatch(frame, expr.span, "a device", value);
  const chosen = targetOf(value, span);
  if (chosen) frame.model.targets.push(chosen);
  else mistake(frame, "no-such-profile", expr.span, { device: value.device.name });
}

/** Names of `let`s, which devices are. */
function* values(frame: Frame): Iterable<string> {
  for (const [name, { declaration }] of frame.file.declarations) if (declaration.kind === "let") yield name;
  const { program } = frame.run;
  for (const name of program.libraryNames()) if (program.library(name)?.declaration.kind === "let") yield name;
}

function aim(direction: Aim["direction"], expr: Expr, span: Span, frame: Frame): void {
  if (!frame.model) return void mistake(frame, "only-in-a-model", span, { what: `\`${direction}\`` });
  if (expr.kind === "missing") return;
  const metric = expr.kind === "name" ? expr.name : undefined;
  if (metric === undefined || !Object.hasOwn(METRICS, metric)) return void mistake(frame, "unknown-name", expr.span, { name: metric ?? "this", what: "cost" }, didYouMean(metric ?? "", Object.keys(METRICS), expr.span));
  frame.model.aims.push({ direction, metric, span });
}

/** Budget metrics, and the unit that their limits have; `device`: a figure of a device, not of the network alone. */
export const METRICS: Readonly<Record<string, { readonly unit: Quantity["unit"] | undefined; readonly device: boolean; readonly doc: string }>> = {
  params: { unit: undefined, device: false, doc: "trainable numbers: weights, biases, batch-norm scale and shift" },
  buffers: { unit: undefined, device: false, doc: "stored but not trained: running means and variances" },
  macs: { unit: undefined, device: false, doc: "multiply-adds of convolutions, dense layers and matrix products, for one example" },
  flops: { unit: undefined, device: false, doc: "floating-point operations of the folded network: 2 per MAC, 1 per output element of a bias, activation or elementwise step, 1 per input element of a pooling's windows" },
  weights: { unit: "bytes", device: false, doc: "bytes of weights deployed, batch norm folded" },
  activations: { unit: "bytes", device: false, doc: "the peak of activation bytes alive at once, batch 1" },
  ram: { unit: "bytes", device: true, doc: "what the device needs of RAM" },
  flash: { unit: "bytes", device: true, doc: "weights and code on the device" },
  latency: { unit: "seconds", device: true, doc: "time of one inference on the device" },
  energy: { unit: "joules", device: true, doc: "energy of one inference on the device" },
};

const EXAMPLES: Readonly<Record<Quantity["unit"], string>> = { bytes: "512KiB", seconds: "5ms", joules: "5mJ", watts: "5mW", hertz: "5MHz" };

/** The metric that a limit's unit gives away: what is counted has a size in bytes as weights, what has a size is counted as parameters, and but one is in each other unit. */
function meantBy(metric: string, unit: Quantity["unit"] | undefined): string | undefined {
  if (unit === "bytes") return metric === "params" || metric === "buffers" ? "weights" : undefined;
  if (unit === undefined) return metric === "weights" ? "params" : undefined;
  return Object.keys(METRICS).find((other) => METRICS[other].unit === unit);
}

function budgetEntry(entry: Expr, frame: Frame): void {
  if (!frame.model) return void mistake(frame, "only-in-a-model", entry.span, { what: "`budget`" });
  if (entry.kind === "missing") return;
  const compare = entry as Binary;
  if (entry.kind !== "binary" || (compare.op !== "<=" && compare.op !== "<") || compare.left.kind !== "name") return void mistake(frame, "bad-budget", entry.span, {});
  const metric = compare.left.name;
  if (!Object.hasOwn(METRICS, metric)) return void mistake(frame, "unknown-name", compare.left.span, { name: metric, what: "cost" }, didYouMean(metric, Object.keys(METRICS), compare.left.span));
  const { unit } = METRICS[metric];
  const value = evaluate(compare.right, frame);
  if (isUnknown(value)) return;
  if (typeof value !== "number" && !isKind(value, "quantity")) return void mismatch(frame, compare.right.span, describe({ type: "float" }), value);
  const [limit, found] = typeof value === "number" ? [value, undefined] : [value.value, value.unit];
  if (found !== unit) {
    const instead = meantBy(metric, found);
    const fixes = instead === undefined ? [] : [{ title: `did you mean \`${instead} ${compare.op} …\`?`, edits: [{ span: compare.left.span, text: instead }] }];
    return void mistake(frame, "unit-mismatch", entry.span, { expected: `${metric} ${unit === undefined ? "as a plain number, like `5M`" : `in ${unit}, like \`${EXAMPLES[unit]}\``}`, found: found ?? "a plain number" }, { fixes });
  }
  frame.model.limits.push({ metric, op: compare.op, limit, span: entry.span });
}
