/**
 * The vocabulary: every token of the language, and the lexer that cuts a text into them.
 *
 * The lexer knows no keywords. It cuts words, and `words.ts` decides by the neighbours of each whether it is a keyword
 * there, since any word may be an argument, a column, a parameter or a label.
 */
import { createToken, Lexer, type ILexingResult, type TokenType } from "chevrotain";

/** How a token is shown to readers and coloured by editors. */
export type Role = "word" | "keyword" | "constant" | "number" | "string" | "operator" | "bracket" | "punctuation" | "bar";

interface Facts {
  readonly role: Role;
  /** How the EBNF writes it. */
  readonly ebnf: string;
}

const facts = new Map<TokenType, Facts>();

/** What the EBNF and the editor grammar say of a token. */
export function factsOf(token: TokenType): Facts | undefined {
  return facts.get(token);
}

interface Options {
  readonly ebnf?: string;
  readonly categories?: TokenType;
  /** The characters that a pattern can start with; telling them spares the lexer working them out at every start. */
  readonly starts?: string;
}

function token(name: string, role: Role, pattern: RegExp | string, options: Options = {}): TokenType {
  const type = createToken({
    name,
    pattern,
    ...(options.categories === undefined ? {} : { categories: options.categories }),
    ...(options.starts === undefined ? {} : { start_chars_hint: [...options.starts] }),
  });
  facts.set(type, { role, ebnf: options.ebnf ?? `"${String(pattern)}"` });
  return type;
}

/** Stands between two operands; how tightly each binds is said in `operation`. */
export const Operator = createToken({ name: "Operator", pattern: Lexer.NA });

const digits = "0123456789";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export const Word = token("Word", "word", /[A-Za-z_][A-Za-z0-9_]*/, { ebnf: "word", starts: `${letters}_` });
/** A word in a body with a colon after it: never part of the expression before it. */
export const Label = token("Label", "word", Lexer.NA, { ebnf: "word" });
/** One token with its unit; which units there are is checked later. `0..3` is number, `..`, number. */
export const NumberToken = token("Number", "number", /[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?(?:%|[A-Za-z][A-Za-z0-9_]*)?/, {
  ebnf: "NUMBER",
  starts: digits,
});
export const StringToken = token("String", "string", /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"/, { ebnf: "STRING", starts: '"' });

export const Arrow = token("Arrow", "operator", "->");
export const Range = token("Range", "operator", "..", { categories: Operator });
export const EqualEqual = token("EqualEqual", "operator", "==", { categories: Operator });
export const NotEqual = token("NotEqual", "operator", "!=", { categories: Operator });
export const LessEqual = token("LessEqual", "operator", "<=", { categories: Operator });
export const GreaterEqual = token("GreaterEqual", "operator", ">=", { categories: Operator });
export const Less = token("Less", "operator", "<", { categories: Operator });
export const Greater = token("Greater", "operator", ">", { categories: Operator });
export const Plus = token("Plus", "operator", "+", { categories: Operator });
export const Minus = token("Minus", "operator", "-", { categories: Operator });
export const Times = token("Times", "operator", "*", { categories: Operator });
export const Divide = token("Divide", "operator", "/", { categories: Operator });
export const Equals = token("Equals", "operator", "=");
export const Hole = token("Hole", "constant", "?");
export const Dot = token("Dot", "punctuation", ".");
export const Comma = token("Comma", "punctuation", ",");
export const Colon = token("Colon", "punctuation", ":");
export const Bar = token("Bar", "bar", "|");
export const LParen = token("LParen", "bracket", "(");
export const RParen = token("RParen", "bracket", ")");
export const LBracket = token("LBracket", "bracket", "[");
export const RBracket = token("RBracket", "bracket", "]");
export const LBrace = token("LBrace", "bracket", "{");
export const RBrace = token("RBrace", "bracket", "}");

export const Import = token("Import", "keyword", "import");
export const From = token("From", "keyword", "from");
export const Model = token("Model", "keyword", "model");
export const Block = token("Block", "keyword", "block");
export const Let = token("Let", "keyword", "let");
export const First = token("First", "keyword", "first");
export const Ramp = token("Ramp", "keyword", "ramp");
export const Step = token("Step", "keyword", "step");
export const Input = token("Input", "keyword", "input");
export const Output = token("Output", "keyword", "output");
export const Shared = token("Shared", "keyword", "shared");
export const Defaults = token("Defaults", "keyword", "defaults");
export const Require = token("Require", "keyword", "require");
export const Budget = token("Budget", "keyword", "budget");
export const Target = token("Target", "keyword", "target");
export const Maximize = token("Maximize", "keyword", "maximize");
export const Minimize = token("Minimize", "keyword", "minimize");
export const If = token("If", "keyword", "if");
export const Else = token("Else", "keyword", "else");
export const For = token("For", "keyword", "for");
export const And = token("And", "keyword", "and", { categories: Operator });
export const Or = token("Or", "keyword", "or", { categories: Operator });
export const Not = token("Not", "keyword", "not");
export const In = token("In", "constant", "in");
export const It = token("It", "constant", "it");
export const True = token("True", "constant", "true");
export const False = token("False", "constant", "false");

export const keywords: readonly TokenType[] = [
  Import, From, Model, Block, Let, First, Ramp, Step, Input, Output, Shared, Defaults, Require, Budget, Target, Maximize, Minimize,
  If, Else, For, And, Or, Not, In, It, True, False,
];

/* What belongs to other languages, or is cut short: read for what was meant, and reported. */
function foreign(name: string, pattern: RegExp | string, startsWith: string): TokenType {
  return createToken({ name, pattern, start_chars_hint: [startsWith] });
}
export const UnterminatedString = foreign("UnterminatedString", /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*\\?/, '"');
export const SingleQuoted = foreign("SingleQuoted", /'[^'\\\n\r]*(?:\\[^\n\r][^'\\\n\r]*)*'/, "'");
export const BlockComment = foreign("BlockComment", /\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/)?/, "/");
export const HashComment = foreign("HashComment", /#[^\n\r]*/, "#");
export const Semicolon = foreign("Semicolon", ";", ";");
export const AndAnd = foreign("AndAnd", "&&", "&");
export const Bang = foreign("Bang", "!", "!");
export const FatArrow = foreign("FatArrow", "=>", "=");
export const TypographicArrow = foreign("TypographicArrow", "→", "→");

const Whitespace = createToken({ name: "Whitespace", pattern: /[ \t\n\r\u00a0\ufeff]+/, group: Lexer.SKIPPED, line_breaks: true, start_chars_hint: [..." \t\n\r\u00a0\ufeff"] });
const Comment = createToken({ name: "Comment", pattern: /\/\/[^\n\r]*/, group: "comments", start_chars_hint: ["/"] });

const symbols: readonly TokenType[] = [
  Arrow, Range, FatArrow, EqualEqual, NotEqual, LessEqual, GreaterEqual, Less, Greater, Plus, Minus, Times, Divide, Equals, Hole, Dot, Comma, Colon, Bar,
  LParen, RParen, LBracket, RBracket, LBrace, RBrace,
];

/** The tokens that the grammar is written over. */
export const vocabulary: readonly TokenType[] = [Operator, Word, Label, NumberToken, StringToken, ...symbols.filter((t) => t !== FatArrow), ...keywords];

/** In the order in which they are tried. */
const lexed: TokenType[] = [
  Whitespace, Comment, BlockComment, Word, NumberToken, StringToken, UnterminatedString, ...symbols,
  SingleQuoted, HashComment, Semicolon, AndAnd, Bang, TypographicArrow,
];

export const lexerOptions = { positionTracking: "onlyOffset", ensureOptimizations: true, deferDefinitionErrorsHandling: false } as const;

let lexer: Lexer | undefined;

/** Cuts a text into tokens that carry their start offset; comments stand in the group `comments`, unknown characters in `errors`. */
export function tokenize(text: string): ILexingResult {
  lexer ??= new Lexer(lexed, { ...lexerOptions, skipValidations: true });
  return lexer.tokenize(text);
}

/** The same lexer with its definition checked, for tests. */
export function checkedLexer(): Lexer {
  return new Lexer(lexed, lexerOptions);
}

/** Offset just past a token, which carries only where it starts. */
export function endOf(t: { readonly startOffset: number; readonly image: string }): number {
  return t.startOffset + t.image.length;
}
