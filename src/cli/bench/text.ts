/** What a network took, as a page of text. */
import type { BenchResult, ClassTime, Predicted } from "./result.ts";
import { binaryBytes } from "../../compiler/analyse/format-figures.ts";
import { table } from "../figures.ts";

export function benchText(results: readonly BenchResult[]): string {
  return results.map(resultText).join("\n");
}

function resultText(result: BenchResult): string {
  const { model, runtime, runs, warmups, tenth, median, start, first, memory, predicted, classes, alone } = result;
  const lines = [
    `${model} in ${runtime}`,
    `  ${ms(tenth)} (10th percentile of ${runs} runs after ${warmups}), median ${ms(median)}`,
    `  start ${ms(start)}, first run ${ms(first)}${memory === undefined ? "" : `; ${binaryBytes(memory)} of memory more than before`}`,
    ...(predicted === undefined ? [] : predictedLines(predicted, tenth)),
    ...classLines(classes),
    ...(alone === undefined ? [] : [`  kinds: ${alone > 0 ? `each layer alone; together they take ${alone.toFixed(2)} of the network's time, and are shown as its shares` : "no layer alone takes longer than a call does"}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function predictedLines({ target, seconds, low, high, error, extrapolated, anchor }: Predicted, measured: number): readonly string[] {
  const off = seconds / measured - 1;
  const band = error === undefined ? "" : `, ${ms(low)} to ${ms(high)}`;
  return [
    `  predicted ${ms(seconds)}${band} for ${target}: ${off < 0 ? "−" : "+"}${Math.abs(100 * off).toFixed(1)} %`,
    ...(anchor === undefined ? [] : [`  the device's own networks take ${anchor.toFixed(2)} times what is predicted for them, and the prediction is scaled by that`]),
    ...(extrapolated === undefined ? [] : [`  extrapolated: ${extrapolated}`]),
  ];
}

/** Columns for what is known. */
function classLines(classes: readonly ClassTime[]): readonly string[] {
  const ratio = ({ measured, predicted }: ClassTime): string => (measured && predicted !== undefined ? (predicted / measured).toFixed(2) : "");
  const columns: readonly (readonly [string, (row: ClassTime) => string])[] = [
    ["kind", ({ of }) => of],
    ["kernels", ({ kernels }) => String(kernels)],
    ["measured ms", ({ measured }) => time(measured)],
    ["predicted ms", ({ predicted }) => time(predicted)],
    ["ratio", ratio],
  ];
  const shown = columns.filter(([, cell]) => classes.some((row) => cell(row) !== ""));
  if (shown.length < 3) return [];
  const rows = [shown.map(([head]) => head), ...classes.map((row) => shown.map(([, cell]) => cell(row)))];
  return ["", ...table(rows, [1, 2, 3, 4]).trimEnd().split("\n").map((line) => `  ${line}`)];
}

function ms(seconds: number): string {
  const value = 1000 * seconds;
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

function time(seconds: number | undefined): string {
  return seconds === undefined ? "" : (1000 * seconds).toFixed(3);
}
