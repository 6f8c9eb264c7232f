/**
 * A model written anew for integers, as EfficientNet-Lite was (Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite"): swish and hard-swish
 * become ReLU6, squeeze-excite is dropped, widths stay, the stem's and the head's among them. The text is edited at the model's own calls and at
 * the blocks of its file; a network of the library is told by its parameters (`act`, `se`, `lite`, `minimalistic`), or replaced by the library's
 * network of the same name with `Lite` or `Minimalistic` in it.
 */
import type { TextEdit } from "../../diagnostics/diagnostic.ts";
import type { Program } from "../../elaborate/domains.ts";
import type { Arg, Call, Declaration, Expr, File, Model, Param, Table } from "../../syntax/ast.ts";
import { span, type Span } from "../../source.ts";

export interface LiteText {
  readonly edits: readonly TextEdit[];
  /** The file as the edits make it, but for the places of what was added. */
  readonly file: File;
}

const SMOOTH: ReadonlySet<string> = new Set(["swish", "hardswish"]);
/** Bool parameters by which a block of the library leaves out what integers do not take well. */
const SWITCHES: ReadonlySet<string> = new Set(["lite", "minimalistic"]);

/**
 * @param gates the calls that make a squeeze-excite and nothing else
 * @returns undefined where the file has no such model, or there is nothing to edit
 */
export function liteText(program: Program, uri: string, model: string, gates: readonly Span[]): LiteText | undefined {
  const file = program.file(uri);
  const declaration = file?.declarations.find((one): one is Model => one.kind === "model" && one.name.name === model);
  if (!file || !declaration || program.isLibrary(uri)) return undefined;
  const own = new Map(file.declarations.map((one) => [one.name.name, one]));
  const edits: TextEdit[] = [];
  const used = reached(declaration, own);
  const declarations = file.declarations.map((one) => (used.has(one) ? rewritten(one, { program, own, edits, gates }) : one));
  return edits.length === 0 ? undefined : { edits: edits.sort((a, b) => a.span.start - b.span.start), file: { ...file, declarations } };
}

/** The library's network of the same name that was made for integers: `EfficientNetLite0` for `EfficientNetB0`. */
export function liteNetwork(program: Program, name: string): string | undefined {
  const plain = (word: string): string => word.replace(/Lite|Minimalistic|B(?=\d)/g, "");
  for (const other of program.libraryNames()) {
    if (other !== name && /Lite|Minimalistic/.test(other) && plain(other) === plain(name) && program.library(other)?.declaration.kind === "model") return other;
  }
  return undefined;
}

interface Rewriting {
  readonly program: Program;
  readonly own: ReadonlyMap<string, Declaration>;
  readonly edits: TextEdit[];
  readonly gates: readonly Span[];
}

/** The model, and the blocks and lets of its file that it uses, directly or not. */
function reached(model: Model, own: ReadonlyMap<string, Declaration>): ReadonlySet<Declaration> {
  const found = new Set<Declaration>([model]);
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit);
    if (typeof part !== "object" || part === null) return;
    if ("kind" in part && part.kind === "name" && "name" in part && typeof part.name === "string") {
      const declared = own.get(part.name);
      if (declared && declared.kind !== "model" && !found.has(declared)) {
        found.add(declared);
        visit(declared);
      }
    }
    for (const [key, child] of Object.entries(part)) if (key !== "span") visit(child);
  };
  visit(model);
  return found;
}

/** The same part of the tree, edited; itself where nothing in it changes. */
function rewritten<T>(part: T, to: Rewriting): T {
  if (Array.isArray(part)) {
    const items = part.map((item) => rewritten(item, to));
    return (items.some((item, i) => item !== part[i]) ? items : part) as T;
  }
  if (typeof part !== "object" || part === null) return part;
  if ("kind" in part) {
    if (part.kind === "name") return name(part as never, to) as T;
    if (part.kind === "call") return call(part as never, to) as T;
  }
  return children(part, to);
}

function children<T extends object>(part: T, to: Rewriting): T {
  const changed: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(part)) {
    if (key === "span") continue;
    const made = rewritten(child, to);
    if (made !== child) changed[key] = made;
  }
  return Object.keys(changed).length === 0 ? part : { ...part, ...changed };
}

function name(expr: Extract<Expr, { kind: "name" }>, to: Rewriting): Expr {
  if (to.own.has(expr.name)) return expr;
  if (SMOOTH.has(expr.name)) {
    to.edits.push({ span: expr.span, text: "relu6" });
    return { ...expr, name: "relu6" };
  }
  // A block of the library that stands without parentheses.
  const added = additions(libraryParams(expr, to), [], expr.span);
  if (added.length > 0) {
    to.edits.push({ span: after(expr.span), text: `(${shown(added)})` });
    return { kind: "call", span: expr.span, callee: expr, parens: true, args: added, body: undefined };
  }
  return expr;
}

function call(expr: Call, to: Rewriting): Expr {
  if (to.gates.some(({ file, start, end }) => file === expr.span.file && start === expr.span.start && end === expr.span.end)) {
    to.edits.push({ span: expr.span, text: "identity" });
    return { kind: "name", span: expr.span, name: "identity" };
  }
  const { callee } = expr;
  const lite = callee.kind === "name" && !to.own.has(callee.name) && to.program.library(callee.name)?.declaration.kind === "model" ? liteNetwork(to.program, callee.name) : undefined;
  const off = gateOff(callee, to);
  const args = expr.args.map((arg): Arg => (off !== undefined && arg.name?.name === "se" ? { ...arg, value: replaced(arg.value, off, to) } : rewritten(arg, to)));
  const body = off !== undefined && expr.body?.kind === "table" ? tableWithoutGates(expr.body, off, to) : rewritten(expr.body, to);
  const columns = expr.body?.kind === "table" ? expr.body.columns.map(({ name }) => name) : [];
  const added = additions(libraryParams(callee, to), [...expr.args.flatMap(({ name }) => name?.name ?? []), ...columns], callee.span);
  let renamed: Expr = callee.kind === "name" ? callee : rewritten(callee, to);
  if (lite !== undefined && callee.kind === "name") {
    to.edits.push({ span: callee.span, text: lite });
    renamed = { ...callee, name: lite };
  }
  if (added.length > 0) {
    const last = expr.args[expr.args.length - 1];
    if (last) to.edits.push({ span: after(last.span), text: `, ${shown(added)}` });
    else if (expr.parens) to.edits.push({ span: span(expr.span.file, callee.span.end, expr.body?.span.start ?? expr.span.end), text: `(${shown(added)})${expr.body ? " " : ""}` });
    else to.edits.push({ span: after(callee.span), text: `(${shown(added)})` });
  }
  const same = renamed === callee && added.length === 0 && body === expr.body && args.every((arg, i) => arg === expr.args[i]);
  return same ? expr : { ...expr, callee: renamed, parens: expr.parens || added.length > 0, args: [...args, ...added], body };
}

/** Parameters of a block of the library; those of the file's own blocks have their defaults edited where they stand. */
function libraryParams(callee: Expr, to: Rewriting): readonly Param[] | undefined {
  return callee.kind === "name" && !to.own.has(callee.name) ? paramsOf(callee.name, to) : undefined;
}

function paramsOf(name: string, { program, own }: Rewriting): readonly Param[] | undefined {
  const declaration = own.get(name) ?? program.library(name)?.declaration;
  return declaration?.kind === "block" ? declaration.params : undefined;
}

/** A table whose column `se` says of every row that there is no gate. A cell that is not given stays so. */
function tableWithoutGates(table: Table, off: string, to: Rewriting): Table {
  const column = table.columns.findIndex(({ name }) => name === "se");
  return { ...table, rows: table.rows.map((row) => ({ ...row, cells: row.cells.map((cell, i) => (i === column && cell ? replaced(cell, off, to) : rewritten(cell, to))) })) };
}

/** The text in place of an expression that says otherwise. */
function replaced(expr: Expr, text: string, to: Rewriting): Expr {
  const same = (expr.kind === "number" && String(expr.value) === text) || (expr.kind === "bool" && String(expr.value) === text);
  if (same) return expr;
  to.edits.push({ span: expr.span, text });
  return literal(text, expr.span);
}

/** What must be said because the default is not for integers. */
function additions(params: readonly Param[] | undefined, given: readonly string[], at: Span): readonly Arg[] {
  return (params ?? []).flatMap((param): readonly Arg[] => {
    const { name, default: preset } = param;
    if (given.includes(name.name)) return [];
    const text =
      preset?.kind === "name" && SMOOTH.has(preset.name)
        ? "relu6"
        : name.name === "se" && preset?.kind === "number" && preset.value > 0
          ? "0"
          : SWITCHES.has(name.name) && preset?.kind === "bool" && !preset.value
            ? "true"
            : undefined;
    return text === undefined ? [] : [{ span: at, name: { name: name.name, span: at }, value: literal(text, at) }];
  });
}

/** How the parameter `se` of what is called says that there is no gate; undefined where it has none. */
function gateOff(callee: Expr, to: Rewriting): string | undefined {
  const type = callee.kind === "name" ? paramsOf(callee.name, to)?.find(({ name }) => name.name === "se")?.type : undefined;
  if (type?.kind !== "named") return undefined;
  return type.name === "bool" ? "false" : type.name === "float" || type.name === "int" ? "0" : undefined;
}

function literal(text: string, at: Span): Expr {
  if (text === "true" || text === "false") return { kind: "bool", span: at, value: text === "true" };
  return text === "0" ? { kind: "number", span: at, value: 0, unit: "", integer: true } : { kind: "name", span: at, name: text };
}

function shown(args: readonly Arg[]): string {
  return args.map(({ name, value }) => `${name!.name}=${value.kind === "name" ? value.name : value.kind === "bool" || value.kind === "number" ? value.value : ""}`).join(", ");
}

function after({ file, end }: Span): Span {
  return span(file, end, end);
}
