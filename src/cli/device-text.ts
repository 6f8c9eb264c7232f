/** A device on one page: its memory, how networks run on it, and where every figure comes from. */
import { binaryBytes, grouped as count, joules, seconds } from "../compiler/analyse/format-figures.ts";
import { type Device, type Figure, type KernelCost, type MeasuredRun, type Profile, shownTarget } from "../compiler/devices/device.ts";
import { profileText } from "../compiler/devices/price.ts";
import { table } from "./figures.ts";

type Shown = (value: number) => string;
const per: Shown = (value) => `${count(value)} / s`;
const percent: Shown = (value) => `${Math.round(1000 * value) / 10} %`;
const hertz: Shown = (value) => (value >= 1e9 ? `${value / 1e9} GHz` : `${value / 1e6} MHz`);
const watts: Shown = (value) => (value < 1 ? `${value * 1e3} mW` : `${value} W`);

export function deviceText(device: Device): string {
  const { name, title, family, clock, cores, ram, flash, regions, profiles, span } = device;
  const facts = [...line("clock", clock, hertz), ...line("cores", cores, count), ...line("RAM", ram, binaryBytes), ...line("flash", flash, binaryBytes), ...regions.flatMap((region) => line(region.name, region.bytes, binaryBytes))];
  return [`${name}: ${title} (${family})\n\n`, ...facts, ...profiles.flatMap((profile) => ["\n", ...profileLines(device, profile)]), `\nIts text: ${span.file}\n`].join("");
}

function profileLines(device: Device, profile: Profile): readonly string[] {
  const { costs, costSource, error, familyError, scaledFrom, mix, overlap, alignment, measured } = profile;
  const memory = { none: "outputs are made anew", in_place: "elementwise operators and depthwise convolutions write over their input", full: "an operator needs the larger of its inputs and outputs" }[overlap];
  return [
    `${shownTarget(device, profile)}: ${profileText(profile)}\n`,
    `  memory: ${memory}; buffers aligned to ${alignment} byte${alignment === 1 ? "" : "s"}\n`,
    ...[
      ...line("RAM of the runtime", profile.runtimeRam, binaryBytes),
      ...line("code of the runtime", profile.codeFlash, binaryBytes),
      ...line("most MACs", profile.peakMacs, per),
      ...line("bandwidth, bytes", profile.bandwidth, per),
      ...line("weights that stay on the chip", profile.weightMemory, binaryBytes),
      ...line("bandwidth of the others, bytes", profile.weightBandwidth, per),
      ...line("power", profile.power, watts),
      ...line("energy of a MAC", profile.macEnergy, joules),
      ...line("energy of a byte", profile.byteEnergy, joules),
    ].map((text) => `  ${text}`),
    ...(scaledFrom === undefined ? [] : [`  scaled from ${scaledFrom}: nothing was measured on this device\n`]),
    ...(costs.length === 0 ? ["  latency: unknown\n"] : [`  latency: ${costs.map(costText).join("; ")}\n`, `    ${costSource || "their source is not said"}\n`]),
    ...(mix.length === 0 ? [] : [`    seen: ${mix.map(({ of, low, high }) => `${of} ${Math.round(100 * low)} to ${Math.round(100 * high)} % of the time`).join(", ")}\n`]),
    ...[...line("error", error, percent), ...line("error for another family", familyError, percent)].map((text) => `  ${text}`),
    ...(measured.length === 0 ? [] : [indent(runs(measured))]),
  ];
}

function line(what: string, figure: Figure | undefined, shown: Shown): readonly string[] {
  return figure ? [`${what}: ${shown(figure.value)}${figure.verified ? "" : ", unverified"} (${figure.source})\n`] : [];
}

/** `pointwise 2.27 ns a MAC` */
function costText({ of, op, window, stride, mac, byte, weightByte, row, kernel, tile }: KernelCost): string {
  const parts = [
    [mac, tile === undefined ? "a MAC" : `a MAC in tiles of ${tile} pixels`],
    [byte, "a byte"],
    [weightByte, "a byte of weights"],
    [row, "a row"],
    [kernel, "a kernel"],
  ] as const;
  const restricted = [op, window && `window ${window}`, stride && `stride ${stride}`].filter(Boolean).join(", ");
  return `${of === "any" ? "other" : of}${restricted && ` (${restricted})`} ${parts.flatMap(([value, unit]) => (value === undefined ? [] : [`${time(value)} ${unit}`])).join(" + ")}`;
}

function time(value: number): string {
  return value !== 0 && value < 1e-9 ? `${Number((value * 1e12).toPrecision(3))} ps` : seconds(value);
}

function runs(measured: readonly MeasuredRun[]): string {
  const cell = (figure: Figure | undefined, shown: Shown): string => (figure ? shown(figure.value) : "");
  const sources = [...new Set(measured.flatMap(({ latency, ram, flash, energy }) => [latency, ram, flash, energy].flatMap((figure) => figure?.source ?? [])))];
  const rows = measured.map(({ model, latency, ram, flash, energy, fitted }) => [model, cell(latency, seconds), cell(ram, binaryBytes), cell(flash, binaryBytes), cell(energy, joules), fitted ? "fitted" : ""]);
  return `${table([["measured", "latency", "RAM", "flash", "energy", ""], ...rows], [1, 2, 3, 4])}${sources.map((source) => `${source}\n`).join("")}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
