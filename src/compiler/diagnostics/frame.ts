/** One line of source with a part of it underlined, in columns of a terminal. */
import { lineStarts, positionAt, type Source, type Span } from "../source.ts";

export interface Frame {
  readonly line: string;
  readonly marks: {
    /** Blanks up to the underline. */
    readonly before: string;
    /** At least one `^`. */
    readonly under: string;
  };
}

const TAB = 4;
/** More of a line, to either side, than any terminal shows. */
const LONG = 4000;

/** The line that a span starts on, cut to `width` columns around the span. A span over several lines is underlined to the end of its first. */
export function frame(source: Source, span: Span, width: number): Frame {
  const starts = lineStarts(source);
  const row = positionAt(source, span.start).line - 1;
  const end = starts[row + 1] ?? source.text.length;
  // Of a line without end only what may be shown is looked at.
  const first = Math.max(starts[row], span.start - LONG);
  const text = source.text.slice(first, Math.min(end, span.start + LONG)).replace(/[\r\n]+$/, "");
  const from = Math.min(span.start - first, text.length);
  const to = Math.max(from, Math.min(span.end - first, text.length));

  const before = expand(text.slice(0, from), 0);
  const inside = expand(text.slice(from, to), before.columns);
  const after = expand(text.slice(to), before.columns + inside.columns);
  const cells = [...before.cells, ...inside.cells, ...after.cells];
  const start = before.columns;
  const length = Math.max(1, inside.columns);
  const total = start + inside.columns + after.columns;
  if (total <= Math.max(20, width)) return { line: cells.map((c) => c.text).join(""), marks: { before: " ".repeat(start), under: "^".repeat(length) } };
  return cut(cells, start, length, Math.max(20, width));
}

interface Cell {
  readonly text: string;
  readonly columns: number;
}

function cut(cells: readonly Cell[], start: number, length: number, width: number): Frame {
  const shown = Math.min(length, width - 2);
  const left = Math.max(0, start - Math.floor((width - 2 - shown) / 2));
  const line: string[] = [];
  let column = 0;
  let first = -1;
  let used = 0;
  for (const cell of cells) {
    if (column >= left && used + cell.columns <= width - 2) {
      if (first < 0) first = column;
      line.push(cell.text);
      used += cell.columns;
    } else if (column >= left) break;
    column += cell.columns;
  }
  const lead = left > 0 ? "…" : "";
  const tail = column < cells.reduce((sum, c) => sum + c.columns, 0) ? "…" : "";
  return { line: `${lead}${line.join("")}${tail}`, marks: { before: " ".repeat(Math.max(0, start - Math.max(first, 0)) + lead.length), under: "^".repeat(Math.max(1, shown)) } };
}

/** A text as it is shown from a column on: tabs as blanks, control characters as a placeholder, wide characters two columns wide. */
function expand(text: string, column: number): { readonly cells: readonly Cell[]; readonly columns: number } {
  const cells: Cell[] = [];
  let at = column;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const cell = code === 9 ? blanks(TAB - (at % TAB)) : isControl(code) ? { text: "\ufffd", columns: 1 } : { text: character, columns: columnsOf(code) };
    cells.push(cell);
    at += cell.columns;
  }
  return { cells, columns: at - column };
}

function blanks(count: number): Cell {
  return { text: " ".repeat(count), columns: count };
}

function isControl(code: number): boolean {
  return code < 32 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/** Columns of a character: none for what combines with the one before, two for East Asian wide ones and emoji (Unicode UAX 11). */
function columnsOf(code: number): number {
  if (code < 0x300) return 1;
  if (code <= 0x36f || code === 0x200b || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0x20d0 && code <= 0x20ff)) return 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}
