/** What the readers of the concrete tree share: the file, its comments, where to report, and how to look into a node. */
import type { CstElement, CstNode, IToken } from "chevrotain";
import type { Comment } from "../../../grammar/lex.ts";
import { endOf } from "../../../grammar/tokens.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source.ts";
import type { Ident } from "./ast.ts";

export interface Reading {
  readonly uri: string;
  readonly text: string;
  readonly comments: readonly Comment[];
  readonly report: Report;
}

export function spanOf(r: Reading, t: IToken): Span {
  return { file: r.uri, start: t.startOffset, end: endOf(t) };
}

export function spanFrom(r: Reading, start: number, end: number): Span {
  return { file: r.uri, start, end: Math.max(start, end) };
}

/** The first token of this name; undefined where it is missing or was made up by recovery. */
export function tokenOf(node: CstNode, name: string): IToken | undefined {
  const t = node.children[name]?.[0] as IToken | undefined;
  return t === undefined || Number.isNaN(t.startOffset) ? undefined : t;
}

/** The first sub-node of this name. */
export function nodeOf(node: CstNode, name: string): CstNode | undefined {
  return node.children[name]?.[0] as CstNode | undefined;
}

const none: readonly never[] = [];

export function tokensOf(node: CstNode, name: string): readonly IToken[] {
  return (node.children[name] as IToken[] | undefined) ?? none;
}

export function nodesOf(node: CstNode, name: string): readonly CstNode[] {
  return (node.children[name] as CstNode[] | undefined) ?? none;
}

export function ident(r: Reading, t: IToken): Ident {
  return { name: t.image, span: spanOf(r, t) };
}

/** The extent of everything that was read into a node; undefined for an empty one. Slow: for what is broken only. */
export function extent(node: CstNode): { readonly start: number; readonly end: number } | undefined {
  let start = Infinity;
  let end = -1;
  const stack: CstElement[] = [node];
  for (let element = stack.pop(); element !== undefined; element = stack.pop()) {
    if ("children" in element) for (const children of Object.values(element.children)) for (const child of children) stack.push(child);
    else if (!Number.isNaN(element.startOffset)) {
      start = Math.min(start, element.startOffset);
      end = Math.max(end, endOf(element));
    }
  }
  return end < 0 ? undefined : { start, end };
}
