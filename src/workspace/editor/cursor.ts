/** Where the cursor is among the tokens, for a text that is being written and need not parse. */
import { lex } from "../../../grammar/lex.ts";
import { endOf } from "../../../grammar/tokens.ts";
import type { Source } from "../../compiler/source.ts";

export interface Token {
  readonly image: string;
  readonly start: number;
  readonly end: number;
}

export interface Cursor {
  readonly offset: number;
  /** What has been typed of the word at the cursor; empty where none was begun. */
  readonly prefix: string;
  /** All tokens in front of it. */
  readonly before: readonly Token[];
  /** Indices in `before` of the brackets that are open, the outermost first. */
  readonly open: readonly number[];
  /** The number that the cursor ends. */
  readonly number: string | undefined;
  /** The text of the string so far, where the cursor is in one. */
  readonly string: string | undefined;
  readonly inComment: boolean;
  /** The cursor's word begins a line. */
  readonly opensLine: boolean;
}

export function cursorAt(source: Source, offset: number): Cursor {
  const { tokens, comments } = lex(source);
  const before: Token[] = [];
  let prefix = "";
  let number: string | undefined;
  let string: string | undefined;
  for (const token of tokens) {
    const start = token.startOffset;
    const end = endOf(token);
    if (start >= offset) break;
    const touches = end >= offset;
    if (touches && /^[A-Za-z_]/.test(token.image)) prefix = source.text.slice(start, offset);
    else if (touches && /^\d/.test(token.image)) number = source.text.slice(start, offset);
    else if (end > offset && /^["']/.test(token.image)) string = source.text.slice(start + 1, offset);
    else before.push({ image: token.image, start, end });
  }
  const open: number[] = [];
  for (const [i, { image }] of before.entries()) {
    if (image === "(" || image === "[" || image === "{") open.push(i);
    else if (image === ")" || image === "]" || image === "}") open.pop();
  }
  const from = offset - prefix.length;
  const last = before[before.length - 1];
  return {
    offset,
    prefix,
    before,
    open,
    number,
    string,
    inComment: comments.some(({ startOffset, image }) => startOffset < offset && offset <= startOffset + image.length),
    opensLine: last === undefined || /[\n\r]/.test(source.text.slice(last.end, from)),
  };
}

/** A call around the cursor: `conv(32, act=` */
export interface OpenCall {
  /** The word in front of the bracket, and the one in front of that. */
  readonly callee: Token;
  readonly word: Token | undefined;
  /** How many arguments end before the cursor. */
  readonly position: number;
  /** The parameter that the argument at the cursor names. */
  readonly named: string | undefined;
  /** Parameters that other arguments name. */
  readonly given: readonly string[];
  /** The argument at the cursor is still empty but for the word that is being typed. */
  readonly fresh: boolean;
}

/** @param depth which of the open brackets, -1 the innermost */
export function callAt({ before, open }: Cursor, depth = -1): OpenCall | undefined {
  const at = open.at(depth);
  if (at === undefined || before[at].image !== "(") return undefined;
  const callee = before[at - 1];
  if (!callee || !/^[A-Za-z_]/.test(callee.image)) return undefined;
  let position = 0;
  let level = 0;
  let start = at + 1;
  const given: string[] = [];
  for (let i = at + 1; i < before.length; i++) {
    const { image } = before[i];
    if (image === "(" || image === "[" || image === "{") level++;
    else if (image === ")" || image === "]" || image === "}") level--;
    else if (level === 0 && image === ",") {
      position++;
      start = i + 1;
    } else if (level === 0 && image === "=" && /^[A-Za-z_]/.test(before[i - 1].image)) given.push(before[i - 1].image);
  }
  const named = before[start + 1]?.image === "=" ? before[start].image : undefined;
  return { callee, word: before[at - 2], position, named, given: given.filter((name) => name !== named), fresh: start === before.length };
}
