/**
 * How long a network takes on a device: t = Σ (a·MACs + b·bytes + c·weight bytes + d) over its kernels, with costs by kind of kernel, and no kernel
 * faster than the device's peak rate or memory allows (the roofline of Williams et al. 2009). With it comes a band: how far off such predictions
 * were for networks that the fit had not seen.
 */
import type { Trail } from "../ir/graph.ts";
import type { KernelClass, Profile } from "./device.ts";
import { binaryBytes } from "../analyse/format-figures.ts";
import { kernelCosts, workOf, type KernelCosts } from "./kernel-cost.ts";
import type { Kernel } from "./kernels.ts";

/** What a kernel's time is mostly made of: multiply-adds, bytes moved, or the cost of running any kernel. */
export type Bound = "compute" | "memory" | "overhead";

export interface KernelLatency {
  readonly path: string;
  readonly op: string;
  readonly of: KernelClass;
  readonly seconds: number;
  readonly bound: Bound;
  readonly trail: Trail;
}

export interface Latency {
  readonly seconds: number;
  /** The band: `seconds` divided and multiplied by 1 + `error`. */
  readonly low: number;
  readonly high: number;
  /** Relative error that the profile states for such a network; undefined where it states none, and then `low` is 0 and `high` is infinite. */
  readonly error: number | undefined;
  /** Why the network is unlike those that the costs were fitted to; undefined where it is like them. A sentence's end: `conv takes 93 % of the time; …`. */
  readonly extrapolated: string | undefined;
  readonly layers: readonly KernelLatency[];
  /** Where the costs come from. */
  readonly source: string;
  /** Sources of figures that the result rests on and that nobody verified. */
  readonly unverified: readonly string[];
}

/** Shares may be this far outside those that were seen: 5 points of the time move a prediction by 5 points where a cost is off by 100 %. */
const SLACK = 0.05;
/** Networks may be this many times faster or slower than those that were seen. */
const REACH = 2;

/** @returns undefined where the profile has no costs */
export function latencyOf(kernels: readonly Kernel[], profile: Profile): Latency | undefined {
  if (profile.costs.length === 0) return undefined;
  const costs = kernelCosts(profile.costs);
  const unverified = new Set<string>();
  const layers: KernelLatency[] = [];
  let seconds = profile.call?.value ?? 0;
  if (profile.call && !profile.call.verified) unverified.add(profile.call.source);
  for (const kernel of kernels) {
    const layer = priced(kernel, costs, profile, unverified);
    layers.push(layer);
    seconds += layer.seconds;
  }
  const streamed = streamedBytes(kernels, profile);
  if (streamed > 0) {
    seconds += streamed / profile.weightBandwidth!.value;
    for (const { source, verified } of [profile.weightMemory!, profile.weightBandwidth!]) if (!verified) unverified.add(source);
  }
  const extrapolated = reason(kernels, layers, seconds, profile, costs);
  const error = extrapolated === undefined ? profile.error : profile.familyError;
  if (error && !error.verified) unverified.add(error.source);
  for (const run of profile.measured) if (run.fitted && run.latency && !run.latency.verified) unverified.add(run.latency.source);
  const factor = error ? 1 + error.value : Infinity;
  return {
    seconds,
    low: seconds / factor,
    high: seconds * factor,
    error: error?.value,
    extrapolated,
    layers,
    source: profile.costSource,
    unverified: [...unverified],
  };
}

/** Weights that do not stay on the chip. */
function streamedBytes(kernels: readonly Kernel[], { weightMemory, weightBandwidth }: Profile): number {
  if (!weightMemory || !weightBandwidth) return 0;
  return Math.max(0, kernels.reduce((sum, { weightBytes }) => sum + weightBytes, 0) - weightMemory.value);
}

function priced(kernel: Kernel, costs: KernelCosts, { peakMacs, bandwidth }: Profile, unverified: Set<string>): KernelLatency {
  const { path, op, of, trail } = kernel;
  const cost = costs.of(kernel);
  const { macs, bytes: traffic, weightBytes, rows } = workOf(kernel, cost?.tile);
  const compute = cost ? cost.mac * macs : 0;
  const memory = cost ? cost.byte * traffic + cost.weightByte * weightBytes : 0;
  const overhead = cost ? cost.row * rows + cost.kernel : 0;
  let seconds = compute + memory + overhead;
  let bound: Bound = compute >= memory && compute >= overhead ? "compute" : memory >= overhead ? "memory" : "overhead";
  const byPeak = peakMacs ? kernel.macs / (peakMacs.value * shortcut(kernel)) : 0;
  const byBandwidth = bandwidth ? (traffic + kernel.weightBytes) / bandwidth.value : 0;
  const least = Math.max(byPeak, byBandwidth);
  if (least > seconds) {
    const limit = byPeak >= byBandwidth ? peakMacs : bandwidth;
    if (limit && !limit.verified) unverified.add(limit.source);
    seconds = least;
    bound = byPeak >= byBandwidth ? "compute" : "memory";
  }
  return { path, op, of, seconds, bound, trail };
}

/** How many multiply-adds one can stand for: Winograd's F(4×4, 3×3) saves three of four (Lavin & Gray 2016). */
function shortcut({ of, window, stride }: Kernel): number {
  return of === "conv" && window === 3 && stride === 1 ? 4 : 1;
}

/** What each kind of kernel takes of the predicted time; of a kind that has no cost, its part of the bytes moved. Kinds that do not occur are left out. */
export function mixOf(kernels: readonly Kernel[], profile: Profile): ReadonlyMap<KernelClass, number> {
  const costs = kernelCosts(profile.costs);
  const layers = kernels.map((kernel) => priced(kernel, costs, profile, new Set()));
  return shares(kernels, layers, costs);
}

function shares(kernels: readonly Kernel[], layers: readonly KernelLatency[], costs: KernelCosts): ReadonlyMap<KernelClass, number> {
  let time = 0;
  let traffic = 0;
  const parts = new Map<KernelClass, { seconds: number; bytes: number }>();
  kernels.forEach((kernel, i) => {
    const part = parts.get(kernel.of) ?? { seconds: 0, bytes: 0 };
    parts.set(kernel.of, part);
    const bytes = kernel.inputBytes + kernel.outputBytes + kernel.weightBytes;
    part.seconds += layers[i].seconds;
    part.bytes += bytes;
    time += layers[i].seconds;
    traffic += bytes;
  });
  const found = new Map<KernelClass, number>();
  for (const [of, part] of parts) {
    const hasCost = costs.has(of);
    found.set(of, hasCost ? (time > 0 ? part.seconds / time : 0) : traffic > 0 ? part.bytes / traffic : 0);
  }
  return found;
}

/** Why the network is unlike those that the costs were fitted to, or undefined. */
export function unlike(kernels: readonly Kernel[], profile: Profile): string | undefined {
  const costs = kernelCosts(profile.costs);
  const layers = kernels.map((kernel) => priced(kernel, costs, profile, new Set()));
  return reason(kernels, layers, layers.reduce((sum, layer) => sum + layer.seconds, 0), profile, costs);
}

function reason(kernels: readonly Kernel[], layers: readonly KernelLatency[], seconds: number, profile: Profile, costs: KernelCosts): string | undefined {
  if (profile.scaledFrom !== undefined) return `the costs are scaled from ${profile.scaledFrom}, and nothing was measured on this device`;
  const streamed = streamedBytes(kernels, profile);
  if (streamed > 0) return `${binaryBytes(streamed)} of weights do not stay on the chip; of the runs that the costs were fitted to all did`;
  if (profile.mix.length === 0) return "the profile does not say which networks its costs were fitted to";
  const found = shares(kernels, layers, costs);
  for (const { of, low, high } of profile.mix) {
    const share = found.get(of) ?? 0;
    if (share > high + SLACK) return `${says(of, share, costs)}; ${percent(high)} at most in the runs that the costs were fitted to`;
    if (share < low - SLACK) return `${says(of, share, costs)}; ${percent(low)} at least in the runs that the costs were fitted to`;
  }
  for (const [of, share] of found) {
    if (share > SLACK && !profile.mix.some((each) => each.of === of)) return `${says(of, share, costs)}, and the runs that the costs were fitted to have none`;
  }
  const times = profile.measured.flatMap(({ fitted, latency }) => (fitted && latency ? [latency.value] : []));
  if (times.length === 0) return undefined;
  if (seconds < Math.min(...times) / REACH) return "it is far smaller than the networks that the costs were fitted to";
  if (seconds > Math.max(...times) * REACH) return "it is far larger than the networks that the costs were fitted to";
  return undefined;
}

function says(of: KernelClass, share: number, costs: KernelCosts): string {
  return costs.has(of) ? `${of} takes ${percent(share)} of the time` : `${of} moves ${percent(share)} of the bytes and has no cost`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
