/**
 * A problem is a value: plain data that the terminal, an editor and a bundler render alike.
 */
import type { Span } from "../source.ts";
import { catalogue, type Code, type Holes } from "./catalogue.ts";
import type { Severity } from "./entry.ts";

/** A further place or remark that belongs to a diagnostic; the trail of expansions is made of these. */
export interface Note {
  readonly message: string;
  readonly span?: Span;
}

export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/** One way out: a title and the edits that take it. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  /** What stands beside the underline; the message is the headline. */
  readonly label?: string;
  readonly notes: readonly Note[];
  readonly fixes: readonly Fix[];
}

export interface Extra {
  readonly label?: string;
  readonly notes?: readonly Note[];
  readonly fixes?: readonly Fix[];
}

/** Makes a diagnostic from its catalogue entry; a hole that the message needs and does not get is a type error. */
export function diagnostic<C extends Code>(code: C, span: Span, holes: Holes<C>, extra: Extra = {}): Diagnostic {
  const entry = catalogue[code];
  return {
    code,
    severity: entry.severity,
    message: (entry.message as (holes: Holes<C>) => string)(holes),
    span,
    ...(extra.label === undefined ? {} : { label: extra.label }),
    notes: extra.notes ?? [],
    fixes: extra.fixes ?? [],
  };
}

/** Where phases put what they find. */
export type Report = (diagnostic: Diagnostic) => void;

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
