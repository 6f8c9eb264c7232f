/** `lwmc bench`: a network in the runtimes of this machine, and what it takes there beside what was predicted. */
import { initialStore } from "../backends/weights/initial.ts";
import type { DeviceTarget, Profile } from "../compiler/devices/device.ts";
import { fusedActivations, kernelsOf } from "../compiler/devices/kernels.ts";
import { latencyOf, type Latency } from "../compiler/devices/latency.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import { shownTarget } from "../compiler/elaborate/devices.ts";
import { deployed } from "../compiler/passes/index.ts";
import { benchText } from "./bench-text.ts";
import { chosen, compiler, loadFor, runtimeText } from "./calibrate.ts";
import { openSound } from "./emit.ts";
import { usage, type Environment, type ExitCode } from "./environment.ts";
import { ANCHOR } from "./measure/calibration.ts";
import { layerNetworks } from "./measure/layers.ts";
import { processClock, SHORTEST } from "./measure/process-clock.ts";
import { interleaved, median, tenth, WARMUPS } from "./measure/timing.ts";
import { onlyModel, type OpenOptions } from "./open.ts";
import { out } from "./output.ts";
import type { RuntimeName } from "./runtime.ts";

export interface BenchOptions extends OpenOptions {
  readonly runtime: readonly string[];
  readonly browser?: readonly string[] | true;
  readonly runs: number;
  readonly layers: boolean;
  readonly json?: boolean;
}

/** What a network took in one runtime. Times are seconds. */
export interface BenchResult {
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

export async function bench(operand: string, options: BenchOptions, environment: Environment): Promise<ExitCode> {
  const names = chosen(options.runtime);
  const snapshot = await openSound(operand, options, environment);
  if (snapshot === undefined) return 1;
  const { model } = onlyModel(snapshot, operand);
  const results: BenchResult[] = [];
  for (const name of names) results.push(await benchIn(name, model.graph, profileFor(name, model.targets), options, environment));
  if (options.device !== undefined && results.every(({ predicted }) => predicted === undefined)) {
    throw usage(`${options.device.map((text) => `\`${text}\``).join(", ")} has no profile of ${names.join(" or ")} in float32 on one thread to compare with; \`lwmc calibrate -o my-host.lwm\` measures one`);
  }
  if (options.json) out(`${JSON.stringify({ schema: 1, model: model.name, results }, null, 2)}\n`);
  else out(benchText(model.name, results));
  return 0;
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

async function benchIn(name: RuntimeName, graph: Graph, target: Compared | undefined, options: BenchOptions, environment: Environment): Promise<BenchResult> {
  const compile = compiler(environment);
  const [tiny] = await compile("model Tiny { input x: [8]\n output y: x -> relu }");
  // the runtime itself is loaded before anything is timed
  const warm = await loadFor(name, tiny);
  await warm.run();
  const before = process.memoryUsage().rss;
  const store = initialStore(graph, 0);
  const started = performance.now();
  const whole = await loadFor(name, graph, store);
  const ready = performance.now();
  await whole.run();
  const first = performance.now();
  const memory = Math.max(0, process.memoryUsage().rss - before);
  const anchorRun = target?.profile.measured.find(({ model }) => model === ANCHOR)?.latency?.value;
  const anchor = anchorRun === undefined ? undefined : await loadFor(name, (await compile(`model Anchor = ${ANCHOR}`))[0]);
  const timing = { warmups: WARMUPS, settle: SETTLE, least: options.runs, most: options.runs, seconds: 0, shortest: SHORTEST, clock: processClock };
  const times = await interleaved(anchor ? [whole, anchor] : [whole], timing);
  const seconds = tenth(times[0]);
  const scale = anchorRun === undefined ? undefined : tenth(times[1]) / anchorRun;
  const fused = fusedActivations(name);
  const latency = target && latencyOf(kernelsOf(deployed(graph), { precision: "float32", fused }), target.profile);
  const layers = options.layers ? await layerTimes(name, graph, fused, Math.min(15, options.runs), await overhead(warm, timing)) : undefined;
  await whole.dispose();
  await anchor?.dispose();
  await warm.dispose();
  const alone = layers && layers.reduce((sum, layer) => sum + layer.seconds, 0) / seconds;
  return {
    runtime: runtimeText(whole.name),
    kernels: name,
    warmups: WARMUPS,
    runs: times[0].length,
    tenth: seconds,
    median: median(times[0]),
    start: (ready - started) / 1000,
    first: (first - ready) / 1000,
    memory,
    predicted: latency && predictedOf(latency, target.shown, scale),
    classes: classesOf(graph, fused, latency, scale ?? 1, layers?.map((layer) => ({ ...layer, seconds: layer.seconds / alone! }))),
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

/** What an empty call takes. */
async function overhead(tiny: { readonly run: () => Promise<void> }, timing: Parameters<typeof interleaved>[1]): Promise<number> {
  return tenth((await interleaved([tiny], timing))[0]);
}

/** Each distinct layer alone, without what a call takes, times how often it occurs. */
async function layerTimes(name: RuntimeName, graph: Graph, fused: ReadonlySet<string>, runs: number, call: number): Promise<readonly LayerTime[]> {
  const layers = layerNetworks(deployed(graph), fused);
  const store = initialStore(graph, 0);
  const loaded = [];
  try {
    for (const layer of layers) loaded.push(await loadFor(name, layer.graph, store));
    const times = await interleaved(loaded, { warmups: WARMUPS, least: runs, most: runs, seconds: 0, shortest: SHORTEST, clock: processClock });
    return layers.map(({ kernel, count }, i) => ({ of: kernel.of, seconds: count * Math.max(0, tenth(times[i]) - call) }));
  } finally {
    for (const each of loaded) await each.dispose();
  }
}

/** By kind of kernel, the slowest first. */
function classesOf(graph: Graph, fused: ReadonlySet<string>, latency: Latency | undefined, scale: number, measured: readonly LayerTime[] | undefined): readonly ClassTime[] {
  const counts = new Map<string, number>();
  for (const { of } of kernelsOf(deployed(graph), { precision: "float32", fused })) counts.set(of, (counts.get(of) ?? 0) + 1);
  const sum = (items: readonly { readonly of: string; readonly seconds: number }[] | undefined, kind: string): number | undefined =>
    items?.filter(({ of }) => of === kind).reduce((total, { seconds }) => total + seconds, 0);
  const rows = [...counts].map(([of, kernels]): ClassTime => {
    const predicted = sum(latency?.layers, of);
    return { of, kernels, measured: sum(measured, of), predicted: predicted === undefined ? undefined : predicted * scale };
  });
  return rows.sort((a, b) => (b.measured ?? b.predicted ?? 0) - (a.measured ?? a.predicted ?? 0));
}
