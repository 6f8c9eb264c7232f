/** Files and what they declare: from the concrete tree to the syntax tree. */
import type { CstNode } from "chevrotain";
import { endOf } from "../../../grammar/tokens.ts";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import { docBefore } from "./docs.ts";
import type { Block, Declaration, File, Import, Model, Param, TypeRef } from "./ast.ts";
import { missing, readExpression, readNamed } from "./expressions.ts";
import { checkCommas } from "./lists.ts";
import { stringLiteral } from "./literals.ts";
import { ident, nodeOf, nodesOf, spanFrom, spanOf, tokenOf, tokensOf, type Reading } from "./reading.ts";
import { readBody, readLet, readOperationNode } from "./statements.ts";

export function readFile(r: Reading, node: CstNode): File {
  const imports: Import[] = [];
  const declarations: Declaration[] = [];
  for (const { children } of nodesOf(node, "declaration")) {
    const kind = Object.keys(children)[0];
    const inner = kind === undefined ? undefined : (children[kind][0] as CstNode);
    if (inner === undefined) continue;
    if (inner.name === "importing") {
      const found = readImport(r, inner);
      if (found) imports.push(found);
    } else {
      const found = inner.name === "model" ? readModel(r, inner) : inner.name === "block" ? readBlock(r, inner) : readLet(r, inner, 0);
      if (found) declarations.push(found);
    }
  }
  return { uri: r.uri, imports, declarations };
}

function readImport(r: Reading, node: CstNode): Import | undefined {
  const keyword = tokenOf(node, "Import");
  if (!keyword) return undefined;
  const list = nodeOf(node, "imports");
  const names = list ? tokensOf(list, "item").map((t) => ident(r, t)) : [];
  if (list) checkCommas(r, list, names);
  const text = tokenOf(node, "String");
  const end = text ?? tokenOf(node, "From") ?? (list && tokenOf(list, "RBrace")) ?? keyword;
  return { kind: "import", span: spanFrom(r, keyword.startOffset, endOf(end)), names, from: text && stringLiteral(r, text) };
}

function readModel(r: Reading, node: CstNode): Model | undefined {
  const keyword = tokenOf(node, "Model");
  const word = tokenOf(node, "Word");
  if (!keyword || !word) return undefined;
  const { params, end } = readParams(r, nodeOf(node, "params"), endOf(word));
  const bodyNode = nodeOf(node, "body");
  const body = bodyNode && readBody(r, bodyNode, end, 0);
  const equals = tokenOf(node, "Equals");
  const value = equals && readNamed(r, nodeOf(node, "named"), endOf(equals), 0);
  const span = spanFrom(r, keyword.startOffset, (body ?? value)?.span.end ?? end);
  return { kind: "model", span, name: ident(r, word), doc: docBefore(r, keyword.startOffset), params, body, value };
}

function readBlock(r: Reading, node: CstNode): Block | undefined {
  const keyword = tokenOf(node, "Block");
  const word = tokenOf(node, "Word");
  if (!keyword || !word) return undefined;
  const { params, end } = readParams(r, nodeOf(node, "params"), endOf(word));
  const body = readBody(r, nodeOf(node, "body"), end, 0);
  return { kind: "block", span: spanFrom(r, keyword.startOffset, body.span.end), name: ident(r, word), doc: docBefore(r, keyword.startOffset), params, body };
}

function readParams(r: Reading, node: CstNode | undefined, at: number): { readonly params: readonly Param[]; readonly end: number } {
  if (!node) return { params: [], end: at };
  const params: Param[] = [];
  for (const item of nodesOf(node, "item")) {
    const param = readParam(r, item);
    if (param) params.push(param);
  }
  checkCommas(r, node, params);
  const close = tokenOf(node, "RParen");
  return { params, end: close ? endOf(close) : (params.at(-1)?.span.end ?? at) };
}

function readParam(r: Reading, node: CstNode): Param | undefined {
  const word = tokenOf(node, "Word");
  if (!word) return undefined;
  const roleToken = tokenOf(node, "First") ?? tokenOf(node, "Ramp");
  const type = readType(r, nodeOf(node, "type"), endOf(tokenOf(node, "Colon") ?? word));
  const range = readRange(r, node);
  const equals = tokenOf(node, "Equals");
  const value = equals && readExpression(r, nodeOf(node, "expression"), endOf(equals), 0);
  return {
    kind: "param",
    span: spanFrom(r, (roleToken ?? word).startOffset, (value ?? range ?? type).span.end),
    role: roleToken ? (roleToken.image as "first" | "ramp") : undefined,
    name: ident(r, word),
    type,
    range,
    default: value,
  };
}

/** `in low..high step s`; a range that is none keeps what there is as its low end, and the high end is missing. */
function readRange(r: Reading, node: CstNode): Param["range"] {
  const keyword = tokenOf(node, "In");
  if (!keyword) return undefined;
  const read = readOperationNode(r, nodeOf(node, "range"), endOf(keyword), 0);
  const [low, high] = read.kind === "range" ? [read.low, read.high] : [read, missing(r, read.span.end)];
  if (read.kind !== "range" && read.kind !== "missing") {
    r.report(diagnostic("unexpected-token", read.span, { found: "one value", expected: "a range, as in `0.25..2`" }));
  }
  const stepToken = tokenOf(node, "Step");
  const step = stepToken && readOperationNode(r, nodeOf(node, "step"), endOf(stepToken), 0);
  return { low, high, step, span: spanFrom(r, keyword.startOffset, (step ?? high).span.end) };
}

function readType(r: Reading, node: CstNode | undefined, at: number): TypeRef {
  const missingType: TypeRef = { kind: "missing", span: spanFrom(r, at, at) };
  if (!node) return missingType;
  const open = tokenOf(node, "LBracket");
  if (open) {
    const of = readType(r, nodeOf(node, "type"), endOf(open));
    const close = tokenOf(node, "RBracket");
    return { kind: "list", span: spanFrom(r, open.startOffset, close ? endOf(close) : of.span.end), of };
  }
  const words = tokensOf(node, "Word").filter((t) => !Number.isNaN(t.startOffset));
  if (words.length === 0) return missingType;
  if (words.length === 1) return { kind: "named", span: spanOf(r, words[0]), name: words[0].image };
  return { kind: "enum", span: spanFrom(r, words[0].startOffset, endOf(words.at(-1)!)), options: words.map((t) => ident(r, t)) };
}
