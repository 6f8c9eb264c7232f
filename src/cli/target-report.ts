/** What a network needs on a device, for people and as JSON. */
import { binaryBytes, grouped as count, joules, seconds } from "../compiler/analyse/format-figures.ts";
import type { Estimate } from "../compiler/devices/estimate.ts";
import { profileText, type DevicePrice } from "../compiler/devices/price.ts";
import { usedFigures } from "../compiler/devices/sources.ts";

/** One line: `RAM 66.2 KiB, flash 251 KiB, 32.6 ms (29.7 to 35.8 ms), 4.08 mJ`. */
export function targetLine({ ram, flash, latency, energy }: DevicePrice): string {
  return [`RAM ${binaryBytes(ram.value)}`, `flash ${binaryBytes(flash.value)}`, latency ? withBand(latency, seconds) : "latency unknown", ...(energy ? [withBand(energy, joules)] : [])].join(", ");
}

/** The doubts about a price, each once. */
export function doubtsOf({ target, ram, flash, latency, energy }: DevicePrice): readonly string[] {
  const named = (name: string, estimate: Estimate | undefined): readonly string[] => estimate?.doubts.map((doubt) => `${name}: ${doubt}`) ?? [];
  const inTime = new Set(latency?.doubts);
  const { kernels, runtime } = target.profile;
  const operators = kernels === undefined ? [`operators: which ones ${runtime} supports is not known`] : [];
  return [...operators, ...named("RAM", ram), ...named("flash", flash), ...named("latency", latency), ...named("energy", energy && { ...energy, doubts: energy.doubts.filter((doubt) => !inTime.has(doubt)) })];
}

/** The totals on a target, where each comes from, and what is doubtful. */
export function targetText(price: DevicePrice): string {
  const { target, weights, activations, memory, ram, flash, latency, energy, layers } = price;
  const { device, profile } = target;
  const bytes = (value: number): readonly [string, string] => [count(value), binaryBytes(value)];
  const rows: (readonly [string, string, string])[] = [
    ["weights", ...bytes(weights)],
    ["activations", count(activations), `${binaryBytes(activations)} at once, nothing in place`],
    ["arena", count(memory.arena), `${binaryBytes(memory.arena)} planned${memory.arena === memory.bound ? ", which is the least there can be" : `; the least there can be is ${binaryBytes(memory.bound)}`}`],
    ["RAM", count(ram.value), `${binaryBytes(ram.value)}${device.ram ? ` of ${binaryBytes(device.ram.value)}` : ""}${profile.runtimeRam ? `, with ${binaryBytes(profile.runtimeRam.value)} of the runtime` : ""}`],
    ["flash", count(flash.value), `${binaryBytes(flash.value)}${device.flash ? ` of ${binaryBytes(device.flash.value)}` : ""}${profile.codeFlash ? `, with ${binaryBytes(profile.codeFlash.value)} of code` : ""}`],
    ["latency", latency ? seconds(latency.value) : "unknown", latency ? bandText(latency, seconds) : "no run on this device was published that would tell"],
    ["energy", energy ? joules(energy.value) : "unknown", energy ? bandText(energy, joules) : "the power is not known"],
  ];
  const widest = Math.max(...rows.map(([, value]) => value.length));
  const lines = rows.map(([name, value, note]) => `${name.padEnd(11)}  ${value.padStart(widest)}  ${note}\n`);
  const memoryBound = layers.filter(({ bound }) => bound === "memory");
  const time = layers.reduce((sum, layer) => sum + layer.seconds, 0);
  const share = time > 0 ? memoryBound.reduce((sum, layer) => sum + layer.seconds, 0) / time : 0;
  const bound = memoryBound.length === 0 ? [] : [`${memoryBound.length} of ${layers.length} kernels go mostly by the bytes they move, ${Math.round(100 * share)} % of the time: ${listed(memoryBound.map(({ path }) => path))}\n`];
  const doubts = doubtsOf(price).map((doubt) => `not certain: ${doubt}\n`);
  const sources = usedFigures(target).map(({ what, source, verified }) => `${verified ? "" : "unverified: "}${what}: ${source}\n`);
  return [`on ${target.shown}: ${device.title}, ${profileText(profile)}\n\n`, ...lines, ...bound, ...doubts, "\n", ...sources].join("");
}

export function targetData(price: DevicePrice): object {
  const { target, weights, activations, memory, ram, flash, latency, energy, layers } = price;
  return {
    target: target.shown,
    device: target.device.name,
    title: target.device.title,
    runtime: target.profile.runtime,
    precision: target.profile.precision,
    threads: target.profile.threads,
    weights,
    activations,
    arena: memory.arena,
    ram: { ...estimateData(ram), of: target.device.ram?.value ?? null },
    flash: { ...estimateData(flash), of: target.device.flash?.value ?? null },
    latency: latency && estimateData(latency),
    energy: energy && estimateData(energy),
    layers: layers.map(({ path, of, seconds, bound }) => ({ path, of, seconds, bound })),
    sources: usedFigures(target),
  };
}

function estimateData({ value, low, high, doubts }: Estimate): object {
  return { value, low, high: high === Infinity ? null : high, doubts };
}

function withBand(estimate: Estimate, shown: (value: number) => string): string {
  return `${shown(estimate.value)}${estimate.high === Infinity ? "" : ` (${shown(estimate.low)} to ${shown(estimate.high)})`}`;
}

function bandText({ low, high }: Estimate, shown: (value: number) => string): string {
  return high === Infinity ? "no band: nobody has said how far off such predictions are" : low === high ? "" : `${shown(low)} to ${shown(high)}`;
}

const LISTED = 3;

function listed(paths: readonly string[]): string {
  return paths.length <= LISTED ? paths.join(", ") : `${paths.slice(0, LISTED).join(", ")} and ${paths.length - LISTED} more`;
}
