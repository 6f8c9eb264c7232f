/** How files, declarations and statements are laid out: concrete tree to doc, every token in its order. */
import type { CstNode } from "chevrotain";
import { blankAhead, dangling, tok, type Progress } from "./comments.ts";
import { group, hardline, indent, join, line, type Doc } from "./doc.ts";
import { layArgs, layBody, layChain, layItems, layNamed, layOperation, must } from "./layout.ts";
import { nodeOf, nodesOf, tokenOf, tokensOf } from "./reading.ts";

export function layFile(p: Progress, node: CstNode): Doc {
  const docs: Doc[] = [];
  for (const [i, declaration] of nodesOf(node, "declaration").entries()) {
    if (i > 0) docs.push(hardline, blankAhead(p) ? hardline : "");
    p.fresh = true;
    docs.push(layDeclaration(p, only(declaration)));
  }
  const comments = dangling(p, p.text.length, docs.length === 0);
  // The first line of a file of comments needs no break before it.
  return docs.length === 0 ? comments.slice(1) : [...docs, ...comments];
}

/** The one node that a rule of alternatives holds. */
function only(node: CstNode): CstNode {
  return Object.values(node.children)[0][0] as CstNode;
}

function layDeclaration(p: Progress, node: CstNode): Doc {
  switch (node.name) {
    case "importing": {
      const keyword = tok(p, must(node, "Import"));
      const list = nodeOf(node, "imports")!;
      const names = layItems(p, must(list, "LBrace"), tokensOf(list, "item").map((t) => () => tok(p, t)), must(list, "RBrace"), line);
      return [keyword, " ", names, " ", tok(p, must(node, "From")), " ", tok(p, must(node, "String"))];
    }
    case "model":
    case "block": {
      const head: Doc[] = [tok(p, must(node, node.name === "model" ? "Model" : "Block")), " ", tok(p, must(node, "Word"))];
      const params = nodeOf(node, "params");
      if (params) head.push(layParams(p, params));
      const body = nodeOf(node, "body");
      if (body) return [head, " ", layBody(p, body, true)];
      return [head, " ", tok(p, must(node, "Equals")), " ", layNamed(p, nodeOf(node, "named")!)];
    }
    default:
      return layBinding(p, node);
  }
}

function layBinding(p: Progress, node: CstNode): Doc {
  return [tok(p, must(node, "Let")), " ", tok(p, must(node, "Word")), " ", tok(p, must(node, "Equals")), " ", layChain(p, nodeOf(node, "expression")!)];
}

function layParams(p: Progress, node: CstNode): Doc {
  return layItems(p, must(node, "LParen"), nodesOf(node, "item").map((item) => () => layParam(p, item)), must(node, "RParen"));
}

function layParam(p: Progress, node: CstNode): Doc {
  const role = tokenOf(node, "First") ?? tokenOf(node, "Ramp");
  const docs: Doc[] = role ? [tok(p, role), " "] : [];
  docs.push(tok(p, must(node, "Word")), tok(p, must(node, "Colon")), " ", layType(p, nodeOf(node, "type")!));
  const within = tokenOf(node, "In");
  if (within) docs.push(" ", tok(p, within), " ", layOperation(p, nodeOf(node, "range")!));
  const step = tokenOf(node, "Step");
  if (step) docs.push(" ", tok(p, step), " ", layOperation(p, nodeOf(node, "step")!));
  const equals = tokenOf(node, "Equals");
  if (equals) docs.push(" ", tok(p, equals), " ", layChain(p, nodeOf(node, "expression")!));
  return docs;
}

function layType(p: Progress, node: CstNode): Doc {
  const open = tokenOf(node, "LBracket");
  if (open) return [tok(p, open), layType(p, nodeOf(node, "type")!), tok(p, must(node, "RBracket"))];
  const bars = tokensOf(node, "Bar");
  return tokensOf(node, "Word").map((t, i): Doc => (i === 0 ? tok(p, t) : [" ", tok(p, bars[i - 1]), " ", tok(p, t)]));
}

export function layStatement(p: Progress, statement: CstNode): Doc {
  const node = only(statement);
  switch (node.name) {
    case "label":
      return [tok(p, must(node, "Label")), tok(p, must(node, "Colon")), " ", layChain(p, nodeOf(node, "expression")!)];
    case "inputTensor":
      return layTensor(p, node, "Input");
    case "outputTensor":
      return layTensor(p, node, "Output");
    case "letBinding":
      return layBinding(p, node);
    case "shared":
      return [tok(p, must(node, "Shared")), " ", tok(p, must(node, "Word")), tok(p, must(node, "Colon")), " ", layChain(p, nodeOf(node, "expression")!)];
    case "defaults": {
      const keyword = tok(p, must(node, "Defaults"));
      const entries = nodesOf(node, "defaultEntry").map((entry): Doc => [tok(p, must(entry, "Word")), layArgs(p, nodeOf(entry, "args")!)]);
      return [keyword, " ", entries.length === 1 ? entries[0] : group(indent(join([",", line], entries)))];
    }
    case "require": {
      const head: Doc = [tok(p, must(node, "Require")), " ", layOperation(p, nodeOf(node, "operation")!)];
      const message = tokenOf(node, "String");
      return message ? group([head, ",", indent([line, tok(p, message)])]) : head;
    }
    case "budget": {
      const keyword = tok(p, must(node, "Budget"));
      const limits = nodesOf(node, "item").map((item) => () => layOperation(p, nodeOf(item, "operation")!));
      return [keyword, " ", layItems(p, must(node, "LBrace"), limits, must(node, "RBrace"), line)];
    }
    case "fact":
      return [tok(p, must(node, "keyword")), " ", layNamed(p, nodeOf(node, "named")!)];
    default:
      return layChain(p, node);
  }
}

function layTensor(p: Progress, node: CstNode, keyword: string): Doc {
  const docs: Doc[] = [tok(p, must(node, keyword)), " ", tok(p, must(node, "Word"))];
  const args = nodeOf(node, "args");
  if (args) docs.push(layArgs(p, args));
  docs.push(tok(p, must(node, "Colon")), " ", layChain(p, nodeOf(node, "expression")!));
  return docs;
}
