/** Which of a profile's costs a kernel is priced by, and what their coefficients are multiplied with. */
import type { KernelCost } from "./device.ts";
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

/** The costs as a function: of those that fit a kernel, the one that says most about it. @returns undefined for a kernel that has no cost, which then takes no time */
export function kernelCosts(costs: readonly KernelCost[]): (kernel: Kernel) => Coefficients | undefined {
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
  return (kernel) => {
    let best = any;
    let most = -1;
    for (const cost of costs) {
      const said = cost.of === kernel.of ? saysOf(cost, kernel) : -1;
      if (said > most) [best, most] = [cost, said];
    }
    return best && coefficients(best);
  };
}

/** How many of the cost's restrictions the kernel meets; −1 where it fails one. */
function saysOf({ op, window, stride }: KernelCost, kernel: Kernel): number {
  let met = 0;
  for (const [wanted, own] of [[op, kernel.op], [window, kernel.window], [stride, kernel.stride]]) {
    if (wanted === undefined) continue;
    if (wanted !== own) return -1;
    met++;
  }
  return met;
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
