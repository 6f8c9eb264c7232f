/** The lines of a file that leave a tensor: statements and table rows, wherever they stand. */
import type { Span } from "../../compiler/source.ts";
import type { Expr, File, Row, Statement } from "../../compiler/syntax/ast.ts";
import { childrenOf, type Placed } from "./tree.ts";

export type LayerLine = { readonly span: Span; readonly statement: Statement; readonly row: undefined } | { readonly span: Span; readonly statement: undefined; readonly row: Row };

const KINDS: ReadonlySet<string> = new Set(["expr", "label", "input", "output"] satisfies Statement["kind"][]);

const known = new WeakMap<File, readonly LayerLine[]>();

/** In the order of the text. */
export function layerStatements(file: File): readonly LayerLine[] {
  let lines = known.get(file);
  if (!lines) known.set(file, (lines = read(file)));
  return lines;
}

function read(file: File): readonly LayerLine[] {
  const lines: LayerLine[] = [];
  const visit = (node: Placed): void => {
    // An expression statement stands where its expression does; the expression's own parts are below it.
    if (node.kind !== undefined && KINDS.has(node.kind) && !isBraced(node as Statement)) lines.push({ span: node.span, statement: node as Statement, row: undefined });
    if (node.kind === "table") for (const row of (node as unknown as { readonly rows: readonly Row[] }).rows) lines.push({ span: row.span, statement: undefined, row });
    for (const child of childrenOf(node)) visit(child);
  };
  for (const declaration of file.declarations) visit(declaration);
  return lines.sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
}

/** An `if` with braces says at its statements what they make. */
function isBraced(statement: Statement): boolean {
  return statement.kind === "expr" && statement.value.kind === "if" && [statement.value.then, statement.value.else].some((branch: Expr | undefined) => branch?.kind === "body");
}
