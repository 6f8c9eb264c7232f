/** What stands in `device(…)`: profiles, costs, measured runs, regions, and figures with their sources. A field is a line in a table below. */
import { FAMILIES, KERNEL_CLASSES, KERNEL_SETS, OVERLAPS, PRECISIONS } from "../devices/device.ts";
import type { Quantity } from "./domains.ts";

/** What a number of a field counts. */
type Unit = Quantity["unit"] | "number" | "fraction" | "perSecond";

/** What a field takes, in the language's own words. */
export interface Field {
  readonly takes: { readonly figure: Unit } | { readonly bare: Unit } | { readonly word: readonly string[] } | { readonly list: RecordName } | "text" | "flag";
  readonly doc: string;
  readonly required?: true;
}
type Fields = Readonly<Record<string, Field>>;
export type RecordName = "device" | "profile" | "cost" | "share" | "run" | "region" | "cited" | "unverified";

/** What can be written in a call of each; the leading ones also by position. */
export const RECORDS: Readonly<Record<RecordName, { readonly doc: string; readonly positional: readonly string[]; readonly fields: Fields }>> = {
  device: {
    doc: "a device that networks can be priced for",
    positional: ["title"],
    fields: {
      title: { takes: "text", doc: "what people call it", required: true },
      family: { takes: { word: FAMILIES }, doc: "the kind of device", required: true },
      clock: { takes: { figure: "hertz" }, doc: "clock of the processor" },
      cores: { takes: { figure: "number" }, doc: "cores that can share the work" },
      ram: { takes: { figure: "bytes" }, doc: "memory for activations and the runtime" },
      flash: { takes: { figure: "bytes" }, doc: "memory for weights and code" },
      regions: { takes: { list: "region" }, doc: "the kinds of memory that make up the RAM" },
      profiles: { takes: { list: "profile" }, doc: "ways of running networks on it; the first is what a target without arguments means", required: true },
    },
  },
  profile: {
    doc: "one way of running networks on a device",
    positional: [],
    fields: {
      runtime: { takes: "text", doc: "the runtime and its version", required: true },
      precision: { takes: { word: PRECISIONS }, doc: "of weights and activations", required: true },
      threads: { takes: { bare: "number" }, doc: "threads; 1 unless given" },
      backend: { takes: { word: ["onnx", "tfjs"] }, doc: "the artifact that it takes" },
      kernels: { takes: { word: KERNEL_SETS }, doc: "the kernels whose operator support is known" },
      costs: { takes: { list: "cost" }, doc: "what kernels cost; without it, latency is not known" },
      call: { takes: { figure: "seconds" }, doc: "what every inference takes besides its kernels" },
      cost_source: { takes: "text", doc: "where the costs come from" },
      error: { takes: { figure: "fraction" }, doc: "relative error of the latency to expect where the mix of operators was seen" },
      family_error: { takes: { figure: "fraction" }, doc: "relative error for a family of networks that the fit did not see" },
      mix: { takes: { list: "share" }, doc: "the operator mix of the runs that the costs were fitted to; a network outside it is extrapolated" },
      scaled_from: { takes: "text", doc: "the device that the costs were scaled from, where nothing was measured on this one" },
      overlap: { takes: { word: OVERLAPS }, doc: "what a kernel may write over: none, in_place (elementwise and depthwise over their input), full" },
      alignment: { takes: { bare: "number" }, doc: "bytes to which buffers are aligned; 1 unless given" },
      runtime_ram: { takes: { figure: "bytes" }, doc: "RAM of the runtime itself" },
      code_flash: { takes: { figure: "bytes" }, doc: "flash of the runtime's code" },
      peak_macs: { takes: { figure: "perSecond" }, doc: "multiply-adds a second at most" },
      bandwidth: { takes: { figure: "perSecond" }, doc: "bytes a second at most" },
      weight_memory: { takes: { figure: "bytes" }, doc: "weights that stay on the chip; with weight_bandwidth: what is beyond is read anew by every inference" },
      weight_bandwidth: { takes: { figure: "perSecond" }, doc: "bytes a second of weights that do not stay on the chip" },
      power: { takes: { figure: "watts" }, doc: "power while it computes" },
      mac_energy: { takes: { figure: "joules" }, doc: "energy of a multiply-add, for accelerators" },
      byte_energy: { takes: { figure: "joules" }, doc: "energy of a byte moved, for accelerators" },
      measured_source: { takes: "text", doc: "where the runs were published, for those that do not say so themselves" },
      measured: { takes: { list: "run" }, doc: "measured runs" },
    },
  },
  cost: {
    doc: "what kernels of a kind cost: mac · MACs + byte · (input and output bytes) + weight_byte · (weight bytes) + row · rows + kernel",
    positional: ["of"],
    fields: {
      of: { takes: { word: KERNEL_CLASSES }, doc: "the kind of kernel; `any` for what the kinds do not say", required: true },
      op: { takes: "text", doc: 'of this operator only: "swish"' },
      window: { takes: { bare: "number" }, doc: "of windows of this height only" },
      stride: { takes: { bare: "number" }, doc: "of this stride only" },
      mac: { takes: { bare: "seconds" }, doc: "time of a multiply-add" },
      byte: { takes: { bare: "seconds" }, doc: "time of a byte of inputs and outputs" },
      weight_byte: { takes: { bare: "seconds" }, doc: "time of a byte of weights" },
      row: { takes: { bare: "seconds" }, doc: "time of a row: the output has its channels times its height of them" },
      kernel: { takes: { bare: "seconds" }, doc: "time of a kernel, whatever its size" },
      tile: { takes: { bare: "number" }, doc: "output pixels are computed so many at a time, and MACs counted for whole tiles; 1 unless given" },
    },
  },
  share: {
    doc: "how much of the time kernels of a kind took in the runs that the costs were fitted to (of the traffic, where the kind has no cost)",
    positional: ["of", "low", "high"],
    fields: {
      of: { takes: { word: KERNEL_CLASSES }, doc: "the kind of kernel", required: true },
      low: { takes: { bare: "fraction" }, doc: "the least", required: true },
      high: { takes: { bare: "fraction" }, doc: "the most", required: true },
    },
  },
  run: {
    doc: "a measured run of a network",
    positional: ["model"],
    fields: {
      model: { takes: "text", doc: 'as lwmc takes it: "MobileNetV1(width=0.25)"', required: true },
      latency: { takes: { figure: "seconds" }, doc: "time of one inference" },
      ram: { takes: { figure: "bytes" }, doc: "RAM of the activations" },
      flash: { takes: { figure: "bytes" }, doc: "flash of the weights" },
      energy: { takes: { figure: "joules" }, doc: "energy of one inference" },
      source: { takes: "text", doc: "where it was published, for all of the run's figures" },
      fitted: { takes: "flag", doc: "whether the costs were fitted to it" },
    },
  },
  region: {
    doc: "a kind of memory",
    positional: ["name", "bytes"],
    fields: { name: { takes: "text", doc: "what it is called", required: true }, bytes: { takes: { figure: "bytes" }, doc: "its size", required: true } },
  },
  cited: {
    doc: "a figure and the document that gives it",
    positional: ["value", "source"],
    fields: { value: { takes: { bare: "number" }, doc: "the figure", required: true }, source: { takes: "text", doc: "document, version and place", required: true } },
  },
  unverified: {
    doc: "a figure that nobody has verified; reports mark it, and no budget is decided by it silently",
    positional: ["value", "source"],
    fields: { value: { takes: { bare: "number" }, doc: "the figure", required: true }, source: { takes: "text", doc: "where it is said, or what it was estimated from", required: true } },
  },
};
