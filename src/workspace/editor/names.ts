/**
 * What every name of a file means, without expanding anything: a walk in the order of the text that binds names as elaboration does. A body's names are
 * seen from where they are bound to its end; then come the file's declarations, its imports, the library, operators, functions.
 */
import { METRICS } from "../../compiler/elaborate/statements.ts";
import { ROW_COLUMNS } from "../../compiler/elaborate/table.ts";
import type { Span } from "../../compiler/source.ts";
import type { Arg, Body, Call, Declaration, Expr, File, Statement, StringLiteral, Table } from "../../compiler/syntax/ast.ts";
import type { Snapshot, Workspace } from "../workspace.ts";
import { PADDING_WORDS, type Callable } from "./callables.ts";
import { lookups } from "./lookup.ts";
import { builtIn, declaredAs, INPUT, labelsOf, OUTPUT, SIDES, topLevel, type Binding, type Mention, type Named } from "./named.ts";

export interface Names {
  /** In the order of the text. */
  readonly mentions: readonly Mention[];
  readonly bindings: readonly Binding[];
  /** What a name at the top of the file means. */
  readonly lookUp: (name: string) => Named | undefined;
  /** What a call of something takes. */
  readonly callable: (named: Named | undefined) => Callable | undefined;
  /** Names that are bound a second time in one body, or at the top of the file. */
  readonly doubled: readonly Span[];
  /** Labels inside what something made. */
  readonly inside: (named: Named) => readonly Named[];
}

interface Scope {
  readonly names: Map<string, Named>;
  readonly parent: Scope | undefined;
  /** Where the text of its body ends. */
  readonly end: number;
}

type Words = ReadonlyMap<string, Named>;

const known = new WeakMap<Snapshot, Names>();

/** @param snapshot made anew whenever a text changes, so that what it knows of other files holds */
export function namesOf(workspace: Workspace, file: File, snapshot: Snapshot): Names {
  let names = known.get(snapshot);
  if (!names) known.set(snapshot, (names = read(workspace, file)));
  return names;
}

function read(workspace: Workspace, file: File): Names {
  const mentions: Mention[] = [];
  const bindings: Binding[] = [];
  const doubled: Span[] = [];

  const { lookUpIn, callable } = lookups(workspace);

  const lookUp = (name: string, scope: Scope | undefined): Named | undefined => {
    for (let at = scope; at; at = at.parent) {
      const found = at.names.get(name);
      if (found) return found;
    }
    if (name === "in" || name === "it" || name === "identity" || name === "default") return builtIn("constant", name);
    return lookUpIn(file.uri, name) ?? (PADDING_WORDS.includes(name) ? builtIn("constant", name) : undefined);
  };

  const see = (span: Span, named: Named, declares = false): void => void mentions.push({ span, named, declares });

  const bind = (scope: Scope, named: Named, from: number): void => {
    see(named.span!, named, true);
    if (scope.names.has(named.name)) doubled.push(named.span!);
    else scope.names.set(named.name, named);
    bindings.push({ named, from, to: scope.end });
  };

  const inner = (parent: Scope, end: number): Scope => ({ names: new Map(), parent, end });

  const wordsOf = (of: Callable | undefined, name: string): Words | undefined => {
    const parameter = of?.parameters.find((p) => p.name === name);
    if (!parameter || parameter.options.length === 0) return undefined;
    const { type } = parameter.param ?? {};
    if (type?.kind === "enum") return new Map(type.options.map((option) => [option.name, declaredAs("word", option, { of: of!.name })]));
    return new Map(parameter.options.filter((word) => word !== "true" && word !== "false").map((word) => [word, builtIn("word", word, { of: `${of!.name}.${name}` })]));
  };

  const parameterOf = (of: Callable | undefined, name: string): Named | undefined => {
    const parameter = of?.parameters.find((p) => p.name === name);
    if (!parameter) return name === "scale" && of?.scales ? builtIn("column", "scale") : undefined;
    if (!parameter.param) return builtIn("parameter", name, { of: of!.name, ...(parameter.doc === undefined ? {} : { doc: parameter.doc }) });
    return declaredAs("parameter", parameter.param.name, { param: parameter.param, of: of!.name });
  };

  const args = (written: readonly Arg[], of: Callable | undefined, scope: Scope): void => {
    for (const [i, { name, value }] of written.entries()) {
      const parameter = name ? parameterOf(of, name.name) : undefined;
      if (name && parameter) see(name.span, parameter);
      const wanted = name?.name ?? (of?.tensors === undefined ? of?.parameters[i]?.name : undefined);
      expression(value, scope, wanted === undefined ? undefined : wordsOf(of, wanted));
    }
  };

  const call = (expr: Call, scope: Scope): Named | undefined => {
    const callee = expression(expr.callee, scope);
    const of = callable(callee);
    args(expr.args, of, scope);
    if (expr.body?.kind === "body") body(expr.body, scope);
    else if (expr.body) table(expr.body, of, scope);
    return callee;
  };

  const table = ({ columns, rows }: Table, head: Callable | undefined, scope: Scope): void => {
    for (const { name, span } of columns) {
      const parameter = parameterOf(head, name) ?? (ROW_COLUMNS.includes(name) ? builtIn("column", name) : undefined);
      if (parameter) see(span, parameter);
    }
    for (const { cells } of rows) {
      const layer = columns.findIndex(({ name }) => name === "layer");
      const cell = cells[layer];
      const of = head ?? (cell ? callable(expression(cell, scope)) : undefined);
      for (const [c, value] of cells.entries()) {
        const column = columns[c]?.name;
        if (!value || column === undefined || column === "label" || (!head && c === layer)) continue;
        expression(value, scope, wordsOf(of, column));
      }
    }
  };

  const expression = (expr: Expr, scope: Scope, words?: Words): Named | undefined => {
    switch (expr.kind) {
      case "name": {
        const found = words?.get(expr.name) ?? lookUp(expr.name, scope);
        if (found) see(expr.span, found);
        return found;
      }
      case "paren":
        return expression(expr.inner, scope, words);
      case "call":
        return call(expr, scope);
      case "chain": {
        let last: Named | undefined;
        for (const link of expr.links) last = expression(link, scope);
        return last;
      }
      case "if":
        expression(expr.condition, scope);
        expression(expr.then, scope, words);
        if (expr.else) expression(expr.else, scope, words);
        return undefined;
      case "for": {
        expression(expr.range, scope);
        const loop = inner(scope, expr.body.span.end);
        bind(loop, declaredAs("variable", expr.variable), expr.body.span.start);
        statements(expr.body, loop);
        return undefined;
      }
      case "body":
        body(expr, scope);
        return undefined;
      case "table":
        table(expr, undefined, scope);
        return undefined;
      case "binary": {
        const left = expression(expr.left, scope);
        const type = left?.param?.type;
        const compared = (expr.op === "==" || expr.op === "!=") && type?.kind === "enum" ? new Map(type.options.map((option) => [option.name, declaredAs("word", option, { of: left!.of ?? "" })])) : undefined;
        expression(expr.right, scope, compared);
        return expr.op === "*" ? left : undefined;
      }
      case "unary":
        expression(expr.operand, scope);
        return undefined;
      case "range":
        expression(expr.low, scope);
        expression(expr.high, scope);
        return undefined;
      case "member": {
        const object = expression(expr.object, scope);
        const found = (object && inside(object).find(({ name }) => name === expr.name.name)) ?? (SIDES.includes(expr.name.name) ? builtIn("side", expr.name.name) : undefined);
        if (found) see(expr.name.span, found);
        return found;
      }
      case "index": {
        const object = expression(expr.object, scope);
        expression(expr.index, scope);
        return object;
      }
      case "listliteral":
        for (const item of expr.items) expression(item, scope, words);
        return undefined;
      default:
        return undefined;
    }
  };

  const body = (of: Body, scope: Scope): void => statements(of, inner(scope, of.span.end));

  const statements = (of: Body, scope: Scope): void => {
    for (const each of of.statements) statement(each, scope);
  };

  const statement = (of: Statement, scope: Scope): void => {
    const { end } = of.span;
    switch (of.kind) {
      case "expr":
        expression(of.value, scope);
        return;
      case "label":
        return bind(scope, declaredAs("label", of.label, { statement: of, calls: expression(of.value, scope) }), end);
      case "let":
      case "shared":
        return bind(scope, declaredAs(of.kind === "let" ? "value" : "shared", of.name, { statement: of, calls: expression(of.value, scope), ...(of.doc === undefined ? {} : { doc: of.doc }) }), end);
      case "input":
        args(of.args, INPUT, scope);
        expression(of.shape, scope);
        return bind(scope, declaredAs("input", of.name, { statement: of }), end);
      case "output":
        args(of.args, OUTPUT, scope);
        expression(of.value, scope);
        return bind(scope, declaredAs("output", of.name, { statement: of }), end);
      case "defaults":
        for (const { op, args: written } of of.entries) {
          const target = lookUp(op.name, scope);
          if (target) see(op.span, target);
          args(written, callable(target), scope);
        }
        return;
      case "require":
        expression(of.condition, scope);
        if (of.message) message(of.message, scope);
        return;
      case "budget":
        for (const entry of of.entries) {
          if (entry.kind !== "binary") continue;
          if (entry.left.kind === "name") metric(entry.left);
          expression(entry.right, scope);
        }
        return;
      case "target":
        expression(of.value, scope);
        return;
      case "maximize":
      case "minimize":
        if (of.value.kind === "name") metric(of.value);
        return;
    }
  };

  const metric = ({ name, span }: { readonly name: string; readonly span: Span }): void => {
    if (Object.hasOwn(METRICS, name)) see(span, builtIn("metric", name, { doc: METRICS[name].doc }));
  };

  /** `{in.channels}` and `{out}` in a requirement's message. */
  const message = ({ span }: StringLiteral, scope: Scope): void => {
    const text = workspace.source(file.uri)?.text.slice(span.start, span.end) ?? "";
    for (const found of text.matchAll(/\{(\w+)(?:\.\w+)*\}/g)) {
      const named = lookUp(found[1], scope);
      const start = span.start + found.index + 1;
      if (named) mentions.push({ span: { file: file.uri, start, end: start + found[1].length }, named, declares: false, quoted: true });
    }
  };

  const inside = (named: Named): readonly Named[] => {
    if (named.statement?.kind === "label") return insideExpr(named.statement.value, named.calls, 0);
    if (named.kind === "label" || named.declaration?.kind !== "block") return [];
    return labelsOf(named.declaration.body);
  };

  const insideExpr = (expr: Expr, calls: Named | undefined, depth: number): readonly Named[] => {
    if (depth > 8) return [];
    switch (expr.kind) {
      case "body":
        return labelsOf(expr);
      case "paren":
        return insideExpr(expr.inner, calls, depth + 1);
      case "binary":
        return insideExpr(expr.left, calls, depth + 1);
      case "chain":
        return insideExpr(expr.links[expr.links.length - 1], calls, depth + 1);
      case "call":
      case "name":
        return [...(calls?.declaration?.kind === "block" ? labelsOf(calls.declaration.body) : []), ...(expr.kind === "call" && expr.body?.kind === "body" ? labelsOf(expr.body) : [])];
      default:
        return [];
    }
  };

  const declaration = (of: Declaration, top: Scope): void => {
    see(of.name.span, topLevel(of), true);
    if (of.kind === "let") return void expression(of.value, top);
    const scope = inner(top, of.span.end);
    for (const param of of.params) {
      const type = param.type;
      if (type.kind === "enum") for (const option of type.options) see(option.span, declaredAs("word", option, { of: of.name.name }), true);
      if (param.range) for (const bound of [param.range.low, param.range.high, param.range.step]) if (bound) expression(bound, scope);
      const words = type.kind === "enum" ? new Map(type.options.map((option) => [option.name, declaredAs("word", option, { of: of.name.name })])) : undefined;
      const calls = param.default && expression(param.default, scope, words);
      bind(scope, declaredAs("parameter", param.name, { param, of: of.name.name, calls }), param.span.end);
    }
    if (of.body) statements(of.body, scope);
    if (of.kind === "model" && of.value) expression(of.value, scope);
  };

  const tops = new Set<string>();
  for (const { name, span } of [...file.declarations.map((each) => each.name), ...file.imports.flatMap(({ names }) => names)]) {
    if (tops.has(name)) doubled.push(span);
    tops.add(name);
  }
  for (const { names, from } of file.imports) {
    for (const { name, span } of names) {
      const found = from && workspace.file(workspace.resolve(file.uri, from.value))?.declarations.find((d) => d.name.name === name);
      if (found) see(span, topLevel(found));
    }
  }
  const top: Scope = { names: new Map(), parent: undefined, end: Infinity };
  for (const of of file.declarations) declaration(of, top);
  mentions.sort((a, b) => a.span.start - b.span.start);
  return { mentions, bindings, doubled, lookUp: (name) => lookUp(name, undefined), callable, inside };
}

/** The mention at an offset; where two touch, the one that begins there. */
export function mentionAt({ mentions }: Names, offset: number): Mention | undefined {
  let found: Mention | undefined;
  for (const mention of mentions) {
    if (mention.span.start > offset) break;
    if (offset <= mention.span.end) found = mention;
  }
  return found;
}
