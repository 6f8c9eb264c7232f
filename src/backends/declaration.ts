/** Declarations of what a backend's module exports, for typed imports: lines of TypeScript, and which of their words stand for which place of the source. */
import type { Span } from "../compiler/source.ts";
import { version } from "./version.ts";
import type { Figures } from "./artifact.ts";

/** A word of the text that stands for a place in a `.lwm` file. */
export interface Mark {
  /** From 0; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly span: Span;
}

export interface Declaration {
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** A piece of a line: text, or a word that stands for a place. */
export type Piece = string | { readonly word: string; readonly span: Span };

/** Puts lines together, and notes where the words came to lie. What is common to declarations they call `lwm`. */
export function declared(lines: readonly (readonly Piece[])[]): Declaration {
  const marks: Mark[] = [];
  const text = lines.map((pieces, line) => {
    let written = "";
    for (const piece of pieces) {
      if (typeof piece !== "string") marks.push({ line, column: written.length, span: piece.span });
      written += typeof piece === "string" ? piece : piece.word;
    }
    return written;
  });
  return { text: text.join("\n"), marks };
}

const WORD = /^[A-Za-z_$][\w$]*$/;

/** A name as a property, quoted where it is not a word. */
export function propertyOf(name: string): string {
  return WORD.test(name) ? name : JSON.stringify(name);
}

/** `readonly [3, 224, 224]`; the first may be any number: `batch`. */
export function tuple(values: readonly (number | string)[]): string {
  return `readonly [${values.map((value) => (typeof value === "number" ? String(value) : JSON.stringify(value))).join(", ")}]`;
}

/** `readonly [number, 3, 224, 224]`: any number of examples. */
export function batched(shape: readonly number[]): string {
  return `readonly [${["number", ...shape].join(", ")}]`;
}

/** `readonly params: 3504872;`, for each. */
export function figureMembers(figures: Partial<Figures> & Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(figures).map(([name, value]) => `readonly ${name}: ${value};`);
}

/** A doc comment, indented so far; the text cannot end it. */
export function commented(lines: readonly string[], indent = ""): readonly string[] {
  const safe = lines.map((line) => line.replaceAll("*/", "*\\/").trimEnd());
  return safe.length === 1 ? [`${indent}/** ${safe[0]} */`] : [`${indent}/**`, ...safe.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}`), `${indent} */`];
}

/** What is said of a model above its declaration. */
export function modelDoc(doc: string | undefined, figures: Figures, reading: string | undefined): readonly string[] {
  const grouped = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");
  const costs = `${grouped(figures.params)} parameters, ${grouped(figures.macs)} MACs, ${grouped(figures.weights)} bytes of weights${reading === undefined ? "" : ` (reading: ${reading})`}.`;
  return commented(doc === undefined ? [costs] : [...doc.split("\n").map((line) => line.trim()), "", costs]);
}

/** The first line of a file of declarations. */
export function declarationHeading(source: string): string {
  return `// What ${source} exports, made by lwm ${version} (\`lwmc types\`). An edit belongs into the .lwm source.`;
}
