/** Tables: their rows are lines, and a mistake in one stays in it. */
import type { CstNode, IToken } from "chevrotain";
import { endOf } from "../../../grammar/tokens.ts";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import type { Expr, Row, Table } from "./ast.ts";
import { readExpression } from "./expressions.ts";
import { ident, nodeOf, nodesOf, spanFrom, tokenOf, tokensOf, type Reading } from "./reading.ts";

interface Cell {
  /** Undefined for `-`. */
  readonly value: Expr | undefined;
  readonly start: number;
  /** The bar after it; its end is where the text goes on. */
  readonly bar: IToken | undefined;
}

interface Line {
  readonly start: number;
  readonly cells: readonly Cell[];
  readonly broken: boolean;
}

export function readTable(r: Reading, node: CstNode, at: number, depth: number): Table {
  const start = tokenOf(node, "LBrace")?.startOffset ?? at;
  const columns = tokensOf(node, "Word").filter((t) => !Number.isNaN(t.startOffset)).map((t) => ident(r, t));
  let lines = nodesOf(node, "row").map((row) => readLine(r, row, depth));
  const headerEnd = endOf(tokensOf(node, "Bar").at(-1)!);
  const below = (line: Line) => /[\n\r]/.test(r.text.slice(headerEnd, line.start));
  const nameless = lines.length > 0 && sameLine(r, headerEnd, lines[0].start) && lines.some((line) => below(line) && line.cells.length !== columns.length);
  if (nameless) {
    // `| a |  | c |` reads as a header of one column and a row: the bars around nothing.
    r.report(diagnostic("empty-column", spanFrom(r, headerEnd, lines[0].start + 1), {}));
    lines = lines.filter(below);
  }
  const rows: Row[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (!line.broken && line.cells.length < columns.length && i + 1 < lines.length && sameLine(r, endOfLine(line), lines[i + 1].start)) {
      // `| 1 | | 3 |` reads as two rows: the bars around nothing.
      const cells = [...line.cells];
      while (i + 1 < lines.length && sameLine(r, endOfLine(lines[i]), lines[i + 1].start)) {
        const gap = spanFrom(r, endOfLine(lines[i]), lines[i + 1].start);
        r.report(diagnostic("empty-cell", gap, {}, { fixes: [{ title: "write `-`", edits: [{ span: gap, text: " - " }] }] }));
        cells.push({ value: { kind: "missing", span: gap }, start: gap.start, bar: undefined }, ...lines[i + 1].cells);
        i++;
      }
      rows.push(makeRow(r, line.start, cells));
    } else {
      for (const [part, cells] of splitLines(r, line, columns.length).entries()) {
        const row = makeRow(r, part === 0 ? line.start : cells[0].start, cells);
        if (cells.length !== columns.length && !nameless && !(line.broken && cells.at(-1) === line.cells.at(-1))) reportLength(r, row, cells.at(-1)?.bar !== undefined, columns.length);
        rows.push(row);
      }
    }
  }
  const close = tokenOf(node, "RBrace");
  return { kind: "table", span: spanFrom(r, start, close ? endOf(close) : (rows.at(-1)?.span.end ?? start + 1)), columns, rows };
}

function readLine(r: Reading, node: CstNode, depth: number): Line {
  const first = tokenOf(node, "Bar");
  const start = first?.startOffset ?? 0;
  let at = first ? endOf(first) : start;
  let broken = node.recoveredNode === true;
  const cells = nodesOf(node, "cell").map((cell): Cell => {
    const expression = nodeOf(cell, "expression");
    const minus = tokenOf(cell, "Minus");
    const bar = tokenOf(cell, "Bar");
    if (cell.recoveredNode || !bar) broken = true;
    const value = expression || !minus ? readExpression(r, expression, at, depth + 1) : undefined;
    const begin = value?.span.start ?? minus?.startOffset ?? at;
    if (bar) at = endOf(bar);
    return { value, start: begin, bar };
  });
  return { start, cells, broken: broken && cells.length > 0 };
}

function makeRow(r: Reading, start: number, cells: readonly Cell[]): Row {
  const last = cells.at(-1);
  const end = last?.bar ? endOf(last.bar) : (last?.value?.span.end ?? last?.start ?? start);
  return { span: spanFrom(r, start, end), cells: cells.map((c) => c.value) };
}

function endOfLine(line: Line): number {
  const bar = line.cells.at(-1)?.bar;
  return bar ? endOf(bar) : line.start + 1;
}

function sameLine(r: Reading, from: number, to: number): boolean {
  return r.text.slice(from, to).trim() === "" && !/[\n\r]/.test(r.text.slice(from, to));
}

/** A row without its closing bar takes the opening bar of the next for it: too many cells, and one of the bars opens a line. */
function splitLines(r: Reading, line: Line, columns: number): readonly (readonly Cell[])[] {
  if (line.cells.length <= columns) return [line.cells];
  const result: Cell[][] = [[]];
  for (const [i, cell] of line.cells.entries()) {
    result.at(-1)!.push(cell);
    if (!cell.bar || i === line.cells.length - 1) continue;
    const end = cell.value?.span.end ?? cell.start + 1;
    if (!/[\n\r]/.test(r.text.slice(end, cell.bar.startOffset))) continue;
    const at = spanFrom(r, end, end);
    r.report(diagnostic("missing-bar", at, {}, { fixes: [{ title: "close the row", edits: [{ span: at, text: " |" }] }] }));
    result.push([]);
  }
  return result;
}

function reportLength(r: Reading, row: Row, closed: boolean, columns: number): void {
  const lacking = columns - row.cells.length;
  const end = spanFrom(r, row.span.end, row.span.end);
  const fixes = lacking > 0 && closed ? [{ title: lacking === 1 ? "add a cell" : `add ${lacking} cells`, edits: [{ span: end, text: " - |".repeat(lacking) }] }] : [];
  r.report(diagnostic("row-length", row.span, { cells: row.cells.length, columns }, { fixes }));
}
