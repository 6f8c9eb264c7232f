/** From times of benchmarks to costs: what a call takes, then one law for each kind of kernel, by bounded least squares on the relative error. */
import type { KernelCost } from "../../compiler/devices/device.ts";
import { nonNegativeLeastSquares } from "../../compiler/devices/fit.ts";
import { kernelCosts, workOf, type KernelCosts } from "../../compiler/devices/kernel-cost.ts";
import type { Kernel } from "../../compiler/devices/kernels.ts";
import { lawName, type Law } from "./benchmarks.ts";

/** One benchmark with its time. */
export interface Measurement {
  readonly law: Law | undefined;
  readonly kernels: readonly Kernel[];
  /** Bytes that go in and come out, in float32. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly seconds: number;
}

/** What a call takes besides its kernels: seconds, and seconds a byte of inputs and of outputs. */
export interface CallCost {
  readonly call: number;
  readonly input: number;
  readonly output: number;
}

export interface Laws {
  readonly call: CallCost;
  readonly costs: readonly KernelCost[];
  /** How well each law fits its own benchmarks: mean absolute relative errors, by the law's name. */
  readonly fits: readonly { readonly law: string; readonly runs: number; readonly mape: number }[];
}

/** Sizes of tiles that are tried for what works like a matrix product; a larger one is taken where it clearly fits better. */
const TILES = [1, 4, 8, 16];
const BETTER = 0.9;
/** Below it a time cannot be told from the call's own. */
const LEAST_SECONDS = 1e-7;

export function fitLaws(measurements: readonly Measurement[]): Laws {
  const call = fitCall(measurements.filter(({ law }) => law === undefined));
  const fits: { law: string; runs: number; mape: number }[] = [];
  const costs: KernelCost[] = [];
  for (const law of lawsOf(measurements)) {
    const own = measurements.filter((each) => each.law && lawName(each.law) === lawName(law));
    const wider = measurements.filter((each) => each.law && covers(law, each.law));
    // a law for what has none of its own sees the benchmarks of all its kind
    const { cost, mape } = fitLaw(law, wider, costs, call);
    costs.push(cost);
    fits.push({ law: lawName(law), runs: Math.max(own.length, wider.length), mape });
  }
  return { call, costs, fits };
}

/** The laws that were measured, and for each kind one that has no restrictions; what activations cost is known first, as other benchmarks contain them. */
function lawsOf(measurements: readonly Measurement[]): readonly Law[] {
  const found = new Map<string, Law>();
  for (const { law } of measurements) {
    if (!law) continue;
    found.set(lawName(law), law);
    found.set(law.of, { of: law.of });
  }
  return [...found.values()].sort((a, b) => rank(a) - rank(b));
}

function rank({ of }: Law): number {
  return of === "activation" ? 0 : 1;
}

function covers(law: Law, other: Law): boolean {
  return law.of === other.of && (law.op === undefined || law.op === other.op) && (law.window === undefined || law.window === other.window) && (law.stride === undefined || law.stride === other.stride);
}

/** Chains with the same kernels and other outputs tell the outputs' cost, shorter and longer ones the kernels'. */
export function fitCall(measurements: readonly Measurement[]): CallCost {
  const rows = measurements.map(({ kernels, inputBytes, outputBytes, seconds }) => ({
    features: [1, inputBytes, outputBytes, kernels.reduce((sum, k) => sum + k.inputBytes + k.outputBytes, 0), kernels.length],
    seconds,
  }));
  const [call, input, output] = leastSquares(rows);
  return { call, input, output };
}

function fitLaw(law: Law, measurements: readonly Measurement[], known: readonly KernelCost[], call: CallCost): { readonly cost: KernelCost; readonly mape: number } {
  const others = kernelCosts(known);
  const matrix = law.of === "pointwise" || law.of === "conv";
  let best: { readonly cost: KernelCost; readonly mape: number } | undefined;
  for (const tile of matrix ? TILES : [1]) {
    const rows = measurements.map((each) => rowOf(each, law, others, call, tile));
    const [mac, byte, weightByte, row, kernel] = leastSquares(rows);
    const mape = rows.reduce((sum, { features, seconds }) => sum + Math.abs(dot(features, [mac, byte, weightByte, row, kernel]) / seconds - 1), 0) / rows.length;
    const cost: KernelCost = { ...law, mac, byte, weightByte, row, kernel, ...(tile > 1 ? { tile } : {}) };
    if (!best || mape < best.mape * BETTER) best = { cost, mape };
  }
  return best!;
}

/** What the kernels of a law took of a benchmark, and their work. Other kernels in it (an activation that is not fused) are priced by the laws that are known. */
function rowOf({ kernels, inputBytes, outputBytes, seconds }: Measurement, law: Law, known: KernelCosts, call: CallCost, tile: number): { readonly features: readonly number[]; readonly seconds: number } {
  const features = [0, 0, 0, 0, 0];
  let rest = seconds - call.call - call.input * inputBytes - call.output * outputBytes;
  for (const kernel of kernels) {
    if (kernel.of !== law.of) {
      rest -= secondsOf(kernel, known);
      continue;
    }
    const { macs, bytes, weightBytes, rows } = workOf(kernel, tile);
    [macs, bytes, weightBytes, rows, 1].forEach((v, i) => (features[i] += v));
  }
  return { features, seconds: Math.max(rest, LEAST_SECONDS, seconds * 0.02) };
}

/** What a kernel takes by these costs. */
export function secondsOf(kernel: Kernel, costs: KernelCosts): number {
  const cost = costs.of(kernel);
  if (!cost) return 0;
  const { macs, bytes, weightBytes, rows } = workOf(kernel, cost.tile);
  return cost.mac * macs + cost.byte * bytes + cost.weightByte * weightBytes + cost.row * rows + cost.kernel;
}

/** The non-negative coefficients with the least sum of squared relative errors. */
function leastSquares(rows: readonly { readonly features: readonly number[]; readonly seconds: number }[]): readonly number[] {
  const a = rows.map(({ features, seconds }) => features.map((f) => f / seconds));
  const scale = a[0].map((_, j) => Math.hypot(...a.map((row) => row[j])) || 1);
  const found = nonNegativeLeastSquares(a.map((row) => row.map((v, j) => v / scale[j])), rows.map(() => 1));
  return found.map((v, j) => v / scale[j]);
}

function dot(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, v, i) => sum + v * y[i], 0);
}

/** nn-Meter (Zhang et al. 2021, section 4.1): two operators run as one kernel where T_A + T_B − T_AB > α·min(T_A, T_B). */
export const FUSION_THRESHOLD = 0.5;

/** The left side over min(T_A, T_B). */
export function savedShare(first: number, second: number, both: number): number {
  const least = Math.min(first, second);
  return least > 0 ? (first + second - both) / least : 0;
}

/** What a benchmark's kernels take together: its time without what the call itself takes. */
export function kernelSeconds({ inputBytes, outputBytes, seconds }: Measurement, { call, input, output }: CallCost): number {
  return Math.max(0, seconds - call - input * inputBytes - output * outputBytes);
}

export function sumOf(kernels: readonly Kernel[], costs: KernelCosts): number {
  return kernels.reduce((sum, kernel) => sum + secondsOf(kernel, costs), 0);
}

/** Factors to the costs, from whole networks. */
export interface Context {
  readonly factors: Readonly<Record<string, number>>;
  /** The factor of a cost; of what the networks do not have, their mean. */
  readonly of: (cost: KernelCost) => number;
}

/** How much a kind's factor is held to the mean of all, in units of a network's relative error: whole networks are few, and kinds come together in them. */
const HOLD = 0.1;

/**
 * Beside other kernels caches are colder than in a chain of like ones. Each kind gets a factor to what it takes in chains (activations by operator),
 * from the times of whole networks: least squares on the relative error, held to the geometric mean of measured over predicted.
 */
export function contextOf(networks: readonly Measurement[], { costs, call }: Laws): Context {
  if (networks.length === 0) return { factors: {}, of: () => 1 };
  const priced = kernelCosts(costs);
  const kind = ({ of, op }: { readonly of: string; readonly op?: string | undefined }): string => (of === "activation" && op !== undefined ? op : of);
  const kinds = [...new Set(networks.flatMap(({ kernels }) => kernels.map(kind)))];
  const times = networks.map((each) => Math.max(kernelSeconds(each, call), LEAST_SECONDS));
  const mean = Math.exp(networks.reduce((sum, { kernels }, i) => sum + Math.log(times[i] / sumOf(kernels, priced)), 0) / networks.length);
  const rows = networks.map(({ kernels }, i) => kinds.map((each) => sumOf(kernels.filter((kernel) => kind(kernel) === each), priced) / times[i]));
  const weight = Math.sqrt(HOLD);
  const holds = kinds.map((_, i) => kinds.map((_, j) => (i === j ? weight : 0)));
  const found = nonNegativeLeastSquares([...rows, ...holds], [...rows.map(() => 1), ...kinds.map(() => weight * mean)]);
  const factors = Object.fromEntries(kinds.map((each, i) => [each, found[i]]));
  return { factors, of: (cost) => factors[kind(cost)] ?? mean };
}

export function scaled(cost: KernelCost, by: number): KernelCost {
  const times = (value: number | undefined): number | undefined => value && value * by;
  return { ...cost, mac: times(cost.mac), byte: times(cost.byte), weightByte: times(cost.weightByte), row: times(cost.row), kernel: times(cost.kernel) };
}
