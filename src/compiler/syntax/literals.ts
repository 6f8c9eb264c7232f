/** Numbers and strings as they are written. */
import type { IToken } from "chevrotain";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import type { NumberLiteral, StringLiteral } from "./ast.ts";
import { spanFrom, spanOf, type Reading } from "./reading.ts";

const number = /^([0-9][0-9_]*)(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?/;

export function numberLiteral(r: Reading, t: IToken): NumberLiteral {
  const match = number.exec(t.image)!;
  return {
    kind: "number",
    span: spanOf(r, t),
    value: Number(match[0].replaceAll("_", "")),
    unit: t.image.slice(match[0].length),
    integer: match[2] === undefined && match[3] === undefined,
  };
}

/** A string with its escapes resolved; an unknown escape is reported and stands for itself. */
export function stringLiteral(r: Reading, t: IToken): StringLiteral {
  const closed = t.image.length > 1 && t.image.at(-1) === t.image[0];
  const raw = t.image.slice(1, closed ? -1 : undefined);
  return { kind: "string", span: spanOf(r, t), value: raw.includes("\\") ? unescape(r, raw, t.startOffset + 1) : raw };
}

const simple: Readonly<Record<string, string>> = { n: "\n", t: "\t", '"': '"', "'": "'", "\\": "\\" };

function unescape(r: Reading, raw: string, offset: number): string {
  return raw.replace(/\\(?:u\{([0-9A-Fa-f]{1,6})\}|([^])|$)/g, (escape, hex: string | undefined, letter: string | undefined, at: number) => {
    if (hex !== undefined && Number.parseInt(hex, 16) <= 0x10ffff) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (letter !== undefined && Object.hasOwn(simple, letter)) return simple[letter];
    // A backslash at the very end belongs to a string without its closing quote, which is reported.
    if (escape !== "\\") r.report(diagnostic("bad-escape", spanFrom(r, offset + at, offset + at + escape.length), { escape }));
    return escape;
  });
}
