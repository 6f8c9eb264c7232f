/** Where a name gets its meaning. */
import type { Span } from "../../compiler/source.ts";
import { mentionAt, namesOf } from "./names.ts";
import type { View } from "./view.ts";

export interface Definition {
  /** The word that was asked about. */
  readonly from: Span;
  /** The name where it is declared, or the start of an imported file. */
  readonly to: Span;
}

export function definitionAt(view: View, offset: number): Definition | undefined {
  const mention = mentionAt(namesOf(view.workspace, view.file, view.snapshot), offset);
  if (mention?.named.span) return { from: mention.span, to: mention.named.span };
  for (const { from } of view.file.imports) {
    if (!from || offset < from.span.start || offset > from.span.end) continue;
    const uri = view.workspace.resolve(view.uri, from.value);
    if (view.workspace.file(uri)) return { from: from.span, to: { file: uri, start: 0, end: 0 } };
  }
  return undefined;
}
