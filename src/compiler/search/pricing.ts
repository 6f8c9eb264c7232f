/** The figures that a model has on its targets, for searches, and what they cannot be below: of several targets the worst counts. */
import { exactly, type Estimate } from "../devices/estimate.ts";
import { priceOn, type DevicePrice } from "../devices/price.ts";
import type { DeviceTarget, KernelClass, Profile } from "../devices/device.ts";
import { ELEMENT_BYTES } from "../devices/kernels.ts";
import { weightBytes } from "../devices/memory/weight-bytes.ts";
import type { Graph } from "../ir/graph.ts";
import { deployed } from "../passes/index.ts";
import type { Pricing } from "./fit.ts";
import type { Surveyed } from "./survey.ts";

/** Figures of a device, and those that hang on its precision. */
const METRICS = ["weights", "activations", "ram", "flash", "latency", "energy"] as const;

/** The largest of a figure on several targets, with what is doubtful on any of them, and where its best estimate is the largest. */
export interface WorstFigure {
  readonly estimate: Estimate;
  readonly target: DeviceTarget;
}

/** @returns without targets, a pricing of nothing: the network's own figures count */
export function pricingOn(targets: readonly DeviceTarget[]): Pricing {
  if (targets.length === 0) return { metrics: [], price: () => () => undefined };
  return {
    metrics: METRICS,
    price: ({ graph }) => {
      const read = worstOn(targets, graph);
      return (metric) => read(metric)?.estimate.value;
    },
    atLeast: (network) => {
      const bounds = targets.map(({ profile }) => boundOn(profile, network));
      return (metric) => worst(bounds.map((bound) => bound[metric as keyof Bound]));
    },
  };
}

/** Gives a figure by its name, worked out when it is first asked for; undefined where none of the targets tells it. A target that does not tell it casts a doubt. */
export function worstOn(targets: readonly DeviceTarget[], graph: Graph): (metric: string) => WorstFigure | undefined {
  const prices = new Map<DeviceTarget, DevicePrice>();
  const priced = (target: DeviceTarget): DevicePrice => {
    let price = prices.get(target);
    if (!price) prices.set(target, (price = priceOn(graph, target)));
    return price;
  };
  const final = deployed(graph);
  return (metric) => {
    const figures = targets.flatMap((target) => {
      const estimate = figureOn(metric as (typeof METRICS)[number], target, final, priced);
      return estimate ? [{ estimate, target }] : [];
    });
    if (figures.length === 0) return undefined;
    const { estimate, target } = figures.reduce((a, b) => ({ estimate: larger(a.estimate, b.estimate), target: b.estimate.value > a.estimate.value ? b.target : a.target }));
    const silent = targets.filter((each) => !figures.some((figure) => figure.target === each)).map(({ shown }) => `nothing is known of the ${metric} on ${shown}`);
    return { estimate: { ...estimate, doubts: [...estimate.doubts, ...silent] }, target };
  };
}

function larger(a: Estimate, b: Estimate): Estimate {
  return { value: Math.max(a.value, b.value), low: Math.max(a.low, b.low), high: Math.max(a.high, b.high), doubts: [...new Set([...a.doubts, ...b.doubts])] };
}

function figureOn(metric: (typeof METRICS)[number], target: DeviceTarget, final: Graph, priced: (target: DeviceTarget) => DevicePrice): Estimate | undefined {
  switch (metric) {
    case "weights":
      // asked for often, and cheap by itself
      return exactly(weightBytes(final, target.profile.precision));
    case "activations":
      return exactly(priced(target).activations);
    default:
      return priced(target)[metric];
  }
}

function worst(figures: readonly (number | undefined)[]): number | undefined {
  return figures.includes(undefined) ? undefined : Math.max(...(figures as number[]));
}

type Bound = Readonly<Record<(typeof METRICS)[number], number>>;

/**
 * Weights take at least their elements. An arena holds the largest tensor whole. A kernel takes at least its MACs times the least that any of the costs of
 * its kind asks for one.
 */
function boundOn(profile: Profile, { figures, largest, kinds }: Surveyed): Bound {
  const element = ELEMENT_BYTES[profile.precision];
  const weights = (figures.weights / ELEMENT_BYTES.float32) * element;
  const latency = figures.macs * leastSecondsPerMac(profile, kinds);
  const energy = profile.macEnergy && profile.byteEnergy ? figures.macs * profile.macEnergy.value : latency * (profile.power?.value ?? 0);
  return {
    weights,
    activations: (figures.activations / ELEMENT_BYTES.float32) * element,
    ram: largest * element + (profile.runtimeRam?.value ?? 0),
    flash: weights + (profile.codeFlash?.value ?? 0),
    latency,
    energy,
  };
}

function leastSecondsPerMac({ costs }: Profile, kinds: ReadonlySet<KernelClass>): number {
  const any = costs.find(({ of }) => of === "any");
  let least = Infinity;
  for (const kind of kinds) {
    const own = costs.filter(({ of }) => of === kind);
    for (const { mac } of own) least = Math.min(least, mac ?? any?.mac ?? 0);
    if (!own.some(({ op, window, stride }) => op === undefined && window === undefined && stride === undefined)) least = Math.min(least, any?.mac ?? 0);
  }
  return Number.isFinite(least) ? least : 0;
}
