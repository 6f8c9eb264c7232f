/** Which mistakes are shown, and in which order: those of the text first to last, and none that only follows from another. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { limited } from "../diagnostics/limit.ts";
import { positionAt, type Source } from "../source.ts";

/** Mends that leave the line as it was meant; after any other, what is found on the same line later on is a consequence. */
export const harmless: ReadonlySet<string> = new Set(["semicolon", "foreign-token", "foreign-comment", "single-quotes"]);

/** `found` comes of the tokens, `late` of the parser and the reader of its tree. */
export function ordered(source: Source, found: readonly Diagnostic[], late: readonly Diagnostic[]): readonly Diagnostic[] {
  const line = (offset: number) => positionAt(source, offset).line;
  const cut = new Set(found.filter((d) => d.code === "unterminated-string").map((d) => line(d.span.start)));
  const early = cut.size === 0 ? found : found.filter((d) => d.code !== "unclosed-bracket" || !cut.has(line(d.span.start)));
  const broken = new Set(early.filter((d) => !harmless.has(d.code)).flatMap((d) => [d.span.start, ...d.fixes.flatMap((f) => f.edits.map((e) => e.span.start))]).map(line));
  const wrong = new Set(late.filter((d) => d.code !== "row-length").map((d) => line(d.span.start)));
  const follows = (d: Diagnostic) => broken.has(line(d.span.start)) || (d.code === "row-length" && wrong.has(line(d.span.start)));
  const seen = new Set<number>();
  const all = [...early, ...late.filter((d) => !follows(d))]
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
    .filter(({ span: { start } }) => !seen.has(start) && seen.add(start));
  return limited(all);
}
