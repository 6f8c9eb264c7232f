/**
 * Fits the costs that the library's devices state to the measured runs beside them, and writes `costs`, `mix`, `error` and `family_error` into
 * their texts. A profile that is scaled from another gets that one's costs, times what its own run asks for.
 */
import type { Device, KernelCost, Profile } from "../src/compiler/devices/device.ts";
import { fitProfile, type FittedProfile, type FittedRun } from "../src/compiler/devices/fit-profile.ts";
import { fitCosts } from "../src/compiler/devices/fit.ts";
import { fusedActivations, kernelsOf, type Kernel } from "../src/compiler/devices/kernels.ts";
import { latencyOf } from "../src/compiler/devices/latency.ts";
import { devicesIn } from "../src/compiler/elaborate/device-list.ts";
import { elaborate } from "../src/compiler/elaborate/index.ts";
import type { Program } from "../src/compiler/elaborate/domains.ts";
import { deployed } from "../src/compiler/passes/index.ts";
import type { Call, Declaration, File } from "../src/compiler/syntax/ast.ts";
import { format } from "../src/compiler/syntax/format.ts";
import { parse } from "../src/compiler/syntax/parse.ts";
import { classLists } from "../src/workspace/labels.ts";

/** Texts by their paths in the repository: `stdlib/…` and `examples/…`. */
export type Texts = Readonly<Record<string, string>>;

export interface Refitted {
  readonly path: string;
  readonly text: string;
  readonly profiles: readonly {
    readonly device: Device;
    readonly profile: Profile;
    readonly fitted: FittedProfile;
    /** Of families unlike the rest: this profile's worst, and no less than what nine of ten show over all profiles. What a file states as unverified stays. */
    readonly familyError: number;
  }[];
}

/** Where the costs of a profile come from that has too few runs of its own. */
interface Base {
  readonly costs: (of: (device: string, profile: number) => readonly KernelCost[]) => readonly KernelCost[];
  /** In place of the factor that the profile's runs ask for. */
  readonly by?: number;
}

const cost = (of: KernelCost["of"], field: "mac" | "byte", seconds: number): KernelCost => ({ of, mac: undefined, byte: undefined, weightByte: undefined, kernel: undefined, [field]: seconds });

const H747: Base["costs"] = (of) => of("stm32h747", 0);

/** Seconds a tick of the ESP32-S3. */
const TICK = 1 / 240e6;

const BASES: Readonly<Record<string, Base>> = {
  stm32f746: { costs: H747 },
  stm32h7a3: { costs: H747 },
  stm32l4r5: { costs: H747 },
  stm32u575: { costs: H747 },
  nrf52840: { costs: H747 },
  rp2040: { costs: H747 },
  // four networks of ST's model zoo (6f10965) that are not public: STM32F769 over STM32H747, milliseconds
  stm32f769: { costs: (of) => of("stm32h747", 1), by: (176.5 / 102 + 59.29 / 32.14 + 871.7 / 438.33 + 259.5 / 144.96) / 4 },
  // ticks of ESP-NN's kernels (README 0798b58f): pointwise 64 to 64 channels on 10x10, 3x3 from 3 to 64 on 8x8, depthwise 3x3 on 16x16x16, dense 265 to 3, a sum of 1615
  esp32_s3: {
    costs: () => [
      cost("conv", "mac", (643_689 / (8 * 8 * 27 * 64)) * TICK),
      cost("pointwise", "mac", (461_398 / (10 * 10 * 64 * 64)) * TICK),
      cost("depthwise", "mac", (191_931 / (16 * 16 * 16 * 9)) * TICK),
      cost("dense", "mac", (4_439 / (265 * 3)) * TICK),
      cost("elementwise", "byte", (71_644 / (3 * 1615)) * TICK),
    ],
  },
};

/** Networks of one family are left out together. */
export function familyOf(model: string): string {
  const name = model.replace(/\(.*/s, "");
  if (name === "PersonDetection" || name === "VisualWakeWords") return "MobileNetV1";
  const family = ["MobileNetV1", "MobileNetV2", "MobileNetV3", "FdMobileNet", "SqueezeNet", "EfficientNetLite", "EfficientNet", "ResNet", "MnasNet"].find((each) => name.startsWith(each));
  return family ?? name;
}

/** Every device file of the library with its costs fitted anew; the texts of the others are read only. */
export function refitDevices(texts: Texts): readonly Refitted[] {
  const networks = networksOf(texts);
  const devices = new Map<string, Device>();
  const fits = new Map<Profile, FittedProfile>();
  const paths = Object.keys(texts).filter((path) => path.startsWith("stdlib/devices/")).sort();
  for (const path of paths) {
    for (const device of devicesOf({ [path]: texts[path] }, path)) {
      devices.set(device.name, device);
      if (device.name in BASES) continue;
      for (const profile of device.profiles) {
        const runs = runsOf(profile, networks);
        if (runs.length > 0) fits.set(profile, fitProfile(profile, runs));
      }
    }
  }
  const costs = (name: string, profile: number): readonly KernelCost[] => rounded(fits.get(devices.get(name)!.profiles[profile])!.costs);
  const common = nineOfTen([...fits.values()].flatMap(worstOfFamilies));
  return paths.map((path) => refit(path, texts[path], devices.get(nameOf(path))!, fits, common, (base, profile) => scaled(base.costs(costs), base.by, profile, runsOf(profile, networks))));
}

/** The worst extrapolation to each family. */
function worstOfFamilies({ unseen }: FittedProfile): readonly number[] {
  const families = [...new Set(unseen.map(({ family }) => family))];
  return families.map((family) => Math.max(...unseen.filter((each) => each.family === family).map(({ error }) => error)));
}

/** Nine of ten values are at most this. */
function nineOfTen(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(0.9 * values.length) - 1];
}

function runsOf(profile: Profile, networks: Networks): readonly FittedRun[] {
  return profile.measured.flatMap((run) => (run.fitted && run.latency ? [{ run, kernels: networks(run.model, profile), family: familyOf(run.model) }] : []));
}

function nameOf(path: string): string {
  return path.replace(/^.*\/|\.lwm$/g, "");
}

type Networks = (model: string, profile: Profile) => readonly Kernel[];

function refit(path: string, text: string, device: Device, fits: ReadonlyMap<Profile, FittedProfile>, common: number, scaledFrom: (base: Base, profile: Profile) => readonly KernelCost[]): Refitted {
  const calls = profileCalls(parse({ uri: path, text }).file, device.name);
  const edits: Edit[] = [];
  const profiles: Refitted["profiles"][number][] = [];
  device.profiles.forEach((profile, i) => {
    const base = BASES[device.name];
    const fitted = fits.get(profile);
    if (base) edits.push(...setArguments(calls[i], [["costs", costsText(scaledFrom(base, profile))]]));
    else if (fitted) {
      const stated = profile.familyError?.verified === false ? profile.familyError.value : undefined;
      const familyError = stated ?? Math.max(common, fitted.error ?? 0, ...fitted.unseen.map(({ error }) => error));
      profiles.push({ device, profile, fitted, familyError });
      edits.push(...setArguments(calls[i], written(fitted, familyError).filter(([name]) => name !== "family_error" || stated === undefined)));
    }
  });
  const changed = edits.sort((a, b) => b.start - a.start).reduce((whole, { start, end, text: piece }) => whole.slice(0, start) + piece + whole.slice(end), text);
  return { path, text: format({ uri: path, text: changed }).text ?? changed, profiles };
}

/** The base's costs, times the factor that brings the profile's own runs closest to what was measured. */
function scaled(base: readonly KernelCost[], by: number | undefined, profile: Profile, runs: readonly FittedRun[]): readonly KernelCost[] {
  const rows = runs.map(({ run, kernels, family }) => ({ features: [latencyOf(kernels, { ...profile, peakMacs: undefined, bandwidth: undefined, costs: base })!.seconds], seconds: run.latency!.value, family }));
  const factor = by ?? fitCosts(rows, [0]).coefficients[0];
  return mapCosts(base, (seconds) => seconds * factor);
}

/** As they are written: to four digits. */
function rounded(costs: readonly KernelCost[]): readonly KernelCost[] {
  return mapCosts(costs, (seconds) => Number(seconds.toPrecision(4)));
}

function mapCosts(costs: readonly KernelCost[], change: (seconds: number) => number): readonly KernelCost[] {
  const changed = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : change(seconds));
  return costs.map((each) => ({ ...each, mac: changed(each.mac), byte: changed(each.byte), weightByte: changed(each.weightByte), kernel: changed(each.kernel) }));
}

function written({ costs, mix, error, unseen, fit }: FittedProfile, familyError: number): readonly (readonly [string, string])[] {
  const parts: [string, string][] = [["costs", costsText(costs)]];
  if (error === undefined || !fit.loo) return parts;
  parts.push(["error", `cited(${percent(error, Math.ceil)}, "the worst run with it, or its family, left out of the fit; ${(100 * fit.loo.mean).toFixed(1)} % on average")`]);
  const worst = unseen.find((each) => each.error === familyError);
  const source = worst ? `the worst run of a family unlike the rest, left out of the fit: ${worst.family}` : familyError === error ? "no family unlike the rest was predicted worse" : "nine of ten families unlike the rest lie within, over all devices of the library";
  parts.push(["family_error", `cited(${percent(familyError, Math.ceil)}, "${source}")`]);
  parts.push(["mix", `[${mix.map(({ of, low, high }) => `share(${of}, ${percent(low, Math.floor)}, ${percent(high, Math.ceil)})`).join(", ")}]`]);
  return parts;
}

/** In tenths of a percent. */
function percent(share: number, round: (value: number) => number): string {
  return `${round(1000 * share) / 10}%`;
}

const NAMES = { mac: "mac", byte: "byte", weightByte: "weight_byte", kernel: "kernel" } as const;

function costsText(costs: readonly KernelCost[]): string {
  const one = (each: KernelCost): string => {
    const parts = (Object.keys(NAMES) as (keyof typeof NAMES)[]).flatMap((field) => (each[field] === undefined ? [] : [`${NAMES[field]}=${seconds(each[field])}`]));
    return `cost(${[each.of, ...parts].join(", ")})`;
  };
  return `[${costs.map(one).join(", ")}]`;
}

/** To four digits, in a unit that needs no zeros before them where there is one. */
function seconds(value: number): string {
  const [unit, scale] = value >= 1e-6 ? ["us", 1e6] : ["ns", 1e9];
  const digits = Number((value * scale).toPrecision(4));
  return `${digits < 1e-6 ? digits.toFixed(12).replace(/\.?0+$/, "") : digits}${unit}`;
}

/** The profiles as they are written, in order. */
function profileCalls(file: File, device: string): readonly Call[] {
  const declaration = file.declarations.find((each) => each.kind === "let" && each.name.name === device);
  const call = declaration?.kind === "let" && declaration.value.kind === "call" ? declaration.value : undefined;
  const list = call?.args.find(({ name }) => name?.name === "profiles")?.value;
  return list?.kind === "listliteral" ? list.items.filter((item) => item.kind === "call") : [];
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replaces arguments of a call, or puts them before its runs, else at its end. */
function setArguments(call: Call, values: readonly (readonly [string, string])[]): readonly Edit[] {
  const given = (name: string): Call["args"][number] | undefined => call.args.find((arg) => arg.name?.name === name);
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const [name, text] of values) {
    const span = given(name)?.value.span;
    if (span) edits.push({ start: span.start, end: span.end, text });
    else added.push(`${name}=${text}, `);
  }
  const at = (given("measured_source") ?? given("measured"))?.span.start ?? call.span.end - 1;
  return added.length > 0 ? [...edits, { start: at, end: at, text: added.join("") }] : edits;
}

const parsed = new Map<string, File>();

function fileOf(uri: string, text: string): File {
  const key = `${uri}\n${text}`;
  let file = parsed.get(key);
  if (!file) {
    const result = parse({ uri, text });
    if (result.diagnostics.length > 0) throw new Error(`${uri}: ${result.diagnostics[0].message}`);
    parsed.set(key, (file = result.file));
  }
  return file;
}

function programOf(texts: Texts): Program {
  const files = new Map<string, File>();
  const names = new Map<string, { readonly declaration: Declaration; readonly file: File }>();
  for (const [uri, text] of Object.entries(texts)) {
    const file = fileOf(uri, text);
    files.set(uri, file);
    if (uri.startsWith("stdlib/")) for (const declaration of file.declarations) names.set(declaration.name.name, { declaration, file });
  }
  return { file: (uri) => files.get(uri), resolve: (_from, path) => path, library: (name) => names.get(name), libraryNames: () => names.keys(), isLibrary: (uri) => uri.startsWith("stdlib/"), classLists };
}

function devicesOf(texts: Texts, path: string): readonly Device[] {
  return devicesIn(programOf(texts), path, (d) => {
    throw new Error(`${path}: ${d.message}`);
  });
}

/** Kernels by what a run is called; each network is expanded once. */
function networksOf(texts: Texts): Networks {
  const library = Object.fromEntries(Object.entries(texts).filter(([path]) => path.startsWith("stdlib/") && !path.startsWith("stdlib/devices/")));
  const graphs = new Map<string, ReturnType<typeof deployed>>();
  return (model, profile) => {
    let graph = graphs.get(model);
    if (!graph) graphs.set(model, (graph = expanded(model, texts, library)));
    return kernelsOf(graph, { precision: profile.precision, fused: fusedActivations(profile.kernels) });
  };
}

function expanded(model: string, texts: Texts, library: Texts): ReturnType<typeof deployed> {
  const name = model.replace(/\(.*/s, "");
  const example = Object.keys(texts).find((path) => path.startsWith("examples/") && new RegExp(`^model ${name}\\b`, "m").test(texts[path]));
  const text = `${example === undefined ? "" : texts[example]}\nmodel Measured = ${model.includes("(") ? model : `${model}()`}\n`;
  const { models, diagnostics } = elaborate(programOf({ ...library, "run.lwm": text }), "run.lwm", { model: "Measured" });
  if (models.length !== 1) throw new Error(`${model}: ${diagnostics[0]?.message ?? "no such network"}`);
  return deployed(models[0].graph);
}
