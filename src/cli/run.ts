/** `lwmc run`: a picture or a tensor through the network, in a real runtime. */
import type { GraphOutput, Tensor } from "../compiler/ir/graph.ts";
import type { BackendName } from "../workspace/backends.ts";
import { labels } from "../workspace/labels.ts";
import { artifacts, openSound } from "./emit.ts";
import { usage, type Environment, type ExitCode } from "./environment.ts";
import { pictureFeed, tensorFeed } from "./feeds.ts";
import { onlyModel } from "./open.ts";
import { err, out } from "./output.ts";
import { runtime } from "./runtime.ts";
import { weightsFor, type WeightOptions } from "./weight-source.ts";

export interface RunOptions extends WeightOptions {
  readonly image?: string;
  readonly tensor?: string;
  readonly runtime: BackendName;
  readonly top: number;
  readonly json?: boolean;
  readonly input?: readonly string[];
}

/** One entry of an output, with the name of its class where the list is known. */
export interface Ranked {
  readonly index: number;
  readonly name: string | undefined;
  readonly score: number;
  /** Itself where the network ends in a softmax or a sigmoid, else its share after a softmax over the output. */
  readonly probability: number;
}

export async function runModel(operand: string, options: RunOptions, environment: Environment): Promise<ExitCode> {
  if ((options.image === undefined) === (options.tensor === undefined)) throw usage("run needs one of --image and --tensor");
  const snapshot = await openSound(operand, options, environment);
  if (snapshot === undefined) return 1;
  const compiled = onlyModel(snapshot, operand);
  const { graph } = compiled.model;
  const feed = options.image === undefined ? await tensorFeed(graph, options.tensor!) : await pictureFeed(graph, options.image);
  const weights = await weightsFor(graph, options, snapshot.source);
  try {
    const made = await artifacts(snapshot, compiled, weights.store, options.runtime, {});
    if (made === undefined) return 1;
    const loaded = await runtime(options.runtime, graph, made);
    const results = await loaded.run(feed);
    await loaded.dispose();
    if (options.weights === undefined) err(`the weights are random (seed ${options.seed ?? 0}): the result means nothing; --weights takes a checkpoint\n`);
    const shown = graph.outputs.map((output) => {
      const values = results.get(output.name)!;
      const facts = { name: output.name, shape: output.tensor.shape ?? [] };
      return classifies(output, graph.outputs) ? { ...facts, top: rank(values, output, options.top) } : { ...facts, ...extent(values) };
    });
    if (options.json) out(`${JSON.stringify({ schema: 1, model: graph.name, runtime: loaded.name, weights: weights.origin, outputs: shown }, null, 2)}\n`);
    else {
      err(`${graph.name} in ${loaded.name}, ${weights.origin}\n`);
      for (const result of shown) {
        if (!("top" in result)) {
          out(`${result.name} [${result.shape.join(", ")}]: from ${result.min.toPrecision(5)} to ${result.max.toPrecision(5)}, mean ${result.mean.toPrecision(5)}\n`);
          continue;
        }
        if (shown.length > 1) out(`${result.name}\n`);
        for (const entry of result.top) out(`${line(entry)}\n`);
      }
    }
    return 0;
  } finally {
    weights.close();
  }
}

/** Whether the elements of an output stand for classes: it names them, ends in probabilities, or is the only vector of a network without boxes or masks. */
export function classifies({ labels: list, tensor }: Pick<GraphOutput, "labels" | "tensor">, all: readonly unknown[]): boolean {
  const sides = (tensor.shape ?? []).filter((side) => side !== 1);
  return sides.length === 1 && (list !== undefined || all.length === 1 || endsInProbabilities(tensor));
}

/** What values that are no scores come to. */
function extent(values: Float32Array): { readonly min: number; readonly max: number; readonly mean: number } {
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, max, mean: sum / values.length };
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

function line({ index, name, score, probability }: Ranked): string {
  return `${(100 * probability).toFixed(1).padStart(5)} %  ${name === undefined ? "" : `${name}  `}(class ${index}, ${score.toPrecision(5)})`;
}
