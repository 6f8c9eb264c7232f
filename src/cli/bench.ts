/** `lwmc bench`: a network in the runtimes of this machine, and what it takes there beside what was predicted. */
import { initialStore } from "../backends/weights/initial.ts";
import type { DeviceTarget, Profile } from "../compiler/devices/device.ts";
import { fusedActivations, kernelsOf, type Kernel } from "../compiler/devices/kernels.ts";
import { latencyOf, type Latency } from "../compiler/devices/latency.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import { shownTarget } from "../compiler/elaborate/devices.ts";
import { deployed } from "../compiler/passes/index.ts";
import { benchText } from "./bench-text.ts";
import { chosen, compiler, loadFor, runtimeText } from "./calibrate.ts";
import { openSound } from "./emit.ts";
import { usage, type Environment, type ExitCode } from "./environment.ts";
import { ANCHOR, type Loaded } from "./measure/calibration.ts";
import { layerNetworks } from "./measure/layers.ts";
import { processClock, SHORTEST } from "./measure/process-clock.ts";
import { interleaved, median, tenth, WARMUPS } from "./measure/timing.ts";
import { onlyModel, type OpenOptions } from "./open.ts";
import { out } from "./output.ts";
import type { RuntimeName } from "./runtime.ts";

export interface BenchOptions extends OpenOptions {
  readonly runtime: readonly string[];
  readonly runs: number;
  readonly layers: boolean;
  readonly json?: boolean;
}

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
  /** The anchor network now, over what it took when the device was measured; the prediction is scaled by it. Undefined where there is none. */
  readonly anchor: number | undefined;
}

export interface ClassTime {
  readonly of: string;
  readonly kernels: number;
  /** Of the time of the whole network; undefined where layers were not timed. */
  readonly measured: number | undefined;
  readonly predicted: number | undefined;
}

/** Seconds of runs before the timed ones, in which V8 replaces its first, slower compilation of WebAssembly. */
const SETTLE = 2;

export async function bench(operands: readonly string[], options: BenchOptions, environment: Environment): Promise<ExitCode> {
  const names = chosen(options.runtime);
  const networks: Network[] = [];
  for (const operand of operands) {
    const snapshot = await openSound(operand, options, environment);
    if (snapshot === undefined) return 1;
    const { model } = onlyModel(snapshot, operand);
    networks.push({ shown: operands.length === 1 ? model.name : operand, graph: model.graph, targets: model.targets });
  }
  const results: BenchResult[] = [];
  for (const name of names) results.push(...(await benchIn(name, networks, options, environment)));
  if (options.device !== undefined && results.every(({ predicted }) => predicted === undefined)) {
    throw usage(`${options.device.map((text) => `\`${text}\``).join(", ")} has no profile of ${names.join(" or ")} in float32 on one thread to compare with; \`lwmc calibrate -o my-host.lwm\` measures one`);
  }
  if (options.json) out(`${JSON.stringify({ schema: 1, results }, null, 2)}\n`);
  else out(benchText(results));
  return 0;
}

interface Network {
  readonly shown: string;
  readonly graph: Graph;
  readonly targets: readonly DeviceTarget[];
}

interface Compared {
  readonly shown: string;
  readonly profile: Profile;
}

/** The targets' profile for these kernels: the chosen one, or else another of the same device. */
function profileFor(name: string, targets: readonly DeviceTarget[]): Compared | undefined {
  for (const { device, profile: first } of targets) {
    const profile = [first, ...device.profiles].find(({ kernels, precision, threads, costs }) => kernels === name && precision === "float32" && threads === 1 && costs.length > 0);
    if (profile) return { shown: shownTarget(device, profile), profile };
  }
  return undefined;
}

/** All networks in one runtime, in turns, and beside them the anchor where a device was measured with it. */
async function benchIn(name: RuntimeName, networks: readonly Network[], options: BenchOptions, environment: Environment): Promise<readonly BenchResult[]> {
  const compile = compiler(environment);
  // the runtime itself is loaded before anything is timed
  const tiny = await loadFor(name, (await compile("model Tiny {\n  input x: [8]\n  output y: x -> relu\n}"))[0]);
  await tiny.run();
  const compared = networks.map(({ targets }) => profileFor(name, targets));
  const anchors = compared.map((target) => target?.profile.measured.find(({ model }) => model === ANCHOR)?.latency?.value);
  const loaded: Loaded[] = [];
  const starts: Start[] = [];
  try {
    for (const { graph } of networks) {
      const start = await started(name, graph);
      starts.push(start);
      loaded.push(start.loaded);
    }
    if (anchors.some((anchor) => anchor !== undefined)) loaded.push(await loadFor(name, (await compile(`model Anchor = ${ANCHOR}`))[0]));
    const timing = { warmups: WARMUPS, settle: SETTLE / networks.length, least: options.runs, most: options.runs, seconds: 0, shortest: SHORTEST, clock: processClock };
    const times = await interleaved(loaded, timing);
    const call = tenth((await interleaved([tiny], timing))[0]);
    const results: BenchResult[] = [];
    for (const [i, { shown, graph }] of networks.entries()) {
      const anchor = anchors[i];
      const scale = anchor === undefined ? undefined : tenth(times.at(-1)!) / anchor;
      const layers = options.layers ? await layerTimes(name, graph, call, Math.min(15, options.runs)) : undefined;
      results.push(resultOf(name, shown, graph, compared[i], scale, times[i], starts[i], layers));
    }
    return results;
  } finally {
    for (const each of [tiny, ...loaded]) await each.dispose();
  }
}

interface Start {
  readonly loaded: Loaded & { readonly name: string };
  readonly start: number;
  readonly first: number;
  readonly memory: number;
}

async function started(name: RuntimeName, graph: Graph): Promise<Start> {
  const before = process.memoryUsage().rss;
  const begun = performance.now();
  const loaded = await loadFor(name, graph);
  const ready = performance.now();
  await loaded.run();
  return { loaded, start: (ready - begun) / 1000, first: (performance.now() - ready) / 1000, memory: Math.max(0, process.memoryUsage().rss - before) };
}

function resultOf(name: RuntimeName, shown: string, graph: Graph, target: Compared | undefined, scale: number | undefined, times: readonly number[], { loaded, start, first, memory }: Start, layers: readonly LayerTime[] | undefined): BenchResult {
  const seconds = tenth(times);
  const kernels = kernelsOf(deployed(graph), { precision: "float32", fused: fusedActivations(name) });
  const latency = target && latencyOf(kernels, target.profile);
  const alone = layers && layers.reduce((sum, layer) => sum + layer.seconds, 0) / seconds;
  return {
    model: shown,
    runtime: runtimeText(loaded.name),
    kernels: name,
    warmups: WARMUPS,
    runs: times.length,
    tenth: seconds,
    median: median(times),
    start,
    first,
    memory,
    predicted: latency && predictedOf(latency, target.shown, scale),
    classes: classesOf(kernels, latency, scale ?? 1, layers?.map((layer) => ({ ...layer, seconds: alone ? layer.seconds / alone : 0 }))),
    alone,
  };
}

function predictedOf({ seconds, low, high, error, extrapolated }: Latency, target: string, anchor: number | undefined): Predicted {
  const by = anchor ?? 1;
  return { target, seconds: seconds * by, low: low * by, high: high * by, error, extrapolated, anchor };
}

interface LayerTime {
  readonly of: string;
  readonly seconds: number;
}

/** Each distinct layer alone, without what a call takes, times how often it occurs. */
async function layerTimes(name: RuntimeName, graph: Graph, call: number, runs: number): Promise<readonly LayerTime[]> {
  const layers = layerNetworks(deployed(graph), fusedActivations(name));
  const store = initialStore(graph, 0);
  const loaded: Loaded[] = [];
  try {
    for (const layer of layers) loaded.push(await loadFor(name, layer.graph, store));
    const times = await interleaved(loaded, { warmups: WARMUPS, least: runs, most: runs, seconds: 0, shortest: SHORTEST, clock: processClock });
    return layers.map(({ kernel, count }, i) => ({ of: kernel.of, seconds: count * Math.max(0, tenth(times[i]) - call) }));
  } finally {
    for (const each of loaded) await each.dispose();
  }
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
