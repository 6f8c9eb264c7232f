/** The rows of a table: its cells bound as arguments of the layer that it stands on. */
import type { Expr, Row } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import { scaleRepeats } from "./builtins.ts";
import type { Argument, Frame, Layer, TableLayer, Value } from "./domains.ts";
import { evaluateAs, int } from "./evaluate.ts";
import { boundBefore, mistake, oneOf } from "./report.ts";
import { innerFrame } from "./scope.ts";
import { isRequired, signatureOf } from "./signature.ts";
import { SCALE } from "./types.ts";
import { ABSENT, isUnknown, layerName, UNKNOWN } from "./values.ts";

export interface PreparedRow {
  readonly layer: Layer;
  readonly segment: string;
  /** Undefined where the table has no column `repeat`. */
  readonly count: number | undefined;
  readonly span: Span;
}

/** Columns that are no parameters. */
export const ROW_COLUMNS: readonly string[] = ["repeat", "scale", "label", "layer"];

/** Evaluates the cells of every row; a row with a mistake is undefined. */
export function prepareRows(layer: TableLayer, x: Value, at: Frame): readonly (PreparedRow | undefined)[] {
  const { table, head } = layer;
  const frame = innerFrame(layer.frame, { it: x, trail: at.trail, defaults: at.defaults });
  const target = head && (head.form === "op" ? head.op : head.form === "block" ? head.block : undefined);
  const known = target ? [...signatureOf(target, frame).byName.keys()] : [];
  const bad = new Set<number>();
  for (const [c, column] of table.columns.entries()) {
    const first = table.columns.findIndex((other) => other.name === column.name);
    if (first < c) mistake(frame, "duplicate-name", column.span, { name: column.name }, boundBefore(table.columns[first].span));
    else if (ROW_COLUMNS.includes(column.name) || known.includes(column.name)) continue;
    else if (target) mistake(frame, "unknown-column", column.span, { name: column.name, of: layerName(head!) }, oneOf(column.name, [...known, ...ROW_COLUMNS.filter((name) => name !== "layer")], `a table on \`${layerName(head!)}\``, column.span));
    else if (!table.columns.some((other) => other.name === "layer")) mistake(frame, "unknown-column", column.span, { name: column.name, of: "a table that stands on no layer" });
    else continue;
    bad.add(c);
  }
  return table.rows.map((row, r) => prepareRow(layer, row, r, bad, frame));
}

function prepareRow(table: TableLayer, row: Row, r: number, bad: ReadonlySet<number>, frame: Frame): PreparedRow | undefined {
  const { columns } = table.table;
  const cell = (name: string): Expr | undefined => {
    const c = columns.findIndex((column) => column.name === name);
    return c < 0 ? undefined : row.cells[c];
  };
  const named = cell("layer");
  const base = named ? evaluateAs(named, frame, { type: "layer" }) : table.head;
  if (!base || isUnknown(base)) {
    if (!base) mistake(frame, "missing-argument", row.span, { name: "layer", of: "this row" });
    return undefined;
  }
  let layer = base as Layer;
  if (layer.form === "op" || layer.form === "block") {
    const target = layer.form === "op" ? layer.op : layer.block;
    const { byName, scales } = signatureOf(target, frame);
    const given: (Argument | undefined)[] = layer.args.given.slice();
    let { scale } = layer.args;
    for (const [c, column] of columns.entries()) {
      const expr = row.cells[c];
      const { name } = column;
      if (!expr || bad.has(c) || name === "repeat" || name === "label" || name === "layer") continue;
      const parameter = byName.get(name);
      if (!parameter && !(scales && name === "scale")) {
        mistake(frame, "unknown-column", column.span, { name, of: layerName(layer) });
        continue;
      }
      const value = evaluateAs(expr, frame, parameter?.wanted ?? SCALE);
      if (value === ABSENT) continue;
      if (parameter) given[parameter.index] = { value, span: expr.span };
      else scale = { value, span: expr.span };
    }
    // A column that is not known, or a cell that is not there, may be what is missing.
    if (bad.size > 0 || row.cells.length < columns.length) for (const { index } of signatureOf(target, frame).params.filter(isRequired)) given[index] ??= { value: UNKNOWN, span: row.span };
    layer = { ...layer, args: { given, scale } };
  } else if (table.head) {
    mistake(frame, "unknown-column", columns[0].span, { name: columns[0].name, of: layerName(layer) });
    return undefined;
  }
  const hasRepeat = columns.some((column) => column.name === "repeat");
  const written = cell("repeat");
  const count = written ? int(written, frame) : 1;
  if (count === undefined) return undefined;
  if (count < 0) {
    mistake(frame, "out-of-range", written!.span, { what: "`repeat`", value: String(count), range: "at least 0" });
    return undefined;
  }
  const label = cell("label");
  const segment = label?.kind === "name" ? label.name : label?.kind === "string" && /^\w+$/.test(label.value) ? label.value : String(r);
  return { layer, segment, count: hasRepeat ? scaleRepeats(count, scaleOf(layer)) : undefined, span: row.span };
}

/** The scaling that a layer was given, which scales its repetitions as well. */
export function scaleOf(layer: Layer): Value | undefined {
  return layer.form === "op" || layer.form === "block" ? layer.args.scale?.value : layer.form === "table" && layer.head ? scaleOf(layer.head) : undefined;
}
