/**
 * Diagnostics as text for a terminal, and as data for tools.
 *
 * ```
 * error[shape-mismatch]: `add` takes two tensors of one shape
 *   --> net.lwm:7:3
 *    |
 *  7 |   add(a, b)
 *    |   ^^^^^^^^^ [4, 8, 8] and [8, 8, 8]
 *    |
 *    = help: …
 * ```
 */
import { positionAt, type Source, type Span } from "../source.ts";
import type { Diagnostic, Fix, Note } from "./diagnostic.ts";
import type { Severity } from "./entry.ts";
import { frame } from "./frame.ts";

export interface RenderOptions {
  readonly color: boolean;
  /** Columns of the terminal; source lines are cut to it. 120 unless given. */
  readonly width?: number;
}

/** Finds the text that a span speaks of; undefined where it is not at hand. */
export type Sources = (uri: string) => Source | undefined;

type Style = "error" | "warning" | "info" | "strong" | "gutter";

const codes: Readonly<Record<Style, string>> = { error: "1;31", warning: "1;33", info: "1;36", strong: "1", gutter: "1;34" };

/** One diagnostic with the source that it speaks of; ends without a line break. */
export function render(diagnostic: Diagnostic, sources: Sources, options: RenderOptions): string {
  const paint = (style: Style, text: string) => (options.color && text !== "" ? `\x1b[${codes[style]}m${text}\x1b[0m` : text);
  const places = [diagnostic.span, ...diagnostic.notes.flatMap((note) => note.span ?? [])];
  const gutter = Math.max(2, ...places.map((span) => String(lineOf(span, sources) ?? 0).length));
  const margin = " ".repeat(gutter);
  const bar = `${margin} ${paint("gutter", "|")}`;
  const { severity } = diagnostic;

  const place = (span: Span, label: string | undefined, style: Style): string[] => {
    const source = sources(span.file);
    if (!source) return span.file === "" ? [] : [`${margin}${paint("gutter", "-->")} ${visible(span.file)}`];
    const at = positionAt(source, span.start);
    const { line, marks } = frame(source, span, (options.width ?? 120) - gutter - 3);
    return [
      `${margin}${paint("gutter", "-->")} ${visible(source.uri)}:${at.line}:${at.column}`,
      bar,
      `${paint("gutter", `${String(at.line).padStart(gutter)} |`)} ${line}`.trimEnd(),
      `${bar} ${marks.before}${paint(style, `${marks.under}${label ? ` ${visible(label)}` : ""}`)}`,
    ];
  };

  const lines = [`${paint(severity, `${severity}[${diagnostic.code}]`)}${paint("strong", `: ${visible(diagnostic.message)}`)}`];
  lines.push(...place(diagnostic.span, diagnostic.label, severity));
  const remarks = diagnostic.notes.filter((note) => note.span === undefined).map((note) => visible(note.message));
  const help = diagnostic.fixes.map((fix) => `${paint("strong", "help:")} ${visible(fix.title)}`);
  if (remarks.length + help.length > 0) {
    if (lines.length > 1) lines.push(bar);
    for (const text of [...remarks, ...help]) {
      const [first, ...rest] = text.split("\n");
      lines.push(`${margin} ${paint("gutter", "=")} ${first}`, ...rest.map((more) => `${margin}   ${more}`));
    }
  }
  for (const note of diagnostic.notes) {
    if (note.span) lines.push(`${paint("strong", "note:")} ${visible(note.message)}`, ...place(note.span, undefined, "info"));
  }
  return lines.join("\n");
}

/** Several, with a blank line between them and a line break at the end; nothing for none. */
export function renderAll(diagnostics: readonly Diagnostic[], sources: Sources, options: RenderOptions): string {
  return diagnostics.length === 0 ? "" : `${diagnostics.map((d) => render(d, sources, options)).join("\n\n")}\n`;
}

/** Where something stands, from 1; the end is past the last character. Without line and column where the text is not at hand. */
export interface JsonPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

export interface JsonDiagnostic extends JsonPlace {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly label?: string;
  readonly notes: readonly ({ readonly message: string } & Partial<JsonPlace>)[];
  readonly fixes: readonly { readonly title: string; readonly edits: readonly (JsonPlace & { readonly text: string })[] }[];
}

/** A diagnostic as plain data for `--json`. */
export function toJson(diagnostic: Diagnostic, sources: Sources): JsonDiagnostic {
  const place = (span: Span): JsonPlace => {
    const source = sources(span.file);
    if (!source) return { file: span.file };
    const [start, end] = [positionAt(source, span.start), positionAt(source, span.end)];
    return { file: span.file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  };
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    ...place(diagnostic.span),
    ...(diagnostic.label === undefined ? {} : { label: diagnostic.label }),
    notes: diagnostic.notes.map((note: Note) => ({ message: note.message, ...(note.span ? place(note.span) : {}) })),
    fixes: diagnostic.fixes.map((fix: Fix) => ({ title: fix.title, edits: fix.edits.map((edit) => ({ ...place(edit.span), text: edit.text })) })),
  };
}

function lineOf(span: Span, sources: Sources): number | undefined {
  const source = sources(span.file);
  return source && positionAt(source, span.start).line;
}

/** Control characters spelled out, so that a text from a file cannot steer the terminal. */
function visible(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`);
}
