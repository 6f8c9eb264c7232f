/**
 * A parser that knows its lookahead beforehand. Chevrotain works it out at every start, by running each rule and walking
 * all that may follow; that takes longer than reading most files. The table in `lookahead.ts` holds the outcome.
 */
import { CstParser, type IParserConfig, type IToken, type Rule, type TokenType } from "chevrotain";

/**
 * For each decision, `rule kind occurrence`, its alternatives: paths of token names, the shortest that tell them apart.
 * An optional part or a repetition has one alternative, to enter.
 */
export type Lookahead = Readonly<Record<string, readonly (readonly string[])[]>>;

/** The kinds of decision, as Chevrotain numbers them in the keys of its cache. */
const decisionKinds = { or: 1 << 8, option: 2 << 8, many: 3 << 8, atLeastOne: 4 << 8 } as const;
export type DecisionKind = keyof typeof decisionKinds;

/** What of Chevrotain's parser is used here; its type declarations leave these out. */
interface Internals {
  currIdx: number;
  readonly fullRuleNameToShort: Readonly<Record<string, number>>;
  readonly lookAheadFuncsCache: ReadonlyMap<number, unknown>;
  selfAnalysisDone: boolean;
  getLaFuncFromCache(key: number): unknown;
  setLaFuncCache(key: number, value: unknown): void;
  getGAstProductions(): Record<string, Rule>;
}
const Base = CstParser as unknown as abstract new (vocabulary: readonly TokenType[], config: IParserConfig) => CstParser & Internals;

export abstract class PreparedParser extends Base {
  private readonly decisions = new Map<number, string>();
  private readonly types = new Map<string, number>();
  private lookahead: Lookahead = {};
  private readonly original: () => PreparedParser;

  /** `original` makes the same parser with its own analysis; it is called at the first error, where more is to be known. */
  constructor(vocabulary: readonly TokenType[], config: IParserConfig, original: () => PreparedParser) {
    super(vocabulary, config);
    this.original = original;
    for (const type of vocabulary) this.types.set(type.name, type.tokenTypeIdx!);
  }

  /** Instead of `performSelfAnalysis`: takes the lookahead from a table. */
  protected prepare(lookahead: Lookahead): void {
    this.lookahead = lookahead;
    for (const decision in lookahead) {
      const [rule, kind, occurrence] = decision.split(" ");
      this.decisions.set(this.fullRuleNameToShort[rule] | decisionKinds[kind as DecisionKind] | Number(occurrence), decision);
    }
    this.selfAnalysisDone = true;
  }

  override getLaFuncFromCache(key: number): unknown {
    const known = this.lookAheadFuncsCache.get(key);
    if (known !== undefined) return known;
    const decision = this.decisions.get(key)!;
    const alternatives = this.lookahead[decision].map((paths) => paths.map((path) => path.split(" ").map((name) => this.types.get(name)!)));
    const made = decision.includes(" or ") ? choose(alternatives) : enter(alternatives[0]);
    this.setLaFuncCache(key, made);
    return made;
  }

  override getGAstProductions(): Record<string, Rule> {
    return this.decisions.size === 0 ? super.getGAstProductions() : this.original().getGAstProductions();
  }
}

/** What a lookahead function, which Chevrotain calls on the parser, uses of it. */
interface Ahead {
  LA_FAST(k: number): IToken;
}

type Path = readonly number[];

/** The number of the first alternative that the next tokens go with. */
function choose(alternatives: readonly (readonly Path[])[]): (this: Ahead) => number | undefined {
  const byFirst = new Map<number, { readonly path: Path; readonly alternative: number }[]>();
  for (const [alternative, paths] of alternatives.entries()) {
    for (const path of paths) {
      const known = byFirst.get(path[0]);
      if (known) known.push({ path, alternative });
      else byFirst.set(path[0], [{ path, alternative }]);
    }
  }
  return function () {
    const candidates = byFirst.get(this.LA_FAST(1).tokenTypeIdx);
    if (candidates === undefined) return undefined;
    for (const { path, alternative } of candidates) if (matches(this, path)) return alternative;
    return undefined;
  };
}

/** Whether the next tokens enter an optional part. */
function enter(paths: readonly Path[]): (this: Ahead) => boolean {
  if (paths.some((path) => path.length !== 1)) {
    return function () {
      const next = this.LA_FAST(1).tokenTypeIdx;
      return paths.some((path) => path[0] === next && matches(this, path));
    };
  }
  const [only] = paths[0];
  if (paths.length === 1) {
    return function () {
      return this.LA_FAST(1).tokenTypeIdx === only;
    };
  }
  const single = new Set(paths.map(([type]) => type));
  return function () {
    return single.has(this.LA_FAST(1).tokenTypeIdx);
  };
}

/** A path whose first token is known to be there. */
function matches(parser: Ahead, path: Path): boolean {
  for (let i = 1; i < path.length; i++) if (parser.LA_FAST(i + 1).tokenTypeIdx !== path[i]) return false;
  return true;
}
