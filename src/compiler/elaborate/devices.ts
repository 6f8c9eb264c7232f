/** `device(…)` and what stands in it: profiles, costs, measured runs, regions, and figures with their sources. A field is a line in a table below. */
import { FAMILIES, KERNEL_CLASSES, KERNEL_SETS, OVERLAPS, PRECISIONS, type Device, type DeviceTarget, type Figure, type KernelCost, type MeasuredRun, type MixShare, type Profile, type Region } from "../devices/device.ts";
import type { Arg, Call, Expr } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import { evaluate } from "./evaluate.ts";
import { didYouMean, mistake } from "./report.ts";
import type { Frame } from "./scope.ts";
import { ABSENT, isKind, isList, isUnknown, typeName, UNKNOWN, type DeviceValue, type Quantity, type RecordValue, type Value } from "./values.ts";

type Unit = Quantity["unit"] | "number" | "fraction" | "perSecond";

/** What a field takes, in the language's own words. */
interface Field {
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
      power: { takes: { figure: "watts" }, doc: "power while it computes" },
      mac_energy: { takes: { figure: "joules" }, doc: "energy of a multiply-add, for accelerators" },
      byte_energy: { takes: { figure: "joules" }, doc: "energy of a byte moved, for accelerators" },
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

/** A figure on its way into a field, which knows the unit. */
interface Stated {
  readonly value: number;
  readonly unit: Quantity["unit"] | undefined;
  readonly source: string;
  readonly verified: boolean;
}

/** What a field's value has become: a figure, a number, a word, a text, a flag, or a list of records. */
type Entry = Figure | number | string | boolean | readonly RecordValue[];

export function recordCall(expr: Call, name: RecordName, frame: Frame): Value {
  const { positional, fields } = RECORDS[name];
  const found = new Map<string, Entry | Stated>();
  let sound = true;
  let position = 0;
  for (const arg of expr.args) {
    const key = arg.name?.name ?? positional[position++];
    const field = key !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (!field) {
      sound = false;
      if (arg.name) mistake(frame, "unknown-argument", arg.name.span, { name: arg.name.name, of: name }, didYouMean(arg.name.name, Object.keys(fields), arg.name.span));
      else mistake(frame, "too-many-arguments", arg.span, { of: name, most: positional.length });
      continue;
    }
    if (found.has(key)) {
      sound = false;
      mistake(frame, "duplicate-argument", arg.span, { name: key, of: name });
      continue;
    }
    const entry = name === "cited" || name === "unverified" ? statedField(key, arg, name, frame) : fieldValue(field, arg.value, frame);
    if (entry === undefined) sound = false;
    else if (entry !== "absent") found.set(key, entry);
  }
  for (const [key, field] of Object.entries(fields)) {
    if (!field.required || found.has(key) || !sound) continue;
    sound = false;
    mistake(frame, "missing-argument", expr.span, { name: key, of: name });
  }
  if (!sound) return UNKNOWN;
  return name === "device" ? { kind: "device", device: deviceOf(found as ReadonlyMap<string, Entry>, expr.span), profile: undefined } : { kind: "record", record: name, entries: found };
}

/** A value of `cited` or `unverified`: its unit is checked by the field that it stands in. */
function statedField(key: string, arg: Arg, name: "cited" | "unverified", frame: Frame): Entry | Stated | undefined {
  const value = evaluate(arg.value, frame);
  if (key === "source") return typeof value === "string" ? value : refuse(frame, arg.value.span, "a string", value);
  const [number, unit] = measure(value);
  if (number === undefined) return refuse(frame, arg.value.span, "a number", value);
  return { value: number, unit, source: "", verified: name === "cited" };
}

function fieldValue({ takes }: Field, expr: Expr, frame: Frame): Entry | "absent" | undefined {
  const wanted = typeof takes === "object" && "word" in takes ? ({ type: "enum", options: takes.word } as const) : undefined;
  const value = evaluate(expr, frame, wanted);
  if (value === ABSENT) return "absent";
  if (isUnknown(value)) return undefined;
  if (takes === "text") return typeof value === "string" ? value : refuse(frame, expr.span, "a string", value);
  if (takes === "flag") return typeof value === "boolean" ? value : refuse(frame, expr.span, "a bool", value);
  if ("word" in takes) {
    if (isKind(value, "enum") && takes.word.includes(value.word)) return value.word;
    return refuse(frame, expr.span, takes.word.map((word) => `\`${word}\``).join(" or "), value);
  }
  if ("list" in takes) {
    const { list } = takes;
    if (!isList(value)) return refuse(frame, expr.span, `a list of \`${list}(…)\``, value);
    if (value.some(isUnknown)) return undefined;
    const wrong = value.find((item) => !isKind(item, "record") || item.record !== list);
    return wrong === undefined ? (value as readonly RecordValue[]) : refuse(frame, expr.span, `a list of \`${list}(…)\``, wrong);
  }
  const unit = "figure" in takes ? takes.figure : takes.bare;
  const stated = statedValue(value, expr.span);
  if (!stated) return refuse(frame, expr.span, unit === "number" || unit === "perSecond" || unit === "fraction" ? "a number" : `a number of ${unit}`, value);
  const expected = unit === "number" || unit === "fraction" || unit === "perSecond" ? undefined : unit;
  if (stated.unit !== expected) return void mistake(frame, "unit-mismatch", expr.span, { expected: expected ?? "a plain number", found: stated.unit ?? "a plain number" });
  if (!(stated.value >= 0 && stated.value < 1e18)) return void mistake(frame, "out-of-range", expr.span, { what: "a device's figure", value: String(stated.value), range: "0..1e18" });
  // Memory comes in whole bytes: 3.77KiB is what a table rounds 3,860 bytes to.
  return "bare" in takes ? stated.value : { value: unit === "bytes" ? Math.round(stated.value) : stated.value, source: stated.source, verified: stated.verified };
}

function refuse(frame: Frame, span: Span, expected: string, found: Value): undefined {
  if (!isUnknown(found)) mistake(frame, "type-mismatch", span, { expected, found: typeName(found) });
  return undefined;
}

function measure(value: Value): readonly [number, Quantity["unit"] | undefined] | readonly [undefined, undefined] {
  if (typeof value === "number") return [value, undefined];
  return isKind(value, "quantity") ? [value.value, value.unit] : [undefined, undefined];
}

function statedValue(value: Value, span: Span): Stated | undefined {
  if (isKind(value, "record") && (value.record === "cited" || value.record === "unverified")) {
    return { ...(value.entries.get("value") as Stated), source: value.entries.get("source") as string };
  }
  const [number, unit] = measure(value);
  return number === undefined ? undefined : { value: number, unit, source: `stated in ${span.file}`, verified: true };
}

function deviceOf(found: ReadonlyMap<string, Entry>, span: Span): Device {
  return {
    name: "",
    title: found.get("title") as string,
    family: found.get("family") as Device["family"],
    clock: found.get("clock") as Figure | undefined,
    cores: found.get("cores") as Figure | undefined,
    ram: found.get("ram") as Figure | undefined,
    flash: found.get("flash") as Figure | undefined,
    regions: records(found, "regions").map((region): Region => ({ name: region.get("name") as string, bytes: region.get("bytes") as Figure })),
    profiles: records(found, "profiles").map(profileOf),
    span,
  };
}

function records(found: ReadonlyMap<string, unknown>, key: string): readonly ReadonlyMap<string, unknown>[] {
  return ((found.get(key) as readonly RecordValue[] | undefined) ?? []).map(({ entries }) => entries);
}

function profileOf(found: ReadonlyMap<string, unknown>): Profile {
  const figure = (key: string): Figure | undefined => found.get(key) as Figure | undefined;
  return {
    runtime: found.get("runtime") as string,
    precision: found.get("precision") as Profile["precision"],
    threads: (found.get("threads") as number | undefined) ?? 1,
    backend: found.get("backend") as Profile["backend"],
    kernels: found.get("kernels") as Profile["kernels"],
    costs: records(found, "costs").map(costOf),
    call: figure("call"),
    costSource: (found.get("cost_source") as string | undefined) ?? "",
    error: figure("error"),
    familyError: figure("family_error"),
    mix: records(found, "mix").map((share): MixShare => ({ of: share.get("of") as MixShare["of"], low: share.get("low") as number, high: share.get("high") as number })),
    scaledFrom: found.get("scaled_from") as string | undefined,
    overlap: (found.get("overlap") as Profile["overlap"] | undefined) ?? "none",
    alignment: Math.max(1, Math.round((found.get("alignment") as number | undefined) ?? 1)),
    runtimeRam: figure("runtime_ram"),
    codeFlash: figure("code_flash"),
    peakMacs: figure("peak_macs"),
    bandwidth: figure("bandwidth"),
    power: figure("power"),
    macEnergy: figure("mac_energy"),
    byteEnergy: figure("byte_energy"),
    measured: records(found, "measured").map(runOf),
  };
}

function costOf(found: ReadonlyMap<string, unknown>): KernelCost {
  const number = (key: string): number | undefined => found.get(key) as number | undefined;
  return {
    of: found.get("of") as KernelCost["of"],
    op: found.get("op") as string | undefined,
    window: number("window"),
    stride: number("stride"),
    mac: number("mac"),
    byte: number("byte"),
    weightByte: number("weight_byte"),
    row: number("row"),
    kernel: number("kernel"),
    tile: number("tile"),
  };
}

function runOf(found: ReadonlyMap<string, unknown>): MeasuredRun {
  const source = found.get("source") as string | undefined;
  const figure = (key: string): Figure | undefined => {
    const stated = found.get(key) as Figure | undefined;
    return stated && source !== undefined ? { ...stated, source } : stated;
  };
  return { model: found.get("model") as string, latency: figure("latency"), ram: figure("ram"), flash: figure("flash"), energy: figure("energy"), fitted: found.get("fitted") === true };
}

/** The name under which a device is bound is the device's own. */
export function namedDevice(value: Value, name: string): Value {
  return isKind(value, "device") && value.device.name === "" ? { ...value, device: { ...value.device, name } } : value;
}

/** `stm32h747(precision=int8)`: the first profile that agrees with the arguments. */
export function chooseProfile(expr: Call, value: DeviceValue, frame: Frame): Value {
  const { device } = value;
  const given = new Map<string, string | number>();
  for (const arg of expr.args) {
    const key = arg.name?.name;
    if (key === undefined || !(key in CHOICES)) {
      return key === undefined ? mistake(frame, "too-many-arguments", arg.span, { of: device.name, most: 0 }) : mistake(frame, "unknown-argument", arg.name!.span, { name: key, of: device.name }, didYouMean(key, Object.keys(CHOICES), arg.name!.span));
    }
    const chosen = evaluate(arg.value, frame, key === "precision" ? { type: "enum", options: PRECISIONS } : undefined);
    if (isUnknown(chosen)) return UNKNOWN;
    const word = isKind(chosen, "enum") ? chosen.word : chosen;
    if (typeof word !== "string" && typeof word !== "number") return mistake(frame, "type-mismatch", arg.value.span, { expected: CHOICES[key], found: typeName(chosen) });
    given.set(key, word);
  }
  const profile = device.profiles.findIndex(
    ({ runtime, precision, threads }) =>
      (!given.has("precision") || given.get("precision") === precision) &&
      (!given.has("threads") || given.get("threads") === threads) &&
      (!given.has("runtime") || runtime.toLowerCase().includes(String(given.get("runtime")).toLowerCase())),
  );
  if (profile >= 0) return { kind: "device", device, profile };
  return mistake(frame, "no-such-profile", expr.span, { device: device.name }, { notes: device.profiles.map((each) => ({ message: `there is \`${shownTarget(device, each)}\`` })) });
}

const CHOICES: Readonly<Record<string, string>> = { precision: "`float32`, `float16` or `int8`", threads: "an int", runtime: "a string, or part of it" };

/** What a `target` names; without a chosen profile, the device's first. */
export function targetOf({ device, profile }: DeviceValue, span: Span): DeviceTarget | undefined {
  const chosen = device.profiles[profile ?? 0];
  return chosen && { device, profile: chosen, shown: shownTarget(device, chosen), span };
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
