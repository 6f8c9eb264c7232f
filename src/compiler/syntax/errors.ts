/** The parser's complaints as sentences a person would say. */
import type { IRecognitionException, IToken } from "chevrotain";
import { expectsMore, isCloser, isOpener, isVirtual } from "../../../grammar/brackets.ts";
import { sequences } from "../../../grammar/recovery.ts";
import * as T from "../../../grammar/tokens.ts";
import { diagnostic, type Diagnostic, type Fix } from "../diagnostics/diagnostic.ts";
import { span, type Source } from "../source.ts";

/** One complaint as a diagnostic; undefined where a bracket that nobody wrote is to blame, which is said already. */
export function describeError(source: Source, error: IRecognitionException): Diagnostic | undefined {
  const { token, context } = error;
  const previous = "previousToken" in error ? (error.previousToken as IToken | undefined) : undefined;
  if (isVirtual(token)) return undefined;
  const rule = context.ruleStack.at(-1);
  // A row without any cell is for the reader of the table, who sees the line around it.
  if (rule === "row") return undefined;
  const before = previous !== undefined && !Number.isNaN(previous.startOffset) ? previous : undefined;
  const found = describeToken(token);
  const at = place(source, token, before);

  if (rule === "braces") return badStart(source, token);

  if (rule === "file" || (rule === "body" && error.message === sequences.body.items)) {
    if (isOpener(token) && before && !expectsMore(before) && breaksLine(source, before, token)) return bracketOpensLine(source, token, before);
    if (token.tokenType === T.Else) return diagnostic("else-without-if", at, {});
    const itself = isEnd(token) ? at : span(source.uri, token.startOffset, T.endOf(token));
    return rule === "file" ? diagnostic("declaration-start", itself, { found }) : diagnostic("statement-start", itself, { found }, { fixes: inParentheses(source, before, token) });
  }
  return diagnostic("unexpected-token", at, { expected: error.message, found }, { fixes: [...insertion(source, error.message, before, token), ...comparison(source, rule, token), ...list(source, token)] });
}

/** `conv 16`: what stands behind a word may be its argument. */
function inParentheses(source: Source, before: IToken | undefined, t: IToken): readonly Fix[] {
  if (before?.tokenType !== T.Word || (t.tokenType !== T.NumberToken && t.tokenType !== T.StringToken) || breaksLine(source, before, t)) return [];
  return [{ title: `write \`${before.image}(${t.image})\``, edits: [{ span: span(source.uri, T.endOf(before), T.endOf(t)), text: `(${t.image})` }] }];
}

/** `if (x = 3)`. */
function comparison(source: Source, rule: string | undefined, t: IToken): readonly Fix[] {
  if (t.tokenType !== T.Equals || rule !== "ifExpr") return [];
  return [{ title: "compare with `==`", edits: [{ span: span(source.uri, t.startOffset, T.endOf(t)), text: "==" }] }];
}

/** `stride=(2, 2)`: parentheses in which there is a comma, and which are not a call's. */
function list({ uri, text }: Source, t: IToken): readonly Fix[] {
  if (t.tokenType !== T.Comma) return [];
  const before = /(?<![\w\])])[ \t]*\(([^()[\]{}\n]{0,80})$/.exec(text.slice(Math.max(0, t.startOffset - 100), t.startOffset));
  const after = /^([^()[\]{}\n]{0,80}?),?\s*\)/.exec(text.slice(t.startOffset, t.startOffset + 100));
  if (!before || !after) return [];
  const written = `[${before[1]}${after[1]}]`;
  return [{ title: `a list is written \`${written}\``, edits: [{ span: span(uri, t.startOffset - before[1].length - 1, t.startOffset + after[0].length), text: written }] }];
}

/** A missing `:` or `=` in front of something that can follow it; the `|` that ends a row. */
function insertion(source: Source, expected: string, before: IToken | undefined, t: IToken): readonly Fix[] {
  const sign = /^`([:=|])`/.exec(expected)?.[1];
  if (sign === undefined || before === undefined || isEnd(t)) return [];
  if (sign === "|" ? !isCloser(t) : isCloser(t) || breaksLine(source, before, t)) return [];
  const end = T.endOf(before);
  return [{ title: `put \`${sign}\``, edits: [{ span: span(source.uri, end, end), text: sign === ":" ? ":" : ` ${sign}` }] }];
}

/** A token as a reader sees it. */
function describeToken(t: IToken): string {
  if (isEnd(t)) return "the end of the file";
  const image = t.image.length > 30 ? `${t.image.slice(0, 30)}…` : t.image;
  if (t.tokenType === T.NumberToken) return `the number \`${image}\``;
  if (t.tokenType === T.StringToken) return `the string ${image}`;
  return `\`${image}\``;
}

function isEnd(t: IToken): boolean {
  return Number.isNaN(t.startOffset);
}

function breaksLine({ text }: Source, before: IToken, t: IToken): boolean {
  return /[\n\r]/.test(text.slice(T.endOf(before), t.startOffset));
}

/** The token that is wrong; the place right after the one before it where it stands on another line. */
function place(source: Source, t: IToken, before: IToken | undefined) {
  if (isEnd(t) || (before !== undefined && breaksLine(source, before, t))) {
    const end = before ? T.endOf(before) : source.text.length;
    return span(source.uri, end, end);
  }
  return span(source.uri, t.startOffset, T.endOf(t));
}

/** Braces whose first word is none: what stands there instead. */
function badStart(source: Source, brace: IToken): Diagnostic {
  const inside = T.endOf(brace) + /^\s*/.exec(source.text.slice(T.endOf(brace)))![0].length;
  const found = /^(?:\d[\w.]*|"[^"\n]{0,30}"?|->|\S?)/.exec(source.text.slice(inside))![0];
  const notes = found === "{" ? [{ message: "braces in a sequence need a label: `part: { … } * 3`" }] : [];
  return diagnostic("statement-start", span(source.uri, inside, inside + found.length), { found: `\`${found}\`` }, { notes });
}

function bracketOpensLine(source: Source, t: IToken, before: IToken): Diagnostic {
  const at = span(source.uri, t.startOffset, T.endOf(t));
  const gap = span(source.uri, T.endOf(before), t.startOffset);
  const onlySpace = source.text.slice(gap.start, gap.end).trim() === "";
  return diagnostic("bracket-opens-line", at, { bracket: t.image }, {
    fixes: onlySpace ? [{ title: "join it to the line above", edits: [{ span: gap, text: t.tokenType === T.LBrace ? " " : "" }] }] : [],
  });
}
