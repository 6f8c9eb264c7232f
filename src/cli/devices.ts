/** `lwmc devices`: the devices that networks can be priced for, with what is known of each. */
import { binaryBytes } from "../compiler/analyse/format-figures.ts";
import { type Device, type Figure, type Profile, shownTarget } from "../compiler/devices/device.ts";
import { memoryHost } from "../workspace/host.ts";
import { deviceFiles, type Library } from "../workspace/library.ts";
import { workspace } from "../workspace/workspace.ts";
import type { Environment, ExitCode } from "./environment.ts";
import { table } from "./figures.ts";
import { out } from "./output.ts";

export async function devices(options: { readonly json?: boolean }, environment: Environment): Promise<ExitCode> {
  const all = libraryDevices(environment.library());
  if (options.json) {
    out(`${JSON.stringify({ schema: 1, devices: all.map(asData) }, null, 2)}\n`);
    return 0;
  }
  const rows = all.map((device) => [device.name, device.title, bytes(device.ram), bytes(device.flash), [...new Set(device.profiles.map(({ precision }) => precision))].join(" "), latencyText(device.profiles)]);
  out(table([["device", "", "RAM", "flash", "precisions", "latency"], ...rows], [2, 3]));
  out("\n~: the figure is not verified. `lwmc explain` with a device's name gives all its figures and their sources; `--target` with it prices a network.\n");
  return 0;
}

/** Every device of the library, by name. */
export function libraryDevices(library: Library): readonly Device[] {
  const files = workspace(memoryHost({}), library);
  return deviceFiles(library).flatMap((uri) => files.devices(uri)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function bytes(figure: Figure | undefined): string {
  return figure ? `${figure.verified ? "" : "~"}${binaryBytes(figure.value)}` : "-";
}

/** From how many runs latency is known. */
function latencyText(profiles: readonly Profile[]): string {
  const priced = profiles.filter(({ costs }) => costs.length > 0);
  if (priced.length === 0) return "unknown";
  const scaled = priced.every(({ scaledFrom }) => scaledFrom !== undefined);
  if (scaled) return `scaled from ${priced[0].scaledFrom}`;
  const runs = priced.reduce((sum, { measured }) => sum + measured.filter(({ fitted }) => fitted).length, 0);
  return `${priced.length} profile${priced.length === 1 ? "" : "s"}, ${runs} runs`;
}

function asData(device: Device): object {
  const { span, profiles, ...facts } = device;
  return { ...facts, file: span.file, profiles: profiles.map((profile) => ({ target: shownTarget(device, profile), ...profile })) };
}
