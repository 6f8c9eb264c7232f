/** What can be folded away: bodies, tables, lists of arguments, imports, and runs of comments. */
import { lineStarts, positionAt, type Source } from "../../compiler/source.ts";
import type { File } from "../../compiler/syntax/ast.ts";
import { walk, type Placed } from "./tree.ts";
import type { View } from "./view.ts";

export interface Fold {
  /** From 1. The last line stays to be seen where it holds the closing bracket. */
  readonly firstLine: number;
  readonly lastLine: number;
  readonly kind: "region" | "comment" | "imports";
}

export function foldsOf({ source, file }: View): readonly Fold[] {
  const folds = new Map<number, Fold>();
  const add = (start: number, end: number, kind: Fold["kind"]): void => {
    const firstLine = positionAt(source, start).line;
    const lastLine = positionAt(source, end).line - (kind === "region" ? 1 : 0);
    if (lastLine > firstLine && !folds.has(firstLine)) folds.set(firstLine, { firstLine, lastLine, kind });
  };
  bracketed(source, file, (start, end) => add(start, end, "region"));
  const { imports } = file;
  if (imports.length > 1) add(imports[0].span.start, imports[imports.length - 1].span.end, "imports");
  for (const { start, end } of commentRuns(source)) add(start, end, "comment");
  return [...folds.values()].sort((a, b) => a.firstLine - b.firstLine);
}

function bracketed({ text }: Source, file: File, found: (start: number, end: number) => void): void {
  walk(file, (node) => {
    const { kind, span } = node;
    if (kind === "body" || kind === "table" || kind === "listliteral") found(span.start, span.end);
    else if (kind === "call" || kind === "model" || kind === "block") {
      // Arguments or parameters: from the bracket to the one that closes it.
      const { args, params } = node as unknown as { readonly args?: readonly Placed[]; readonly params?: readonly Placed[] };
      const items = args ?? params ?? [];
      const open = items.length === 0 ? -1 : text.lastIndexOf("(", items[0].span.start);
      const close = items.length === 0 ? -1 : text.indexOf(")", items[items.length - 1].span.end);
      if (open >= span.start && close >= 0) found(open, close);
    }
  });
}

function commentRuns(source: Source): readonly { readonly start: number; readonly end: number }[] {
  const runs: { start: number; end: number }[] = [];
  const starts = lineStarts(source);
  let open: { start: number; end: number } | undefined;
  for (const [i, start] of starts.entries()) {
    const line = source.text.slice(start, starts[i + 1] ?? source.text.length);
    const comment = /^[ \t]*\/\//.test(line);
    if (comment && open) open.end = start + line.trimEnd().length;
    else if (comment) open = { start, end: start + line.trimEnd().length };
    else if (open) {
      runs.push(open);
      open = undefined;
    }
  }
  return open ? [...runs, open] : runs;
}
