/** Comments while a file is printed anew: each stays where it stood, at the end of a line or on lines of its own. */
import type { IToken } from "chevrotain";
import type { Comment } from "../../../grammar/lex.ts";
import { endOf } from "../../../grammar/tokens.ts";
import { hardline, suffix, type Doc } from "./doc.ts";

/** Where printing has got to. Tokens are to be printed in the order of the text. */
export interface Progress {
  readonly text: string;
  readonly comments: readonly Comment[];
  /** Index of the next comment. */
  next: number;
  /** End of the last token or comment that was printed. */
  end: number;
  /** The next token starts a line, so that comments can stand above it. */
  fresh: boolean;
}

/** A token with the comments above it and the one that ends its line. */
export function tok(p: Progress, t: IToken): Doc {
  const next = p.next < p.comments.length ? p.comments[p.next].startOffset : Infinity;
  const leading = next < t.startOffset ? before(p, t.startOffset) : [];
  p.end = endOf(t);
  p.fresh = false;
  return next === Infinity ? t.image : [...leading, t.image, trailing(p)];
}

function before(p: Progress, offset: number): readonly Doc[] {
  const docs: Doc[] = [];
  let above = false;
  while (p.next < p.comments.length && p.comments[p.next].startOffset < offset) {
    const blank = above && blankAhead(p);
    const text = take(p);
    if (!p.fresh) docs.push(suffix(text));
    else {
      docs.push(blank ? hardline : "", text, hardline);
      above = true;
    }
  }
  if (above && blankAhead(p)) docs.push(hardline);
  return docs;
}

/** The comment that ends the line of what was printed last, also after a comma. */
export function trailing(p: Progress): Doc {
  const docs: Doc[] = [];
  while (p.next < p.comments.length && isOnLine(p) && /^[\s,]*$/.test(p.text.slice(p.end, p.comments[p.next].startOffset))) docs.push(suffix(take(p)));
  return docs;
}

/** The comments before a closing bracket or the end of the file, each on a line of its own after a line break. */
export function dangling(p: Progress, offset: number, first: boolean): readonly Doc[] {
  const docs: Doc[] = [];
  while (p.next < p.comments.length && p.comments[p.next].startOffset < offset) {
    const blank = (!first || docs.length > 0) && blankAhead(p);
    docs.push(hardline, blank ? hardline : "", take(p));
  }
  return docs;
}

/** Whether a blank line follows what was printed last. */
export function blankAhead(p: Progress): boolean {
  let lines = 0;
  for (let i = p.end; i < p.text.length; i++) {
    const c = p.text[i];
    if (c === "\n" || (c === "\r" && p.text[i + 1] !== "\n")) lines++;
    else if (c !== " " && c !== "\t" && c !== "\r" && c !== "," && c !== "\u00a0" && c !== "\ufeff") break;
  }
  return lines > 1;
}

/** Whether a line break follows what was printed last, before anything else. */
export function breaksAfter(p: Progress): boolean {
  let i = p.end;
  while (p.text[i] === " " || p.text[i] === "\t") i++;
  return p.text[i] === "\n" || p.text[i] === "\r";
}

/** The next comment stands on the line of what was printed last. */
function isOnLine(p: Progress): boolean {
  return p.end > 0 && !/[\n\r]/.test(p.text.slice(p.end, p.comments[p.next].startOffset));
}

function take(p: Progress): string {
  const comment = p.comments[p.next++];
  p.end = endOf(comment);
  return comment.image.trimEnd();
}
