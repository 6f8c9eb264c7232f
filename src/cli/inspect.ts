/** `lwmc weights inspect`: what is in a checkpoint. */
import { binaryBytes, grouped as count } from "../compiler/analyse/format-figures.ts";
import { elements } from "../compiler/ir/shape.ts";
import { quoted } from "../backends/weights/header.ts";
import { openWeights } from "../workspace/node-files.ts";
import type { ExitCode } from "./environment.ts";
import { table } from "./figures.ts";
import { out } from "./output.ts";
import { report } from "./report.ts";

interface Range {
  readonly least: number;
  readonly largest: number;
  readonly mean: number;
}

export async function inspectWeights(path: string, options: { readonly json?: boolean }): Promise<ExitCode> {
  const opened = openWeights(path);
  try {
    if ((await report(opened.diagnostics, () => undefined)) || !opened.store) return 1;
    const { tensors, metadata } = opened.store;
    const rows = [...tensors.values()].map(({ name, dtype, shape, bytes: size }) => ({ name, dtype, shape, bytes: size, ...(dtype === "C64" ? {} : rangeOf(opened.store!.readFloat32(name))) }));
    if (options.json) {
      out(`${JSON.stringify({ schema: 1, file: path, metadata: Object.fromEntries(metadata), tensors: rows }, null, 2)}\n`);
      return 0;
    }
    for (const [key, value] of metadata) out(`${printable(key)}: ${printable(value)}\n`);
    const cells = rows.map((row) => [printable(row.name), row.dtype, row.shape.join("×") || "scalar", show(row.least), show(row.largest), show(row.mean)]);
    out(table([["tensor", "type", "shape", "least", "largest", "mean"], ...cells], [3, 4, 5]));
    const values = rows.reduce((sum, { shape }) => sum + elements(shape), 0);
    out(`${count(rows.length)} tensors, ${count(values)} values, ${binaryBytes(rows.reduce((sum, row) => sum + row.bytes, 0))}\n`);
    return 0;
  } finally {
    opened.close();
  }
}

/** Nothing for a tensor without values; NaN shows, since a checkpoint with one is broken. */
function rangeOf(values: Float32Array): Partial<Range> {
  if (values.length === 0) return {};
  let least = values[0];
  let largest = values[0];
  let sum = 0;
  for (const value of values) {
    if (!(value >= least)) least = value;
    if (!(value <= largest)) largest = value;
    sum += value;
  }
  return { least, largest, mean: sum / values.length };
}

/** A name from a file, so that nothing in it acts on a terminal. */
function printable(name: string): string {
  return /^[ -~\u00a1-\ud7ff]*$/.test(name) ? name : quoted(name);
}

function show(value: number | undefined): string {
  return value === undefined ? "" : Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : value.toPrecision(4);
}
