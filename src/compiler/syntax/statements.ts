/** Bodies and statements: from the concrete tree to the syntax tree. */
import type { CstNode, IToken } from "chevrotain";
import { endOf } from "../../../grammar/tokens.ts";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import { docBefore } from "./docs.ts";
import type { Body, Defaults, Expr, Fact, Let, Statement } from "./ast.ts";
import { readArgs, readExpression, readNamed } from "./expressions.ts";
import { checkCommas } from "./lists.ts";
import { stringLiteral } from "./literals.ts";
import { ident, nodeOf, nodesOf, spanFrom, spanOf, tokenOf, type Reading } from "./reading.ts";

export function readBody(r: Reading, node: CstNode | undefined, at: number, depth: number): Body {
  const open = node && tokenOf(node, "LBrace");
  if (node === undefined || open === undefined) return { kind: "body", span: spanFrom(r, at, at), statements: [] };
  const statements: Statement[] = [];
  for (const child of nodesOf(node, "statement")) {
    const statement = readStatement(r, child, depth + 1);
    if (statement) statements.push(statement);
  }
  const close = tokenOf(node, "RBrace");
  return { kind: "body", span: spanFrom(r, open.startOffset, close ? endOf(close) : (statements.at(-1)?.span.end ?? endOf(open))), statements };
}

/** A statement; undefined where too little of it is left to say anything. */
function readStatement(r: Reading, node: CstNode, depth: number): Statement | undefined {
  const kind = Object.keys(node.children)[0];
  const inner = kind === undefined ? undefined : nodeOf(node, kind);
  if (inner === undefined) return undefined;
  switch (kind) {
    case "label":
      return readLabel(r, inner, depth);
    case "inputTensor":
    case "outputTensor":
      return readTensor(r, inner, depth);
    case "letBinding":
      return readLet(r, inner, depth);
    case "shared":
      return readShared(r, inner, depth);
    case "defaults":
      return readDefaults(r, inner, depth);
    case "require":
      return readRequire(r, inner, depth);
    case "budget":
      return readBudget(r, inner, depth);
    case "fact":
      return readFact(r, inner, depth);
    default: {
      const value = readExpression(r, inner, 0, depth);
      return value.kind === "missing" && value.span.start === 0 ? undefined : { kind: "expr", span: value.span, value };
    }
  }
}

const VALUES: ReadonlySet<Expr["kind"]> = new Set(["number", "string", "bool", "listliteral", "binary", "unary"]);

function reportAssignment(r: Reading, word: IToken, sign: IToken): void {
  const { image: name } = word;
  const end = endOf(sign);
  r.report(diagnostic("assignment", spanOf(r, sign), { name }, {
    fixes: [
      { title: `name a layer's result: \`${name}: …\``, edits: [{ span: spanFrom(r, word.startOffset, end), text: `${name}:` }] },
      { title: `name a value: \`let ${name} = …\``, edits: [{ span: spanFrom(r, word.startOffset, word.startOffset), text: "let " }] },
    ],
  }));
}

function readLabel(r: Reading, node: CstNode, depth: number): Statement | undefined {
  const word = tokenOf(node, "Label");
  if (!word) return undefined;
  const colon = tokenOf(node, "Colon");
  const value = readExpression(r, nodeOf(node, "expression"), endOf(colon ?? word), depth);
  if (colon?.image === "=") {
    reportAssignment(r, word, colon);
    // Read for what was meant: numbers and the like are values.
    if (VALUES.has(value.kind)) return { kind: "let", span: spanFrom(r, word.startOffset, value.span.end), name: ident(r, word), doc: undefined, value };
  }
  return { kind: "label", span: spanFrom(r, word.startOffset, value.span.end), label: ident(r, word), value };
}

function readTensor(r: Reading, node: CstNode, depth: number): Statement | undefined {
  const isInput = node.name === "inputTensor";
  const keyword = tokenOf(node, isInput ? "Input" : "Output");
  const word = tokenOf(node, "Word");
  if (!keyword || !word) return undefined;
  const { args, end } = readArgs(r, nodeOf(node, "args"), endOf(word), depth);
  const colon = tokenOf(node, "Colon");
  const value = readExpression(r, nodeOf(node, "expression"), colon ? endOf(colon) : end, depth);
  const span = spanFrom(r, keyword.startOffset, value.span.end);
  return isInput ? { kind: "input", span, name: ident(r, word), args, shape: value } : { kind: "output", span, name: ident(r, word), args, value };
}

export function readLet(r: Reading, node: CstNode, depth: number): Let | undefined {
  const keyword = tokenOf(node, "Let");
  const word = tokenOf(node, "Word");
  if (!keyword || !word) return undefined;
  const value = readExpression(r, nodeOf(node, "expression"), endOf(tokenOf(node, "Equals") ?? word), depth);
  return { kind: "let", span: spanFrom(r, keyword.startOffset, value.span.end), name: ident(r, word), doc: docBefore(r, keyword.startOffset), value };
}

function readShared(r: Reading, node: CstNode, depth: number): Statement | undefined {
  const keyword = tokenOf(node, "Shared");
  const word = tokenOf(node, "Word");
  if (!keyword || !word) return undefined;
  const value = readExpression(r, nodeOf(node, "expression"), endOf(tokenOf(node, "Colon") ?? word), depth);
  return { kind: "shared", span: spanFrom(r, keyword.startOffset, value.span.end), name: ident(r, word), doc: docBefore(r, keyword.startOffset), value };
}

function readDefaults(r: Reading, node: CstNode, depth: number): Statement | undefined {
  const keyword = tokenOf(node, "Defaults");
  if (!keyword) return undefined;
  const entries: Defaults["entries"][number][] = [];
  for (const entry of nodesOf(node, "defaultEntry")) {
    const word = tokenOf(entry, "Word");
    if (!word) continue;
    const { args, end } = readArgs(r, nodeOf(entry, "args"), endOf(word), depth);
    entries.push({ op: ident(r, word), args, span: spanFrom(r, word.startOffset, end) });
  }
  return { kind: "defaults", span: spanFrom(r, keyword.startOffset, entries.at(-1)?.span.end ?? endOf(keyword)), entries };
}

function readRequire(r: Reading, node: CstNode, depth: number): Statement | undefined {
  const keyword = tokenOf(node, "Require");
  if (!keyword) return undefined;
  const condition = readOperationNode(r, nodeOf(node, "operation"), endOf(keyword), depth);
  const text = tokenOf(node, "String");
  const message = text && stringLiteral(r, text);
  return { kind: "require", span: spanFrom(r, keyword.startOffset, (message ?? condition).span.end), condition, message };
}

function readBudget(r: Reading, node: CstNode, depth: number): Statement | undefined {
  const keyword = tokenOf(node, "Budget");
  if (!keyword) return undefined;
  const entries = nodesOf(node, "item").map((item) => readOperationNode(r, nodeOf(item, "operation"), endOf(keyword), depth));
  checkCommas(r, node, entries);
  const close = tokenOf(node, "RBrace");
  return { kind: "budget", span: spanFrom(r, keyword.startOffset, close ? endOf(close) : (entries.at(-1)?.span.end ?? endOf(keyword))), entries };
}

function readFact(r: Reading, node: CstNode, depth: number): Fact | undefined {
  const keyword = tokenOf(node, "keyword");
  if (!keyword) return undefined;
  const value = readNamed(r, nodeOf(node, "named"), endOf(keyword), depth);
  return { kind: keyword.image as Fact["kind"], span: spanFrom(r, keyword.startOffset, Math.max(value.span.end, endOf(keyword))), value };
}

/** An operation that stands alone, without chain. */
export function readOperationNode(r: Reading, node: CstNode | undefined, at: number, depth: number): Expr {
  return readExpression(r, node && { name: "expression", children: { link: [node] } }, at, depth);
}
