/** What a network needs on a device: memory, time and energy, each with its band and with what makes it doubtful. */
import { activations, type AliveTensor, type Cost } from "../analyse/cost.ts";
import { diagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { binaryBytes } from "../analyse/format-figures.ts";
import type { Model } from "../elaborate/model.ts";
import type { Graph } from "../ir/graph.ts";
import { deployed } from "../passes/index.ts";
import type { DeviceTarget, Figure, Profile } from "./device.ts";
import { energyOf } from "./energy.ts";
import { unverifiedText, type Estimate } from "./estimate.ts";
import { ELEMENT_BYTES, fusedActivations, kernelsOf } from "./kernels.ts";
import { latencyOf, type KernelLatency } from "./latency.ts";
import { planMemory, type MemoryPlan } from "./memory/plan.ts";
import { weightBytes } from "./memory/weight-bytes.ts";
import { elsewhere } from "./support/elsewhere.ts";

/** What a model costs by itself and on each of its targets. */
export interface Priced {
  readonly cost: Cost;
  readonly prices: readonly DevicePrice[];
}

export interface DevicePrice {
  readonly target: DeviceTarget;
  /** Bytes deployed at the target's precision. */
  readonly weights: number;
  /** The peak of bytes alive at once at the target's precision, nothing in place. */
  readonly activations: number;
  /** The arena of the activations as planned, and the runtime's own memory. */
  readonly ram: Estimate;
  /** Weights and code. */
  readonly flash: Estimate;
  /** Undefined where nothing was measured that would tell. */
  readonly latency: Estimate | undefined;
  readonly energy: Estimate | undefined;
  readonly memory: MemoryPlan;
  readonly memoryPeak: { readonly path: string | undefined; readonly alive: readonly AliveTensor[] };
  /** Empty where latency is not known. */
  readonly layers: readonly KernelLatency[];
}

/** Prices a graph, as elaborated, for a target. */
export function priceOn(graph: Graph, target: DeviceTarget): DevicePrice {
  const { profile } = target;
  const final = deployed(graph);
  const fused = fusedActivations(profile.kernels);
  const kernels = kernelsOf(final, { precision: profile.precision, fused });
  const bytesPerElement = ELEMENT_BYTES[profile.precision];
  const regions = target.device.regions.map(({ name, bytes }) => ({ name, bytes: bytes.value }));
  // What few ask for is planned when it is asked for: searches price many networks that are too slow already.
  let plan: MemoryPlan | undefined;
  const memory = (): MemoryPlan => (plan ??= planMemory(final, { bytesPerElement, overlap: profile.overlap, alignment: profile.alignment, reorder: true, fused, ...(regions.length === 0 ? {} : { memory: { regions, reserved: profile.runtimeRam?.value ?? 0 } }) }));
  const weights = weightBytes(final, profile.precision);
  const latency = latencyOf(kernels, profile);
  const misplaced = latency && elsewhere(final, profile);
  const time: Estimate | undefined = latency && {
    value: latency.seconds,
    low: latency.low,
    high: latency.high,
    doubts: [
      ...(misplaced === undefined ? [] : [misplaced]),
      ...(latency.extrapolated === undefined ? [] : [`it is extrapolated: ${latency.extrapolated}`]),
      ...(latency.error === undefined ? ["nobody has said how far off such predictions are"] : []),
      ...latency.unverified.map(unverifiedText),
    ],
  };
  return {
    target,
    weights,
    get activations() {
      return (activations(final).bytes / ELEMENT_BYTES.float32) * bytesPerElement;
    },
    get ram() {
      return sum(memory().arena, profile.runtimeRam, "the runtime's own RAM is not known and not counted");
    },
    flash: sum(weights, profile.codeFlash, "the size of the runtime's code is not known and not counted"),
    latency: time,
    energy: time && energyOf(kernels, time, profile),
    get memory() {
      return memory();
    },
    get memoryPeak() {
      return peakOf(memory());
    },
    layers: latency?.layers ?? [],
  };
}

function peakOf({ steps, buffers, peak }: MemoryPlan): DevicePrice["memoryPeak"] {
  const step = peak === undefined ? undefined : steps[peak];
  if (!step) return { path: undefined, alive: buffers };
  const byId = new Map(buffers.map((buffer) => [buffer.id, buffer]));
  return { path: step.path, alive: step.alive.flatMap((id) => byId.get(id) ?? []) };
}

function sum(exact: number, more: Figure | undefined, unknown: string): Estimate {
  const value = exact + (more?.value ?? 0);
  return { value, low: value, high: value, doubts: more ? (more.verified ? [] : [unverifiedText(more.source)]) : [unknown] };
}

/** Whether the device has the memory at all. */
export function checkFit(model: Model, price: DevicePrice): readonly Diagnostic[] {
  const { device, shown, span } = price.target;
  const over = (figure: number, capacity: Figure | undefined): capacity is Figure => capacity !== undefined && figure > capacity.value;
  const found: Diagnostic[] = [];
  const say = (what: string, has: Figure & { readonly of?: string }): void => {
    const notes = has.verified ? [] : [{ message: `the device's figure is not verified: ${has.source}` }];
    found.push(diagnostic("does-not-fit", span, { model: model.name, target: shown, what, has: `${has.of ?? ""}${binaryBytes(has.value)}` }, { notes }));
  };
  if (over(price.ram.value, device.ram)) say(`${binaryBytes(price.ram.value)} of RAM`, device.ram);
  else if (device.regions.length > 0 && price.memory.regions === undefined) {
    const largest = device.regions.reduce((a, b) => (a.bytes.value >= b.bytes.value ? a : b));
    const tensor = Math.max(...price.memory.buffers.map(({ bytes }) => bytes));
    say(`${binaryBytes(price.ram.value)} of RAM in pieces of up to ${binaryBytes(tensor)}`, { ...largest.bytes, of: `${largest.name}, the largest memory, of ` });
  }
  if (over(price.flash.value, device.flash)) say(`${binaryBytes(price.flash.value)} of flash`, device.flash);
  return found;
}

/** The profile's precision and threads, in words. */
export function profileText({ runtime, precision, threads }: Profile): string {
  return `${runtime}, ${precision}, ${threads} thread${threads === 1 ? "" : "s"}`;
}
