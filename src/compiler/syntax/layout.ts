/** How expressions are laid out: concrete tree to doc, every token in its order. */
import type { CstNode, IToken } from "chevrotain";
import * as T from "../../../grammar/tokens.ts";
import { blankAhead, breaksAfter, dangling, tok, trailing, type Progress } from "./comments.ts";
import { fence, group, hardline, indent, join, line, softline, whenBroken, type Doc } from "./doc.ts";
import { layStatement } from "./layout-statements.ts";
import { layTable } from "./layout-table.ts";
import { nodeOf, nodesOf, tokenOf, tokensOf } from "./reading.ts";

/** A token that is there, since a file with errors is not printed. */
export function must(node: CstNode, name: string): IToken {
  return tokenOf(node, name)!;
}

/** `link { "->" link }`, broken before each arrow where it does not fit. */
export function layChain(p: Progress, node: CstNode): Doc {
  const links = nodesOf(node, "link");
  const arrows = tokensOf(node, "Arrow");
  const first = layLink(p, links[0]);
  if (arrows.length === 0) return first;
  const rest = arrows.map((arrow, i): Doc => {
    p.fresh = true;
    const sign = tok(p, arrow);
    return [line, sign, " ", layLink(p, links[i + 1])];
  });
  return group([first, indent(rest)]);
}

function layLink(p: Progress, node: CstNode): Doc {
  switch (node.name) {
    case "link": {
      const { children } = node;
      return layLink(p, (children["operation"] ?? children["repeated"] ?? children["ifExpr"] ?? children["forExpr"])[0] as CstNode);
    }
    case "ifExpr":
      return layIf(p, node);
    case "forExpr":
      return layFor(p, node);
    case "repeated": {
      const braces = layBraces(p, nodeOf(node, "braces")!);
      const times = tokenOf(node, "Times");
      return times ? [braces, " ", tok(p, times), " ", layOperand(p, nodeOf(node, "operand")!)] : braces;
    }
    default:
      return layOperation(p, node);
  }
}

function layIf(p: Progress, node: CstNode): Doc {
  const [then, otherwise] = nodesOf(node, "branch");
  const head: Doc = [tok(p, must(node, "If")), " ", tok(p, must(node, "LParen")), group([indent([softline, layChain(p, nodeOf(node, "expression")!)]), softline]), tok(p, must(node, "RParen"))];
  const docs: Doc[] = [head, layBranch(p, then)];
  const elseToken = tokenOf(node, "Else");
  if (elseToken) {
    const another = startsWith(otherwise, "ifExpr");
    docs.push(nodeOf(then, "braces") ? " " : line, tok(p, elseToken), another ? [" ", layChain(p, otherwise)] : layBranch(p, otherwise));
  }
  return group(docs);
}

function layBranch(p: Progress, node: CstNode): Doc {
  const braces = nodeOf(node, "braces");
  return braces ? [" ", layBraces(p, braces)] : indent([line, layChain(p, node)]);
}

function startsWith(branch: CstNode, name: string): boolean {
  return nodesOf(branch, "link")[0]?.name === name && tokensOf(branch, "Arrow").length === 0;
}

function layFor(p: Progress, node: CstNode): Doc {
  const open: Doc = [tok(p, must(node, "For")), " ", tok(p, must(node, "LParen")), tok(p, must(node, "Word")), " ", tok(p, must(node, "In")), " "];
  const range = layOperation(p, nodeOf(node, "operation")!);
  return [open, range, tok(p, must(node, "RParen")), " ", layBody(p, nodeOf(node, "body")!)];
}

function layBraces(p: Progress, node: CstNode): Doc {
  const table = nodeOf(node, "table");
  return table ? layTable(p, table) : layBody(p, nodeOf(node, "body")!);
}

/** A body: on one line where it was begun on one and fits; `open` breaks it always. */
export function layBody(p: Progress, node: CstNode, open = false): Doc {
  const statements = nodesOf(node, "statement");
  const brace = tok(p, must(node, "LBrace"));
  const broken = open || breaksAfter(p);
  const close = must(node, "RBrace");
  const inside: Doc[] = [];
  for (const [i, statement] of statements.entries()) {
    if (i > 0) inside.push(blankAhead(p) ? [hardline, hardline] : line);
    p.fresh = true;
    inside.push(layStatement(p, statement));
  }
  const comments = dangling(p, close.startOffset, statements.length === 0);
  if (statements.length === 0 && comments.length === 0) return [brace, tok(p, close)];
  const content: Doc = statements.length === 0 ? comments : [line, ...inside, ...comments];
  return fence([brace, indent(content), line, tok(p, close)], broken);
}

/** `operand { operator operand }`, broken after an operator. */
export function layOperation(p: Progress, node: CstNode): Doc {
  const operands = nodesOf(node, "operand");
  const operators = tokensOf(node, "Operator");
  const first = layOperand(p, operands[0]);
  if (operators.length === 0) return first;
  const rest = operators.map((operator, i): Doc => {
    const sign = tok(p, operator);
    const tight = operator.tokenType === T.Range || (operators.length === 1 && operator.tokenType === T.Divide && isNumber(operands[i]) && isNumber(operands[i + 1]));
    const right = layOperand(p, operands[i + 1]);
    return tight ? [sign, right] : [" ", sign, line, right];
  });
  return group([first, indent(rest)]);
}

function isNumber(operand: CstNode): boolean {
  return tokenOf(operand, "literal")?.tokenType === T.NumberToken && tokensOf(operand, "prefix").length === 0;
}

/** An operand with its signs; also a `named` that stands for one. */
function layOperand(p: Progress, node: CstNode): Doc {
  if (node.name === "named") return layNamed(p, node);
  const signs = tokensOf(node, "prefix").map((t): Doc => (t.tokenType === T.Not ? [tok(p, t), " "] : tok(p, t)));
  const docs: Doc[] = [...signs, layPrimary(p, node)];
  for (const index of nodesOf(node, "postfix")) docs.push(layIndex(p, index));
  return docs.length === 1 ? docs[0] : docs;
}

function layIndex(p: Progress, node: CstNode): Doc {
  return [tok(p, must(node, "LBracket")), layChain(p, nodeOf(node, "expression")!), tok(p, must(node, "RBracket"))];
}

function layPrimary(p: Progress, node: CstNode): Doc {
  const named = nodeOf(node, "named");
  if (named) return layNamed(p, named);
  const literal = tokenOf(node, "literal");
  if (literal) return tok(p, literal);
  const list = nodeOf(node, "list");
  if (list) return layItems(p, must(list, "LBracket"), nodesOf(list, "item").map((item) => () => layChain(p, item)), must(list, "RBracket"));
  const paren = nodeOf(node, "paren")!;
  const open = tok(p, must(paren, "LParen"));
  const inner = layChain(p, nodeOf(paren, "expression")!);
  return group([open, indent([softline, inner]), softline, tok(p, must(paren, "RParen"))]);
}

/** A name with its members, indices, arguments and braces. */
export function layNamed(p: Progress, node: CstNode): Doc {
  const docs: Doc[] = [tok(p, must(node, "name"))];
  for (const postfix of nodesOf(node, "postfix")) {
    if (postfix.name === "args") docs.push(layArgs(p, postfix));
    else if (postfix.name === "member") docs.push(tok(p, must(postfix, "Dot")), tok(p, must(postfix, "Word")));
    else docs.push(layIndex(p, postfix));
  }
  const braces = nodeOf(node, "braces");
  if (braces) docs.push(" ", layBraces(p, braces));
  return docs;
}

export function layArgs(p: Progress, node: CstNode): Doc {
  const items = nodesOf(node, "item").map((item) => (): Doc => {
    const name = tokenOf(item, "Word");
    const head: Doc = name ? [tok(p, name), tok(p, must(item, "Equals"))] : "";
    return [head, layChain(p, nodeOf(item, "expression")!)];
  });
  return layItems(p, must(node, "LParen"), items, must(node, "RParen"));
}

/**
 * Items between brackets: on one line, or each on its own with a comma after the last; also where the text has that comma
 * already and breaks after it. `edge` stands inside the brackets.
 */
export function layItems(p: Progress, open: IToken, items: readonly (() => Doc)[], close: IToken, edge: Doc = softline): Doc {
  const start = tok(p, open);
  const docs = items.map((item): Doc => {
    p.fresh = true;
    const doc = item();
    return [doc, trailing(p)];
  });
  const comments = dangling(p, close.startOffset, items.length === 0);
  if (docs.length === 0) return comments.length === 0 ? [start, tok(p, close)] : group([start, indent(comments), hardline, tok(p, close)]);
  const kept = /,\s*[\n\r]\s*$/.test(p.text.slice(p.end, close.startOffset));
  return group([start, indent([edge, join([",", line], docs), whenBroken(","), ...comments]), edge, tok(p, close)], kept);
}
