/** A table as calls, and calls as a table. The network stays the same, its paths do not: weights are named anew. */
import type { TextEdit } from "../../compiler/diagnostics/diagnostic.ts";
import type { Span } from "../../compiler/source.ts";
import type { Binary, Body, Call, Expr, Row, Statement, Table } from "../../compiler/syntax/ast.ts";
import type { Action } from "./action.ts";
import type { Callable } from "./callables.ts";
import { mentionAt, namesOf } from "./names.ts";
import { pathTo } from "./tree.ts";
import type { View } from "./view.ts";

/** `stages: mbconv(act=relu) { | out | … }` as `stages: { mbconv(act=relu, out=…) … }`. Not where a parameter ramps through the table. */
export function tableToCalls(view: View, offset: number): readonly Action[] {
  const path = pathTo(view.file, offset);
  const table = path.findLast((node) => node.kind === "table") as Table | undefined;
  const holder = table && (path.findLast((node) => node.kind === "call" && (node as unknown as Call).body === table) as unknown as Call | undefined);
  if (!table || table.rows.length === 0 || table.rows.some(({ cells }) => cells.length !== table.columns.length)) return [];
  const callable = holder && callableOf(view, holder);
  if (holder && (!callable || ramps(callable, holder, table))) return [];
  const lines = table.rows.map((row) => rowCall(view, holder, table, row));
  if (lines.some((line) => line === undefined)) return [];
  const target = holder?.span ?? table.span;
  const indent = indentOf(view, target.start);
  const text = `{\n${lines.map((line) => `${indent}  ${line}\n`).join("")}${indent}}`;
  return [rewrite("write the table as calls", [{ span: target, text }])];
}

function ramps(callable: Callable, holder: Call, table: Table): boolean {
  const given = new Set([...table.columns.map(({ name }) => name), ...holder.args.map(({ name }, i) => name?.name ?? callable.parameters[i]?.name)]);
  return callable.parameters.some(({ role, name }) => role === "ramp" && given.has(name));
}

function rowCall(view: View, holder: Call | undefined, { columns }: Table, { cells }: Row): string | undefined {
  const of = (expr: Expr | undefined): string | undefined => expr && textOf(view, expr.span);
  const cell = (name: string): Expr | undefined => cells[columns.findIndex((column) => column.name === name)];
  const base = holder ? textOf(view, holder.callee.span) : cell("layer");
  if (base === undefined || (typeof base !== "string" && base.kind !== "name" && !(base.kind === "call" && base.body === undefined))) return undefined;
  const callee = typeof base === "string" ? base : base.kind === "call" ? textOf(view, base.callee.span) : textOf(view, base.span);
  const own = holder?.args ?? (typeof base !== "string" && base.kind === "call" ? base.args : []);
  const inColumns = new Set(columns.map(({ name }) => name));
  const args = own.filter(({ name }) => name === undefined || !inColumns.has(name.name) || cell(name.name) === undefined).map(({ span }) => textOf(view, span));
  for (const [c, { name }] of columns.entries()) if (cells[c] && name !== "repeat" && name !== "label" && name !== "layer") args.push(`${name}=${of(cells[c])}`);
  const label = of(cell("label"))?.replaceAll('"', "");
  const repeat = cell("repeat");
  const times = repeat === undefined ? "" : ` * ${repeat.kind === "number" || repeat.kind === "name" ? of(repeat) : `(${of(repeat)})`}`;
  return `${label === undefined ? "" : `${label}: `}${callee}${args.length === 0 ? "" : `(${args.join(", ")})`}${times}`;
}

interface Line {
  readonly call: Call | (Expr & { readonly kind: "name" });
  readonly label: string | undefined;
  readonly times: Expr | undefined;
  /** Arguments by parameter name, as they are written. */
  readonly args: ReadonlyMap<string, string>;
}

/** `{ mbconv(16) mbconv(24) * 2 }` as `mbconv { | out | repeat | … }`, where every statement calls the same. */
export function callsToTable(view: View, offset: number): readonly Action[] {
  const body = pathTo(view.file, offset).findLast((node) => node.kind === "body") as Body | undefined;
  if (!body || body.statements.length < 2 || !isValue(view, body)) return [];
  const calls = body.statements.map(callOf);
  const first = calls[0] && calleeName(calls[0].call);
  if (first === undefined || calls.some((each) => each === undefined || calleeName(each.call) !== first)) return [];
  const callable = callableOf(view, calls[0]!.call);
  if (!callable || callable.tensors !== undefined || callable.parameters.some(({ role }) => role === "ramp")) return [];
  const lines = calls.map((each) => lineOf(view, callable, each!));
  if (lines.some((line) => line === undefined)) return [];
  const rows = lines as readonly Line[];
  const named = new Set(rows.flatMap(({ args }) => [...args.keys()]));
  const columns = [...named].filter((name) => rows.some(({ args }) => args.get(name) !== rows[0].args.get(name)));
  const head = [...named].filter((name) => !columns.includes(name)).map((name) => `${name}=${rows[0].args.get(name)}`);
  const labelled = rows.some(({ label }) => label !== undefined);
  const repeated = rows.some(({ times }) => times !== undefined);
  if (labelled && rows.some(({ label }) => label === undefined)) return [];
  const header = [...(labelled ? ["label"] : []), ...columns, ...(repeated ? ["repeat"] : [])];
  if (header.length === 0) return [];
  const cells = rows.map(({ args, label, times }) => [...(labelled ? [label!] : []), ...columns.map((name) => args.get(name) ?? "-"), ...(repeated ? [times ? textOf(view, times.span) : "1"] : [])]);
  const indent = indentOf(view, body.span.start);
  const text = `${first}${head.length === 0 ? "" : `(${head.join(", ")})`} {\n${aligned([header, ...cells]).map((line) => `${indent}  ${line}\n`).join("")}${indent}}`;
  return [rewrite("write the calls as a table", [{ span: body.span, text }])];
}

/** Braces that are a value, not the body of a declaration, a loop or a branch. */
function isValue({ file }: View, body: Body): boolean {
  const around = pathTo(file, body.span.start + 1);
  const parent = around[around.indexOf(body) - 1];
  return parent?.kind === "label" || parent?.kind === "expr";
}

function callOf(statement: Statement): Pick<Line, "call" | "label" | "times"> | undefined {
  if (statement.kind !== "expr" && statement.kind !== "label") return undefined;
  const label = statement.kind === "label" ? statement.label.name : undefined;
  const { value } = statement;
  const [call, times] = value.kind === "binary" && value.op === "*" ? [value.left, (value as Binary).right] : [value, undefined];
  return (call.kind === "call" && call.body === undefined) || call.kind === "name" ? { call, label, times } : undefined;
}

function calleeName(expr: Line["call"]): string | undefined {
  return expr.kind === "name" ? expr.name : expr.callee.kind === "name" ? expr.callee.name : undefined;
}

function lineOf(view: View, callable: Callable, { call, label, times }: Pick<Line, "call" | "label" | "times">): Line | undefined {
  const args = new Map<string, string>();
  for (const [i, { name, value }] of (call.kind === "call" ? call.args : []).entries()) {
    const parameter = name?.name ?? callable.parameters[i]?.name;
    const text = textOf(view, value.span);
    if (parameter === undefined || args.has(parameter) || text.includes("\n")) return undefined;
    args.set(parameter, text);
  }
  return { call, label, times, args };
}

function callableOf(view: View, call: Line["call"]): Callable | undefined {
  const names = namesOf(view.workspace, view.file, view.snapshot);
  return names.callable(mentionAt(names, call.kind === "call" ? call.callee.span.start : call.span.start)?.named);
}

/** In columns, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const right = rows[0].map((_, c) => rows.slice(1).every((row) => /^[-\d]/.test(row[c])));
  return rows.map((row) => `| ${row.map((cell, c) => (right[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join(" | ")} |`);
}

function rewrite(title: string, edits: readonly TextEdit[]): Action {
  return { title, kind: "refactor.rewrite", edits };
}

function textOf({ source }: View, { start, end }: Span): string {
  return source.text.slice(start, end);
}

function indentOf({ source }: View, offset: number): string {
  return /^[ \t]*/.exec(source.text.slice(source.text.lastIndexOf("\n", offset - 1) + 1))![0];
}
