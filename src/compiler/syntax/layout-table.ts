/** How tables are laid out: columns of one width, numbers to the right. */
import type { CstNode } from "chevrotain";
import { endOf, NumberToken } from "../../../grammar/tokens.ts";
import { blankAhead, dangling, tok, trailing, type Progress } from "./comments.ts";
import { fence, hardline, indent, printFlat, type Doc } from "./doc.ts";
import { layChain, must } from "./layout.ts";
import { nodeOf, nodesOf, tokenOf, tokensOf } from "./reading.ts";

interface Cell {
  readonly text: string;
  readonly kind: "number" | "none" | "text";
}

/** A line of the table, with the comments above and after it. */
interface Line {
  readonly above: Doc;
  readonly cells: readonly Cell[];
  readonly after: Doc;
}

export function layTable(p: Progress, node: CstNode): Doc {
  const brace = tok(p, must(node, "LBrace"));
  const close = must(node, "RBrace");
  const bars = tokensOf(node, "Bar");
  const header = layLine(p, bars[0].startOffset, endOf(bars.at(-1)!), true, () =>
    tokensOf(node, "Word").map((t) => ({ text: t.image, kind: "none" })),
  );
  const rows = nodesOf(node, "row").map((row) => {
    const cells = nodesOf(row, "cell");
    return layLine(p, must(row, "Bar").startOffset, endOf(must(cells.at(-1)!, "Bar")), false, (inner) => cells.map((cell) => layCell(inner, cell)));
  });
  const comments = dangling(p, close.startOffset, false);

  const columns = header.cells.map((name, i) => {
    const cells = rows.map((row) => row.cells[i]);
    return {
      width: Math.max(name.text.length, ...cells.map((cell) => cell.text.length)),
      right: cells.some((cell) => cell.kind === "number") && cells.every((cell) => cell.kind !== "text"),
    };
  });
  const lines = [header, ...rows].map(({ above, cells, after }): Doc => {
    const padded = cells.map((cell, i) => (columns[i].right ? cell.text.padStart(columns[i].width) : cell.text.padEnd(columns[i].width)));
    return [hardline, above, `| ${padded.join(" | ")} |`, after];
  });
  return fence([brace, indent([...lines, ...comments]), hardline, tok(p, close)], true);
}

/** Reads the text from one bar to another. Comments inside of it go above it. */
function layLine(p: Progress, start: number, end: number, first: boolean, cells: (inner: Progress) => readonly Cell[]): Line {
  const blank = !first && blankAhead(p);
  const above: Doc[] = blank ? [hardline] : [];
  let commented = false;
  while (p.next < p.comments.length && p.comments[p.next].startOffset < end) {
    if (commented && blankAhead(p)) above.push(hardline);
    const comment = p.comments[p.next++];
    p.end = endOf(comment);
    commented = true;
    above.push(comment.image.trimEnd(), hardline);
  }
  if (commented && p.end < start && blankAhead(p)) above.push(hardline);
  const laid = cells({ ...p, comments: [], next: 0 });
  p.end = end;
  return { above, cells: laid, after: trailing(p) };
}

function layCell(p: Progress, cell: CstNode): Cell {
  const expression = nodeOf(cell, "expression");
  if (!expression) return { text: "-", kind: "none" };
  const text = printFlat(layChain(p, expression));
  return { text, kind: isNumber(expression) ? "number" : "text" };
}

/** A number, with or without a sign. */
function isNumber(expression: CstNode): boolean {
  const operation = nodeOf(nodesOf(expression, "link")[0], "operation");
  const operand = operation && tokensOf(operation, "Operator").length === 0 && tokensOf(expression, "Arrow").length === 0 ? nodeOf(operation, "operand") : undefined;
  return operand !== undefined && tokenOf(operand, "literal")?.tokenType === NumberToken;
}
