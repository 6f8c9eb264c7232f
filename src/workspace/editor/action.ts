import type { Diagnostic, TextEdit } from "../../compiler/diagnostics/diagnostic.ts";

/** One thing that an editor can do to a text at a place. */
export interface Action {
  readonly title: string;
  readonly kind: "quickfix" | "refactor.extract" | "refactor.rewrite";
  readonly edits: readonly TextEdit[];
  /** What it puts right. */
  readonly fixes?: Diagnostic;
  readonly preferred?: true;
  /** Its edits have to be searched for: ask `fillHoles` for them when it is chosen. */
  readonly fills?: string;
}
