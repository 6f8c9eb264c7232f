/** The figures that a model has on its targets, for searches, and what they cannot be below: of several targets the worst counts. */
import { priceOn, type DevicePrice } from "../devices/price.ts";
import type { DeviceTarget, Profile } from "../devices/device.ts";
import { ELEMENT_BYTES, kernelsOf, type Kernel } from "../devices/kernels.ts";
import { weightBytes } from "../devices/memory/weight-bytes.ts";
import { activations } from "../analyse/cost.ts";
import type { Model } from "../elaborate/model.ts";
import { deployed } from "../passes/index.ts";
import type { Pricing } from "./fit.ts";
import type { Network } from "./networks.ts";

/** Figures of a device, and those that hang on its precision. */
const METRICS = ["weights", "activations", "ram", "flash", "latency", "energy"] as const;

/** @returns without targets, a pricing of nothing: the network's own figures count */
export function pricingOn(targets: readonly DeviceTarget[]): Pricing {
  if (targets.length === 0) return { metrics: [], price: () => ({}) };
  return {
    metrics: METRICS,
    price: (model) => {
      const final = deployed(model.graph);
      const worst = (figure: (target: DeviceTarget) => number | undefined): number | undefined => {
        const figures = targets.map(figure);
        return figures.includes(undefined) ? undefined : Math.max(...(figures as number[]));
      };
      let prices: ReadonlyMap<DeviceTarget, DevicePrice> | undefined;
      const priced = (target: DeviceTarget): DevicePrice => (prices ??= pricesOf(model, targets)).get(target)!;
      return {
        get weights() {
          return worst(({ profile }) => weightBytes(final, profile.precision));
        },
        get activations() {
          const { bytes } = activations(final);
          return worst(({ profile }) => (bytes / ELEMENT_BYTES.float32) * ELEMENT_BYTES[profile.precision]);
        },
        get ram() {
          return worst((target) => priced(target).ram.value);
        },
        get flash() {
          return worst((target) => priced(target).flash.value);
        },
        get latency() {
          return worst((target) => priced(target).latency?.value);
        },
        get energy() {
          return worst((target) => priced(target).energy?.value);
        },
      };
    },
    atLeast: (base) => {
      const bounds = targets.map((target) => boundOn(target, base));
      return (network) => Object.fromEntries(METRICS.map((metric) => [metric, Math.max(...bounds.map((bound) => bound(network)[metric]))]));
    },
  };
}

type Bound = Readonly<Record<(typeof METRICS)[number], number>>;

/**
 * Weights take at least their elements. An arena holds the largest tensor whole. A kernel takes at least its MACs times the least that any of the costs of
 * its kind asks for one.
 */
function boundOn({ profile }: DeviceTarget, base: Model): (network: Pick<Network, "figures" | "largest">) => Bound {
  const element = ELEMENT_BYTES[profile.precision];
  const seconds = leastSecondsPerMac(profile, kernelsOf(deployed(base.graph), { precision: profile.precision }));
  return ({ figures, largest }) => {
    const weights = (figures.weights / ELEMENT_BYTES.float32) * element;
    const latency = figures.macs * seconds;
    const energy = profile.macEnergy && profile.byteEnergy ? figures.macs * profile.macEnergy.value : latency * (profile.power?.value ?? 0);
    return {
      weights,
      activations: (figures.activations / ELEMENT_BYTES.float32) * element,
      ram: largest * element + (profile.runtimeRam?.value ?? 0),
      flash: weights + (profile.codeFlash?.value ?? 0),
      latency,
      energy,
    };
  };
}

function leastSecondsPerMac({ costs }: Profile, kernels: readonly Kernel[]): number {
  const kinds = new Set(kernels.filter(({ macs }) => macs > 0).map(({ of }) => of));
  // Of a single pixel, a pointwise convolution is priced as a dense layer.
  if (kinds.has("pointwise") || kinds.has("dense")) kinds.add("pointwise").add("dense");
  const any = costs.find(({ of }) => of === "any");
  let least = Infinity;
  for (const kind of kinds) {
    const own = costs.filter(({ of }) => of === kind);
    for (const { mac } of own) least = Math.min(least, mac ?? any?.mac ?? 0);
    if (!own.some(({ op, window, stride }) => op === undefined && window === undefined && stride === undefined)) least = Math.min(least, any?.mac ?? 0);
  }
  return Number.isFinite(least) ? least : 0;
}

function pricesOf({ graph }: Model, targets: readonly DeviceTarget[]): ReadonlyMap<DeviceTarget, DevicePrice> {
  return new Map(targets.map((target) => [target, priceOn(graph, target)]));
}
