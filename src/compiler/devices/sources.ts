/** The figures of a device that a price rests on, with their sources, for reports and for `lwmc explain`. */
import type { DeviceTarget, Figure } from "./device.ts";

export interface UsedFigure {
  readonly what: string;
  readonly value: number;
  readonly source: string;
  readonly verified: boolean;
}

/** Each figure that pricing on the target uses, in the order of the report. */
export function usedFigures({ device, profile }: DeviceTarget): readonly UsedFigure[] {
  const named: readonly (readonly [string, Figure | undefined])[] = [
    ["RAM of the device", device.ram],
    ["flash of the device", device.flash],
    ["RAM of the runtime", profile.runtimeRam],
    ["code of the runtime", profile.codeFlash],
    ["error of the latency", profile.error],
    ["error for another family", profile.familyError],
    ["most MACs a second", profile.peakMacs],
    ["bandwidth", profile.bandwidth],
    ["weights that stay on the chip", profile.weightMemory],
    ["bandwidth of the others", profile.weightBandwidth],
    ["power", profile.power],
    ["energy of a MAC", profile.macEnergy],
    ["energy of a byte", profile.byteEnergy],
  ];
  const figures = named.flatMap(([what, figure]) => (figure ? [{ what, ...figure }] : []));
  return profile.costs.length === 0 ? figures : [...figures, { what: "costs of kernels", value: profile.costs.length, source: profile.costSource || "not said", verified: profile.costSource !== "" }];
}
