/** Selected statements as a block of their own. */
import type { TextEdit } from "../../compiler/diagnostics/diagnostic.ts";
import { span as spanOf } from "../../compiler/source.ts";
import type { Body, Expr, Statement } from "../../compiler/syntax/ast.ts";
import type { Action } from "./action.ts";
import { PADDING_WORDS } from "./callables.ts";
import type { Mention, Named } from "./named.ts";
import { namesOf, type Names } from "./names.ts";
import { pathTo, within } from "./tree.ts";
import { declarationAt, startOf, type View } from "./view.ts";

const MOVABLE: ReadonlySet<Statement["kind"]> = new Set<Statement["kind"]>(["expr", "label", "let"]);

/** Offered where whole statements of one body are selected, and nothing after them needs a name that they bind. */
export function extractBlock(view: View, range: { readonly start: number; readonly end: number }): readonly Action[] {
  const { source, uri } = view;
  const trimmed = trim(source.text, range);
  if (trimmed.start >= trimmed.end) return [];
  const body = pathTo(view.file, trimmed.start).findLast((node) => node.kind === "body" && node.span.start <= trimmed.start && trimmed.end <= node.span.end) as Body | undefined;
  const declaration = declarationAt(view.file, trimmed.start);
  const chosen = body?.statements.filter(({ span }) => span.start < trimmed.end && trimmed.start < span.end) ?? [];
  if (!declaration || chosen.length === 0 || chosen[0].span.start !== trimmed.start || chosen[chosen.length - 1].span.end !== trimmed.end) return [];
  if (!chosen.every(({ kind }) => MOVABLE.has(kind))) return [];
  const names = namesOf(view.workspace, view.file, view.snapshot);
  const free = freeNames(names, spanOf(uri, trimmed.start, trimmed.end));
  if (!free) return [];
  const block = freshName(view, names, "part");
  const types = free.map((named) => typeOf(view, named));
  if (types.includes(undefined)) return [];
  const parameters = free.map(({ name }, i) => `${name}: ${types[i]}`).join(", ");
  const base = indentOf(source.text, trimmed.start);
  const text = source.text.slice(trimmed.start, trimmed.end).replaceAll(`\n${base}`, "\n  ");
  const at = lineStart(source.text, startWithDoc(view, startOf(source, declaration)));
  const edits: TextEdit[] = [
    { span: spanOf(uri, at, at), text: `block ${block}${parameters === "" ? "" : `(${parameters})`} {\n  ${text}\n}\n\n` },
    { span: spanOf(uri, trimmed.start, trimmed.end), text: `${block}${free.length === 0 ? "" : `(${free.map(({ name }) => `${name}=${name}`).join(", ")})`}` },
  ];
  return [{ title: `extract a block from ${chosen.length === 1 ? "this statement" : `these ${chosen.length} statements`}`, kind: "refactor.extract", edits }];
}

/** Names that the statements use and do not bind; undefined where they cannot be moved. */
function freeNames({ mentions }: Names, span: { readonly file: string; readonly start: number; readonly end: number }): readonly Named[] | undefined {
  const inside: Mention[] = [];
  const bound = new Set<string>();
  for (const mention of mentions) {
    if (!within(mention.span, span)) continue;
    inside.push(mention);
    if (mention.declares) bound.add(mention.named.key);
  }
  if (inside.some(({ named }) => named.kind === "constant" && named.name === "in")) return undefined;
  if (mentions.some((mention) => !within(mention.span, span) && bound.has(mention.named.key))) return undefined;
  const free = new Map<string, Named>();
  for (const { named, span: at } of inside) {
    const isLocal = named.span !== undefined && named.declaration === undefined && named.span.file === span.file && !bound.has(named.key) && ["parameter", "label", "input", "output", "value", "shared", "variable"].includes(named.kind);
    // A parameter of what is called is named in the call, and stays.
    if (isLocal && !(named.kind === "parameter" && isArgumentName(mentions, named, at.start))) free.set(named.key, named);
  }
  return [...free.values()];
}

function isArgumentName(mentions: readonly Mention[], named: Named, at: number): boolean {
  const declared = mentions.find((mention) => mention.declares && mention.named.key === named.key);
  return declared === undefined || !mentions.some((mention) => mention.span.start === at && mention.named.key === named.key && sameDeclaration(mentions, declared, at));
}

/** Whether both stand under the same top declaration. */
function sameDeclaration(mentions: readonly Mention[], a: Mention, at: number): boolean {
  const top = (offset: number): number => mentions.filter(({ declares, named, span }) => declares && named.declaration !== undefined && span.start <= offset).at(-1)?.span.start ?? -1;
  return top(a.span.start) === top(at);
}

/** The type of the parameter that a name becomes; undefined where it cannot be told. */
function typeOf(view: View, named: Named, depth = 0): string | undefined {
  const { kind, param, calls, statement, name, declaration } = named;
  if (depth > 8) return undefined;
  if (param) return view.workspace.source(param.type.span.file)?.text.slice(param.type.span.start, param.type.span.end) || undefined;
  if (kind === "label" || kind === "input" || kind === "output") return "tensor";
  if (kind === "shared" || kind === "block" || kind === "operator") return "layer";
  if (kind === "variable") return "int";
  if (kind === "function") return name === "scaling" || name === "compound" ? "scaling" : "float";
  const value = statement?.kind === "let" ? statement.value : declaration?.kind === "let" ? declaration.value : undefined;
  return value && typeOfValue(view, value, calls, depth + 1);
}

function typeOfValue(view: View, value: Expr, calls: Named | undefined, depth: number): string | undefined {
  switch (value.kind) {
    case "number":
      return value.unit === "" && value.integer ? "int" : /^[%kKMGT]?$/.test(value.unit) ? "float" : undefined;
    case "bool":
      return "bool";
    case "string":
      return "string";
    case "listliteral":
      return "list";
    case "body":
    case "table":
    case "for":
    case "chain":
      return "layer";
    case "unary":
      return value.op === "not" ? "bool" : "float";
    case "binary":
      return /^(==|!=|<|<=|>|>=|and|or)$/.test(value.op) ? "bool" : value.op === "*" && calls && typeOf(view, calls, depth) === "layer" ? "layer" : "float";
    case "member":
      return value.name.name === "shape" ? "list" : "float";
    case "paren":
      return typeOfValue(view, value.inner, calls, depth);
    case "if": {
      const then = typeOfValue(view, value.then, calls, depth);
      return then !== undefined && value.else && typeOfValue(view, value.else, calls, depth) === then ? then : undefined;
    }
    case "name":
      if (PADDING_WORDS.includes(value.name)) return "padding";
      return calls?.name === value.name ? typeOf(view, calls, depth) : undefined;
    case "call":
      return calls && typeOf(view, calls, depth);
    default:
      return undefined;
  }
}

function freshName({ file }: View, { lookUp }: Names, base: string): string {
  let name = base;
  for (let i = 2; lookUp(name) || file.declarations.some((d) => d.name.name === name); i++) name = `${base}_${i}`;
  return name;
}

function trim(text: string, { start, end }: { readonly start: number; readonly end: number }): { readonly start: number; readonly end: number } {
  let from = start;
  let to = end;
  while (from < to && /\s/.test(text[from])) from++;
  while (to > from && /\s/.test(text[to - 1])) to--;
  return { start: from, end: to };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))![0];
}

/** The start of the documentation right above a declaration. */
function startWithDoc({ source }: View, offset: number): number {
  let at = lineStart(source.text, offset);
  while (at > 0) {
    const above = lineStart(source.text, at - 1);
    if (!/^[ \t]*\/\/\//.test(source.text.slice(above, at))) break;
    at = above;
  }
  return at;
}
