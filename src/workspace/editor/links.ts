/** Papers and files that a text names: arXiv numbers, DOIs and addresses in comments, imports. */
import { lex } from "../../../grammar/lex.ts";
import { span, type Span } from "../../compiler/source.ts";
import type { View } from "./view.ts";

export interface Link {
  readonly span: Span;
  /** An address; a file of the workspace where `file` is set. */
  readonly target: string;
  readonly file?: true;
  readonly title: string;
}

const PATTERNS: readonly (readonly [RegExp, (found: string) => string, string])[] = [
  [/https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:]/g, (url) => url, "open the page"],
  [/\barXiv:\s?(\d{4}\.\d{4,5}(?:v\d+)?)/gi, (id) => `https://arxiv.org/abs/${id}`, "open the paper on arXiv"],
  [/\b(10\.\d{4,9}\/[^\s"<>]*[^\s"<>.,;:)\]])/g, (doi) => `https://doi.org/${doi}`, "open the paper by its DOI"],
];

export function linksOf(view: View): readonly Link[] {
  const { source, workspace, uri } = view;
  const links: Link[] = [];
  for (const { image, startOffset } of lex(source).comments) links.push(...linksIn(image).map((link) => ({ ...link, span: span(uri, startOffset + link.start, startOffset + link.end) })));
  for (const { from } of view.file.imports) {
    if (!from) continue;
    const target = workspace.resolve(uri, from.value);
    if (workspace.file(target)) links.push({ span: { ...from.span, start: from.span.start + 1, end: from.span.end - 1 }, target, file: true, title: "open the file" });
  }
  return links.sort((a, b) => a.span.start - b.span.start);
}

/** Links in a text, by offsets in it. */
export function linksIn(text: string): readonly { readonly start: number; readonly end: number; readonly target: string; readonly title: string }[] {
  const found: { start: number; end: number; target: string; title: string }[] = [];
  for (const [pattern, target, title] of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index;
      const end = start + match[0].length;
      if (!found.some((other) => start < other.end && other.start < end)) found.push({ start, end, target: target(match[1] ?? match[0]), title });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** The same text as Markdown. */
export function withLinks(text: string): string {
  let result = "";
  let at = 0;
  for (const { start, end, target } of linksIn(text)) {
    result += `${text.slice(at, start)}[${text.slice(start, end)}](${target})`;
    at = end;
  }
  return result + text.slice(at);
}
