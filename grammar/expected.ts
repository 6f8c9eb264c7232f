/**
 * What the parser says it expected, as a phrase that fits after "expected". The whole sentence is made where the error
 * becomes a diagnostic.
 */
import type { IParserErrorMessageProvider, TokenType } from "chevrotain";
import * as T from "./tokens.ts";

const names: ReadonlyMap<TokenType, string> = new Map([
  [T.Word, "a name"],
  [T.NumberToken, "a number"],
  [T.StringToken, "a string"],
  [T.Operator, "an operator"],
]);

/** A rule and a token that fails in it, where a person would say more than the token. */
const inRules: Readonly<Record<string, string>> = {
  "label Colon": "`:` after the label",
  "inputTensor Word": "the input's name after `input`",
  "inputTensor Colon": "`:` and the input's shape, as in `input image: [3, 224, 224]`",
  "outputTensor Word": "the output's name after `output`",
  "outputTensor Colon": "`:` and what the output is, as in `output logits: dense(10)`",
  "letBinding Word": "a name after `let`",
  "letBinding Equals": "`=` after the name, as in `let width = 32`",
  "shared Word": "a name after `shared`",
  "shared Colon": "`:` and the layer that is shared, as in `shared tower: conv(32)`",
  "defaults Word": "an operator's name after `defaults`",
  "defaultEntry LParen": "the operator's new defaults in parentheses, as in `defaults batchnorm(eps=1e-3)`",
  "args LParen": "the arguments in parentheses",
  "body LBrace": "a body, `{ … }`",
  "forExpr LParen": "`(` after `for`, as in `for (i in 0..3) { … }`",
  "forExpr Word": "a name after `for (`",
  "forExpr In": "`in` and a range, as in `for (i in 0..3)`",
  "ifExpr LParen": "`(` after `if`, as in `if (stride == 1) …`",
  "model Word": "the model's name after `model`",
  "block Word": "the block's name after `block`",
  "param Word": "a parameter's name",
  "param Colon": "`:` and the parameter's type, as in `out: channels`",
  "importing LBrace": "the names in braces, as in `import { ghost } from \"./ghost.lwm\"`",
  "imports LBrace": "the names in braces, as in `import { ghost } from \"./ghost.lwm\"`",
  "importing From": "`from` and a file, as in `from \"./ghost.lwm\"`",
  "importing String": "the file's name in double quotes after `from`",
  "member Word": "a name after `.`",
  "table Word": "a column's name",
  "table Bar": "`|` after the column's name",
  "cell Bar": "`|` after the cell",
  "require String": "a message in double quotes",
  "budget LBrace": "the limits in braces, as in `budget { params <= 4M }`",
};

const alternatives: Readonly<Record<string, string>> = {
  operand: "a value or a layer",
  link: "a value or a layer",
  branch: "a value or a layer",
  cell: "a cell: a value, or `-` for not given",
  row: "a cell: a value, or `-` for not given",
  type: "a type, such as `int`, `channels`, `layer` or `a | b`",
  model: "a body, `{ … }`, or `=` and a call",
  statement: "a statement",
  named: "a name",
  declaration: "a `model`, a `block`, a `let` or an `import`",
  table: "a column's name",
};

/** A token type as a phrase: "a name", "`(`". */
function phrase(type: TokenType): string {
  return names.get(type) ?? `\`${String(type.PATTERN)}\``;
}

export const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => inRules[`${ruleName} ${expected.name}`] ?? phrase(expected),
  buildNotAllInputParsedMessage: () => "the end of the file",
  buildNoViableAltMessage: ({ ruleName }) => alternatives[ruleName] ?? "something else",
  buildEarlyExitMessage: ({ ruleName }) => alternatives[ruleName] ?? "something else",
};
