/** Calls: arguments bound to parameters by place and name. The result is a layer with those arguments, or a tensor at once. */
import type { Op } from "../ir/op.ts";
import type { Span } from "../source.ts";
import type { Arg, Call } from "../syntax/ast.ts";
import { applyOp, unknownTensor } from "./apply.ts";
import type { Argument, Arguments, BlockLayer, Frame, Layer, OpLayer, SequenceLayer, TableLayer, TensorValue, Value } from "./domains.ts";
import { evaluateAs } from "./evaluate.ts";
import { boundBefore, mistake, oneOf } from "./report.ts";
import { isRequired, signatureOf, type Target } from "./signature.ts";
import { SCALE } from "./types.ts";
import { ABSENT, HOLE, isKind, isUnknown, NO_ARGUMENTS, UNKNOWN } from "./values.ts";

export type Callee = { readonly kind: "op"; readonly op: Op } | { readonly kind: "layer"; readonly layer: Layer };

export function call(expr: Call, callee: Callee, frame: Frame, label: string | undefined): Value {
  if (callee.kind === "op" && callee.op.atOnce) return atOnce(expr, callee.op, frame, label);
  const layer: Layer = callee.kind === "op" ? { kind: "layer", form: "op", span: expr.callee.span, op: callee.op, args: NO_ARGUMENTS } : callee.layer;
  const table = expr.body?.kind === "table" ? expr.body : undefined;
  const given = layer.form === "op" || layer.form === "block" ? withArguments(expr, layer, frame) : withoutArguments(expr, layer, frame);
  if (!table || isUnknown(given)) return given;
  return { kind: "layer", form: "table", span: expr.span, head: given as Layer, table, frame };
}

function withoutArguments(expr: Call, layer: Layer, frame: Frame): Value {
  if (expr.args.length > 0 || expr.body?.kind === "body") return mistake(frame, "takes-no-arguments", expr.span, { what: layer.form === "shared" ? "a shared layer" : "this layer" });
  return layer;
}

function withArguments(expr: Call, layer: OpLayer | BlockLayer, frame: Frame): Value {
  const target = layer.form === "op" ? layer.op : layer.block;
  const args = bindArguments(expr.args, target, frame, layer.args);
  if (layer.form === "op") {
    if (expr.body?.kind === "body") return mistake(frame, "takes-no-body", expr.body.span, { name: layer.op.name });
    return { kind: "layer", form: "op", span: expr.span, op: layer.op, args };
  }
  let body: SequenceLayer | TableLayer | undefined = layer.body;
  if (expr.body?.kind === "body") {
    if (!signatureOf(layer.block, frame).takesBody) return mistake(frame, "takes-no-body", expr.body.span, { name: layer.block.name.name });
    body = { kind: "layer", form: "sequence", span: expr.body.span, body: expr.body, frame, placed: undefined };
  }
  return { kind: "layer", form: "block", span: expr.span, block: layer.block, file: layer.file, args, body };
}

/** Evaluates arguments against the target's parameters; later ones win over those `before`. Mistakes are reported and left out. */
export function bindArguments(written: readonly Arg[], target: Target, frame: Frame, before: Arguments = NO_ARGUMENTS): Arguments {
  if (written.length === 0) return before;
  const { name: own, params, byName, scales } = signatureOf(target, frame);
  const given = before.given.slice();
  let { scale } = before;
  // Where this call has given a parameter, to find the second time.
  const here: Span[] = [];
  let scaledHere: Span | undefined;
  let damaged: Arg | undefined;
  let position = 0;
  for (const arg of written) {
    const parameter = arg.name ? byName.get(arg.name.name) : params[position++];
    const isScale = !parameter && scales && arg.name?.name === "scale";
    if (!parameter && !isScale) {
      if (!arg.name && params.length === 0) mistake(frame, "takes-no-arguments", arg.span, { what: `\`${own}\`` });
      else if (!arg.name) mistake(frame, "too-many-arguments", arg.span, { of: own, most: params.length });
      else mistake(frame, "unknown-argument", arg.name.span, { name: arg.name.name, of: own }, oneOf(arg.name.name, [...byName.keys(), ...(scales ? ["scale"] : [])], `\`${own}\``, arg.name.span));
      damaged = arg;
      continue;
    }
    const first = parameter ? here[parameter.index] : scaledHere;
    if (first) {
      mistake(frame, "duplicate-argument", arg.span, { name: parameter?.name ?? "scale", of: own }, boundBefore(first));
      continue;
    }
    const value = arg.value.kind === "hole" && target.kind === "model" ? HOLE : evaluateAs(arg.value, frame, parameter?.wanted ?? SCALE);
    const argument = value === ABSENT ? undefined : { value, span: arg.value.span };
    if (parameter) {
      here[parameter.index] = arg.span;
      given[parameter.index] = argument;
    } else {
      scaledHere = arg.span;
      scale = argument;
    }
  }
  // What is missing may be what was misspelt.
  if (damaged) for (const { index } of params.filter(isRequired)) given[index] ??= { value: UNKNOWN, span: damaged.span };
  return { given, scale };
}

/** `add(a, b)`, `concat(a, b, c, axis=1)`, `constant(0.5)`: the tensors come first, attributes by name. */
function atOnce(expr: Call, op: Op, frame: Frame, label: string | undefined): Value {
  if (expr.body) mistake(frame, "takes-no-body", expr.body.span, { name: op.name });
  const tensors: Argument[] = [];
  const rest: Arg[] = [];
  for (const arg of expr.args) {
    if (arg.name || op.inputs.length === 0) rest.push(arg);
    else tensors.push({ value: evaluateAs(arg.value, frame, { type: "tensor" }), span: arg.value.span });
  }
  const args = bindArguments(rest, op, frame);
  const inputs = tensors.map((t) => (isUnknown(t.value) ? unknownTensor(frame) : (t.value as TensorValue)));
  const least = op.variadic ? 1 : op.inputs.length;
  if (inputs.length < least) return mistake(frame, "missing-argument", expr.span, { name: op.inputs[inputs.length] ?? op.inputs[0], of: op.name });
  const site = { frame, scope: frame.scope, span: expr.span, label };
  if (op.variadic || inputs.length === op.inputs.length) return applyOp(op, inputs, args, site);
  // a + b + c is (a + b) + c; so are the others.
  if (op.kind !== "elementwise") return mistake(frame, "too-many-arguments", tensors[op.inputs.length].span, { of: op.name, most: op.inputs.length });
  let sum: Value = inputs[0];
  for (const next of inputs.slice(1)) {
    sum = applyOp(op, [sum as TensorValue, next], args, site);
    if (!isKind(sum, "tensor")) return sum;
  }
  return sum;
}
