/**
 * The grammar: what may follow what, and nothing of what it means.
 *
 * A newline means nothing, but for one rule: `(`, `[` or `{` that opens a line of a body does not go on with the line
 * above. Commas between items are optional here, so that a missing one is one small error and not a lost item; the
 * reader of the tree insists on them.
 */
import type { CstNode, IParserConfig, ParserMethod } from "chevrotain";
import { expectations } from "./expected.ts";
import { lookahead } from "./lookahead.ts";
import { RecoveringParser } from "./recovery.ts";
import * as T from "./tokens.ts";

const config: IParserConfig = { recoveryEnabled: true, maxLookahead: 3, nodeLocationTracking: "none", errorMessageProvider: expectations };

type Rule = ParserMethod<[], CstNode>;

let original: LwmParser | undefined;

/** A parser with Chevrotain's own analysis: for error recovery, and for making the table. */
export function analysed(): LwmParser {
  return (original ??= new LwmParser("own"));
}

export class LwmParser extends RecoveringParser {
  /** `analysis`: taken from the table; worked out anew; or worked out and checked for ambiguities, which throws where there are any. */
  constructor(analysis: "table" | "own" | "checked" = "table") {
    super(T.vocabulary, { ...config, skipValidations: analysis !== "checked" }, analysed);
    if (analysis === "table") this.prepare(lookahead);
    else this.performSelfAnalysis();
  }

  /** `file = { declaration } ;` */
  file: Rule = this.RULE("file", () => {
    this.MANY(() => this.SUBRULE(this.declaration));
  });

  /** `declaration = importing | model | block | letBinding ;` */
  declaration: Rule = this.RULE("declaration", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.importing) },
      { ALT: () => this.SUBRULE(this.model) },
      { ALT: () => this.SUBRULE(this.block) },
      { ALT: () => this.SUBRULE(this.letBinding) },
    ]);
  });

  /** `importing = "import" imports "from" STRING ;` */
  importing: Rule = this.RULE("importing", () => {
    this.CONSUME(T.Import);
    this.SUBRULE(this.imports);
    this.CONSUME(T.From);
    this.CONSUME(T.StringToken);
  });

  /** `imports = "{" { word [ "," ] } "}" ;` */
  imports: Rule = this.RULE("imports", () => {
    this.CONSUME(T.LBrace);
    this.MANY(() => {
      this.CONSUME(T.Word, { LABEL: "item" });
      this.OPTION(() => this.CONSUME(T.Comma));
    });
    this.CONSUME(T.RBrace);
  });

  /** `model = "model" word [ params ] ( body | "=" named ) ;` */
  model: Rule = this.RULE("model", () => {
    this.CONSUME(T.Model);
    this.CONSUME(T.Word);
    this.OPTION(() => this.SUBRULE(this.params));
    this.OR([
      { ALT: () => this.SUBRULE(this.body) },
      {
        ALT: () => {
          this.CONSUME(T.Equals);
          this.SUBRULE(this.named);
        },
      },
    ]);
  });

  /** `block = "block" word [ params ] body ;` */
  block: Rule = this.RULE("block", () => {
    this.CONSUME(T.Block);
    this.CONSUME(T.Word);
    this.OPTION(() => this.SUBRULE(this.params));
    this.SUBRULE(this.body);
  });

  /** `params = "(" { param [ "," ] } ")" ;` */
  params: Rule = this.RULE("params", () => {
    this.CONSUME(T.LParen);
    this.MANY(() => {
      this.SUBRULE(this.param, { LABEL: "item" });
      this.OPTION(() => this.CONSUME(T.Comma));
    });
    this.CONSUME(T.RParen);
  });

  /** `param = [ "first" | "ramp" ] word ":" type [ "in" operation [ "step" operation ] ] [ "=" expression ] ;` */
  param: Rule = this.RULE("param", () => {
    this.OPTION(() => {
      this.OR([{ ALT: () => this.CONSUME(T.First) }, { ALT: () => this.CONSUME(T.Ramp) }]);
    });
    this.CONSUME(T.Word);
    this.CONSUME(T.Colon);
    this.SUBRULE(this.type);
    this.OPTION2(() => {
      this.CONSUME(T.In);
      this.SUBRULE(this.operation, { LABEL: "range" });
      this.OPTION3(() => {
        this.CONSUME(T.Step);
        this.SUBRULE2(this.operation, { LABEL: "step" });
      });
    });
    this.OPTION4(() => {
      this.CONSUME(T.Equals);
      this.SUBRULE(this.expression);
    });
  });

  /** `type = "[" type "]" | word { "|" word } ;` Two words or more are an enum. */
  type: Rule = this.RULE("type", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.LBracket);
          this.SUBRULE(this.type);
          this.CONSUME(T.RBracket);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.Word);
          this.MANY(() => {
            this.CONSUME(T.Bar);
            this.CONSUME2(T.Word);
          });
        },
      },
    ]);
  });

  /** `body = "{" { statement } "}" ;` */
  body: Rule = this.RULE("body", () => {
    this.CONSUME(T.LBrace);
    this.MANY(() => this.SUBRULE(this.statement));
    this.CONSUME(T.RBrace);
  });

  /** `statement = label | inputTensor | outputTensor | letBinding | shared | defaults | require | budget | fact | chain ;` */
  statement: Rule = this.RULE("statement", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.label) },
      { ALT: () => this.SUBRULE(this.inputTensor) },
      { ALT: () => this.SUBRULE(this.outputTensor) },
      { ALT: () => this.SUBRULE(this.letBinding) },
      { ALT: () => this.SUBRULE(this.shared) },
      { ALT: () => this.SUBRULE(this.defaults) },
      { ALT: () => this.SUBRULE(this.require) },
      { ALT: () => this.SUBRULE(this.budget) },
      { ALT: () => this.SUBRULE(this.fact) },
      { ALT: () => this.SUBRULE(this.chain) },
    ]);
  });

  /** `label = word ":" expression ;` */
  label: Rule = this.RULE("label", () => {
    this.CONSUME(T.Label);
    this.CONSUME(T.Colon);
    this.SUBRULE(this.expression);
  });

  /** `inputTensor = "input" word [ args ] ":" expression ;` */
  inputTensor: Rule = this.RULE("inputTensor", () => {
    this.CONSUME(T.Input);
    this.CONSUME(T.Word);
    this.OPTION(() => this.SUBRULE(this.args));
    this.CONSUME(T.Colon);
    this.SUBRULE(this.expression);
  });

  /** `outputTensor = "output" word [ args ] ":" expression ;` */
  outputTensor: Rule = this.RULE("outputTensor", () => {
    this.CONSUME(T.Output);
    this.CONSUME(T.Word);
    this.OPTION(() => this.SUBRULE(this.args));
    this.CONSUME(T.Colon);
    this.SUBRULE(this.expression);
  });

  /** `letBinding = "let" word "=" expression ;` */
  letBinding: Rule = this.RULE("letBinding", () => {
    this.CONSUME(T.Let);
    this.CONSUME(T.Word);
    this.CONSUME(T.Equals);
    this.SUBRULE(this.expression);
  });

  /** `shared = "shared" word ":" expression ;` */
  shared: Rule = this.RULE("shared", () => {
    this.CONSUME(T.Shared);
    this.CONSUME(T.Word);
    this.CONSUME(T.Colon);
    this.SUBRULE(this.expression);
  });

  /** `defaults = "defaults" defaultEntry { "," defaultEntry } ;` */
  defaults: Rule = this.RULE("defaults", () => {
    this.CONSUME(T.Defaults);
    this.SUBRULE(this.defaultEntry);
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE2(this.defaultEntry);
    });
  });

  /** `defaultEntry = word args ;` */
  defaultEntry: Rule = this.RULE("defaultEntry", () => {
    this.CONSUME(T.Word);
    this.SUBRULE(this.args);
  });

  /** `require = "require" operation [ "," STRING ] ;` */
  require: Rule = this.RULE("require", () => {
    this.CONSUME(T.Require);
    this.SUBRULE(this.operation);
    this.OPTION(() => {
      this.CONSUME(T.Comma);
      this.CONSUME(T.StringToken);
    });
  });

  /** `budget = "budget" "{" { limit [ "," ] } "}" ;` */
  budget: Rule = this.RULE("budget", () => {
    this.CONSUME(T.Budget);
    this.CONSUME(T.LBrace);
    this.MANY(() => {
      this.SUBRULE(this.limit, { LABEL: "item" });
      this.OPTION(() => this.CONSUME(T.Comma));
    });
    this.CONSUME(T.RBrace);
  });

  /** `limit = operation ;` A comparison. */
  limit: Rule = this.RULE("limit", () => {
    this.SUBRULE(this.operation);
  });

  /** `fact = ( "target" | "maximize" | "minimize" ) named ;` */
  fact: Rule = this.RULE("fact", () => {
    this.OR([
      { ALT: () => this.CONSUME(T.Target, { LABEL: "keyword" }) },
      { ALT: () => this.CONSUME(T.Maximize, { LABEL: "keyword" }) },
      { ALT: () => this.CONSUME(T.Minimize, { LABEL: "keyword" }) },
    ]);
    this.SUBRULE(this.named);
  });

  /** `chain = ( ifExpr | forExpr | application ) { "->" link } ;` A statement starts with a word. */
  chain: Rule = this.RULE("chain", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.ifExpr, { LABEL: "link" }) },
      { ALT: () => this.SUBRULE(this.forExpr, { LABEL: "link" }) },
      { ALT: () => this.SUBRULE(this.application, { LABEL: "link" }) },
    ]);
    this.MANY(() => {
      this.CONSUME(T.Arrow);
      this.SUBRULE(this.link);
    });
  });

  /** `expression = link { "->" link } ;` */
  expression: Rule = this.RULE("expression", () => {
    this.SUBRULE(this.link);
    this.MANY(() => {
      this.CONSUME(T.Arrow);
      this.SUBRULE2(this.link);
    });
  });

  /** `link = operation | repeated | ifExpr | forExpr ;` */
  link: Rule = this.RULE("link", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.operation) },
      { ALT: () => this.SUBRULE(this.repeated) },
      { ALT: () => this.SUBRULE(this.ifExpr) },
      { ALT: () => this.SUBRULE(this.forExpr) },
    ]);
  });

  /** `ifExpr = "if" "(" expression ")" branch [ "else" branch ] ;` */
  ifExpr: Rule = this.RULE("ifExpr", () => {
    this.CONSUME(T.If);
    this.CONSUME(T.LParen);
    this.SUBRULE(this.expression);
    this.CONSUME(T.RParen);
    this.SUBRULE(this.branch);
    this.OPTION(() => {
      this.CONSUME(T.Else);
      this.SUBRULE2(this.branch);
    });
  });

  /** `branch = braces | ( operation | ifExpr | forExpr ) { "->" link } ;` What follows braces goes on after the whole `if`. */
  branch: Rule = this.RULE("branch", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.braces) },
      {
        ALT: () => {
          this.OR2([
            { ALT: () => this.SUBRULE(this.operation, { LABEL: "link" }) },
            { ALT: () => this.SUBRULE(this.ifExpr, { LABEL: "link" }) },
            { ALT: () => this.SUBRULE(this.forExpr, { LABEL: "link" }) },
          ]);
          this.MANY(() => {
            this.CONSUME(T.Arrow);
            this.SUBRULE(this.link);
          });
        },
      },
    ]);
  });

  /** `forExpr = "for" "(" word "in" operation ")" body ;` */
  forExpr: Rule = this.RULE("forExpr", () => {
    this.CONSUME(T.For);
    this.CONSUME(T.LParen);
    this.CONSUME(T.Word);
    this.CONSUME(T.In);
    this.SUBRULE(this.operation);
    this.CONSUME(T.RParen);
    this.SUBRULE(this.body);
  });

  /** `repeated = braces [ "*" operand ] ;` */
  repeated: Rule = this.RULE("repeated", () => {
    this.SUBRULE(this.braces);
    this.OPTION(() => {
      this.CONSUME(T.Times);
      this.SUBRULE(this.operand);
    });
  });

  /** `application = named { operator operand } ;` An operation that starts with a word. */
  application: Rule = this.RULE("application", () => {
    this.SUBRULE(this.named, { LABEL: "operand" });
    this.MANY(() => {
      this.CONSUME(T.Operator);
      this.SUBRULE(this.operand);
    });
  });

  /**
   * `operation = operand { operator operand } ;`
   *
   * Flat, so that depth and time do not grow with the levels. How the operators bind, loosest first: `or`; `and`; `not`;
   * `== != <= >= < >`, once; `..`, once; `+ -`; `* /`; `-` before its operand.
   */
  operation: Rule = this.RULE("operation", () => {
    this.SUBRULE(this.operand);
    this.MANY(() => {
      this.CONSUME(T.Operator);
      this.SUBRULE2(this.operand);
    });
  });

  /** `operand = { "-" | "not" } ( named | NUMBER | STRING | "true" | "false" | "?" | list | paren ) { index } ;` An index stands right behind a list or a parenthesis. */
  operand: Rule = this.RULE("operand", () => {
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(T.Minus, { LABEL: "prefix" }) },
        { ALT: () => this.CONSUME(T.Not, { LABEL: "prefix" }) },
      ]);
    });
    this.OR2([
      { ALT: () => this.SUBRULE(this.named) },
      { ALT: () => this.CONSUME(T.NumberToken, { LABEL: "literal" }) },
      { ALT: () => this.CONSUME(T.StringToken, { LABEL: "literal" }) },
      { ALT: () => this.CONSUME(T.True, { LABEL: "literal" }) },
      { ALT: () => this.CONSUME(T.False, { LABEL: "literal" }) },
      { ALT: () => this.CONSUME(T.Hole, { LABEL: "literal" }) },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.paren) },
    ]);
    // After a space it is an item whose comma is missing.
    this.MANY2({
      GATE: () => (this.LA(0).tokenType === T.RBracket || this.LA(0).tokenType === T.RParen) && this.LA(1).startOffset === T.endOf(this.LA(0)),
      DEF: () => this.SUBRULE(this.index, { LABEL: "postfix" }),
    });
  });

  /** `named = ( word | "in" | "it" ) { args | member | index } [ braces ] ;` */
  named: Rule = this.RULE("named", () => {
    this.OR([
      { ALT: () => this.CONSUME(T.Word, { LABEL: "name" }) },
      { ALT: () => this.CONSUME(T.In, { LABEL: "name" }) },
      { ALT: () => this.CONSUME(T.It, { LABEL: "name" }) },
    ]);
    this.MANY({
      GATE: () => this.LA(1).tokenType === T.Dot || !this.nextOpensLineInBody(),
      DEF: () => {
        this.OR2([
          { ALT: () => this.SUBRULE(this.args, { LABEL: "postfix" }) },
          { ALT: () => this.SUBRULE(this.member, { LABEL: "postfix" }) },
          { ALT: () => this.SUBRULE(this.index, { LABEL: "postfix" }) },
        ]);
      },
    });
    this.OPTION({
      GATE: () => !this.nextOpensLineInBody(),
      DEF: () => this.SUBRULE(this.braces),
    });
  });

  /** `member = "." word ;` */
  member: Rule = this.RULE("member", () => {
    this.CONSUME(T.Dot);
    this.CONSUME(T.Word);
  });

  /** `index = "[" expression "]" ;` */
  index: Rule = this.RULE("index", () => {
    this.CONSUME(T.LBracket);
    this.SUBRULE(this.expression);
    this.CONSUME(T.RBracket);
  });

  /** `args = "(" { arg [ "," ] } ")" ;` */
  args: Rule = this.RULE("args", () => {
    this.CONSUME(T.LParen);
    this.MANY(() => {
      this.SUBRULE(this.arg, { LABEL: "item" });
      this.OPTION(() => this.CONSUME(T.Comma));
    });
    this.CONSUME(T.RParen);
  });

  /** `arg = [ word "=" ] expression ;` */
  arg: Rule = this.RULE("arg", () => {
    this.OPTION(() => {
      this.CONSUME(T.Word);
      this.CONSUME(T.Equals);
    });
    this.SUBRULE(this.expression);
  });

  /** `list = "[" { expression [ "," ] } "]" ;` */
  list: Rule = this.RULE("list", () => {
    this.CONSUME(T.LBracket);
    this.MANY(() => {
      this.SUBRULE(this.expression, { LABEL: "item" });
      this.OPTION(() => this.CONSUME(T.Comma));
    });
    this.CONSUME(T.RBracket);
  });

  /** `paren = "(" expression ")" ;` */
  paren: Rule = this.RULE("paren", () => {
    this.CONSUME(T.LParen);
    this.SUBRULE(this.expression);
    this.CONSUME(T.RParen);
  });

  /** `braces = table | body ;` */
  braces: Rule = this.RULE("braces", () => {
    this.OR([{ ALT: () => this.SUBRULE(this.table) }, { ALT: () => this.SUBRULE(this.body) }]);
  });

  /** `table = "{" "|" word "|" { word "|" } { row } "}" ;` The first bars and words are the header. */
  table: Rule = this.RULE("table", () => {
    this.CONSUME(T.LBrace);
    this.CONSUME(T.Bar);
    this.AT_LEAST_ONE(() => {
      this.CONSUME(T.Word);
      this.CONSUME2(T.Bar);
    });
    this.MANY2(() => this.SUBRULE(this.row));
    this.CONSUME(T.RBrace);
  });

  /** `row = "|" cell { cell } ;` */
  row: Rule = this.RULE("row", () => {
    this.CONSUME(T.Bar);
    this.AT_LEAST_ONE(() => this.SUBRULE(this.cell));
  });

  /** `cell = "-" "|" | expression "|" ;` A lone `-` is not given. */
  cell: Rule = this.RULE("cell", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Minus);
          this.CONSUME(T.Bar);
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.expression);
          this.CONSUME2(T.Bar);
        },
      },
    ]);
  });
}
