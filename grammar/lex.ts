/**
 * Text to tokens: the lexer's own cut, with what other languages would write read for what was meant, and reported.
 */
import type { IToken, TokenType } from "chevrotain";
import { diagnostic, type Diagnostic, type Fix, type Note } from "../src/compiler/diagnostics/diagnostic.ts";
import { lineStarts, span, type Source } from "../src/compiler/source.ts";
import * as T from "./tokens.ts";

export interface Comment {
  readonly image: string;
  readonly startOffset: number;
}

export interface Lexed {
  readonly tokens: readonly IToken[];
  readonly comments: readonly Comment[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Cuts a source into tokens. Never fails: what cannot be read is left out or mended, and said. */
export function lex(source: Source): Lexed {
  const { text, uri } = source;
  const result = T.tokenize(text);
  const diagnostics: Diagnostic[] = [];
  for (const { offset, length } of result.errors) {
    const characters = text.slice(offset, offset + length);
    diagnostics.push(
      diagnostic("unexpected-character", span(uri, offset, offset + length), { characters: characters.length > 20 ? `${characters.slice(0, 20)}…` : characters }, hint(uri, offset, characters)),
    );
  }
  if (result.errors.length > 0) joinWords(result.tokens, text);
  const foreign = result.tokens.some((t) => mends.has(t.tokenType));
  const tokens = foreign ? result.tokens.filter((t) => mend(t, uri, diagnostics)) : result.tokens;
  return { tokens, comments: (result.groups.comments ?? []) as unknown as readonly Comment[], diagnostics };
}

const alike: Readonly<Record<string, string>> = { "，": ",", "：": ":", "（": "(", "）": ")", "×": "*", "–": "-", "−": "-", "“": '"', "”": '"', "„": '"', "≤": "<=", "≥": ">=" };

/** Letters; those that names may have are never left over. */
const letters = /^[\p{L}\p{M}]+$/u;

/** A typographic sign that looks like one of the language's, or a letter of another alphabet. */
function hint(uri: string, offset: number, characters: string): { readonly fixes?: readonly Fix[]; readonly notes?: readonly Note[] } {
  const right = Object.hasOwn(alike, characters) ? alike[characters] : undefined;
  if (right !== undefined) return { fixes: [{ title: `write \`${right}\``, edits: [{ span: span(uri, offset, offset + characters.length), text: right }] }] };
  return letters.test(characters) ? { notes: [{ message: "names are made of the letters a to z and A to Z, digits and `_`" }] } : {};
}

/** `größe` was cut in two at letters that names do not have: one name again, so that its halves are not unknown besides. */
function joinWords(tokens: IToken[], text: string): void {
  let kept = 0;
  for (const token of tokens) {
    const before = kept > 0 ? tokens[kept - 1] : undefined;
    if (before && before.tokenType === T.Word && token.tokenType === T.Word && letters.test(text.slice(T.endOf(before), token.startOffset))) {
      before.image += text.slice(T.endOf(before), T.endOf(token));
      before.endOffset = token.endOffset!;
    } else tokens[kept++] = token;
  }
  tokens.length = kept;
}

interface Mend {
  /** What it is read as; nothing where it is left out. */
  readonly as: TokenType | undefined;
  readonly report: (t: IToken, at: ReturnType<typeof span>) => Diagnostic;
}

function instead(as: TokenType, right: string): Mend {
  return {
    as,
    report: (t, at) =>
      diagnostic("foreign-token", at, { wrong: t.image, right }, { fixes: [{ title: `write \`${right}\``, edits: [{ span: at, text: right }] }] }),
  };
}

const mends: ReadonlyMap<TokenType, Mend> = new Map<TokenType, Mend>([
  [T.AndAnd, instead(T.And, "and")],
  [T.Bang, instead(T.Not, "not")],
  [T.FatArrow, instead(T.Arrow, "->")],
  [T.TypographicArrow, instead(T.Arrow, "->")],
  [
    T.Semicolon,
    { as: undefined, report: (_, at) => diagnostic("semicolon", at, {}, { fixes: [{ title: "delete it", edits: [{ span: at, text: "" }] }] }) },
  ],
  [
    T.HashComment,
    {
      as: undefined,
      report: (t, at) => diagnostic("foreign-comment", at, { wrong: "#" }, { fixes: [{ title: "write `//`", edits: [{ span: at, text: `//${t.image.replace(/^#+/, "")}` }] }] }),
    },
  ],
  [T.BlockComment, { as: undefined, report: (_, at) => diagnostic("foreign-comment", at, { wrong: "/* */" }) }],
  [
    T.SingleQuoted,
    {
      as: T.StringToken,
      report: (t, at) => {
        const text = `"${t.image.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`;
        return diagnostic("single-quotes", at, {}, { fixes: [{ title: "write double quotes", edits: [{ span: at, text }] }] });
      },
    },
  ],
  [T.UnterminatedString, { as: T.StringToken, report: (_, at) => diagnostic("unterminated-string", at, {}) }],
]);

/** Reads a foreign token for what was meant; false where it is to be left out. */
function mend(t: IToken, uri: string, diagnostics: Diagnostic[]): boolean {
  const found = mends.get(t.tokenType);
  if (!found) return true;
  diagnostics.push(found.report(t, span(uri, t.startOffset, T.endOf(t))));
  if (!found.as) return false;
  t.tokenType = found.as;
  t.tokenTypeIdx = found.as.tokenTypeIdx!;
  return true;
}

/** For each token, whether it is the first on its line. */
export function lineOpeners(source: Source, tokens: readonly IToken[]): Uint8Array {
  const starts = lineStarts(source);
  const opens = new Uint8Array(tokens.length);
  let line = 0;
  let end = -1;
  for (let i = 0; i < tokens.length; i++) {
    const { startOffset } = tokens[i];
    while (line + 1 < starts.length && starts[line + 1] <= startOffset) line++;
    if (starts[line] > end) opens[i] = 1;
    end = Math.max(end, startOffset);
  }
  return opens;
}
