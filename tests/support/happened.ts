/** What happened to a one-operator network in a runtime, in the oracle's words. */
import type { KernelSet } from "../../src/compiler/devices/device.ts";
import { supportOf } from "../../src/compiler/devices/support/support.ts";
import { STATUSES, type SupportStatus } from "../../src/compiler/devices/support/rules.ts";
import type { Precision } from "../../src/compiler/devices/device.ts";
import type { Prepared } from "./runtimes.ts";
import type { Outcome } from "./tasks.ts";

/** `runs`: where its kernels belong; whether they are one or several cannot be seen from outside. */
export type Happened = SupportStatus | "runs";

const providers: Partial<Record<KernelSet, string>> = { ort_wasm: "CPUExecutionProvider", ort_node: "CPUExecutionProvider", ort_webgpu: "WebGpuExecutionProvider" };
/** Kernels that compute nothing, and the marks that TF.js's profile sets behind a fused kernel. */
const views = /^(Identity|Reshape|Cast|Flatten)$|__op$/;

/**
 * TF.js tells which kernels ran. onnxruntime tells on which provider how many nodes were placed; only its WebAssembly build adds no nodes that change the
 * layout, so that their number is that of the kernels.
 */
export function happened(kernels: KernelSet, { emitted }: Prepared, { error, kernels: ran, placed }: Outcome): Happened {
  if (error !== "") return "unsupported";
  const provider = providers[kernels];
  if (provider === undefined) return ran.filter((name) => !views.test(name)).length > 1 ? "decomposed" : "native";
  if (Object.keys(placed).length === 0) throw new Error("no placements were reported");
  if (Object.keys(placed).some((name) => name !== provider)) return "fallback";
  if (kernels !== "ort_wasm") return "runs";
  return placed[provider] - emitted.filter((name) => views.test(name)).length > 1 ? "decomposed" : "native";
}

/** What the oracle says of a network: the worst of its layers. */
export function said(kernels: KernelSet, precision: Precision, { final }: Prepared): SupportStatus {
  return final.nodes.map((node) => supportOf(kernels, precision, node).status).reduce((a, b) => (STATUSES.indexOf(a) >= STATUSES.indexOf(b) ? a : b), "native");
}

/** Whether what happened is what was said. */
export function agrees(oracle: SupportStatus, outcome: Happened): boolean {
  return outcome === "runs" ? oracle === "native" || oracle === "decomposed" : oracle === outcome;
}

/** The largest error of the results, relative to the largest number; undefined where nothing was run. */
export function errorOf({ expected }: Prepared, { error, values }: Outcome): number | undefined {
  if (error !== "" || Object.keys(values).length === 0) return undefined;
  let worst = 0;
  for (const [name, numbers] of Object.entries(expected)) {
    const found = values[name];
    if (found.length !== numbers.length) return Infinity;
    const scale = Array.from(numbers).reduce((a, b) => Math.max(a, Math.abs(b)), 1e-3);
    for (let i = 0; i < found.length; i++) worst = Math.max(worst, Math.abs(found[i] - numbers[i]) / scale);
  }
  return worst;
}
