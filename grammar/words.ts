/**
 * Which words are keywords where. Any word may be an argument, a column, a parameter, a label or a member, so a word is
 * a keyword only where its neighbours leave it nothing else to be. `and`, `or` and `else` are keywords everywhere.
 */
import type { IToken, TokenType } from "chevrotain";
import { expectsMore, isCloser, type Balanced } from "./brackets.ts";
import * as T from "./tokens.ts";

const keywordOf: ReadonlyMap<string, TokenType> = new Map(T.keywords.map((t) => [t.PATTERN as string, t]));

/** Turns the words of a balanced stream that are keywords into their tokens, in place. */
export function resolveWords({ tokens, opensLine, closer }: Balanced): void {
  let headerUntil = -1;
  let limitsUntil = -1;
  for (let i = 0; i < tokens.length; i++) {
    const t = tokens[i];
    if (t.tokenType === T.LBrace && tokens[i + 1]?.tokenType === T.Bar) headerUntil = endOfHeader(tokens, i + 1);
    if (t.tokenType !== T.Word) continue;
    const keyword = keywordOf.get(t.image);
    const around = closer[i] < tokens.length ? tokens[closer[i]].tokenType : undefined;
    const next = tokens[i + 1];
    // `x = …` is no statement, and is read as a label; whoever reads the tree says so.
    const assigned = next?.tokenType === T.Equals && keyword !== T.Let && keyword !== T.Shared && i > limitsUntil;
    if (around === T.RBrace && (next?.tokenType === T.Colon || assigned) && isLabel(t, tokens[i - 1])) {
      retype(t, T.Label);
      retype(next, T.Colon);
    }
    if (keyword === undefined || i <= headerUntil || t.tokenType !== T.Word) continue;
    if (isKeyword(keyword, tokens, i, opensLine[i] === 1, around)) {
      retype(t, keyword);
      if (keyword === T.Budget) limitsUntil = closer[i + 2] ?? i;
    }
  }
}

function retype(t: IToken, type: TokenType): void {
  t.tokenType = type;
  t.tokenTypeIdx = type.tokenTypeIdx!;
}

/** Whether a word before a colon is a label, and not the name of an input, an output or a shared layer. */
function isLabel(t: IToken, before: IToken | undefined): boolean {
  if (t.image === "and" || t.image === "or" || t.image === "else") return false;
  const type = before?.tokenType;
  return type !== T.Input && type !== T.Output && type !== T.Shared && type !== T.Let && type !== T.Dot;
}

/** The last bar of a table's header: bar, word, bar, word, bar, and then no word. */
function endOfHeader(tokens: readonly IToken[], bar: number): number {
  let i = bar;
  while (tokens[i + 1]?.tokenType === T.Word && tokens[i + 2]?.tokenType === T.Bar) i += 2;
  return i;
}

const bindings: ReadonlySet<TokenType> = new Set([T.Let, T.Shared, T.Input, T.Output, T.Model, T.Block]);

/** What goes on with a name; a statement's first keyword is a name before it. */
const continuations: ReadonlySet<TokenType> = new Set([T.Arrow, T.Dot, T.Colon, T.Comma, T.Bar]);

/** `around` is the closer of the bracket around the word. Words before it are resolved already. */
function isKeyword(keyword: TokenType, tokens: readonly IToken[], i: number, opensLine: boolean, around: TokenType | undefined): boolean {
  if (keyword === T.And || keyword === T.Or || keyword === T.Else) return true;
  const before = tokens[i - 1];
  const after = tokens[i + 1];
  const next = after?.tokenType;
  if (before?.tokenType === T.Dot || next === T.Colon) return false;
  if (before && bindings.has(before.tokenType) && !opensLine) return false;
  if (next === T.Equals && around === T.RParen && (before?.tokenType === T.LParen || before?.tokenType === T.Comma)) return false;

  switch (keyword) {
    case T.If:
    case T.For:
    case T.Not:
    case T.In:
    case T.It:
    case T.True:
    case T.False:
      return true;
    case T.First:
    case T.Ramp:
      return around === T.RParen && next === T.Word && tokens[i + 2]?.tokenType === T.Colon;
    case T.Step:
      return around === T.RParen && before !== undefined && endsValue(before);
    case T.From:
      return before?.tokenType === T.RBrace && (next === T.StringToken || around === undefined);
    case T.Import:
      return around === undefined && (next === T.LBrace || ((next === T.StringToken || next === T.Word) && (opensLine || before === undefined)));
    case T.Model:
    case T.Block:
      return around === undefined && next !== undefined && !continuations.has(next) && (opensLine || before === undefined || !expectsMore(before));
  }

  // What is left opens a statement.
  if (around !== T.RBrace && !(around === undefined && keyword === T.Let)) return false;
  if (after === undefined || continuations.has(after.tokenType) || isCloser(after)) return false;
  if (!opensLine && before && (before.tokenType === T.Bar || (expectsMore(before) && before.tokenType !== T.LBrace))) return false;
  if (keyword === T.Require) return next !== T.Equals;
  if (next === T.Word || next === T.NumberToken || next === T.StringToken) return true;
  if (keyword === T.Budget) return next === T.LBrace;
  if (keyword === T.Let || keyword === T.Shared) return next === T.Equals;
  return keyword === T.Input && next === T.LBracket;
}

function endsValue(t: IToken): boolean {
  const type = t.tokenType;
  return type === T.NumberToken || type === T.Word || type === T.In || type === T.It || isCloser(t);
}
