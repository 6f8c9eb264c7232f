/** What can be called, seen alike: operators, blocks and models have named parameters in an order. Worked out once for each. */
import type { Attribute, Op } from "../ir/op.ts";
import type { Block, Expr, Model, Param } from "../syntax/ast.ts";
import type { Frame } from "./scope.ts";
import { wantedOf, wantedOfAttribute, type Wanted } from "./types.ts";
import type { Value } from "./values.ts";

export interface Parameter {
  readonly name: string;
  /** Its place among the positional arguments. */
  readonly index: number;
  readonly wanted: Wanted;
  /** The declaration, of a block's or model's. */
  readonly param: Param | undefined;
  /** The record, of an operator's. */
  readonly attribute: Attribute | undefined;
  /** The default's value where it is a plain literal. */
  readonly constant: Value | undefined;
}

export interface Signature {
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly byName: ReadonlyMap<string, Parameter>;
  /** Whether `scale=…` on a call means compound scaling, not a parameter of that name. */
  readonly scales: boolean;
  /** Takes a trailing `{ … }`. */
  readonly takesBody: boolean;
}

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
