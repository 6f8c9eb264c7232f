/** Which of a profile's costs a kernel is priced by, and what their coefficients are multiplied with. */
import type { KernelClass, KernelCost } from "./device.ts";
import type { Kernel } from "./kernels.ts";

/** The coefficients of a cost, in seconds. What is undefined is taken from the cost of `any` kernel. */
export interface Coefficients {
  readonly mac: number;
  readonly byte: number;
  readonly weightByte: number;
  readonly row: number;
  readonly kernel: number;
  /** Output pixels that are computed at a time. */
  readonly tile: number;
}

/** What a kernel's coefficients are multiplied with. */
export interface Work {
  /** For whole tiles. */
  readonly macs: number;
  /** Of inputs and outputs. */
  readonly bytes: number;
  readonly weightBytes: number;
  readonly rows: number;
}

export interface KernelCosts {
  /** Of the costs that fit a kernel, the one that says most about it; undefined for a kernel that has no cost, which then takes no time. */
  readonly of: (kernel: Kernel) => Coefficients | undefined;
  /** Whether kernels of a kind have a cost. */
  readonly has: (kind: KernelClass) => boolean;
}

export function kernelCosts(costs: readonly KernelCost[]): KernelCosts {
  const any = costs.find(({ of }) => of === "any");
  const made = new Map<KernelCost, Coefficients>();
  const coefficients = (cost: KernelCost): Coefficients => {
    let found = made.get(cost);
    if (!found) {
      found = {
        mac: cost.mac ?? any?.mac ?? 0,
        byte: cost.byte ?? any?.byte ?? 0,
        weightByte: cost.weightByte ?? any?.weightByte ?? 0,
        row: cost.row ?? any?.row ?? 0,
        kernel: cost.kernel ?? any?.kernel ?? 0,
        tile: Math.max(1, cost.tile ?? any?.tile ?? 1),
      };
      made.set(cost, found);
    }
    return found;
  };
  return {
    of(kernel) {
      const cost = costOf(kernel, costs);
      return cost && coefficients(cost);
    },
    has: (kind) => any !== undefined || costs.some(({ of, op }) => of === kind && op === undefined),
  };
}

/** Of the costs that fit a kernel, the one that says most about it. */
export function costOf(kernel: Kernel, costs: readonly KernelCost[]): KernelCost | undefined {
  let best: KernelCost | undefined;
  let most = -1;
  for (const cost of costs) {
    const said = cost.of === "any" ? 0 : cost.of === kernel.of ? saysOf(cost, kernel) : -1;
    if (said > most) [best, most] = [cost, said];
  }
  return best;
}

/** That it is of the kernel's kind, and how many of the cost's restrictions the kernel meets; −1 where it fails one. */
function saysOf({ op, window, stride }: KernelCost, kernel: Kernel): number {
  if ((op !== undefined && op !== kernel.op) || (window !== undefined && window !== kernel.window) || (stride !== undefined && stride !== kernel.stride)) return -1;
  return 1 + (op === undefined ? 0 : 1) + (window === undefined ? 0 : 1) + (stride === undefined ? 0 : 1);
}

export function workOf(kernel: Kernel, tile = 1): Work {
  const [channels = 1, height = 1, width = 1] = kernel.outputs[0] ?? [];
  const pixels = height * width;
  return {
    macs: (kernel.macs * Math.ceil(pixels / tile) * tile) / pixels,
    bytes: kernel.inputBytes + kernel.outputBytes,
    weightBytes: kernel.weightBytes,
    rows: channels * height,
  };
}
