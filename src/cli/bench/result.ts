/** What a network took in a runtime, and what was predicted. */
import { type DeviceTarget, type KernelSet, type Profile, shownTarget } from "../../compiler/devices/device.ts";
import { fusedActivations, kernelsOf, type Kernel } from "../../compiler/devices/kernels.ts";
import { latencyOf, type Latency } from "../../compiler/devices/latency.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { deployed } from "../../compiler/passes/index.ts";
import { ANCHOR } from "../measure/calibration.ts";
import { median, tenth, WARMUPS } from "../measure/timing.ts";

/** What a network took in one runtime. Times are seconds. */
export interface BenchResult {
  readonly model: string;
  readonly runtime: string;
  readonly kernels: string;
  readonly warmups: number;
  readonly runs: number;
  readonly tenth: number;
  readonly median: number;
  /** From the artifact in memory to a network that is ready to run, and the first run; the runtime itself is loaded before. */
  readonly start: number;
  readonly first: number;
  /** Bytes that this process grew by from before the start to after the first run. */
  readonly memory: number | undefined;
  readonly predicted: Predicted | undefined;
  readonly classes: readonly ClassTime[];
  /** What the layers take alone, all together, over what they take in the network. */
  readonly alone: number | undefined;
}

export interface Predicted {
  readonly target: string;
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
  readonly error: number | undefined;
  readonly extrapolated: string | undefined;
  /** What the anchor networks take now over what is predicted for them; the prediction is scaled by it. Undefined where there are none. */
  readonly anchor: number | undefined;
}

export interface ClassTime {
  readonly of: string;
  readonly kernels: number;
  /** Of the time of the whole network; undefined where layers were not timed. */
  readonly measured: number | undefined;
  readonly predicted: number | undefined;
}

/** A network that is run, and the devices that it is compared with. */
export interface Network {
  readonly shown: string;
  readonly graph: Graph;
  readonly targets: readonly DeviceTarget[];
}

export interface Compared {
  readonly shown: string;
  readonly profile: Profile;
  /** Networks that the device was measured with, where it was measured by `lwmc calibrate`; they are timed again beside what is compared. */
  readonly anchors: readonly string[];
}

/** The targets' profile for these kernels: the chosen one, or else another of the same device. */
export function profileFor(name: KernelSet, targets: readonly DeviceTarget[]): Compared | undefined {
  for (const { device, profile: first } of targets) {
    const profile = [first, ...device.profiles].find(({ kernels, precision, threads, costs }) => kernels === name && precision === "float32" && threads === 1 && costs.length > 0);
    if (profile) return { shown: shownTarget(device, profile), profile, anchors: anchorsOf(profile) };
  }
  return undefined;
}

function anchorsOf({ measured }: Profile): Compared["anchors"] {
  if (!measured.some(({ model }) => model === ANCHOR)) return [];
  return measured.map(({ model }) => model);
}

/** The anchors as models of a text, in order. */
export function anchorText(anchors: Compared["anchors"]): string {
  return anchors.map((model, i) => `model Anchor${i} = ${model}\n`).join("");
}

/** What the anchors take now over what is predicted for them: the median, so that a single odd one counts for nothing. Undefined where there are none. */
export function slowdown(name: KernelSet, { profile }: Compared, anchors: readonly Graph[], now: readonly number[]): number | undefined {
  return anchors.length === 0 ? undefined : median(anchors.map((graph, i) => now[i] / latencyOf(kernelsIn(name, graph), profile)!.seconds));
}

function kernelsIn(name: KernelSet, graph: Graph): readonly Kernel[] {
  return kernelsOf(deployed(graph), { precision: "float32", fused: fusedActivations(name) });
}

/** What was measured of a network; seconds. */
export interface Measured {
  readonly runtime: string;
  readonly times: readonly number[];
  readonly start: number;
  readonly first: number;
  readonly memory: number | undefined;
  /** See `slowdown`. */
  readonly slowdown: number | undefined;
  readonly layers: readonly LayerTime[] | undefined;
}

/** What the layers of a kind take, each alone. */
export interface LayerTime {
  readonly of: string;
  readonly seconds: number;
}

export function resultOf(name: KernelSet, { shown, graph }: Network, target: Compared | undefined, { runtime, times, start, first, memory, slowdown: scale, layers }: Measured): BenchResult {
  const seconds = tenth(times);
  const kernels = kernelsIn(name, graph);
  const latency = target && latencyOf(kernels, target.profile);
  const alone = layers && layers.reduce((sum, layer) => sum + layer.seconds, 0) / seconds;
  return {
    model: shown,
    runtime,
    kernels: name,
    warmups: WARMUPS,
    runs: times.length,
    tenth: seconds,
    median: median(times),
    start,
    first,
    memory,
    predicted: latency && predictedOf(latency, target.shown, scale),
    classes: classesOf(kernels, latency, scale ?? 1, alone ? layers.map((layer) => ({ ...layer, seconds: layer.seconds / alone })) : undefined),
    alone,
  };
}

function predictedOf({ seconds, low, high, error, extrapolated }: Latency, target: string, anchor: number | undefined): Predicted {
  const by = anchor ?? 1;
  return { target, seconds: seconds * by, low: low * by, high: high * by, error, extrapolated, anchor };
}

/** By kind of kernel, the slowest first. */
function classesOf(kernels: readonly Kernel[], latency: Latency | undefined, scale: number, measured: readonly LayerTime[] | undefined): readonly ClassTime[] {
  const counts = new Map<string, number>();
  for (const { of } of kernels) counts.set(of, (counts.get(of) ?? 0) + 1);
  const sum = (items: readonly { readonly of: string; readonly seconds: number }[] | undefined, kind: string): number | undefined =>
    items?.filter(({ of }) => of === kind).reduce((total, { seconds }) => total + seconds, 0);
  const rows = [...counts].map(([of, count]): ClassTime => {
    const predicted = sum(latency?.layers, of);
    return { of, kernels: count, measured: sum(measured, of), predicted: predicted === undefined ? undefined : predicted * scale };
  });
  return rows.sort((a, b) => (b.measured ?? b.predicted ?? 0) - (a.measured ?? a.predicted ?? 0));
}
