/** The outline of a file: its models, blocks and values, and in them what is labelled. */
import type { Span } from "../../compiler/source.ts";
import type { Body, Declaration, Expr, Statement } from "../../compiler/syntax/ast.ts";
import { startOf, type View } from "./view.ts";

export interface OutlineSymbol {
  readonly name: string;
  readonly kind: "model" | "block" | "value" | "device" | "label" | "input" | "output" | "shared" | "parameter";
  /** What stands beside the name: the shape of an input, the type of a parameter. */
  readonly detail: string;
  /** All of it, and its name. */
  readonly span: Span;
  readonly nameSpan: Span;
  readonly children: readonly OutlineSymbol[];
}

export function symbolsOf(view: View): readonly OutlineSymbol[] {
  return view.file.declarations.filter(({ name }) => name.name !== "").map((declaration) => ofDeclaration(view, declaration));
}

function ofDeclaration(view: View, declaration: Declaration): OutlineSymbol {
  const { name, span } = declaration;
  const start = Math.min(startOf(view.source, declaration), name.span.start);
  const common = { name: name.name, span: { ...span, start, end: Math.max(span.end, name.span.end) }, nameSpan: name.span };
  if (declaration.kind === "let") {
    const device = declaration.value.kind === "call" && declaration.value.callee.kind === "name" && declaration.value.callee.name === "device";
    return { ...common, kind: device ? "device" : "value", detail: "", children: [] };
  }
  const parameters = declaration.params.map((param): OutlineSymbol => ({ name: param.name.name, kind: "parameter", detail: textOf(view, param.type.span), span: param.span, nameSpan: param.name.span, children: [] }));
  const base = declaration.kind === "model" && declaration.value ? `= ${textOf(view, declaration.value.kind === "call" ? declaration.value.callee.span : declaration.value.span)}` : "";
  return { ...common, kind: declaration.kind, detail: base, children: [...parameters.filter(({ name: each }) => each !== ""), ...(declaration.body ? ofBody(view, declaration.body) : [])] };
}

function textOf(view: View, { start, end }: Span): string {
  return view.source.text.slice(start, end).replace(/\s+/g, " ");
}

function ofBody(view: View, { statements }: Body): readonly OutlineSymbol[] {
  return statements.flatMap((statement) => ofStatement(view, statement));
}

function ofStatement(view: View, statement: Statement): readonly OutlineSymbol[] {
  const { span } = statement;
  switch (statement.kind) {
    case "label":
      return [{ name: statement.label.name, kind: "label", detail: headOf(view, statement.value), span, nameSpan: statement.label.span, children: inside(view, statement.value) }];
    case "input":
      return [{ name: statement.name.name, kind: "input", detail: textOf(view, statement.shape.span), span, nameSpan: statement.name.span, children: [] }];
    case "output":
      return [{ name: statement.name.name, kind: "output", detail: headOf(view, statement.value), span, nameSpan: statement.name.span, children: [] }];
    case "let":
    case "shared":
      return [{ name: statement.name.name, kind: statement.kind === "let" ? "value" : "shared", detail: headOf(view, statement.value), span, nameSpan: statement.name.span, children: inside(view, statement.value) }].filter(({ name }) => name !== "") as readonly OutlineSymbol[];
    case "expr":
      return inside(view, statement.value);
    default:
      return [];
  }
}

function headOf(view: View, value: Expr): string {
  switch (value.kind) {
    case "call":
      return textOf(view, value.callee.span);
    case "name":
      return value.name;
    case "chain":
      return value.links.map((link) => headOf(view, link)).filter((text) => text !== "").join(" -> ");
    case "binary":
      return `${headOf(view, value.left)} ${value.op} ${textOf(view, value.right.span)}`.trim();
    default:
      return "";
  }
}

/** What is labelled in braces. */
function inside(view: View, value: Expr): readonly OutlineSymbol[] {
  switch (value.kind) {
    case "body":
      return ofBody(view, value);
    case "call":
      return value.body?.kind === "body" ? ofBody(view, value.body) : [];
    case "chain":
      return value.links.flatMap((link) => inside(view, link));
    case "binary":
      return inside(view, value.left);
    case "if":
      return [...inside(view, value.then), ...(value.else ? inside(view, value.else) : [])];
    case "for":
      return ofBody(view, value.body);
    case "paren":
      return inside(view, value.inner);
    default:
      return [];
  }
}
