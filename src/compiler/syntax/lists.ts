/** Commas between the items of a list. The grammar lets them be absent, so that one that is missing costs nothing else. */
import type { CstNode } from "chevrotain";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source.ts";
import { spanFrom, tokensOf, type Reading } from "./reading.ts";

/** Reports two neighbours with nothing but space and comments between them. */
export function checkCommas(r: Reading, node: CstNode, items: readonly { readonly span: Span }[]): void {
  if (tokensOf(node, "Comma").length >= items.length - 1) return;
  for (let i = 1; i < items.length; i++) {
    const end = items[i - 1].span.end;
    const between = r.text.slice(end, items[i].span.start);
    if (between.replace(/\/\/[^\n\r]*/g, "").trim() !== "") continue;
    const at = spanFrom(r, end, end);
    r.report(diagnostic("missing-comma", at, {}, { fixes: [{ title: "put a comma", edits: [{ span: at, text: "," }] }] }));
  }
}
