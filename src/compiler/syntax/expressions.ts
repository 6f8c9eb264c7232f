/**
 * Expressions: from the concrete tree, flat and with holes, to the syntax tree.
 *
 * `depth` counts how many expressions stand around one. Everything that reads the syntax tree walks it recursively, so
 * its height is bounded here, also where it comes of a long row of operators.
 */
import type { CstNode, IToken } from "chevrotain";
import * as T from "../../../grammar/tokens.ts";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import type { Arg, BinaryOp, Braces, Chain, Expr, Missing } from "./ast.ts";
import { readBody } from "./statements.ts";
import { numberLiteral, stringLiteral } from "./literals.ts";
import { checkCommas } from "./lists.ts";
import { extent, ident, nodeOf, nodesOf, spanFrom, spanOf, tokenOf, tokensOf, type Reading } from "./reading.ts";
import { readTable } from "./table.ts";

/** Expressions nest at most this deep. */
const DEPTH_LIMIT = 200;
/** A chain has at most this many links. */
const CHAIN_LIMIT = 1000;

export function missing(r: Reading, at: number): Missing {
  return { kind: "missing", span: spanFrom(r, at, at) };
}

function tooDeep(r: Reading, node: CstNode, what: string, limit: number): Missing {
  const { start, end } = extent(node)!;
  r.report(diagnostic("nesting-too-deep", spanFrom(r, start, Math.min(end, start + 1)), { what, limit }));
  return { kind: "missing", span: spanFrom(r, start, end) };
}

/** An expression, or a chain that is a statement: `link { "->" link }`. A node that is not there gives `missing` at `at`. */
export function readExpression(r: Reading, node: CstNode | undefined, at: number, depth: number): Expr {
  if (node === undefined) return missing(r, at);
  const links = nodesOf(node, "link");
  const arrows = tokensOf(node, "Arrow");
  if (arrows.length === 0) return links.length === 0 ? missing(r, extent(node)?.start ?? at) : readLink(r, links[0], at, depth);
  if (links.length > CHAIN_LIMIT) return tooDeep(r, node, `a chain of ${links.length} links`, CHAIN_LIMIT);
  const read: Expr[] = [];
  let end = at;
  for (let i = 0; i <= arrows.length; i++) {
    const link = readLink(r, links[i], end, depth + 1);
    read.push(link);
    end = i < arrows.length ? T.endOf(arrows[i]) : link.span.end;
  }
  return { kind: "chain", span: spanFrom(r, read[0].span.start, Math.max(end, T.endOf(arrows.at(-1)!))), links: read } satisfies Chain;
}

function readLink(r: Reading, node: CstNode | undefined, at: number, depth: number): Expr {
  if (node === undefined) return missing(r, at);
  if (depth > DEPTH_LIMIT) return tooDeep(r, node, "expressions nest too deep", DEPTH_LIMIT);
  switch (node.name) {
    case "link": {
      const { children } = node;
      const inner = (children["operation"] ?? children["repeated"] ?? children["ifExpr"] ?? children["forExpr"])?.[0] as CstNode | undefined;
      return inner === undefined ? missing(r, at) : readLink(r, inner, at, depth);
    }
    case "ifExpr":
      return readIf(r, node, at, depth);
    case "forExpr":
      return readFor(r, node, at, depth);
    case "repeated":
      return readRepeated(r, node, at, depth);
    default:
      return readOperation(r, node, at, depth);
  }
}

function readIf(r: Reading, node: CstNode, at: number, depth: number): Expr {
  const keyword = tokenOf(node, "If");
  const start = keyword?.startOffset ?? at;
  const open = tokenOf(node, "LParen");
  const condition = readExpression(r, nodeOf(node, "expression"), open ? T.endOf(open) : start, depth + 1);
  const close = tokenOf(node, "RParen");
  const branches = nodesOf(node, "branch");
  const elseToken = tokenOf(node, "Else");
  const then = readBranch(r, branches[0], close ? T.endOf(close) : condition.span.end, depth + 1);
  const otherwise = elseToken && readBranch(r, branches[1], T.endOf(elseToken), depth + 1);
  return { kind: "if", span: spanFrom(r, start, (otherwise ?? then).span.end), condition, then, else: otherwise };
}

function readBranch(r: Reading, node: CstNode | undefined, at: number, depth: number): Expr {
  const braces = node && nodeOf(node, "braces");
  return braces ? (readBraces(r, braces, at, depth) ?? missing(r, at)) : readExpression(r, node, at, depth);
}

function readFor(r: Reading, node: CstNode, at: number, depth: number): Expr {
  const start = tokenOf(node, "For")?.startOffset ?? at;
  const variable = tokenOf(node, "Word");
  const inToken = tokenOf(node, "In");
  const range = readLink(r, nodeOf(node, "operation"), inToken ? T.endOf(inToken) : start, depth + 1);
  const body = readBody(r, nodeOf(node, "body"), tokenOf(node, "RParen")?.startOffset ?? range.span.end, depth + 1);
  const name = variable ? ident(r, variable) : { name: "", span: spanFrom(r, start, start) };
  return { kind: "for", span: spanFrom(r, start, body.span.end), variable: name, range, body };
}

function readRepeated(r: Reading, node: CstNode, at: number, depth: number): Expr {
  const times = tokenOf(node, "Times");
  const braces = nodeOf(node, "braces");
  const left: Expr = (braces && readBraces(r, braces, at, depth + 1)) ?? missing(r, at);
  if (!times) return left;
  const right = readOperand(r, nodeOf(node, "operand"), T.endOf(times), depth + 1);
  return { kind: "binary", span: spanFrom(r, left.span.start, right.span.end), op: "*", left, right };
}

/** A body or a table. */
function readBraces(r: Reading, node: CstNode, at: number, depth: number): Braces | undefined {
  const table = nodeOf(node, "table");
  if (table) return readTable(r, table, at, depth);
  const body = nodeOf(node, "body");
  return body && readBody(r, body, at, depth);
}

/* How tightly an operator binds. */
const precedence: Readonly<Record<string, number>> = {
  Or: 1, And: 2, EqualEqual: 4, NotEqual: 4, LessEqual: 4, GreaterEqual: 4, Less: 4, Greater: 4, Range: 5, Plus: 6, Minus: 6, Times: 7, Divide: 7,
};
const NOT = 3;
const COMPARE = 4;
const RANGE = 5;
const NEGATE = 8;

function readOperation(r: Reading, node: CstNode, at: number, depth: number): Expr {
  const operators = tokensOf(node, "Operator");
  const operands = nodesOf(node, "operand");
  if (operators.length === 0) return readOperand(r, operands[0], at, depth);
  const height = operators.length + nodesOf(node, "operand").reduce((most, operand) => Math.max(most, tokensOf(operand, "prefix").length), 0);
  if (depth + height > DEPTH_LIMIT) return tooDeep(r, node, `an expression of ${operators.length} operators nests too deep`, DEPTH_LIMIT);
  const inner = depth + height;

  let next = 0;
  const operand = (prefix: number, tightest: number): Expr => {
    const node = operands[next] as CstNode | undefined;
    const prefixes = node ? tokensOf(node, "prefix") : [];
    if (prefix >= prefixes.length) {
      const before = next === 0 ? at : T.endOf(operators[next - 1]);
      next++;
      return readPrimary(r, node, before, inner);
    }
    const sign = prefixes[prefix];
    if (sign.tokenType === T.Not && tightest > NOT) r.report(diagnostic("not-inside", spanOf(r, sign), {}));
    const value = sign.tokenType === T.Not ? climb(prefix + 1, NOT) : operand(prefix + 1, NEGATE);
    return { kind: "unary", span: spanFrom(r, sign.startOffset, value.span.end), op: sign.tokenType === T.Not ? "not" : "-", operand: value };
  };
  const climb = (prefix: number, loosest: number): Expr => {
    let left = operand(prefix, loosest);
    let last = 0;
    for (;;) {
      const sign = operators[next - 1] as IToken | undefined;
      const binds = sign ? precedence[sign.tokenType.name] : 0;
      if (sign === undefined || binds < loosest) return left;
      if (binds === last && (binds === COMPARE || binds === RANGE)) r.report(diagnostic("chained-comparison", spanOf(r, sign), { operator: sign.image }));
      last = binds;
      const right = climb(0, binds + 1);
      const span = spanFrom(r, left.span.start, Math.max(right.span.end, T.endOf(sign)));
      left =
        sign.tokenType === T.Range
          ? { kind: "range", span, low: left, high: right }
          : { kind: "binary", span, op: String(sign.tokenType.PATTERN) as BinaryOp, left, right };
    }
  };
  return climb(0, 0);
}

function readOperand(r: Reading, node: CstNode | undefined, at: number, depth: number): Expr {
  if (node === undefined) return missing(r, at);
  const prefixes = tokensOf(node, "prefix");
  if (prefixes.length === 0) return readPrimary(r, node, at, depth);
  if (depth + prefixes.length > DEPTH_LIMIT) return tooDeep(r, node, `${prefixes.length} signs in a row nest too deep`, DEPTH_LIMIT);
  let value = readPrimary(r, node, T.endOf(prefixes.at(-1)!), depth + prefixes.length);
  for (let i = prefixes.length - 1; i >= 0; i--) {
    const not = prefixes[i].tokenType === T.Not;
    if (not && i > 0 && prefixes[i - 1].tokenType === T.Minus) r.report(diagnostic("not-inside", spanOf(r, prefixes[i]), {}));
    value = { kind: "unary", span: spanFrom(r, prefixes[i].startOffset, value.span.end), op: not ? "not" : "-", operand: value };
  }
  return value;
}

/** An operand without its signs; also a `named` that stands for one. */
function readPrimary(r: Reading, node: CstNode | undefined, at: number, depth: number): Expr {
  if (node === undefined) return missing(r, at);
  if (node.name === "named") return readNamed(r, node, at, depth);
  const named = nodeOf(node, "named");
  if (named) return readNamed(r, named, at, depth);
  const literal = tokenOf(node, "literal");
  if (literal) return readLiteral(r, literal);
  const indices = nodesOf(node, "postfix");
  if (depth + indices.length > DEPTH_LIMIT) return tooDeep(r, node, "expressions nest too deep", DEPTH_LIMIT);
  const paren = nodeOf(node, "paren");
  const list = nodeOf(node, "list");
  let value = paren ? readParen(r, paren, at, depth + indices.length) : list ? readList(r, list, at, depth + indices.length) : missing(r, at);
  for (const index of indices) value = readPostfix(r, index, value, depth + indices.length);
  return value;
}

function readLiteral(r: Reading, t: IToken): Expr {
  switch (t.tokenType) {
    case T.NumberToken:
      return numberLiteral(r, t);
    case T.StringToken:
      return stringLiteral(r, t);
    case T.Hole:
      return { kind: "hole", span: spanOf(r, t) };
    default:
      return { kind: "bool", span: spanOf(r, t), value: t.tokenType === T.True };
  }
}

function readParen(r: Reading, node: CstNode, at: number, depth: number): Expr {
  const open = tokenOf(node, "LParen");
  const start = open?.startOffset ?? at;
  if (depth >= DEPTH_LIMIT) return tooDeep(r, node, "expressions nest too deep", DEPTH_LIMIT);
  const inner = readExpression(r, nodeOf(node, "expression"), open ? T.endOf(open) : at, depth + 1);
  const close = tokenOf(node, "RParen");
  return { kind: "paren", span: spanFrom(r, start, close ? T.endOf(close) : inner.span.end), inner };
}

function readList(r: Reading, node: CstNode, at: number, depth: number): Expr {
  const start = tokenOf(node, "LBracket")?.startOffset ?? at;
  const items = nodesOf(node, "item").map((item) => readExpression(r, item, start, depth + 1));
  checkCommas(r, node, items);
  const close = tokenOf(node, "RBracket");
  return { kind: "listliteral", span: spanFrom(r, start, close ? T.endOf(close) : (items.at(-1)?.span.end ?? start + 1)), items };
}

/** A name with what follows it: members, indices, arguments, and at last braces. */
export function readNamed(r: Reading, node: CstNode | undefined, at: number, depth: number): Expr {
  const name = node && tokenOf(node, "name");
  if (node === undefined || name === undefined) return missing(r, at);
  const postfixes = nodesOf(node, "postfix");
  const braces = nodeOf(node, "braces");
  const height = postfixes.length + (braces ? 1 : 0);
  if (depth + height > DEPTH_LIMIT) return tooDeep(r, node, "expressions nest too deep", DEPTH_LIMIT);
  let value: Expr = { kind: "name", span: spanOf(r, name), name: name.image };
  for (const postfix of postfixes) value = readPostfix(r, postfix, value, depth + height);
  if (!braces) return value;
  const body = readBraces(r, braces, value.span.end, depth + height) ?? readBody(r, undefined, value.span.end, depth);
  const span = spanFrom(r, value.span.start, body.span.end);
  return value.kind === "call" ? { ...value, span, body } : { kind: "call", span, callee: value, parens: false, args: [], body };
}

function readPostfix(r: Reading, node: CstNode, value: Expr, depth: number): Expr {
  const { start } = value.span;
  if (node.name === "member") {
    const word = tokenOf(node, "Word");
    return word ? { kind: "member", span: spanFrom(r, start, T.endOf(word)), object: value, name: ident(r, word) } : value;
  }
  if (node.name === "index") {
    const index = readExpression(r, nodeOf(node, "expression"), value.span.end + 1, depth + 1);
    const close = tokenOf(node, "RBracket");
    return { kind: "index", span: spanFrom(r, start, close ? T.endOf(close) : index.span.end), object: value, index };
  }
  const { args, end } = readArgs(r, node, value.span.end, depth);
  return { kind: "call", span: spanFrom(r, start, end), callee: value, parens: true, args, body: undefined };
}

/** The arguments of a call, an input, an output or a default. */
export function readArgs(r: Reading, node: CstNode | undefined, at: number, depth: number): { readonly args: readonly Arg[]; readonly end: number } {
  if (node === undefined) return { args: [], end: at };
  const args = nodesOf(node, "item").map((item): Arg => {
    const name = tokenOf(item, "Word");
    const equals = tokenOf(item, "Equals");
    const value = readExpression(r, nodeOf(item, "expression"), equals ? T.endOf(equals) : at, depth + 1);
    return { span: spanFrom(r, name ? name.startOffset : value.span.start, value.span.end), name: name && ident(r, name), value };
  });
  checkCommas(r, node, args);
  const close = tokenOf(node, "RParen");
  return { args, end: close ? T.endOf(close) : (args.at(-1)?.span.end ?? at) };
}
