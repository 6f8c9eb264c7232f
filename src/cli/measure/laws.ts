/**
 * From times of benchmarks and of whole networks to costs: what a call takes and a law for each kind of kernel, all at once, by non-negative least
 * squares on the relative error. Chains of like kernels tell the laws apart; whole networks hold their sum to what kernels take beside each other.
 */
import type { KernelCost } from "../../compiler/devices/device.ts";
import { nonNegativeLeastSquares } from "../../compiler/devices/fit.ts";
import { costOf, kernelCosts, workOf, type KernelCosts } from "../../compiler/devices/kernel-cost.ts";
import type { Kernel } from "../../compiler/devices/kernels.ts";
import { lawName, type Law } from "./benchmarks.ts";

/** A benchmark or a whole network with its time. */
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

/** @param free costs that are known: of kernels that run inside others */
export function fitLaws(measurements: readonly Measurement[], free: readonly KernelCost[] = []): Laws {
  const laws = [...new Map(measurements.flatMap(({ law }) => (law ? [[lawName(law), law] as const] : []))).values()];
  const own = (law: Law): readonly Measurement[] => measurements.filter((each) => each.law && lawName(each.law) === lawName(law));
  const { call, costs } = fitted(measurements, laws.map((law) => withTile(law, own(law))), free);
  // what none of the laws is of costs what its kind does on average
  const kinds = [...new Set(laws.map(({ of }) => of))].filter((of) => !laws.some((law) => lawName(law) === of));
  const general = fitted(measurements, kinds.map((of) => ({ ...NO_COST, of })), [...costs.filter(({ of }) => !kinds.some((kind) => kind === of)), ...free]).costs;
  const priced = kernelCosts(costs);
  const fits = laws.map((law) => ({ law: lawName(law), runs: own(law).length, mape: meanError(own(law), priced, call) }));
  return { call, costs: [...costs, ...general, ...free], fits };
}

const NO_COST = { mac: 0, byte: 0, weightByte: 0, row: 0, kernel: 0 } as const;

/** The law with the tile that suits its own benchmarks. */
function withTile(law: Law, own: readonly Measurement[]): KernelCost {
  let best: KernelCost = { ...NO_COST, ...law };
  if (law.of !== "pointwise" && law.of !== "conv") return best;
  let least = Infinity;
  for (const tile of TILES) {
    const { call, costs } = fitted(own, [{ ...NO_COST, ...law, ...(tile > 1 ? { tile } : {}) }], []);
    const error = meanError(own, kernelCosts(costs), call);
    if (error < least * BETTER) [best, least] = [costs[0], error];
  }
  return best;
}

/** The same laws with their coefficients: of calls three, of each law five. Kernels of known costs take those; kernels without any take nothing. */
function fitted(measurements: readonly Measurement[], laws: readonly KernelCost[], known: readonly KernelCost[]): { readonly call: CallCost; readonly costs: readonly KernelCost[] } {
  const all = [...laws, ...known];
  const priced = kernelCosts(known);
  const rows = measurements.map(({ kernels, inputBytes, outputBytes, seconds }) => {
    const features = [1, inputBytes, outputBytes, ...laws.flatMap(() => [0, 0, 0, 0, 0])];
    let rest = seconds;
    for (const kernel of kernels) {
      const cost = costOf(kernel, all);
      const law = cost ? laws.indexOf(cost) : -1;
      if (law < 0) {
        rest -= secondsOf(kernel, priced);
        continue;
      }
      const { macs, bytes, weightBytes, rows: started } = workOf(kernel, cost!.tile);
      [macs, bytes, weightBytes, started, 1].forEach((amount, i) => (features[3 + 5 * law + i] += amount));
    }
    return { features, seconds: Math.max(rest, LEAST_SHARE * seconds) };
  });
  const [call, input, output, ...found] = leastSquares(rows);
  const costs = laws.map((law, i): KernelCost => {
    const [mac, byte, weightByte, row, kernel] = found.slice(5 * i, 5 * i + 5);
    return { ...law, mac, byte, weightByte, row, kernel };
  });
  return { call: { call, input, output }, costs };
}

/** What is left of a time without its known kernels is at least this share of it: times vary. */
const LEAST_SHARE = 0.02;

/** What a network takes by these costs. */
export function networkSeconds({ kernels, inputBytes, outputBytes }: Measurement, costs: KernelCosts, { call, input, output }: CallCost): number {
  return call + input * inputBytes + output * outputBytes + kernels.reduce((sum, kernel) => sum + secondsOf(kernel, costs), 0);
}

function meanError(measurements: readonly Measurement[], costs: KernelCosts, call: CallCost): number {
  return measurements.reduce((sum, each) => sum + Math.abs(networkSeconds(each, costs, call) / each.seconds - 1), 0) / measurements.length;
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
