/** Ways through syntax trees. */
import type { Span } from "../../compiler/source.ts";
import type { File } from "../../compiler/syntax/ast.ts";

/** Anything in a tree that has a place. */
export interface Placed {
  readonly kind?: string;
  readonly span: Span;
}

/** What lies right below, in no particular order. */
export function childrenOf(node: object): readonly Placed[] {
  const found: Placed[] = [];
  const add = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) for (const item of value) add(item);
    else if ("span" in value) found.push(value as Placed);
    else for (const part of Object.values(value)) add(part);
  };
  for (const [key, value] of Object.entries(node)) if (key !== "span") add(value);
  return found;
}

/** What an offset lies in, the outermost first; also what ends there. */
export function pathTo(file: File, offset: number): readonly Placed[] {
  const path: Placed[] = [];
  let inside: readonly Placed[] = childrenOf(file);
  for (;;) {
    const holds = inside.filter(({ span }) => span.start <= offset && offset <= span.end);
    // Where one ends as the next begins, the next is meant.
    const next = holds.length < 2 ? holds[0] : holds.reduce((a, b) => (b.span.start > a.span.start || (b.span.start === a.span.start && b.span.end < a.span.end) ? b : a));
    if (!next) return path;
    path.push(next);
    inside = childrenOf(next);
  }
}

export function within(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Visits a tree and all below it, from the outside inwards. */
export function walk(node: object, visit: (node: Placed) => void): void {
  for (const child of childrenOf(node)) {
    visit(child);
    walk(child, visit);
  }
}
