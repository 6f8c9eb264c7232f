/** Applying layers to tensors: the one place where nodes are made and paths are given out. */
import { isProblem, type Op } from "../ir/op.ts";
import { addInput, addNode, type Node, type Tensor, type Trail } from "../ir/graph.ts";
import { sameShape, showShape } from "../ir/shape.ts";
import { findOp } from "../ops/index.ts";
import type { Expr } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import { scaleChannels, scaleRepeats } from "./builtins.ts";
import type { Arguments, BlockLayer, ForLayer, Frame, Layer, PathScope, RepeatLayer, SequenceLayer, SharedLayer, Signature, TableLayer, TensorValue, Value } from "./domains.ts";
import { asTensor, evaluate, evaluateAs, follow } from "./evaluate.ts";
import { mistake, stop, tick } from "./report.ts";
import { below, bindName, childScope, innerFrame, LIMITS, pathScope, segment } from "./scope.ts";
import { signatureOf } from "./signature.ts";
import { execute } from "./statements.ts";
import { prepareRows, scaleOf } from "./table.ts";
import { findTemplate, keepTemplate, layTemplate, templateKey } from "./templates.ts";
import { asAttribute, checkRange, coerce } from "./types.ts";
import { isKind, isList, isUnknown, layerName, UNKNOWN } from "./values.ts";

/** Where a layer is applied. */
export interface Site {
  readonly frame: Frame;
  readonly scope: PathScope;
  readonly span: Span;
  /** The path segment; the layer's own name unless given. */
  readonly label?: string | undefined;
  /** The segment under which a shared layer's weights are known. */
  readonly weightLabel?: string;
  /** The table row, from 0. */
  readonly row?: number | undefined;
  /** Which repetition this is, and where it stands among all of its table, from 0 to below 1. */
  readonly repetition?: { readonly index: number; readonly ramp: number };
}

export function apply(layer: Layer, x: Value | undefined, site: Site): Value {
  if (!tick(site.frame, site.span)) return UNKNOWN;
  if (x === undefined) return mistake(site.frame, "no-tensor", site.span, {});
  switch (layer.form) {
    case "identity":
      return x;
    case "op": {
      const input = single(x, site);
      return input ? applyOp(layer.op, [input], layer.args, site) : UNKNOWN;
    }
    case "block":
      return applyBlock(layer, x, site);
    case "sequence":
      return applySequence(layer, x, site);
    case "chain": {
      const scope = site.label === undefined ? site.scope : open(site, site.label);
      const frame = innerFrame(layer.frame, { it: x, scope, trail: site.frame.trail, defaults: site.frame.defaults, depth: site.frame.depth });
      const first = apply(layer.first, x, { frame, scope, span: layer.first.span });
      return withScope(follow(first, layer.rest, frame), site.label === undefined ? undefined : scope);
    }
    case "for":
      return applyFor(layer, x, site);
    case "repeat":
      return applyRepeat(layer, x, site);
    case "table":
      return applyTable(layer, x, site);
    case "shared":
      return applyShared(layer, x, site);
  }
}

/** The one tensor that a value is; reports a list, which `split` leaves. After a mistake a tensor of unknown shape: what is applied to it may hold others. */
function single(x: Value, site: Site): TensorValue | undefined {
  if (isKind(x, "tensor")) return x;
  if (isUnknown(x)) return unknownTensor(site.frame);
  if (isList(x) && x.length === 1) return x[0] as TensorValue;
  if (isList(x)) mistake(site.frame, "several-tensors", site.span, { count: x.length });
  return undefined;
}

function open(site: Site, name: string): PathScope {
  if (site.weightLabel === undefined) return childScope(site.scope, site.label ?? name);
  const own = segment(site.scope, site.label ?? name);
  return pathScope(below(site.scope.prefix, own), below(site.scope.weightPrefix, site.weightLabel), site.scope.shared);
}

function withScope(value: Value, scope: PathScope | undefined, items?: readonly TensorValue[]): Value {
  if (!isKind(value, "tensor") || (!scope && !items)) return value;
  return { kind: "tensor", tensor: value.tensor, scope, items };
}

function trailOf(site: Site, name: string): Trail {
  const { frame, span, row } = site;
  return { span, name, row, parent: frame.trail };
}

export function unknownTensor(frame: Frame): TensorValue {
  return plainTensor(addInput(frame.run.builder, undefined));
}

/** A number where a tensor is wanted. */
export function constantTensor(value: number, frame: Frame, span: Span): Value {
  return applyOp(findOp("constant")!, [], { given: [{ value, span }], scale: undefined }, { frame, scope: frame.scope, span });
}

export function applyOp(op: Op, inputs: readonly TensorValue[], args: Arguments, site: Site): Value {
  const { frame } = site;
  if (!tick(frame, site.span)) return UNKNOWN;
  if (frame.run.builder.nodes.length >= LIMITS.nodes) {
    stop(frame, site.span, `${LIMITS.nodes.toLocaleString("en")} layers`);
    return UNKNOWN;
  }
  const given = bindAttributes(op, args, site);
  const own = segment(site.scope, site.label ?? op.name);
  const trail = trailOf(site, op.name);
  const path = below(site.scope.prefix, own);
  const weightPath = site.scope.shared || site.weightLabel !== undefined ? below(site.scope.weightPrefix, site.weightLabel ?? own) : path;
  const tensors = inputs.length === 1 ? [inputs[0].tensor] : inputs.map((x) => x.tensor);
  const node = given && addNode(frame.run.builder, op, tensors, given, { path, trail, weightPath }, op.list ? partsOf(given) : 1);
  if (!node) return op.list ? [] : unknownTensor(frame);
  if (isProblem(node)) {
    const inner = node.attribute === undefined ? undefined : args.given[Object.keys(op.attributes).indexOf(node.attribute)]?.span;
    mistake(frame, "shape-mismatch", inner?.file === site.span.file ? inner : site.span, { op: op.name, problem: node.problem });
    const { meant } = node;
    return op.list ? Array.from({ length: partsOf(given) }, () => unknownTensor(frame)) : meant ? plainTensor(addInput(frame.run.builder, meant[0])) : unknownTensor(frame);
  }
  if (site.scope.shared) checkShared(node, site);
  if (op.list) return node.outputs.map(plainTensor);
  return plainTensor(node.outputs[0]);
}

function plainTensor(tensor: Tensor): TensorValue {
  return { kind: "tensor", tensor, scope: undefined, items: undefined };
}

function partsOf(given: Readonly<Record<string, unknown>>): number {
  const { parts, sizes } = given as { parts?: number; sizes?: readonly number[] };
  return Math.min(parts ?? sizes?.length ?? 2, 1024);
}

const NOTHING_GIVEN: Record<string, unknown> = {};

/** Every attribute of an operator: written, else the defaults of a `defaults` statement, else the operator's own. Undefined after a report. */
function bindAttributes(op: Op, args: Arguments, site: Site): Record<string, unknown> | undefined {
  const { frame } = site;
  const { params } = signatureOf(op, frame);
  if (params.length === 0) return NOTHING_GIVEN;
  const replaced = frame.defaults.get(op.name);
  const given: Record<string, unknown> = {};
  for (let i = 0; i < params.length; i++) {
    const { name } = params[i];
    const attribute = params[i].attribute!;
    const own = args.given[i];
    const arg = own ?? replaced?.given[i];
    if (arg) {
      if (isUnknown(arg.value)) return undefined;
      const value = own && attribute.type === "channels" ? scaleChannels(arg.value, args.scale?.value) : arg.value;
      given[name] = asAttribute(value, attribute);
    } else if (attribute.default !== undefined) given[name] = attribute.default;
    else if (attribute.optional) given[name] = undefined;
    else {
      mistake(frame, "missing-argument", site.span, { name, of: op.name });
      return undefined;
    }
  }
  return given;
}

/** A shared layer's later uses must find the weights of the first, with the same shapes. */
function checkShared(node: Node, site: Site): void {
  const { known, making } = site.scope.shared!;
  for (const { name, shape } of node.weights) {
    const first = known.get(name);
    if (making) known.set(name, shape);
    else if (!first || !sameShape(first, shape)) {
      mistake(site.frame, "shared-mismatch", site.span, { weight: name, first: showShape(first), second: showShape(shape) });
      return;
    }
  }
}

function applyBlock(layer: BlockLayer, x: Value, site: Site): Value {
  const { block } = layer;
  const { run, depth, defaults } = site.frame;
  if (depth >= LIMITS.depth) {
    stop(site.frame, site.span, `${LIMITS.depth} nested uses of blocks`);
    return UNKNOWN;
  }
  const input = single(x, site);
  if (!input) return UNKNOWN;
  const scope = open(site, block.name.name);
  const trail = trailOf(site, block.name.name);
  const signature = signatureOf(block, site.frame);
  const params: Value[] = [];
  const frame: Frame = { run, file: layer.file, parent: undefined, signature, params, names: undefined, input, it: input, scope, trail, defaults, depth: depth + 1, model: undefined };
  if (!bindParameters(layer, frame, signature, params, site)) return unknownTensor(site.frame);
  run.expanded.add(block.body);
  const key = run.trace?.file === block.span.file ? undefined : templateKey(block, frame);
  const template = key === undefined ? undefined : findTemplate(block, key);
  if (template && run.builder.nodes.length + template.nodes.length < LIMITS.nodes) return layTemplate(template, frame);
  const { steps, mistakes, sizesRead } = run;
  const first = run.builder.nodes.length;
  run.sizesRead = false;
  execute(block.body.statements, frame);
  if (key !== undefined && run.mistakes === mistakes && !run.stopped) keepTemplate(block, key, frame, first, run.steps - steps, run.sizesRead);
  run.sizesRead ||= sizesRead;
  return withScope(frame.it!, scope);
}

/** Gives the frame a value for every parameter; false after a report. */
function bindParameters(layer: BlockLayer, frame: Frame, signature: Signature, values: Value[], site: Site): boolean {
  const { args, block } = layer;
  const replaced = frame.defaults.get(block.name.name);
  const { repetition } = site;
  for (const { name, index, wanted, param, constant } of signature.params) {
    if (name === "body" && layer.body) {
      const body = layer.body;
      // A trailing body belongs to whoever wrote it: its paths get no segment of this block's name.
      values.push(body.form === "sequence" ? { kind: "layer", form: "sequence", span: body.span, body: body.body, frame: body.frame, placed: site.label === undefined ? site.scope : frame.scope } : body);
      continue;
    }
    const { role, range, default: otherwise } = param!;
    const own = role !== "first" || !repetition || repetition.index === 0 ? args.given[index] : undefined;
    const arg = own ?? replaced?.given[index];
    let value: Value;
    if (arg) {
      value = arg.value;
      if (own && args.scale && wanted.type === "channels") value = scaleChannels(value, args.scale.value);
      if (role === "ramp" && typeof value === "number") value *= repetition?.ramp ?? 1;
    } else if (constant !== undefined) value = wanted.type === "tensor" ? asTensor(constant, frame, otherwise!.span) : coerce(frame, constant, wanted, otherwise!.span);
    else if (otherwise) value = evaluateAs(otherwise, frame, wanted);
    else {
      mistake(site.frame, "missing-argument", site.span, { name, of: block.name.name });
      return false;
    }
    if (range && arg) {
      const bounds = rangeOf(range, frame);
      if (bounds) value = checkRange(site.frame, param!, value, arg.span, bounds);
    }
    values.push(value);
  }
  return true;
}

export function rangeOf(range: { readonly low: Expr; readonly high: Expr; readonly step: Expr | undefined }, frame: Frame): { readonly low: number; readonly high: number; readonly step: number | undefined } | undefined {
  const low = evaluateAs(range.low, frame, { type: "float" });
  const high = evaluateAs(range.high, frame, { type: "float" });
  const step = range.step && evaluateAs(range.step, frame, { type: "float" });
  if (typeof low !== "number" || typeof high !== "number") return undefined;
  return { low, high, step: typeof step === "number" ? step : undefined };
}

function applySequence(layer: SequenceLayer, x: Value, site: Site): Value {
  const { frame: around, placed } = layer;
  const scope = site.label === undefined ? (placed ?? site.scope) : open(site, "sequence");
  if (site.frame.depth >= LIMITS.depth) {
    stop(site.frame, site.span, `${LIMITS.depth} nested uses of blocks`);
    return UNKNOWN;
  }
  const frame = innerFrame(around, { it: x, scope, trail: placed ? around.trail : site.frame.trail, defaults: site.frame.defaults, depth: site.frame.depth + 1 });
  execute(layer.body.statements, frame);
  return withScope(frame.it!, site.label === undefined ? undefined : scope);
}

function applyFor(layer: ForLayer, x: Value, site: Site): Value {
  const { loop } = layer;
  const range = evaluate(loop.range, layer.frame);
  if (!isKind(range, "range")) {
    if (!isUnknown(range)) mistake(site.frame, "type-mismatch", loop.range.span, { expected: "a range like 0..3", found: "something else" });
    return UNKNOWN;
  }
  const scope = open(site, "for");
  const items: TensorValue[] = [];
  let at = x;
  for (let i = range.low; i <= range.high && tick(site.frame, site.span); i++) {
    const frame = innerFrame(layer.frame, { it: at, scope: childScope(scope, String(i)), trail: site.frame.trail, defaults: site.frame.defaults, depth: site.frame.depth });
    bindName(frame, loop.variable.name, i);
    execute(loop.body.statements, frame);
    at = withScope(frame.it!, frame.scope);
    if (isKind(at, "tensor")) items.push(at);
  }
  return withScope(at, scope, items);
}

function applyRepeat(layer: RepeatLayer, x: Value, site: Site): Value {
  const count = scaleRepeats(layer.count, scaleOf(layer.layer));
  const scope = open(site, layerName(layer.layer));
  return repeat(layer.layer, x, count, scope, { frame: site.frame, scope, span: layer.layer.span, row: site.row }, 0, count);
}

/** Applies a layer `count` times under the indices of a scope; `before` of `total` came earlier in the same table. */
function repeat(layer: Layer, x: Value, count: number, scope: PathScope, site: Site, before: number, total: number): Value {
  const { frame, span, row } = site;
  const items: TensorValue[] = [];
  let at = x;
  for (let i = 0; i < count; i++) {
    if (!tick(frame, span)) return UNKNOWN;
    at = apply(layer, at, { frame, scope, span, label: String(i), row, repetition: { index: i, ramp: (before + i) / total } });
    if (isKind(at, "tensor")) items.push(at);
  }
  return withScope(at, scope, items);
}

function applyTable(layer: TableLayer, x: Value, site: Site): Value {
  const rows = prepareRows(layer, x, site.frame);
  const scope = open(site, layerName(layer));
  const total = rows.reduce((sum, row) => sum + (row?.count ?? 1), 0);
  const items: TensorValue[] = [];
  let at = x;
  let before = 0;
  for (const [r, row] of rows.entries()) {
    if (!row) {
      at = unknownTensor(site.frame);
      continue;
    }
    const place: Site = { frame: site.frame, scope, span: row.span, row: r };
    const { trace, builder } = site.frame.run;
    const first = builder.nodes.length;
    if (row.count === undefined) at = apply(row.layer, at, { frame: site.frame, scope, span: row.span, row: r, label: row.segment, repetition: { index: 0, ramp: before / total } });
    else at = repeat(row.layer, at, row.count, childScope(scope, row.segment), place, before, total);
    before += row.count ?? 1;
    if (trace?.file === row.span.file) trace.executions.push({ span: row.span, first, end: builder.nodes.length, shape: isKind(at, "tensor") ? at.tensor.shape : undefined });
    if (isKind(at, "tensor")) items.push(at);
  }
  return withScope(at, scope, items);
}

function applyShared(layer: SharedLayer, x: Value, site: Site): Value {
  const { weights } = layer;
  const making = weights.known === undefined;
  const known = (weights.known ??= new Map<string, readonly number[]>());
  const cut = weights.prefix.lastIndexOf(".");
  const outer = pathScope(site.scope.prefix, cut < 0 ? "" : weights.prefix.slice(0, cut), { known, making });
  // The segment is given out by the place of use, the weights' by the declaration.
  const label = making && site.label === undefined && below(site.scope.prefix, layer.name) === weights.prefix ? layer.name : segment(site.scope, site.label ?? layer.name);
  const frame: Frame = { ...site.frame, trail: trailOf(site, layer.name) };
  return apply(layer.layer, x, { frame, scope: outer, span: site.span, label, weightLabel: weights.prefix.slice(cut + 1) });
}

