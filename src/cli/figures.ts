/** Numbers and tables for people. */

/** `3,504,872`, without loading Intl. */
export function count(value: number): string {
  const [whole, fraction] = String(value).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `13.31 MiB`, `147 KiB`, `12 B` */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 ** 2) return `${shorter(value / 1024)} KiB`;
  if (value < 1024 ** 3) return `${shorter(value / 1024 ** 2)} MiB`;
  return `${shorter(value / 1024 ** 3)} GiB`;
}

/** `300.8M`, `3.50M`, `864` */
export function short(value: number): string {
  if (value < 1e4) return count(value);
  if (value < 1e6) return `${shorter(value / 1e3)}k`;
  if (value < 1e9) return `${shorter(value / 1e6)}M`;
  return `${shorter(value / 1e9)}G`;
}

function shorter(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** Columns in line, two spaces apart; those named in `right` lean to the right. The first row is the head. */
export function table(rows: readonly (readonly string[])[], right: readonly number[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const line = (row: readonly string[]): string => row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  ").trimEnd();
  const [head, ...body] = rows;
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(line)].join("\n") + "\n";
}

/** RFC 4180: a cell with a comma, a quote or a line end is quoted. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => row.map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell))).join(",") + "\n").join("");
}
