/**
 * Brackets, before anything is parsed: a closing bracket that is missing is put where it most likely belongs, one that
 * closes nothing is left out, and both are said once. So the parser sees balanced brackets only, and a mistake inside a
 * pair of them never reaches past it.
 */
import type { IToken, TokenType } from "chevrotain";
import { diagnostic, type Diagnostic } from "../src/compiler/diagnostics/diagnostic.ts";
import { lineStarts, positionAt, span, type Source } from "../src/compiler/source.ts";
import { lineOpeners } from "./lex.ts";
import * as T from "./tokens.ts";

/** Brackets may stand this deep in each other. */
export const NESTING_LIMIT = 64;

export interface Balanced {
  readonly tokens: IToken[];
  readonly opensLine: Uint8Array;
  /**
   * For each token the index of the bracket that closes the pair around it; the number of tokens where there is none. A
   * bracket counts as standing outside of its own pair.
   */
  readonly closer: Int32Array;
  readonly diagnostics: readonly Diagnostic[];
  /** The bracket that stands too deep; then nothing else is to be relied on. */
  readonly tooDeep: IToken | undefined;
}

const closing: ReadonlyMap<TokenType, TokenType> = new Map([
  [T.LParen, T.RParen],
  [T.LBracket, T.RBracket],
  [T.LBrace, T.RBrace],
]);

export function isOpener(t: IToken): boolean {
  return closing.has(t.tokenType);
}

export function isCloser(t: IToken): boolean {
  return t.tokenType === T.RParen || t.tokenType === T.RBracket || t.tokenType === T.RBrace;
}

/** A closing bracket that nobody wrote. */
export function isVirtual(t: IToken): boolean {
  return t.image === "" && t.isInsertedInRecovery === true;
}

interface Findings {
  readonly tooDeep: IToken | undefined;
  /** Indices of closing brackets that close nothing. */
  readonly stray: ReadonlySet<number>;
  /** Openers without a closer, with the index of the token that the closer belongs in front of. */
  readonly unclosed: readonly { readonly opener: number; readonly before: number }[];
}

/** Balances the brackets of a file's tokens. */
export function balance(source: Source, tokens: readonly IToken[]): Balanced {
  const opensLine = lineOpeners(source, tokens);
  const plain = match(tokens, opensLine, undefined);
  if (plain.tooDeep) return { tokens: [], opensLine, closer: new Int32Array(0), diagnostics: [], tooDeep: plain.tooDeep };
  let findings = plain;
  if (plain.stray.size + plain.unclosed.length > 0) {
    // Indentation tells better which one is missing, where it is kept at all.
    const byLayout = match(tokens, opensLine, indentation(source, tokens, opensLine));
    if (!byLayout.tooDeep && byLayout.stray.size + byLayout.unclosed.length <= plain.stray.size + plain.unclosed.length) findings = byLayout;
  }
  const mended = mend(tokens, findings);
  const diagnostics = [...describe(source, tokens, findings)];
  return { tokens: mended, closer: around(mended), opensLine: mended === tokens ? opensLine : lineOpeners(source, mended), diagnostics, tooDeep: undefined };
}

/** The columns of the first token of each token's line, and of the token itself. */
function indentation(source: Source, tokens: readonly IToken[], opensLine: Uint8Array): Int32Array {
  const starts = lineStarts(source);
  const columns = new Int32Array(tokens.length);
  let column = 0;
  for (let i = 0; i < tokens.length; i++) {
    if (opensLine[i]) column = tokens[i].startOffset - starts[positionAt(source, tokens[i].startOffset).line - 1];
    columns[i] = column;
  }
  return columns;
}

function match(tokens: readonly IToken[], opensLine: Uint8Array, indent: Int32Array | undefined): Findings {
  const stray = new Set<number>();
  const unclosed: { opener: number; before: number }[] = [];
  const stack: number[] = [];
  let braces = 0;
  const pop = (): number => {
    const opener = stack.pop()!;
    if (tokens[opener].tokenType === T.LBrace) braces--;
    return opener;
  };
  const abandon = (before: number): void => {
    const opener = pop();
    const isBrace = tokens[opener].tokenType === T.LBrace;
    unclosed.push({ opener, before: isBrace ? before : endOfLine(tokens, opensLine, opener, before) });
  };
  for (let i = 0; i < tokens.length; i++) {
    const t = tokens[i];
    if (braces > 0 && opensLine[i]) {
      if (startsDeclaration(tokens, i)) while (stack.length > 0) abandon(i);
      else if (indent && !isCloser(t)) {
        for (let top = lastBrace(tokens, stack); top !== undefined && indent[top] >= indent[i] && i > top + 1; top = lastBrace(tokens, stack)) {
          while (stack.at(-1) !== top) abandon(i);
          abandon(i);
        }
      }
    }
    if (isOpener(t)) {
      if (stack.length >= NESTING_LIMIT) return { stray, unclosed, tooDeep: t };
      if (t.tokenType === T.LBrace) braces++;
      stack.push(i);
    } else if (t.tokenType === T.RBrace) {
      if (braces === 0) {
        stray.add(i);
        continue;
      }
      while (tokens[stack.at(-1)!].tokenType !== T.LBrace) abandon(i);
      if (indent && opensLine[i]) {
        while (braces > 1 && indent[stack.at(-1)!] > indent[i]) {
          abandon(i);
          while (tokens[stack.at(-1)!].tokenType !== T.LBrace) abandon(i);
        }
      }
      pop();
    } else if (isCloser(t)) {
      let at = stack.length - 1;
      while (at >= 0 && tokens[stack[at]].tokenType !== T.LBrace && closing.get(tokens[stack[at]].tokenType) !== t.tokenType) at--;
      if (at < 0 || tokens[stack[at]].tokenType === T.LBrace) {
        stray.add(i);
        continue;
      }
      while (stack.length - 1 > at) abandon(i);
      pop();
    }
  }
  while (stack.length > 0) abandon(tokens.length);
  return { stray, unclosed, tooDeep: undefined };
}

function lastBrace(tokens: readonly IToken[], stack: readonly number[]): number | undefined {
  for (let i = stack.length - 1; i >= 0; i--) if (tokens[stack[i]].tokenType === T.LBrace) return stack[i];
  return undefined;
}

/** `model X(`, `model X =`, `block x {`: nothing inside of braces looks like that. */
function startsDeclaration(tokens: readonly IToken[], i: number): boolean {
  const [word, name, next] = [tokens[i], tokens[i + 1], tokens[i + 2]];
  if (word.tokenType !== T.Word || (word.image !== "model" && word.image !== "block")) return false;
  if (name?.tokenType !== T.Word || next === undefined) return false;
  return next.tokenType === T.LParen || next.tokenType === T.LBrace || next.tokenType === T.Equals;
}

const startsItem: ReadonlySet<TokenType> = new Set([T.Word, T.NumberToken, T.StringToken]);

/** Where `(` or `[` without its closer was meant to end: before the first line that does not go on with it. */
function endOfLine(tokens: readonly IToken[], opensLine: Uint8Array, opener: number, limit: number): number {
  const head = tokens[opener - 2]?.image;
  const ofParams = head === "model" || head === "block";
  let depth = 0;
  for (let i = opener + 1; i < limit; i++) {
    const t = tokens[i];
    if (depth === 0 && t.tokenType === T.LBrace && (ofParams || opensLine[i]) && !expectsMore(tokens[i - 1])) return i;
    if (depth === 0 && opensLine[i] && startsItem.has(t.tokenType) && i > opener + 1 && !expectsMore(tokens[i - 1])) return i;
    if (isOpener(t)) depth++;
    else if (isCloser(t)) depth--;
  }
  return limit;
}

/** Whether an expression cannot end with this token. */
export function expectsMore(t: IToken): boolean {
  const type = t.tokenType;
  if (type === T.Word) return t.image === "and" || t.image === "or" || t.image === "not" || t.image === "else";
  return (
    type === T.Comma || type === T.Arrow || type === T.Equals || type === T.Colon || type === T.Dot || isOpener(t) || (type.CATEGORIES?.includes(T.Operator) ?? false)
  );
}

function mend(tokens: readonly IToken[], { stray, unclosed }: Findings): IToken[] {
  if (stray.size === 0 && unclosed.length === 0) return tokens as IToken[];
  const inserts = new Map<number, IToken[]>();
  for (const { opener, before } of unclosed) {
    const type = closing.get(tokens[opener].tokenType)!;
    const last = tokens[before - 1];
    const virtual: IToken = { image: "", startOffset: T.endOf(last), tokenType: type, tokenTypeIdx: type.tokenTypeIdx!, isInsertedInRecovery: true };
    const list = inserts.get(before);
    if (list) list.push(virtual);
    else inserts.set(before, [virtual]);
  }
  const result: IToken[] = [];
  for (let i = 0; i <= tokens.length; i++) {
    for (const virtual of inserts.get(i) ?? []) result.push(virtual);
    if (i < tokens.length && !stray.has(i)) result.push(tokens[i]);
  }
  return result;
}

function* describe(source: Source, tokens: readonly IToken[], { stray, unclosed }: Findings): Iterable<Diagnostic> {
  const at = (t: IToken) => span(source.uri, t.startOffset, T.endOf(t));
  for (const i of stray) {
    yield diagnostic("stray-bracket", at(tokens[i]), { bracket: tokens[i].image }, { fixes: [{ title: "delete it", edits: [{ span: at(tokens[i]), text: "" }] }] });
  }
  for (const { opener, before } of unclosed) {
    const open = tokens[opener];
    const bracket = closing.get(open.tokenType)!.PATTERN as string;
    const end = T.endOf(tokens[before - 1]);
    yield diagnostic("unclosed-bracket", at(open), { open: open.image, close: bracket }, {
      label: "opened here",
      fixes: [{ title: `close it with \`${bracket}\``, edits: [{ span: span(source.uri, end, end), text: open.tokenType === T.LBrace ? `\n${bracket}` : bracket }] }],
    });
  }
}

/** The closers around each token of a balanced stream. */
function around(tokens: readonly IToken[]): Int32Array {
  const closer = new Int32Array(tokens.length);
  const stack: number[] = [tokens.length];
  for (let i = tokens.length - 1; i >= 0; i--) {
    const t = tokens[i];
    if (isOpener(t)) stack.pop();
    closer[i] = stack.at(-1)!;
    if (isCloser(t)) stack.push(i);
  }
  return closer;
}
