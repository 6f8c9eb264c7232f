/** Between the compiler's offsets and the protocol's lines and characters, both in UTF-16. */
import type { Position, Range, TextEdit as ProtocolEdit } from "vscode-languageserver-protocol";
import type { TextEdit } from "../compiler/diagnostics/diagnostic.ts";
import { lineStarts, positionAt, type Source, type Span } from "../compiler/source.ts";

export function toPosition(source: Source, offset: number): Position {
  const { line, column } = positionAt(source, offset);
  return { line: line - 1, character: column - 1 };
}

export function toRange(source: Source, { start, end }: Pick<Span, "start" | "end">): Range {
  return { start: toPosition(source, start), end: toPosition(source, end) };
}

/** A place past the end of its line is that end. */
export function toOffset(source: Source, { line, character }: Position): number {
  const starts = lineStarts(source);
  if (line >= starts.length) return source.text.length;
  return Math.min(starts[line] + character, starts[line + 1] ?? source.text.length);
}

export function toOffsets(source: Source, range: Range): { readonly start: number; readonly end: number } {
  return { start: toOffset(source, range.start), end: toOffset(source, range.end) };
}

export interface Files {
  readonly source: (name: string) => Source | undefined;
  /** What the client calls a file. */
  readonly uriOf: (name: string) => string;
}

/** Edits by file, as the protocol groups them. */
export function toChanges(files: Files, edits: readonly TextEdit[]): Record<string, ProtocolEdit[]> {
  const changes: Record<string, ProtocolEdit[]> = {};
  for (const { span, text } of edits) {
    const source = files.source(span.file);
    if (source) (changes[files.uriOf(span.file)] ??= []).push({ range: toRange(source, span), newText: text });
  }
  return changes;
}
