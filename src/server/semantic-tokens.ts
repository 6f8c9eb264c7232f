/** Colours by meaning, as the protocol encodes them: whole, of a range, and as what changed since the last answer. */
import type { SemanticTokens, SemanticTokensDelta } from "vscode-languageserver-protocol";
import { TOKEN_MODIFIERS, TOKEN_TYPES, tokensOf } from "../workspace/editor/tokens.ts";
import type { View } from "../workspace/editor/view.ts";
import { toPosition } from "./translate.ts";

interface Answers {
  readonly full: (uri: string, view: View) => SemanticTokens;
  /** The whole, where the client's last answer is not known any more. */
  readonly delta: (uri: string, view: View, last: string) => SemanticTokens | SemanticTokensDelta;
}

/** Remembers the last answer for each open document. */
export function tokenAnswers(isOpen: (uri: string) => boolean): Answers {
  const known = new Map<string, SemanticTokens>();
  let made = 0;
  const full = (uri: string, view: View): SemanticTokens => {
    const answer = { resultId: String(++made), data: encodedTokens(view) };
    known.set(uri, answer);
    for (const other of known.keys()) if (!isOpen(other)) known.delete(other);
    return answer;
  };
  return {
    full,
    delta: (uri, view, last) => {
      const before = known.get(uri);
      const { resultId, data } = full(uri, view);
      if (before?.resultId !== last) return { resultId, data };
      const shorter = Math.min(before.data.length, data.length);
      let head = 0;
      while (head < shorter && before.data[head] === data[head]) head++;
      let tail = 0;
      while (tail < shorter - head && before.data[before.data.length - 1 - tail] === data[data.length - 1 - tail]) tail++;
      const deleteCount = before.data.length - head - tail;
      return { resultId, edits: deleteCount === 0 && head + tail === data.length ? [] : [{ start: head, deleteCount, data: data.slice(head, data.length - tail) }] };
    },
  };
}

/** Each token relative to the one before it: five numbers. */
export function encodedTokens(view: View, range: { readonly start: number; readonly end: number } = { start: 0, end: Infinity }): number[] {
  const data: number[] = [];
  let line = 0;
  let character = 0;
  for (const { span, type, modifiers } of tokensOf(view)) {
    if (span.end < range.start || span.start > range.end) continue;
    const at = toPosition(view.source, span.start);
    const sameLine = at.line === line;
    data.push(at.line - line, sameLine ? at.character - character : at.character, span.end - span.start, TOKEN_TYPES.indexOf(type), modifiers.reduce((bits, modifier) => bits | (1 << TOKEN_MODIFIERS.indexOf(modifier)), 0));
    ({ line, character } = at);
  }
  return data;
}
