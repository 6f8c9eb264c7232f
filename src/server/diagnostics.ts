/** What the compiler says, as the protocol wants it. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic as ProtocolDiagnostic } from "vscode-languageserver-protocol";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Source, Span } from "../compiler/source.ts";
import { importsOf } from "../workspace/imports-of.ts";
import type { View } from "../workspace/editor/view.ts";
import { toChanges, toRange, type Files } from "./translate.ts";

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

/**
 * Errors in files that are imported and not open, at the import that leads to them: one for each such import.
 *
 * @param isOpen whether a file shows its own mistakes
 */
export function importDiagnostics(files: Files, view: View, isOpen: (name: string) => boolean): readonly ProtocolDiagnostic[] {
  const { file, uri, source, snapshot, workspace } = view;
  const elsewhere = snapshot.diagnostics.filter(({ span, severity }) => severity === "error" && span.file !== uri && !isOpen(span.file));
  if (elsewhere.length === 0) return [];
  const claimed = new Set<Diagnostic>();
  return file.imports.flatMap(({ from }): readonly ProtocolDiagnostic[] => {
    if (!from) return [];
    const reached = new Set(importsOf(workspace, workspace.resolve(uri, from.value)));
    const found = elsewhere.filter((each) => reached.has(each.span.file) && !claimed.has(each));
    for (const each of found) claimed.add(each);
    if (found.length === 0) return [];
    const related = found.flatMap(({ message, span }) => {
      const other = files.source(span.file);
      return other ? [{ message, location: { uri: files.uriOf(span.file), range: toRange(other, span) } }] : [];
    });
    return [{ range: toRange(source, from.span), severity: DiagnosticSeverity.Error, code: found[0].code, source: "lwm", message: `${found.length} error${found.length === 1 ? "" : "s"} behind this import: ${found[0].message}`, relatedInformation: related }];
  });
}
