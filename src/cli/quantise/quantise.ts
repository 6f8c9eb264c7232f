/** `lwmc compile --precision int8`: calibrates on examples, compiles, and says what was done and what it changes. */
import type { Artifact, EmitRequest } from "../../backends/artifact.ts";
import type { Left } from "../../backends/onnx/quantise-plan.ts";
import type { Int8Options, OnnxOptions } from "../../backends/onnx/index.ts";
import type { Sources } from "../report.ts";
import { report } from "../report.ts";
import { problem } from "../environment.ts";
import { err } from "../output.ts";
import { accuracyLost, showAccuracyLost, type AccuracyLost } from "./accuracy.ts";
import { calibrationRanges, type RangeMethod } from "./ranges.ts";
import type { Samples } from "./samples.ts";
import { contents } from "../runtimes/runtime.ts";

export interface QuantiseChoices {
  readonly calibrateBy: RangeMethod;
  readonly reduceRange: boolean;
}

/** What was done, for `--json`. */
export interface Quantised {
  readonly artifacts: readonly Artifact[];
  readonly facts: {
    readonly calibratedOn: number;
    readonly by: RangeMethod;
    /** Operators on integers, and the layers that compute on float32. */
    readonly integers: number;
    readonly floats: readonly Left[];
    /** Each output against float32's on the same examples. */
    readonly lost: readonly AccuracyLost[];
  };
}

type Done = Parameters<NonNullable<Int8Options["report"]>>[0];

/** Undefined where the backend cannot express the model, which is then reported. */
export async function quantisedArtifacts(request: EmitRequest, samples: Samples, choices: QuantiseChoices, options: Pick<OnnxOptions, "batch" | "spellings">, sources: Sources): Promise<Quantised | undefined> {
  if (samples.list.length === 0) throw problem("there is nothing to calibrate on");
  const { onnx } = await import("../../backends/onnx/index.ts");
  const compiled = async (batch: OnnxOptions["batch"], int8?: Int8Options): Promise<readonly Artifact[] | undefined> => {
    const { artifacts, diagnostics } = await onnx.emit(request, { fold: true, batch, weightsAs: "float32", spellings: options.spellings, int8 });
    return (await report(diagnostics, sources)) ? undefined : artifacts;
  };
  const exact = await compiled(1);
  if (exact === undefined) return undefined;
  const calibration = await calibrationRanges(request, samples.list, choices.calibrateBy, options.spellings);
  let done: Done | undefined;
  const int8: Int8Options = { ...calibration, reduceRange: choices.reduceRange, report: (made) => (done = made) };
  const rounded = await compiled(1, int8);
  if (rounded === undefined || done === undefined) return undefined;
  const lost = await accuracyLost(request.graph, contents(exact, ".onnx"), contents(rounded, ".onnx"), samples.list);
  err(`${request.graph.name} on 8-bit integers, calibrated on ${samples.shown} (${methods[choices.calibrateBy]}), compared with float32 on the same:\n`);
  for (const one of lost) err(`  ${showAccuracyLost(one)}\n`);
  err(`  ${done.integers} operators compute on integers${done.floats.length === 0 ? ", none on float32" : `; on float32: ${listed(done.floats)}`}\n`);
  const artifacts = options.batch === 1 ? rounded : await compiled(options.batch, int8);
  return artifacts && { artifacts, facts: { calibratedOn: samples.list.length, by: choices.calibrateBy, integers: done.integers, floats: done.floats, lost } };
}

const methods: Readonly<Record<RangeMethod, string>> = { mse: "least squared error", minmax: "all values seen", percentile: "the middle 99.99 % of the values" };

/** `the stem (stem.conv), which is faster so; 4 Gelu (act, …)`: each kind of operator with the first of its layers. */
function listed(floats: readonly Left[]): string {
  const stems = floats.filter(({ why }) => why === "stem").map(({ name }) => name);
  const kinds = new Map<string, Left[]>();
  for (const left of floats) if (left.why !== "stem") kinds.set(left.opType, [...(kinds.get(left.opType) ?? []), left]);
  return [
    ...(stems.length > 0 ? [`the stem (${stems.join(", ")}), which is faster so on a picture's few channels`] : []),
    ...[...kinds].map(([opType, all]) => `${all.length} ${opType} (${all[0].name}${all.length > 1 ? ", …" : ""}${all[0].unranged === undefined ? "" : `, since \`${all[0].unranged}\` has no range`})`),
  ].join("; ");
}
