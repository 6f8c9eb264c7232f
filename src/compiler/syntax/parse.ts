/**
 * Text to syntax tree. Never throws, for any text: what is wrong comes back as diagnostics, and whatever could be read is
 * in the tree.
 */
import type { CstNode } from "chevrotain";
import { balance, NESTING_LIMIT } from "../../../grammar/brackets.ts";
import { concrete } from "../../../grammar/concrete.ts";
import { lex, type Comment } from "../../../grammar/lex.ts";
import { RULE_LIMIT, TooDeep } from "../../../grammar/recovery.ts";
import { endOf } from "../../../grammar/tokens.ts";
import { resolveWords } from "../../../grammar/words.ts";
import { diagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { span, type Source } from "../source.ts";
import type { File } from "./ast.ts";
import { readFile } from "./declarations.ts";
import { describeError } from "./errors.ts";
import { ordered } from "./order.ts";

/** A file has at most this many characters. */
export const SIZE_LIMIT = 1 << 20;

export interface Parsed {
  readonly file: File;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The syntax tree of a source, and what is wrong with its text. */
export function parse(source: Source): Parsed {
  const { file, diagnostics } = read(source);
  return { file, diagnostics };
}

export interface Read extends Parsed {
  /** The concrete tree; undefined where the text is too large or nests too deep. */
  readonly tree: CstNode | undefined;
  readonly comments: readonly Comment[];
}

/** The same with the concrete tree and the comments, for whoever prints the text anew. */
export function read(source: Source): Read {
  const { uri, text } = source;
  const none = { file: { uri, imports: [], declarations: [] }, tree: undefined, comments: [] };
  if (text.length > SIZE_LIMIT) {
    return { ...none, diagnostics: [diagnostic("file-too-large", span(uri, 0, 0), { size: text.length, limit: SIZE_LIMIT })] };
  }
  const diagnostics: Diagnostic[] = [];
  const lexed = lex(source);
  const balanced = balance(source, lexed.tokens);
  if (balanced.tooDeep) {
    const at = span(uri, balanced.tooDeep.startOffset, endOf(balanced.tooDeep));
    return { ...none, diagnostics: [diagnostic("nesting-too-deep", at, { what: "brackets nest too deep", limit: NESTING_LIMIT })] };
  }
  resolveWords(balanced);
  const tree = concrete(balanced);
  if (tree instanceof TooDeep) {
    const at = span(uri, tree.token.startOffset, endOf(tree.token));
    return { ...none, diagnostics: [diagnostic("nesting-too-deep", at, { what: "this nests too deep", limit: RULE_LIMIT })] };
  }
  const { comments } = lexed;
  const reading = { uri, text, comments, report: (d: Diagnostic) => diagnostics.push(d) };
  const file = readFile(reading, tree.node);
  if (lexed.diagnostics.length + balanced.diagnostics.length + tree.errors.length + diagnostics.length === 0) return { file, diagnostics, tree: tree.node, comments };
  for (const error of tree.errors) {
    const found = describeError(source, error);
    if (found) diagnostics.push(found);
  }
  return { file, diagnostics: ordered(source, [...lexed.diagnostics, ...balanced.diagnostics], diagnostics), tree: tree.node, comments };
}
