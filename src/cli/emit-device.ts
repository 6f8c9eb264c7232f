/** What `lwmc compile` makes for a device: the device's profile decides on artifact, precision and storage, and the decisions are said. */
import type { DeviceTarget } from "../compiler/devices/device.ts";
import { spellings, type Spellings } from "../compiler/devices/support/spellings.ts";
import type { BackendName } from "../workspace/backends.ts";

/** One set of artifacts. */
export interface Job {
  /** Below the output folder, where there are several. */
  readonly folder: string;
  readonly backend: BackendName;
  readonly precision: "float32" | "int8";
  readonly weightsAs: "float32" | "float16" | "int8";
  /** How the target wants it written; undefined: as ever. */
  readonly spellings: Spellings | undefined;
  /** The device that it is for. */
  readonly target: DeviceTarget | undefined;
}

interface Wishes {
  readonly weightsAs: "float32" | "float16" | "int8" | undefined;
}

/** @param weightsAs what the user asked for, which wins */
export function deviceJob(target: DeviceTarget, { weightsAs }: Wishes): Job {
  const { profile, device } = target;
  const precision = profile.precision === "int8" ? "int8" : "float32";
  return {
    folder: device.name,
    backend: profile.backend ?? "onnx",
    precision,
    weightsAs: weightsAs ?? (profile.precision === "float16" ? "float16" : "float32"),
    spellings: spellings(profile.kernels, profile.precision).chosen,
    target,
  };
}

/** Whether a header with the memory plan helps: where no operating system gives memory. */
export function wantsHeader({ device }: DeviceTarget): boolean {
  return device.family === "mcu";
}

/** What was decided and why, a line each. */
export function decisions({ backend, precision, weightsAs, target }: Job): readonly string[] {
  if (!target) return [];
  const { profile } = target;
  const lines = [
    profile.backend === undefined
      ? `artifact: ONNX, for a converter: ${profile.runtime} reads neither ONNX nor TensorFlow.js as they are`
      : `artifact: ${backend === "onnx" ? "ONNX, which" : "TensorFlow.js, which"} ${profile.runtime} runs`,
    `layout: ${backend === "onnx" ? "NCHW, as ONNX has it" : "NHWC, the only one that TensorFlow.js's convolutions take on wasm"}`,
    precision === "int8"
      ? "precision: int8 in QDQ form: unsigned activations by tensor, signed kernels by output channel, 32-bit biases"
      : profile.precision === "float16"
        ? "precision: float32 in the graph, which the runtime turns to float16"
        : "precision: float32",
  ];
  if (weightsAs !== "float32") lines.push(`weights: stored as ${weightsAs}, widened when they are loaded`);
  for (const { of, as, reason, special } of spellings(profile.kernels, profile.precision).list) if (special) lines.push(`${of}: ${as}; ${reason}`);
  if (wantsHeader(target)) lines.push("memory: a C header with the plan of the arena beside it");
  return lines;
}
