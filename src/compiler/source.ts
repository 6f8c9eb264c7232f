/**
 * Text and places in it. Offsets are UTF-16 code units from 0; lines and columns are from 1.
 */

/** A half-open range `[start, end)` of one file. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One file's text, with its line table made when it is first asked for. */
export interface Source {
  /** What diagnostics print and imports resolve against: a path or a URI. */
  readonly uri: string;
  readonly text: string;
}

export function span(file: string, start: number, end: number): Span {
  return { file, start, end };
}

const lineTables = new WeakMap<Source, readonly number[]>();

/** Offsets at which lines start; `\n`, `\r\n` and `\r` end a line. */
export function lineStarts(source: Source): readonly number[] {
  let starts = lineTables.get(source);
  if (!starts) {
    const found = [0];
    const { text } = source;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 13 && text.charCodeAt(i + 1) === 10) i++;
      if (c === 10 || c === 13) found.push(i + 1);
    }
    starts = found;
    lineTables.set(source, starts);
  }
  return starts;
}

/** Where an offset lies; an offset past the end is the end. */
export function positionAt(source: Source, offset: number): Position {
  const starts = lineStarts(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.min(offset, source.text.length) - starts[low] + 1 };
}
