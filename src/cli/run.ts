/** `lwmc run`: a picture or a tensor through the network, in a real runtime. */
import type { BackendName } from "../workspace/backends.ts";
import { classifies, rank, type Ranked } from "../workspace/ranking.ts";
import { artifacts, openSound } from "./emit.ts";
import { usage, type Environment, type ExitCode } from "./environment.ts";
import { pictureFeed, tensorFeed } from "./runtimes/feeds.ts";
import { onlyModel } from "./open.ts";
import { err, out } from "./output.ts";
import { runtime } from "./runtimes/index.ts";
import { weightsFor, type WeightOptions } from "./weight-source.ts";

export interface RunOptions extends WeightOptions {
  readonly image?: string;
  readonly tensor?: string;
  readonly runtime: BackendName;
  readonly top: number;
  readonly json?: boolean;
  readonly input?: readonly string[];
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

function line({ index, name, score, probability }: Ranked): string {
  return `${(100 * probability).toFixed(1).padStart(5)} %  ${name === undefined ? "" : `${name}  `}(class ${index}, ${score.toPrecision(5)})`;
}
