/** Between the compiler's offsets and the protocol's lines and characters, both in UTF-16. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic as ProtocolDiagnostic, type Position, type Range, type TextEdit as ProtocolEdit } from "vscode-languageserver-protocol";
import type { Diagnostic, TextEdit } from "../compiler/diagnostics/diagnostic.ts";
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

const severities = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, info: DiagnosticSeverity.Information } as const;

/** Notes with a place are related information; the others, and ways out that are no edits, stand below the message. */
export function toDiagnostic(files: Files, source: Source, found: Diagnostic): ProtocolDiagnostic {
  const { code, severity, message, span, label, notes, fixes } = found;
  const placed = notes.flatMap(({ message: said, span: at }) => {
    const other = at && files.source(at.file);
    return other ? [{ message: said, location: { uri: files.uriOf(at.file), range: toRange(other, at) } }] : [];
  });
  const remarks = [...notes.filter((note) => note.span === undefined).map((note) => note.message), ...fixes.map(({ title }) => `help: ${title}`)];
  return {
    range: toRange(source, visible(source, span)),
    severity: severities[severity],
    code,
    codeDescription: { href: `lwm:explain/${code}.md` },
    source: "lwm",
    message: [label === undefined ? message : `${message}: ${label}`, ...remarks].join("\n"),
    ...(code.startsWith("unused-") ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(placed.length > 0 ? { relatedInformation: placed } : {}),
    data: { fixes: fixes.filter(({ edits }) => edits.length > 0).map(({ title, edits }) => ({ title, changes: toChanges(files, edits) })) },
  };
}

/** An empty place is shown as the character before it, so that there is something to underline. */
function visible({ text }: Source, { start, end }: Span): Pick<Span, "start" | "end"> {
  if (start < end) return { start, end };
  if (start > 0 && !/[\n\r]/.test(text[start - 1])) return { start: start - 1, end };
  return { start, end: start < text.length && !/[\n\r]/.test(text[start]) ? start + 1 : end };
}
