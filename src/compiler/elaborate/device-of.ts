/** The device that the entries of its records make. */
import type { Device, Figure, KernelCost, MeasuredRun, MixShare, Profile, Region } from "../devices/device.ts";
import type { Span } from "../source.ts";
import type { RecordValue } from "./domains.ts";

/** What a field's value has become: a figure, a number, a word, a text, a flag, or a list of records. */
export type Entry = Figure | number | string | boolean | readonly RecordValue[];

export function deviceOf(found: ReadonlyMap<string, Entry>, span: Span): Device {
  return {
    name: "",
    title: found.get("title") as string,
    family: found.get("family") as Device["family"],
    clock: found.get("clock") as Figure | undefined,
    cores: found.get("cores") as Figure | undefined,
    ram: found.get("ram") as Figure | undefined,
    flash: found.get("flash") as Figure | undefined,
    regions: records(found, "regions").map((region): Region => ({ name: region.get("name") as string, bytes: region.get("bytes") as Figure })),
    profiles: records(found, "profiles").map(profileOf),
    span,
  };
}

function records(found: ReadonlyMap<string, unknown>, key: string): readonly ReadonlyMap<string, unknown>[] {
  return ((found.get(key) as readonly RecordValue[] | undefined) ?? []).map(({ entries }) => entries);
}

function profileOf(found: ReadonlyMap<string, unknown>): Profile {
  const figure = (key: string): Figure | undefined => found.get(key) as Figure | undefined;
  return {
    runtime: found.get("runtime") as string,
    precision: found.get("precision") as Profile["precision"],
    threads: (found.get("threads") as number | undefined) ?? 1,
    backend: found.get("backend") as Profile["backend"],
    kernels: found.get("kernels") as Profile["kernels"],
    costs: records(found, "costs").map(costOf),
    call: figure("call"),
    costSource: (found.get("cost_source") as string | undefined) ?? "",
    error: figure("error"),
    familyError: figure("family_error"),
    mix: records(found, "mix").map((share): MixShare => ({ of: share.get("of") as MixShare["of"], low: share.get("low") as number, high: share.get("high") as number })),
    scaledFrom: found.get("scaled_from") as string | undefined,
    overlap: (found.get("overlap") as Profile["overlap"] | undefined) ?? "none",
    alignment: Math.max(1, Math.round((found.get("alignment") as number | undefined) ?? 1)),
    runtimeRam: figure("runtime_ram"),
    codeFlash: figure("code_flash"),
    peakMacs: figure("peak_macs"),
    bandwidth: figure("bandwidth"),
    weightMemory: figure("weight_memory"),
    weightBandwidth: figure("weight_bandwidth"),
    power: figure("power"),
    macEnergy: figure("mac_energy"),
    byteEnergy: figure("byte_energy"),
    measured: records(found, "measured").map((run) => runOf(run, found.get("measured_source") as string | undefined)),
  };
}

function costOf(found: ReadonlyMap<string, unknown>): KernelCost {
  const number = (key: string): number | undefined => found.get(key) as number | undefined;
  return {
    of: found.get("of") as KernelCost["of"],
    op: found.get("op") as string | undefined,
    window: number("window"),
    stride: number("stride"),
    mac: number("mac"),
    byte: number("byte"),
    weightByte: number("weight_byte"),
    row: number("row"),
    kernel: number("kernel"),
    tile: number("tile"),
  };
}

function runOf(found: ReadonlyMap<string, unknown>, common: string | undefined): MeasuredRun {
  const source = (found.get("source") as string | undefined) ?? common;
  const figure = (key: string): Figure | undefined => {
    const stated = found.get(key) as Figure | undefined;
    return stated && source !== undefined ? { ...stated, source } : stated;
  };
  return { model: found.get("model") as string, latency: figure("latency"), ram: figure("ram"), flash: figure("flash"), energy: figure("energy"), fitted: found.get("fitted") === true };
}
