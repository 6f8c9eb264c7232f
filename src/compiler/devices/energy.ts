/**
 * What one inference draws. On processors, the power while computing times the latency: MLPerf Tiny's boards draw nearly the same power for every
 * network, so energy goes as time. On accelerators, energy per operation: MACs and bytes moved, each times its table's figure. Tables of one
 * technology (Horowitz, ISSCC 2014, 45 nm) rank networks; they do not tell another chip's joules.
 */
import type { Figure, Profile } from "./device.ts";
import type { Kernel } from "./kernels.ts";
import { unverifiedText, type Estimate } from "./estimate.ts";

/** @returns joules; undefined where neither the power nor energies of operations are known */
export function energyOf(kernels: readonly Kernel[], latency: Estimate | undefined, { power, macEnergy, byteEnergy }: Profile): Estimate | undefined {
  if (macEnergy && byteEnergy) {
    let value = 0;
    for (const { macs, inputBytes, outputBytes, weightBytes } of kernels) value += macs * macEnergy.value + (inputBytes + outputBytes + weightBytes) * byteEnergy.value;
    return { value, low: 0, high: Infinity, doubts: ["energies per operation, of one technology, rank networks and tell no chip's joules", ...doubtsOf(macEnergy), ...doubtsOf(byteEnergy)] };
  }
  if (!power || !latency) return undefined;
  return { value: power.value * latency.value, low: power.value * latency.low, high: power.value * latency.high, doubts: [...latency.doubts, ...doubtsOf(power)] };
}

function doubtsOf({ verified, source }: Figure): readonly string[] {
  return verified ? [] : [unverifiedText(source)];
}
