/** The library's devices, as the compiler reads them. */
import { devicesIn } from "../../src/compiler/elaborate/device-list.ts";
import type { Device, Profile } from "../../src/compiler/devices/device.ts";
import { fusedActivations, kernelsOf, type Kernel } from "../../src/compiler/devices/kernels.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { libraryModel, lwmFiles, modelOf, programOf, readProject } from "../program.ts";

export const deviceFiles = lwmFiles("stdlib/devices");

/** The devices of a text; throws where it has a mistake. */
export function devicesOf(text: string): readonly Device[] {
  const { program, syntax } = programOf({ "devices.lwm": text });
  const wrong = [...syntax];
  const devices = devicesIn(program, "devices.lwm", (d) => wrong.push(d));
  if (wrong.length > 0) throw new Error(wrong.map((d) => `${d.code}: ${d.message}`).join("\n"));
  return devices;
}

let known: ReadonlyMap<string, Device> | undefined;

export function libraryDevices(): ReadonlyMap<string, Device> {
  return (known ??= new Map(deviceFiles.flatMap((path) => devicesOf(readProject(path))).map((device) => [device.name, device])));
}

export function device(name: string): Device {
  const found = libraryDevices().get(name);
  if (!found) throw new Error(`no device ${name}`);
  return found;
}

const graphs = new Map<string, Graph>();

/** The deployed network of a call, of the library or of an example. */
export function networkOf(call: string): Graph {
  let graph = graphs.get(call);
  if (!graph) {
    const name = call.replace(/\(.*/s, "");
    const example = lwmFiles("examples").find((path) => new RegExp(`^model ${name}\\b`, "m").test(readProject(path)));
    const model = example === undefined ? libraryModel(call) : modelOf(`${readProject(example)}\nmodel Chosen = ${call.includes("(") ? call : `${call}()`}\n`, { model: "Chosen" });
    graphs.set(call, (graph = deployed(model.graph)));
  }
  return graph;
}

export function kernelsFor(call: string, { precision, kernels }: Profile): readonly Kernel[] {
  return kernelsOf(networkOf(call), { precision, fused: fusedActivations(kernels) });
}
