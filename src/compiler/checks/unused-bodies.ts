/**
 * Names in bodies that no model of the file expands: a block that nobody uses yet, a model that needs arguments. Their
 * shapes cannot be known, but a misspelt name or argument can, and is reported all the same.
 */
import type { Arg, Body, Expr, Param, Statement, Table } from "../syntax/ast.ts";
import { builtins } from "../elaborate/builtins.ts";
import { declared, visibleNames } from "../elaborate/names.ts";
import { didYouMean, mistake } from "../elaborate/report.ts";
import type { Frame, Wanted } from "../elaborate/domains.ts";
import { signatureOf, type Target } from "../elaborate/signature.ts";
import { ROW_COLUMNS } from "../elaborate/table.ts";
import { PADDINGS, wantedOf } from "../elaborate/types.ts";
import { findOp } from "../ops/index.ts";

/** The names that bodies around a place bind. */
interface Scope {
  readonly frame: Frame;
  readonly names: ReadonlySet<string>;
}

const ALWAYS: ReadonlySet<string> = new Set(["in", "it", "identity", "default", "device", ...PADDINGS]);

export function checkUnusedBody(params: readonly Param[], body: Body, frame: Frame): void {
  const scope: Scope = { frame, names: new Set(params.map((p) => p.name.name)) };
  for (const param of params) {
    const wanted = wantedOf(param.type, frame);
    if (param.default) checkExpr(param.default, scope, wanted);
  }
  checkBody(body, scope);
}

function checkBody(body: Body, around: Scope): void {
  const bound = body.statements.flatMap(bindings);
  const scope: Scope = { frame: around.frame, names: new Set([...around.names, ...bound]) };
  for (const statement of body.statements) checkStatement(statement, scope);
}

function bindings(statement: Statement): readonly string[] {
  if (statement.kind === "label") return [statement.label.name];
  return statement.kind === "let" || statement.kind === "shared" || statement.kind === "input" || statement.kind === "output" ? [statement.name.name] : [];
}

function checkStatement(statement: Statement, scope: Scope): void {
  switch (statement.kind) {
    case "expr":
    case "label":
    case "let":
    case "shared":
    case "output":
      return checkExpr(statement.value, scope);
    case "require":
      return checkExpr(statement.condition, scope);
    // The rest holds facts of models, whose words are checked where a model is expanded.
    default:
      return;
  }
}

function checkExpr(expr: Expr, scope: Scope, wanted?: Wanted): void {
  switch (expr.kind) {
    case "name":
      return checkName(expr, scope, wanted);
    case "chain":
      for (const link of expr.links) checkExpr(link, scope);
      return;
    case "if":
      checkExpr(expr.condition, scope);
      checkExpr(expr.then, scope, wanted);
      if (expr.else) checkExpr(expr.else, scope, wanted);
      return;
    case "for":
      checkExpr(expr.range, scope);
      return checkBody(expr.body, { frame: scope.frame, names: new Set([...scope.names, expr.variable.name]) });
    case "body":
      return checkBody(expr, scope);
    case "table":
      return checkTable(expr, undefined, scope);
    case "binary":
      checkExpr(expr.left, scope);
      // A bare word right of a comparison may be an option of the left side's type.
      if (!((expr.op === "==" || expr.op === "!=") && expr.right.kind === "name")) checkExpr(expr.right, scope);
      return;
    case "unary":
      return checkExpr(expr.operand, scope);
    case "range":
      checkExpr(expr.low, scope);
      return checkExpr(expr.high, scope);
    case "member":
      return checkExpr(expr.object, scope);
    case "index":
      checkExpr(expr.object, scope);
      return checkExpr(expr.index, scope);
    case "listliteral":
      for (const item of expr.items) checkExpr(item, scope);
      return;
    case "paren":
      return checkExpr(expr.inner, scope, wanted);
    case "call": {
      const target = expr.callee.kind === "name" ? targetOf(expr.callee.name, scope) : undefined;
      if (expr.callee.kind === "name" && expr.callee.name === "device") return;
      checkExpr(expr.callee, scope);
      checkArguments(expr.args, target, scope);
      if (expr.body?.kind === "body") checkBody(expr.body, scope);
      else if (expr.body) checkTable(expr.body, target, scope);
      return;
    }
    default:
      return;
  }
}

function checkName(expr: Expr & { readonly kind: "name" }, scope: Scope, wanted: Wanted | undefined): void {
  const { name, span } = expr;
  if (scope.names.has(name) || ALWAYS.has(name) || wanted?.options?.includes(name)) return;
  if (declared(scope.frame, name, scope.frame.run.scopeOf) || findOp(name) || Object.hasOwn(builtins, name)) return;
  if (wanted?.type === "enum") mistake(scope.frame, "unknown-word", span, { word: name, options: wanted.options!.join(", ") }, didYouMean(name, wanted.options!, span));
  else mistake(scope.frame, "unknown-name", span, { name, what: "name" }, didYouMean(name, [...scope.names, ...visibleNames(scope.frame)], span));
}

function targetOf(name: string, scope: Scope): Target | undefined {
  if (scope.names.has(name)) return undefined;
  const found = declared(scope.frame, name, scope.frame.run.scopeOf)?.declaration;
  return found ? (found.kind === "block" ? found : undefined) : findOp(name);
}

function checkArguments(args: readonly Arg[], target: Target | undefined, scope: Scope): void {
  const signature = target && signatureOf(target, scope.frame);
  for (const [i, { name, value }] of args.entries()) {
    const wanted = (name ? signature?.byName.get(name.name) : signature?.params[i])?.wanted;
    if (signature && name && !wanted && !(signature.scales && name.name === "scale")) {
      mistake(scope.frame, "unknown-argument", name.span, { name: name.name, of: signature.name }, didYouMean(name.name, signature.byName.keys(), name.span));
    }
    // What a callee of unknown parameters wants is not known: a bare word may be an option.
    if (target || value.kind !== "name") checkExpr(value, scope, wanted);
  }
}

function checkTable(table: Table, target: Target | undefined, scope: Scope): void {
  for (const { cells } of table.rows) {
    for (const [c, cell] of cells.entries()) {
      const column = table.columns[c]?.name;
      if (!cell || column === undefined || column === "label") continue;
      const wanted = target && !ROW_COLUMNS.includes(column) ? signatureOf(target, scope.frame).byName.get(column)?.wanted : undefined;
      if (target || cell.kind !== "name" || column === "layer") checkExpr(cell, scope, wanted);
    }
  }
}
