/** The signatures of operators, blocks and models, each worked out once. */
import type { Op } from "../ir/op.ts";
import type { Block, Expr, Model } from "../syntax/ast.ts";
import type { Frame, Parameter, Signature, Value } from "./domains.ts";
import { wantedOf, wantedOfAttribute } from "./types.ts";

/** Whether a call must give it. A trailing body is not among the arguments. */
export function isRequired({ name, param, attribute }: Parameter): boolean {
  return param ? param.default === undefined && name !== "body" : attribute !== undefined && attribute.default === undefined && !attribute.optional;
}

export type Target = Op | Block | Model;

const signatures = new WeakMap<Target, Signature>();

/** @param frame where an unknown type in the declaration is reported, once */
export function signatureOf(target: Target, frame: Frame): Signature {
  let signature = signatures.get(target);
  if (!signature) {
    signature = "params" in target ? ofDeclaration(target, frame) : ofOp(target);
    signatures.set(target, signature);
  }
  return signature;
}

function ofOp(op: Op): Signature {
  const params = Object.entries(op.attributes).map(([name, attribute], index): Parameter => ({ name, index, wanted: { ...wantedOfAttribute(attribute), name }, param: undefined, attribute, constant: undefined }));
  return signature(op.name, params, true);
}

function ofDeclaration(target: Block | Model, frame: Frame): Signature {
  const params = target.params.map((param, index): Parameter => ({ name: param.name.name, index, wanted: { ...wantedOf(param.type, frame), name: param.name.name }, param, attribute: undefined, constant: literal(param.default) }));
  return signature(target.name.name, params, target.kind === "block");
}

function signature(name: string, params: readonly Parameter[], mayScale: boolean): Signature {
  const byName = new Map(params.map((p) => [p.name, p]));
  return { name, params, byName, scales: mayScale && !byName.has("scale"), takesBody: byName.has("body") };
}

function literal(expr: Expr | undefined): Value | undefined {
  if (expr?.kind === "bool") return expr.value;
  return expr?.kind === "number" && expr.unit === "" ? expr.value : undefined;
}
