/** Calibration: the ranges of a network's tensors on examples, from the float32 network in onnxruntime-web, whose results are the same on every machine. */
import type { EmitRequest } from "../../backends/artifact.ts";
import { ACTIVATION_LEVELS } from "../../backends/onnx/quantise-plan.ts";
import { calibratedTensors, calibrationModel, type CalibrationModel } from "../../backends/onnx/calibration.ts";
import type { Calibration } from "../../backends/onnx/quantise.ts";
import { central, count, histogram, leastSquares, type Histogram } from "../../backends/weights/histogram.ts";
import type { Range } from "../../backends/weights/quantisation.ts";
import type { Spellings } from "../../compiler/devices/support/spellings.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { problem } from "../environment.ts";
import type { Sample } from "./samples.ts";
import type { Values } from "../runtimes/runtime.ts";
import { openOnnx } from "../runtimes/onnx-tensors.ts";

/**
 * What a tensor's integers cover: `mse` the range with the least squared error, `minmax` every value that was seen, `percentile` the middle 99.99 % of
 * them.
 */
const RANGE_METHODS = ["mse", "minmax", "percentile"] as const;
export type RangeMethod = (typeof RANGE_METHODS)[number];

const PERCENTILE = 0.9999;
/** Numbers of the tensors that are looked at in one pass over the examples. */
const NUMBERS_AT_ONCE = 2 ** 25;

/** Ends the command where the network's values are not finite on an example. */
export async function calibrationRanges(request: EmitRequest, samples: readonly Sample[], method: RangeMethod, spellings?: Spellings): Promise<Calibration> {
  const extremes = await seen(request, samples, spellings);
  if (method === "minmax") return extremes;
  const ranges = new Map<string, Range>();
  const histograms = new Map<string, Histogram>();
  for (const names of portions(calibratedTensors(request, spellings))) {
    for (const name of names) histograms.set(name, histogram(extremes.ranges.get(name)!));
    const model = calibrationModel(request, names, spellings);
    await each(request.graph, model, samples, (results) => {
      for (const [name, output] of model.whole) count(histograms.get(name)!, results.get(output)!);
    });
    for (const name of names) {
      ranges.set(name, method === "mse" ? leastSquares(histograms.get(name)!, ACTIVATION_LEVELS) : central(histograms.get(name)!, PERCENTILE));
      histograms.delete(name);
    }
  }
  return { ...extremes, ranges };
}

/** Lowest and highest values, and the means of the kernels' inputs. */
async function seen(request: EmitRequest, samples: readonly Sample[], spellings: Spellings | undefined): Promise<Calibration & { readonly ranges: ReadonlyMap<string, Range> }> {
  const model = calibrationModel(request, "extremes", spellings);
  const ranges = new Map<string, Range>();
  const sums = new Map<string, Float64Array>();
  await each(request.graph, model, samples, (results, sample) => {
    for (const [name, output] of model.lowest) {
      const [low] = results.get(output)!;
      const [high] = results.get(model.highest.get(name)!)!;
      if (!Number.isFinite(low) || !Number.isFinite(high)) throw problem(`values of \`${name}\` are not finite on \`${sample.name}\`: ${request.graph.name} cannot be calibrated with these weights`);
      const [lowest, highest] = ranges.get(name) ?? [low, high];
      ranges.set(name, [Math.min(lowest, low), Math.max(highest, high)]);
    }
    for (const [name, output] of model.means) {
      const means = results.get(output)!;
      const sum = sums.get(name) ?? new Float64Array(means.length);
      means.forEach((mean, i) => (sum[i] += mean));
      sums.set(name, sum);
    }
  });
  return { ranges, means: new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum, (total) => total / samples.length)])) };
}

/** Tensors that together have no more numbers than are looked at at once; a larger one is alone. */
function portions(tensors: readonly { readonly name: string; readonly elements: number }[]): readonly (readonly string[])[] {
  const made: string[][] = [];
  let room = 0;
  for (const { name, elements } of tensors) {
    if (made.length === 0 || elements > room) {
      made.push([]);
      room = NUMBERS_AT_ONCE;
    }
    made[made.length - 1].push(name);
    room -= elements;
  }
  return made;
}

async function each(graph: Graph, model: CalibrationModel, samples: readonly Sample[], take: (results: ReadonlyMap<string, Float32Array>, sample: Sample) => void): Promise<void> {
  const session = await openOnnx(model.bytes);
  for (const sample of samples) take(await session.run(withDims(graph, await sample.values())), sample);
  await session.close();
}

/** Values with the shapes of the inputs, the batch in front. */
export function withDims(graph: Graph, values: Values): ReadonlyMap<string, { readonly dims: readonly number[]; readonly values: Float32Array }> {
  return new Map(graph.inputs.map(({ name, tensor }) => [name, { dims: [1, ...tensor.shape!], values: values.get(name)! }]));
}
