/**
 * How the parser goes on after a mistake. The grammar itself is in `grammar.ts`.
 *
 * The parser reads balanced brackets only (`brackets.ts`), so every place has a known closing bracket: a mistake in a
 * list costs at most its item, one in a body at most what stands before the next line that can start a statement.
 */
import { MismatchedTokenException, type IParserConfig, type IToken, type TokenType } from "chevrotain";
import { expectsMore, isCloser, isOpener, type Balanced } from "./brackets.ts";
import { PreparedParser } from "./prepared.ts";
import * as T from "./tokens.ts";

/** Rules may call each other this deep; above it the text nests deeper than anything meant. */
export const RULE_LIMIT = 450;

/** After as many strays, what is left of a sequence is given up: the text is of another kind. */
const MISTAKES_LIMIT = 1000;

/** Thrown out of the parser where rules nest too deep; `parse` turns it into a diagnostic. */
export class TooDeep {
  readonly token: IToken;
  constructor(token: IToken) {
    this.token = token;
  }
}

/** What of Chevrotain's parser is overridden here; its type declarations leave these out. */
interface Internals {
  currIdx: number;
  RULE_STACK_IDX: number;
  isBackTracking(): boolean;
  getCurrRuleFullName(): string;
  SAVE_ERROR(error: Error): Error;
  ruleInvocationStateUpdate(shortName: number, fullName: string, index: number): void;
  tryInRuleRecovery(expected: TokenType, follows: TokenType[]): IToken;
  canRecoverWithSingleTokenDeletion(expected: TokenType): boolean;
}
const Base = PreparedParser as unknown as abstract new (
  vocabulary: readonly TokenType[],
  config: IParserConfig,
  original: () => PreparedParser,
) => PreparedParser & Internals;

/** A rule that is a sequence between brackets, or the file: what its items are called. */
export const sequences = {
  file: { items: "a `model`, a `block`, a `let` or an `import`", by: "line" },
  body: { items: "a statement", by: "line" },
  table: { items: "a row", by: "line" },
  args: { items: "an argument", by: "comma" },
  params: { items: "a parameter", by: "comma" },
  list: { items: "an expression", by: "comma" },
  budget: { items: "a limit", by: "comma" },
  imports: { items: "a name", by: "comma" },
} as const satisfies Readonly<Record<string, { readonly items: string; readonly by: "comma" | "line" }>>;

/** Items after which the parser can go on, and what then ends the skipped text. */
const items: Readonly<Record<string, "comma" | "line">> = { declaration: "line", statement: "line", row: "line", arg: "comma", param: "comma", limit: "comma" };

const statementStarts: ReadonlySet<TokenType> = new Set([
  T.Word, T.Label, T.In, T.It, T.If, T.For, T.Input, T.Output, T.Let, T.Shared, T.Defaults, T.Require, T.Budget, T.Target, T.Maximize, T.Minimize,
]);
const declarationStarts: ReadonlySet<TokenType> = new Set([T.Model, T.Block, T.Let, T.Import]);

type Lookahead = (this: unknown) => boolean;
type Repeated = (() => void) | { readonly DEF: () => void };

export abstract class RecoveringParser extends Base {
  private opensLine: Balanced["opensLine"] = new Uint8Array(0);
  private closer: Balanced["closer"] = new Int32Array(0);
  private mistakes = 0;
  /** For each rule on the stack the index of its first token. */
  private readonly starts: number[] = [];

  /** Takes a file's tokens; call before the first rule. */
  read({ tokens, opensLine, closer }: Balanced): void {
    this.input = tokens;
    this.mistakes = 0;
    this.opensLine = opensLine;
    this.closer = closer;
  }

  /** The next token opens a line in a body, where a bracket would wrongly go on with the line above. */
  protected nextOpensLineInBody(): boolean {
    const next = this.currIdx + 1;
    if (this.opensLine[next] !== 1) return false;
    const closer = this.closer[next];
    return closer === this.closer.length || this.input[closer].tokenType === T.RBrace;
  }

  override ruleInvocationStateUpdate(shortName: number, fullName: string, index: number): void {
    super.ruleInvocationStateUpdate(shortName, fullName, index);
    const depth = this.RULE_STACK_IDX;
    this.starts[depth] = this.currIdx + 1;
    if (depth > RULE_LIMIT) throw new TooDeep(this.LA(1));
  }

  /** After a repetition: reports what stands there instead of a further item or the end, skips it, and goes on. */
  attemptInRepetitionRecovery = (_method: unknown, args: [number, Repeated], lookahead: Lookahead): void => {
    const rule = this.getCurrRuleFullName();
    if (!(rule in sequences) || (rule === "table" && args[0] !== 2)) return;
    const sequence = sequences[rule as keyof typeof sequences];
    const item = typeof args[1] === "function" ? args[1] : args[1].DEF;
    let before = this.currIdx;
    for (;;) {
      while (lookahead.call(this)) {
        item.call(this);
        if (this.currIdx === before) break;
        before = this.currIdx;
      }
      const at = this.currIdx + 1;
      if (at >= this.closer.length || isCloser(this.input[at])) return;
      if (++this.mistakes > MISTAKES_LIMIT) {
        this.currIdx = this.closer[at] - 1;
        return;
      }
      this.SAVE_ERROR(new MismatchedTokenException(sequence.items, this.LA(1), this.LA(0)));
      if (sequence.by === "line") this.skip(at + 1, this.closer[at], "line");
      else {
        this.skip(at, this.closer[at], "comma");
        if (this.LA(1).tokenType === T.Comma) this.currIdx++;
      }
      before = this.currIdx;
    }
  };

  /** Skips from a token on to where the next item may start, or to the closer. */
  private skip(from: number, closer: number, by: "comma" | "line"): void {
    const rule = this.getCurrRuleFullName();
    const starts = rule === "file" || rule === "declaration" ? declarationStarts : statementStarts;
    let i = from;
    for (; i < closer; i++) {
      if (this.closer[i] !== closer) continue;
      const type = this.input[i].tokenType;
      if (by === "comma") {
        if (type === T.Comma) break;
      } else if (this.opensLine[i] === 1) {
        if (rule === "table" || rule === "row" ? type === T.Bar : starts.has(type) || (isLiteral(type) && !expectsMore(this.input[i - 1]))) break;
      }
    }
    this.currIdx = Math.min(i, this.closer.length) - 1;
  }

  /* The three questions that Chevrotain asks when a rule fails: which token to go on at, whether this rule can, and the going. */

  findReSyncTokenType(): TokenType {
    return T.Word;
  }

  isInCurrentRuleReSyncSet(): boolean {
    return this.RULE_STACK_IDX === 0 || this.getCurrRuleFullName() in items;
  }

  reSyncTo(): IToken[] {
    const rule = this.getCurrRuleFullName();
    const by = items[rule];
    const start = this.starts[this.RULE_STACK_IDX];
    // The bar after an empty first cell goes on with the line as a row of its own.
    if (rule === "row" && this.currIdx === start && this.LA(1).tokenType === T.Bar) return [];
    const closer = this.closer[start] ?? this.closer.length;
    this.skip(this.currIdx + 1, by === undefined ? this.closer.length : closer, by ?? "line");
    return [];
  }

  /** A token that is not there: closers are waited for, other brackets never made up. */
  override tryInRuleRecovery(expected: TokenType, follows: TokenType[]): IToken {
    const at = this.currIdx + 1;
    if (expected === T.RParen || expected === T.RBracket || expected === T.RBrace) {
      const closer = at < this.closer.length && isCloser(this.input[at]) ? at : this.closer[at];
      if (closer < this.closer.length && this.input[closer].tokenType === expected) {
        this.currIdx = closer;
        return this.input[closer];
      }
    }
    return super.tryInRuleRecovery(expected, follows);
  }

  protected override canTokenTypeBeInsertedInRecovery(type: TokenType): boolean {
    return !brackets.has(type);
  }

  override canRecoverWithSingleTokenDeletion(expected: TokenType): boolean {
    const at = this.currIdx + 1;
    const next = this.LA(1);
    if (brackets.has(expected) || isOpener(next) || isCloser(next) || this.opensLine[at] === 1 || this.opensLine[at + 1] === 1) return false;
    return super.canRecoverWithSingleTokenDeletion(expected);
  }
}

/** Starts no statement, and on a line of its own is a mistake of its own. */
function isLiteral(type: TokenType): boolean {
  return type === T.NumberToken || type === T.StringToken;
}

const brackets: ReadonlySet<TokenType> = new Set([T.LParen, T.RParen, T.LBracket, T.RBracket, T.LBrace, T.RBrace]);
