/** The backends, each loaded when it is first asked for. A new one is a folder and a line here. */
import type { Backend } from "../backends/artifact.ts";

export const backends = {
  onnx: async () => (await import("../backends/onnx/index.ts")).onnx,
  tfjs: async () => (await import("../backends/tfjs/index.ts")).tfjs,
} as const satisfies Readonly<Record<string, () => Promise<Backend<never>>>>;

export type BackendName = keyof typeof backends;

export const backendNames = Object.keys(backends) as readonly BackendName[];

export function isBackend(name: string): name is BackendName {
  return Object.hasOwn(backends, name);
}
