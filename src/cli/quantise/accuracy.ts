/** What 8-bit integers change: the results of two ONNX files of the same network on the same examples. */
import type { Graph } from "../../compiler/ir/graph.ts";
import { withDims } from "./ranges.ts";
import type { Sample } from "./samples.ts";
import { openOnnx } from "../runtimes/onnx-tensors.ts";

export interface AccuracyLost {
  readonly output: string;
  readonly examples: number;
  /** On how many of them the largest value stands in the same place; undefined for a result that is no vector. */
  readonly sameTop: number | undefined;
  /** The largest difference of two values, and the largest value before. */
  readonly largestDifference: number;
  readonly largestValue: number;
  /** Signal to quantisation noise, in dB: 10 · log₁₀(Σ y² / Σ (ŷ − y)²). */
  readonly sqnr: number;
}

export async function accuracyLost(graph: Graph, exact: Uint8Array, rounded: Uint8Array, samples: readonly Sample[]): Promise<readonly AccuracyLost[]> {
  const sessions = [await openOnnx(exact), await openOnnx(rounded)] as const;
  const tallies = graph.outputs.map(() => ({ sameTop: 0, largestDifference: 0, largestValue: 0, signal: 0, noise: 0 }));
  for (const sample of samples) {
    const inputs = withDims(graph, await sample.values());
    const [before, after] = [await sessions[0].run(inputs), await sessions[1].run(inputs)];
    graph.outputs.forEach(({ name }, i) => tally(tallies[i], before.get(name)!, after.get(name)!));
  }
  for (const session of sessions) await session.close();
  return graph.outputs.map(({ name, tensor }, i) => {
    const { sameTop, largestDifference, largestValue, signal, noise } = tallies[i];
    const isVector = tensor.shape!.length === 1 && tensor.shape![0] > 1;
    return { output: name, examples: samples.length, sameTop: isVector ? sameTop : undefined, largestDifference, largestValue, sqnr: 10 * Math.log10(signal / noise) };
  });
}

function tally(into: { sameTop: number; largestDifference: number; largestValue: number; signal: number; noise: number }, before: Float32Array, after: Float32Array): void {
  let [topBefore, topAfter] = [0, 0];
  for (let i = 0; i < before.length; i++) {
    into.largestDifference = Math.max(into.largestDifference, Math.abs(after[i] - before[i]));
    into.largestValue = Math.max(into.largestValue, Math.abs(before[i]));
    into.signal += before[i] ** 2;
    into.noise += (after[i] - before[i]) ** 2;
    if (before[i] > before[topBefore]) topBefore = i;
    if (after[i] > after[topAfter]) topAfter = i;
  }
  if (topBefore === topAfter) into.sameTop++;
}

/** `logits: the same top class on 12 of 12, 24.3 dB (signal to quantisation noise), differences up to 0.60 of 18.4` */
export function showAccuracyLost({ output, examples, sameTop, largestDifference, largestValue, sqnr }: AccuracyLost): string {
  const top = sameTop === undefined ? "" : `the same top class on ${sameTop} of ${examples}, `;
  const noise = sqnr === Infinity ? "no noise" : `${sqnr.toFixed(1)} dB (signal to quantisation noise)`;
  return `${output}: ${top}${noise}, differences up to ${largestDifference.toPrecision(2)} of ${largestValue.toPrecision(3)}`;
}
