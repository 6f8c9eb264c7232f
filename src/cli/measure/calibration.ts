/**
 * A runtime's costs, measured: benchmarks, fusion tests and whole networks are compiled as any network, loaded, and timed in turns. The costs are
 * fitted to the benchmarks and whole networks of our own; library networks that had no part in the fit tell the error.
 */
import type { KernelCost, KernelSet } from "../../compiler/devices/device.ts";
import { kernelCosts } from "../../compiler/devices/kernel-cost.ts";
import { fusedActivations, kernelsOf } from "../../compiler/devices/kernels.ts";
import { elements } from "../../compiler/ir/shape.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { deployed } from "../../compiler/passes/index.ts";
import { benchmarks, composites, fusionPairs, type FusionPair, type Law } from "./benchmarks.ts";
import { fitLaws, FUSION_THRESHOLD, kernelSeconds, networkSeconds, savedShare, type CallCost, type Laws, type Measurement } from "./laws.ts";
import { interleaved, tenth, WARMUPS, type Clock, type Timed } from "./timing.ts";

export interface Loaded extends Timed {
  readonly dispose: () => Promise<void> | void;
}

/** What is calibrated, and how it is reached. */
export interface Bench {
  readonly kernels: KernelSet;
  /** The models of a text, in order. */
  readonly compile: (text: string) => Promise<readonly Graph[]>;
  readonly load: (graph: Graph) => Promise<Loaded>;
  readonly clock: Clock;
  /** What the clock cannot tell from nothing. */
  readonly shortest: number;
  /** For the timed rounds. */
  readonly seconds: number;
  /** Fewer and smaller benchmarks are no calibration, but show that everything works. */
  readonly only?: ReadonlySet<string>;
  /** May wait: a page draws in between. */
  readonly progress: (done: number, what: string) => void | Promise<void>;
}

/** Times of networks as a whole. */
export interface NetworkRun {
  readonly model: string;
  readonly seconds: number;
  readonly predicted: number;
}

export interface Calibration {
  readonly call: CallCost;
  readonly costs: readonly KernelCost[];
  readonly fits: Laws["fits"];
  readonly fusions: readonly Fusion[];
  readonly anchor: NetworkRun;
  /** Networks that had no part in the fit. */
  readonly heldOut: readonly NetworkRun[];
  /** On them: the mean of |predicted / measured − 1|, and at most as a factor either way: 0.1 is 1.1. */
  readonly error: { readonly mean: number; readonly max: number };
  readonly rounds: number;
  readonly benchmarks: number;
}

export interface Fusion {
  readonly op: string;
  /** How much of its time is saved after a convolution, from 0 to 1. */
  readonly saved: number;
  /** Whether that is more than the threshold: then the runtime computes it inside the convolution. */
  readonly fused: boolean;
  /** Whether the compiler takes it for granted. */
  readonly expected: boolean;
}

/** Timed beside everything else, when costs are measured and, with those held out, when they are used: what the machine's mood does to them, it does to all. */
export const ANCHOR = "MobileNetV2(width=0.75, resolution=160)";

/** Networks of each family, at sizes between and around those of the benchmarks. */
export const HELD_OUT = [
  "MobileNetV1(width=0.25, resolution=160)",
  "MobileNetV2(width=0.5, resolution=128)",
  "MobileNetV3Large(width=0.75, resolution=128)",
  "MobileNetV3Small(resolution=160)",
  "SqueezeNet11(resolution=128)",
  "EfficientNetLite0(resolution=128)",
  "MobileNetV3Small(width=0.75, resolution=80)",
  "MobileNetV1(width=0.75, resolution=240)",
  "EfficientNetB0(resolution=144)",
] as const;

interface Item {
  readonly name: string;
  readonly law: Law | undefined;
  readonly text: string;
}

export async function calibrate(bench: Bench): Promise<Calibration> {
  const pairs = fusionPairs();
  const parts = [...new Map(pairs.flatMap(({ first, second, both }) => [first, second, both]).map((each) => [each.name, each])).values()];
  const wanted = (item: Item): boolean => bench.only?.has(item.name) ?? true;
  const own = benchmarks().filter(wanted);
  const whole = composites().filter(wanted);
  const networks = [ANCHOR, ...HELD_OUT].map((model, i): Item => ({ name: `library_${i}`, law: undefined, text: `model library_${i} = ${model}\n` }));
  const items: readonly Item[] = [...whole, ...networks, ...own, ...parts];
  const measured = await measure(items, bench);
  const at = (name: string): Measurement => measured.measurements[items.findIndex((item) => item.name === name)];

  const chains = own.map(({ name }) => at(name));
  const { call: roughly } = fitLaws(chains);
  const fusions = pairs.map((pair) => fusion(pair, (name) => kernelSeconds(at(name), roughly), bench.kernels));
  const inside = unexpected(fusions);
  const apart = chains.filter(({ law }) => !inside.some(({ of, op }) => of === law?.of && op === law.op));
  const laws = fitLaws([...apart, ...whole.map(({ name }) => at(name))], inside);
  const priced = kernelCosts(laws.costs);
  const runs = networks.map(({ name }, i): NetworkRun => ({ model: [ANCHOR, ...HELD_OUT][i], seconds: at(name).seconds, predicted: networkSeconds(at(name), priced, laws.call) }));
  const [anchor, ...heldOut] = runs;
  const errors = heldOut.map(({ seconds, predicted: expected }) => Math.abs(expected / seconds - 1));
  const factors = heldOut.map(({ seconds, predicted: expected }) => Math.max(expected / seconds, seconds / expected) - 1);
  return {
    call: laws.call,
    costs: laws.costs,
    fits: laws.fits,
    fusions,
    anchor,
    heldOut,
    error: { mean: errors.reduce((sum, e) => sum + e, 0) / errors.length, max: Math.max(...factors) },
    rounds: measured.rounds,
    benchmarks: own.length + whole.length,
  };
}

/**
 * Each network is run as it is loaded, whole ones first: V8 replaces the code that it made of a kernel at first only some seconds after many calls, behind
 * all else that loading makes it compile, and times before that are of another machine. In a round each runs once: repeated, a short one would find its
 * weights in the cache, as no layer of a network does.
 */
async function measure(items: readonly Item[], bench: Bench): Promise<{ readonly measurements: readonly Measurement[]; readonly rounds: number }> {
  const graphs = await bench.compile(items.map(({ text }) => text).join("\n"));
  const loaded: Loaded[] = [];
  try {
    for (const [i, graph] of graphs.entries()) {
      const network = await bench.load(graph);
      loaded.push(network);
      for (let run = 0; run < WARMUPS; run++) await network.run();
      await bench.progress((LOADING * (i + 1)) / graphs.length, "loading");
    }
    const times = await interleaved(loaded, {
      warmups: 1,
      seconds: bench.seconds,
      least: 10,
      most: 60,
      shortest: bench.shortest,
      clock: bench.clock,
      progress: (done) => bench.progress(LOADING + (1 - LOADING) * done, "timing"),
    });
    const set = fusedActivations(bench.kernels);
    const measurements = items.map(({ law }, i): Measurement => ({
      law,
      kernels: kernelsOf(deployed(graphs[i]), { precision: "float32", fused: set }),
      inputBytes: bytesOf(graphs[i].inputs),
      outputBytes: bytesOf(graphs[i].outputs),
      seconds: tenth(times[i]),
    }));
    return { measurements, rounds: times[0].length };
  } finally {
    for (const each of loaded) await each.dispose();
  }
}

/** How much of the time goes into compiling and loading. */
const LOADING = 0.2;

export function bytesOf(ends: readonly { readonly tensor: { readonly shape: readonly number[] | undefined } }[]): number {
  return ends.reduce((sum, { tensor }) => sum + 4 * elements(tensor.shape!), 0);
}

function fusion({ op, first, second, both }: FusionPair, seconds: (name: string) => number, kernels: KernelSet): Fusion {
  const saved = savedShare(seconds(first.name), seconds(second.name), seconds(both.name));
  return { op, saved, fused: saved > FUSION_THRESHOLD, expected: fusedActivations(kernels).has(op) };
}

/** An operator that is computed inside the convolution before it, which the compiler does not take for granted, costs nothing there, and it stands nowhere else as a rule. */
function unexpected(fusions: readonly Fusion[]): readonly KernelCost[] {
  return fusions.filter(({ fused, expected }) => fused && !expected).map(({ op }) => ({ of: op === "add" ? "elementwise" : "activation", op, mac: 0, byte: 0, weightByte: 0, row: 0, kernel: 0 }));
}
