/** Source maps, revision 3: positions of a generated text, each with where it comes from. */
import { lineStarts, positionAt, type Source, type Span } from "../../compiler/source.ts";

/** A position in the generated text, from 0 in UTF-16 units, and the place that it stands for. */
export interface Mapping {
  readonly line: number;
  readonly column: number;
  readonly span: Span;
}

/** The map as JSON, of the places that lie in one file, which the map calls `name`. Mappings are in the order of the text. */
export function sourceMap(generated: string, source: Source, name: string, mappings: readonly Mapping[]): string {
  const lines: string[][] = [];
  let before = { line: 0, column: 0 };
  let last = { line: -1, column: 0 };
  for (const { line, column, span } of mappings) {
    if (span.file !== source.uri) continue;
    const at = positionAt(source, span.start).line - 1;
    const place = { line: at, column: span.start - lineStarts(source)[at] };
    while (lines.length <= line) lines.push([]);
    const since = last.line === line ? last.column : 0;
    lines[line].push([column - since, 0, place.line - before.line, place.column - before.column].map(vlq).join(""));
    before = place;
    last = { line, column };
  }
  return `${JSON.stringify({ version: 3, file: generated, sourceRoot: "", sources: [name], names: [], mappings: lines.map((segments) => segments.join(",")).join(";") })}\n`;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number in base 64, five bits a digit, the lowest first; the sign is the lowest bit of all. */
function vlq(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
