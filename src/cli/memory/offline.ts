/**
 * A plan as TFLite Micro takes it: the buffer of the model's metadata entry `OfflineMemoryAllocation`, 32-bit little-endian integers
 * (tflite-micro, tensorflow/lite/micro/docs/memory_management.md, "Offline planned tensor allocations"): format version, number of subgraphs,
 * number of offsets, then the offset of each tensor from the head of the arena, -1 for one that the runtime is to place. The tensors are those of
 * the plan, in its order; where a model lists others or in another order, `lwmc memory --json` has the names.
 */
import type { MemoryPlan } from "../../compiler/devices/memory/plan.ts";

const FORMAT_VERSION = 1;
const SUBGRAPHS = 1;

export function offlinePlan({ buffers }: MemoryPlan): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * (3 + buffers.length)));
  [FORMAT_VERSION, SUBGRAPHS, buffers.length, ...buffers.map(({ offset }) => offset)].forEach((value, i) => view.setInt32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}
