/** Networks in a runtime of this process, in turns. */
import { initialStore } from "../../backends/weights/initial.ts";
import { fusedActivations } from "../../compiler/devices/kernels.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { deployed } from "../../compiler/passes/index.ts";
import { anchorText, profileFor, resultOf, slowdown, type BenchResult, type LayerTime, type Network } from "./result.ts";
import { compiler, loadFor, runtimeText } from "../calibrate.ts";
import type { Environment } from "../environment.ts";
import type { Loaded } from "../measure/calibration.ts";
import { layerNetworks } from "../measure/layers.ts";
import { processClock, SHORTEST } from "../measure/process-clock.ts";
import { interleaved, tenth, WARMUPS } from "../measure/timing.ts";
import type { RuntimeName } from "../runtimes/index.ts";

/** Seconds of runs before the timed ones, in which V8 replaces its first, slower compilation of WebAssembly. */
const SETTLE = 2;

/** Beside the networks the anchors are run, where a device was measured with them. @param layers whether to time each layer alone as well */
export async function benchInProcess(name: RuntimeName, networks: readonly Network[], runs: number, layers: boolean, environment: Environment): Promise<readonly BenchResult[]> {
  const compile = compiler(environment);
  // the runtime itself is loaded before anything is timed
  const tiny = await loadFor(name, (await compile("model Tiny {\n  input x: [8]\n  output y: x -> relu\n}"))[0]);
  await tiny.run();
  const compared = networks.map(({ targets }) => profileFor(name, targets));
  const anchored = compared.find((target) => target && target.anchors.length > 0);
  const anchors = await compile(anchorText(anchored?.anchors ?? []));
  const loaded: Loaded[] = [];
  const starts: Start[] = [];
  try {
    for (const { graph } of networks) {
      const start = await started(name, graph);
      starts.push(start);
      loaded.push(start.loaded);
    }
    for (const graph of anchors) loaded.push(await loadFor(name, graph));
    const timing = { warmups: WARMUPS, settle: SETTLE / loaded.length, least: runs, most: runs, seconds: 0, shortest: SHORTEST, clock: processClock };
    const times = await interleaved(loaded, timing);
    const results: BenchResult[] = [];
    for (const [i, network] of networks.entries()) {
      const { loaded: own, start, first, memory } = starts[i];
      results.push(
        resultOf(name, network, compared[i], {
          runtime: runtimeText(own.name),
          times: times[i],
          start,
          first,
          memory,
          slowdown: anchored && compared[i]?.shown === anchored.shown ? slowdown(name, anchored, anchors, times.slice(networks.length).map(tenth)) : undefined,
          layers: layers ? await layerTimes(name, network.graph, tiny, Math.min(15, runs)) : undefined,
        }),
      );
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

/** Each distinct layer alone, without what a call takes, times how often it occurs. @param tiny a network that is a call and nothing else, timed beside them */
async function layerTimes(name: RuntimeName, graph: Graph, tiny: Loaded, runs: number): Promise<readonly LayerTime[]> {
  const layers = layerNetworks(deployed(graph), fusedActivations(name));
  const store = initialStore(graph, 0);
  const loaded: Loaded[] = [];
  try {
    for (const layer of layers) loaded.push(await loadFor(name, layer.graph, store));
    const [call, ...times] = (await interleaved([tiny, ...loaded], { warmups: WARMUPS, least: runs, most: runs, seconds: 0, shortest: SHORTEST, clock: processClock })).map(tenth);
    return layers.map(({ kernel, count }, i) => ({ of: kernel.of, seconds: count * Math.max(0, times[i] - call) }));
  } finally {
    for (const each of loaded) await each.dispose();
  }
}
