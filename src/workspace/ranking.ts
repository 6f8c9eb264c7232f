/** What a network's scores say: its classes, the likeliest first. */
import type { GraphOutput, Tensor } from "../compiler/ir/graph.ts";
import { labels } from "./labels.ts";

/** One entry of an output, with the name of its class where the list is known. */
export interface Ranked {
  readonly index: number;
  readonly name: string | undefined;
  readonly score: number;
  /** Itself where the network ends in a softmax or a sigmoid, else its share after a softmax over the output. */
  readonly probability: number;
}

/** Whether the elements of an output stand for classes: it names them, ends in probabilities, or is the only vector of a network without boxes or masks. */
export function classifies({ labels: list, tensor }: Pick<GraphOutput, "labels" | "tensor">, all: readonly unknown[]): boolean {
  const sides = (tensor.shape ?? []).filter((side) => side !== 1);
  return sides.length === 1 && (list !== undefined || all.length === 1 || endsInProbabilities(tensor));
}

/** The largest entries of an output, the first of equals first. */
export function rank(values: Float32Array, { labels: list, offset, tensor }: Pick<GraphOutput, "labels" | "offset" | "tensor">, top: number): readonly Ranked[] {
  const isProbability = endsInProbabilities(tensor);
  const names = list === undefined ? undefined : labels(list);
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return [...values.keys()]
    .sort((a, b) => values[b] - values[a] || a - b)
    .slice(0, top)
    .map((index) => ({ index, name: index < offset ? "background" : names?.[index - offset], score: values[index], probability: isProbability ? values[index] : Math.exp(values[index] - largest) / sum }));
}

/** Whether the elements of a result are probabilities already. */
function endsInProbabilities({ node }: Tensor): boolean {
  let at = node;
  while (at?.op.name === "flatten" || at?.op.name === "reshape") at = at.inputs[0].node;
  return at?.op.name === "softmax" || at?.op.name === "sigmoid";
}
