/**
 * A device as a `.lwm` file states it with `device(…)`: memory, power, and for each way of running networks on it (a profile) what operators cost
 * there. Every figure knows where it comes from; one that nobody verified is marked wherever it is used. Base units: bytes, seconds, watts, joules, hertz.
 */
import type { Span } from "../source.ts";

/** A number with its source. A figure without `cited(…)` or `unverified(…)` is the file's own statement, and counts as verified. */
export interface Figure {
  readonly value: number;
  /** The document, table or measurement; for a plain number, the file and line that state it. */
  readonly source: string;
  readonly verified: boolean;
}

export const PRECISIONS = ["float32", "float16", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

export const FAMILIES = ["mcu", "board", "phone", "accelerator", "browser", "host"] as const;
export type DeviceFamily = (typeof FAMILIES)[number];

/** The sets of kernels whose operator support is known (`support/`). */
export const KERNEL_SETS = ["tfjs_cpu", "tfjs_wasm", "tfjs_webgl", "tfjs_webgpu", "ort_wasm", "ort_webgpu", "ort_webnn", "ort_node", "cmsis_nn", "edge_tpu", "vela"] as const;
export type KernelSet = (typeof KERNEL_SETS)[number];

/** Kinds of kernels that are priced apart. `any` gives what a kind does not say itself. */
export const KERNEL_CLASSES = ["conv", "pointwise", "depthwise", "grouped", "dense", "pooling", "reduction", "activation", "elementwise", "movement", "normalization", "any"] as const;
export type KernelClass = (typeof KERNEL_CLASSES)[number];

/**
 * Seconds of one kernel: `mac`·MACs + `byte`·(input and output bytes) + `weightByte`·(weight bytes) + `row`·rows + `kernel`. What is undefined is taken
 * from `any`, else 0. A kernel is priced by the cost that says most about it: its operator, window and stride, where they are given, are its own.
 */
export interface KernelCost {
  readonly of: KernelClass;
  /** Of this operator only: `swish`. */
  readonly op?: string | undefined;
  /** Of windows with this height and this stride only. */
  readonly window?: number | undefined;
  readonly stride?: number | undefined;
  readonly mac: number | undefined;
  readonly byte: number | undefined;
  readonly weightByte: number | undefined;
  /** Rows are the output's channels times its height: kernels that work row by row pay for the start of each. */
  readonly row?: number | undefined;
  readonly kernel: number | undefined;
  /** Output pixels are computed so many at a time: MACs are counted for whole tiles. Undefined: 1. */
  readonly tile?: number | undefined;
}

/** A measured run that a profile's costs were fitted to, or that checks them. */
export interface MeasuredRun {
  /** As `lwmc` takes it: `MobileNetV1(width=0.25, classes=5)`. */
  readonly model: string;
  readonly latency: Figure | undefined;
  readonly ram: Figure | undefined;
  readonly flash: Figure | undefined;
  readonly energy: Figure | undefined;
  /** Whether the costs were fitted to it. */
  readonly fitted: boolean;
}

/** How much of the predicted time kernels of a kind took in the runs that the costs were fitted to: the least and the most. Of a kind without a cost, its share of the bytes moved. */
export interface MixShare {
  readonly of: KernelClass;
  readonly low: number;
  readonly high: number;
}

/** How a runtime lays tensors into memory. `none`: outputs are made anew. `in_place`: elementwise operators and depthwise convolutions write over their input. `full`: an operator needs the larger of its inputs and its outputs. */
export const OVERLAPS = ["none", "in_place", "full"] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** One way of running networks on the device. */
export interface Profile {
  /** `ST Edge AI Core 3.0.0` */
  readonly runtime: string;
  readonly precision: Precision;
  readonly threads: number;
  /** What artifact it takes. */
  readonly backend: "onnx" | "tfjs" | undefined;
  /** Undefined: nothing is known about which operators it supports, and reports say so. */
  readonly kernels: KernelSet | undefined;
  /** Empty: latency is not known here. */
  readonly costs: readonly KernelCost[];
  /** Seconds that every inference takes besides its kernels. */
  readonly call?: Figure | undefined;
  /** Where the costs come from. */
  readonly costSource: string;
  /**
   * How far the latency can be off: where the operator mix was seen, and for a network family that was left out of the fit. 0.1 is a factor of
   * 1.1 either way, so that the band never reaches 0.
   */
  readonly error: Figure | undefined;
  readonly familyError: Figure | undefined;
  /** What was seen. A kind that is not listed was not; empty: nothing is known about the runs, and every network is extrapolated. */
  readonly mix: readonly MixShare[];
  /** Scaled from another device, not measured here: said in every report. */
  readonly scaledFrom: string | undefined;
  readonly overlap: Overlap;
  /** Bytes to which buffers are aligned. */
  readonly alignment: number;
  /** What the runtime itself takes. */
  readonly runtimeRam: Figure | undefined;
  readonly codeFlash: Figure | undefined;
  /** Bounds of a roofline: MAC/s and B/s. */
  readonly peakMacs: Figure | undefined;
  readonly bandwidth: Figure | undefined;
  /** Bytes of weights that stay beside the processor; what is beyond is read anew by every inference, so many bytes a second. */
  readonly weightMemory?: Figure | undefined;
  readonly weightBandwidth?: Figure | undefined;
  /** Watts while it computes. */
  readonly power: Figure | undefined;
  /** Joules per MAC and per byte, for accelerators that are priced by operation. */
  readonly macEnergy: Figure | undefined;
  readonly byteEnergy: Figure | undefined;
  readonly measured: readonly MeasuredRun[];
}

/** A kind of memory: DTCM, AXI SRAM, PSRAM. */
export interface Region {
  readonly name: string;
  readonly bytes: Figure;
}

export interface Device {
  /** The name under which it is declared: `stm32h747`. */
  readonly name: string;
  readonly title: string;
  readonly family: DeviceFamily;
  readonly clock: Figure | undefined;
  readonly cores: Figure | undefined;
  readonly ram: Figure | undefined;
  readonly flash: Figure | undefined;
  readonly regions: readonly Region[];
  /** The first is what a target without arguments means. */
  readonly profiles: readonly Profile[];
  readonly span: Span;
}

/** A device and one of its profiles, as `target stm32h747(precision=int8)` chooses them. */
export interface DeviceTarget {
  readonly device: Device;
  readonly profile: Profile;
  /** As the language writes it, with what tells the profile from the others. */
  readonly shown: string;
  readonly span: Span;
}

/** `pixel4(precision=int8, threads=4)`: the least that chooses the profile. */
export function shownTarget(device: Device, profile: Profile): string {
  const { precision, threads, runtime } = profile;
  const first = (agrees: (other: Profile) => boolean): boolean => device.profiles.find(agrees) === profile;
  const parts = [`precision=${precision}`];
  if (!first((other) => other.precision === precision)) parts.push(`threads=${threads}`);
  if (parts.length > 1 && !first((other) => other.precision === precision && other.threads === threads)) parts.push(`runtime=${JSON.stringify(runtime)}`);
  return `${device.name}(${parts.join(", ")})`;
}
