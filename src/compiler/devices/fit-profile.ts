/**
 * The costs of a profile from its measured runs. Which costs are fitted is what the profile lists: `cost(conv, mac=…)` is a time per multiply-add of
 * convolutions, `cost(any, byte=…)` one per byte of all kernels that have none of their own.
 */
import type { KernelClass, KernelCost, MeasuredRun, MixShare, Profile } from "./device.ts";
import { fitCosts, type Fit, type FitRow } from "./fit.ts";
import type { Kernel } from "./kernels.ts";
import { mixOf, unlike } from "./latency.ts";

/** A run that has a latency, with the kernels of its network. */
export interface FittedRun {
  readonly run: MeasuredRun;
  readonly kernels: readonly Kernel[];
  /** Networks of one family are left out together: `MobileNetV3`. */
  readonly family: string;
}

export interface FittedProfile {
  readonly costs: readonly KernelCost[];
  readonly mix: readonly MixShare[];
  /**
   * Errors as factors minus 1, of the worst prediction by a fit that had not seen the network, nor, in turn, its whole family: where the rest had
   * a like mix of operators, and where it had not. Undefined where there was none such.
   */
  readonly error: number | undefined;
  readonly familyError: number | undefined;
  readonly fit: Fit;
}

const FIELDS = ["mac", "byte", "weightByte", "kernel"] as const;
type CostField = (typeof FIELDS)[number];

interface Feature {
  readonly of: KernelClass;
  readonly field: CostField;
}

export function fitProfile(profile: Profile, runs: readonly FittedRun[]): FittedProfile {
  const features = profile.costs.flatMap((cost) => FIELDS.filter((field) => cost[field] !== undefined).map((field): Feature => ({ of: cost.of, field })));
  const rows = runs.map(({ run, kernels, family }): FitRow => ({ features: features.map((feature) => amount(kernels, feature, features)), seconds: run.latency!.value, family }));
  const lower = features.map((feature) => leastOf(feature, profile));
  const fit = fitCosts(rows, lower);
  const costs = costsOf(features, fit.coefficients);
  const seen: number[] = [];
  const unseen: number[] = [];
  const judge = (out: readonly number[], leave: (other: FittedRun, left: FittedRun) => boolean): void => {
    out.forEach((relative, i) => {
      const rest = runs.filter((other) => !leave(other, runs[i]));
      const fitted = { ...profile, scaledFrom: undefined, costs: costsOf(features, fitCosts(rows.filter((_, k) => !leave(runs[k], runs[i])), lower).coefficients) };
      const like = unlike(runs[i].kernels, { ...fitted, mix: mixRange(rest, fitted), measured: rest.map(({ run }) => run) }) === undefined;
      (like ? seen : unseen).push(Math.max(1 + relative, 1 / (1 + relative)) - 1);
    });
  };
  judge(fit.leftOut, (other, left) => other === left);
  judge(fit.familyLeftOut, (other, left) => other.family === left.family);
  return { costs, mix: mixRange(runs, { ...profile, costs }), error: worst(seen), familyError: worst([...seen, ...unseen]), fit };
}

/** The least and the most that kernels of each kind took in the runs. */
export function mixRange(runs: readonly FittedRun[], profile: Profile): readonly MixShare[] {
  const mixes = runs.map(({ kernels }) => mixOf(kernels, profile));
  const kinds = [...new Set(mixes.flatMap((mix) => [...mix.keys()]))];
  return kinds.map((of) => {
    const shares = mixes.map((mix) => mix.get(of) ?? 0);
    return { of, low: Math.min(...shares), high: Math.max(...shares) };
  });
}

/** What a cost is multiplied with: of its kind's kernels, or for `any` of those whose kind has no such cost of its own. */
function amount(kernels: readonly Kernel[], { of, field }: Feature, features: readonly Feature[]): number {
  const own = new Set(features.filter((feature) => feature.field === field).map((feature) => feature.of));
  let sum = 0;
  for (const kernel of kernels) {
    if (of === "any" ? own.has(kernel.of) : kernel.of !== of) continue;
    if (field === "mac") sum += kernel.macs;
    else if (field === "byte") sum += kernel.inputBytes + kernel.outputBytes;
    else if (field === "weightByte") sum += kernel.weightBytes;
    else sum++;
  }
  return sum;
}

/** No multiply-add is faster than the peak rate, save in convolutions, where Winograd's F(4×4, 3×3) saves three of four (Lavin & Gray 2016). */
function leastOf({ of, field }: Feature, { peakMacs }: Profile): number {
  if (field !== "mac" || !peakMacs) return 0;
  return 1 / (peakMacs.value * (of === "conv" || of === "any" ? 4 : 1));
}

function costsOf(features: readonly Feature[], coefficients: readonly number[]): readonly KernelCost[] {
  const kinds = [...new Set(features.map(({ of }) => of))];
  const found = (of: KernelClass, field: CostField): number | undefined => {
    const i = features.findIndex((feature) => feature.of === of && feature.field === field);
    return i < 0 ? undefined : coefficients[i];
  };
  return kinds.map((of) => ({ of, mac: found(of, "mac"), byte: found(of, "byte"), weightByte: found(of, "weightByte"), kernel: found(of, "kernel") }));
}

function worst(errors: readonly number[]): number | undefined {
  return errors.length > 0 ? Math.max(...errors) : undefined;
}
