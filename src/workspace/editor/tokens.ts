/** What each word is, for colours that a grammar of patterns cannot know. */
import type { Span } from "../../compiler/source.ts";
import { LIBRARY_PREFIX } from "../library.ts";
import type { Named, NamedKind } from "./named.ts";
import { namesOf } from "./names.ts";
import type { View } from "./view.ts";

export const TOKEN_TYPES = ["class", "function", "parameter", "variable", "property", "enumMember", "struct", "keyword"] as const;
export const TOKEN_MODIFIERS = ["declaration", "defaultLibrary", "readonly"] as const;

export interface SemanticToken {
  readonly span: Span;
  readonly type: (typeof TOKEN_TYPES)[number];
  readonly modifiers: readonly (typeof TOKEN_MODIFIERS)[number][];
}

const types: Readonly<Record<NamedKind, SemanticToken["type"]>> = {
  model: "class",
  block: "function",
  device: "struct",
  value: "variable",
  parameter: "parameter",
  label: "property",
  input: "variable",
  output: "variable",
  shared: "function",
  variable: "variable",
  operator: "function",
  function: "function",
  record: "struct",
  word: "enumMember",
  metric: "property",
  side: "property",
  column: "keyword",
  constant: "keyword",
};

/** In the order of the text, none over another. */
export function tokensOf(view: View): readonly SemanticToken[] {
  const tokens: SemanticToken[] = [];
  let end = 0;
  for (const { span, named, declares, quoted } of namesOf(view.workspace, view.file, view.snapshot).mentions) {
    if (span.start < end || span.start === span.end || quoted) continue;
    end = span.end;
    tokens.push({ span, type: types[named.kind], modifiers: [...(declares ? ["declaration" as const] : []), ...(isLibrary(named) ? ["defaultLibrary" as const] : [])] });
  }
  return tokens;
}

function isLibrary({ span }: Named): boolean {
  return span === undefined || span.file.startsWith(LIBRARY_PREFIX);
}
