/**
 * The costs of a profile from its measured runs. Which costs are fitted is what the profile lists: `cost(conv, mac=…)` is a time per multiply-add of
 * convolutions, `cost(any, byte=…)` one per byte of all kernels that have none of their own.
 */
import type { KernelCost, MeasuredRun, MixShare, Profile } from "./device.ts";
import { fitCosts, relativeError, type Fit, type FitRow } from "./fit.ts";
import { kernelCosts, workOf } from "./kernel-cost.ts";
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
   * As a factor minus 1: the worst prediction of a run by all others, or by those of other families where they have the same mix of operators. A new
   * network of that mix lies within with a chance of about n / (n + 1), n being the runs (the jackknife; Barber et al. 2021). Undefined with one run.
   */
  readonly error: number | undefined;
  /** Predictions of runs that are unlike all runs of other families, by these. */
  readonly unseen: readonly Extrapolated[];
  readonly fit: Fit;
}

export interface Extrapolated {
  readonly family: string;
  /** As a factor minus 1. */
  readonly error: number;
}

const FIELDS = ["mac", "byte", "weightByte", "row", "kernel"] as const;
type CostField = (typeof FIELDS)[number];

/** One coefficient of one cost. */
interface Feature {
  readonly cost: number;
  readonly field: CostField;
}

export function fitProfile(profile: Profile, runs: readonly FittedRun[]): FittedProfile {
  const features = profile.costs.flatMap((cost, i) => FIELDS.filter((field) => cost[field] !== undefined).map((field): Feature => ({ cost: i, field })));
  const rows = runs.map(({ run, kernels, family }): FitRow => ({ features: features.map((feature) => amount(kernels, feature, profile.costs)), seconds: run.latency!.value, family }));
  const lower = features.map((feature) => leastOf(feature, profile));
  const fit = fitCosts(rows, lower);
  const costs = costsOf(features, fit.coefficients, profile.costs);
  // what the fit says of its own runs, and of each left out
  const near = [...rows.map((row) => relativeError(row, fit.coefficients)), ...fit.leftOut].map(asFactor);
  const far: Extrapolated[] = [];
  fit.familyLeftOut.forEach((relative, i) => {
    const { family } = runs[i];
    const rest = runs.filter((other) => other.family !== family);
    // no more runs than coefficients determine nothing
    if (rest.length <= features.length) return;
    const without = fitCosts(rows.filter((row) => row.family !== family), lower).coefficients;
    const fitted = { ...profile, scaledFrom: undefined, costs: costsOf(features, without, profile.costs) };
    if (unlike(runs[i].kernels, { ...fitted, mix: mixRange(rest, fitted), measured: rest.map(({ run }) => run) }) === undefined) near.push(asFactor(relative));
    else far.push({ family, error: asFactor(relative) });
  });
  const error = runs.length > 1 ? Math.max(...near) : undefined;
  return { costs, mix: mixRange(runs, { ...profile, costs }), error, unseen: far, fit };
}

/** The least and the most that kernels of each kind took in the runs. */
function mixRange(runs: readonly FittedRun[], profile: Profile): readonly MixShare[] {
  const mixes = runs.map(({ kernels }) => mixOf(kernels, profile));
  const kinds = [...new Set(mixes.flatMap((mix) => [...mix.keys()]))];
  return kinds.map((of) => {
    const shares = mixes.map((mix) => mix.get(of) ?? 0);
    return { of, low: Math.min(...shares), high: Math.max(...shares) };
  });
}

/** 10 % too much and 10 % too little are not the same: a factor of 1.1, and one of 1.11. */
function asFactor(relative: number): number {
  return Math.max(1 + relative, 1 / (1 + relative)) - 1;
}

/** What a coefficient is multiplied with: the time if it were 1 s, and all others 0. */
function amount(kernels: readonly Kernel[], { cost, field }: Feature, costs: readonly KernelCost[]): number {
  const unit = kernelCosts(costs.map((each, i) => ({ ...each, ...Object.fromEntries(FIELDS.map((f) => [f, each[f] === undefined ? undefined : i === cost && f === field ? 1 : 0])) })));
  let sum = 0;
  for (const kernel of kernels) {
    const found = unit.of(kernel);
    if (!found) continue;
    const { macs, bytes, weightBytes, rows } = workOf(kernel, found.tile);
    sum += found.mac * macs + found.byte * bytes + found.weightByte * weightBytes + found.row * rows + found.kernel;
  }
  return sum;
}

/** No multiply-add is faster than the peak rate, save in convolutions, where Winograd's F(4×4, 3×3) saves three of four (Lavin & Gray 2016). */
function leastOf({ cost, field }: Feature, { costs, peakMacs }: Profile): number {
  if (field !== "mac" || !peakMacs) return 0;
  const { of } = costs[cost];
  return 1 / (peakMacs.value * (of === "conv" || of === "any" ? 4 : 1));
}

function costsOf(features: readonly Feature[], coefficients: readonly number[], costs: readonly KernelCost[]): readonly KernelCost[] {
  return costs.map((cost, i) => ({ ...cost, ...Object.fromEntries(features.flatMap((feature, k) => (feature.cost === i ? [[feature.field, coefficients[k]]] : []))) }));
}
