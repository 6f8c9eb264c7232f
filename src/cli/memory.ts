/** `lwmc memory`: who is in memory when, where, and what could be done about it. */
import { fusedActivations, ELEMENT_BYTES } from "../compiler/devices/kernels.ts";
import type { DeviceTarget, Overlap, Precision } from "../compiler/devices/device.ts";
import { patchPlans, type PatchPlan } from "../compiler/devices/memory/patches.ts";
import { planMemory, type MemoryPlan } from "../compiler/devices/memory/plan.ts";
import { weightBytes } from "../compiler/devices/memory/weight-bytes.ts";
import { groupBy } from "../compiler/analyse/group.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import { deployed } from "../compiler/passes/index.ts";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import { opener, type OpenOptions } from "./open.ts";
import { err, out } from "./output.ts";
import { report } from "./report.ts";
import { writeAll, type Piecewise } from "./write.ts";

export interface MemoryCommandOptions extends OpenOptions {
  readonly precision?: Precision;
  readonly overlap?: Overlap;
  readonly align?: number;
  readonly reorder: boolean;
  /** True: search for the number of patches. */
  readonly patches?: true | number;
  readonly picture: "held" | "read";
  /** Bytes that there are, for a network without a device. */
  readonly ram?: number;
  readonly json?: boolean;
  readonly svg?: string;
  readonly header?: string;
  readonly offlinePlan?: string;
}

/** A model's memory under one set of rules, as every form of the report prints it. */
export interface MemoryReport {
  readonly model: CompiledModel["model"];
  readonly target: DeviceTarget | undefined;
  readonly precision: Precision;
  readonly overlap: Overlap;
  readonly alignment: number;
  readonly plan: MemoryPlan;
  readonly weights: number;
  /** Bytes for the arena: what there is, less what the runtime takes. Undefined: nobody has said. */
  readonly room: number | undefined;
  /** Bytes for an arena in one piece: of the largest memory, less what the runtime takes. */
  readonly roomInOne: number | undefined;
  readonly fits: boolean | undefined;
  readonly picture: "held" | "read";
  /** Undefined unless asked for, or the plan does not fit. */
  readonly patches: readonly PatchPlan[] | undefined;
  /** The stage of a layer or input: what layers have in common that are drawn in one colour. */
  readonly stageOf: (path: string) => string;
}

export async function memory(operand: string, options: MemoryCommandOptions, environment: Environment): Promise<ExitCode> {
  const snapshot = await opener(environment).open(operand, options);
  const failed = await report(snapshot.diagnostics, snapshot.source);
  if (snapshot.models.length === 0) {
    if (failed) return 1;
    throw problem(`\`${operand}\` has no model that can be compiled as it stands`);
  }
  const reports = snapshot.models.flatMap((compiled) => reportsOf(compiled, options));
  const files = await filesOf(reports, options, environment);
  if (files.length > 0 && reports.length > 1) {
    throw usage(`there are ${reports.length} plans (${reports.map(({ model, target }) => model.name + (target ? ` on ${target.shown}` : "")).join(", ")}), and a file is for one: name one model, as in \`${operand}#${reports[0].model.name}\`, and one --target`);
  }
  if (files.length > 0) await writeAll(".", files);
  if (options.json) {
    const { memoryData } = await import("./memory-report.ts");
    out(`${JSON.stringify({ schema: 1, models: reports.map(memoryData) }, null, 2)}\n`);
  } else {
    const { memoryText } = await import("./memory-report.ts");
    out(reports.map(memoryText).join("\n"));
    for (const { path } of files) err(`${path} is written\n`);
  }
  return failed || reports.some(({ fits }) => fits === false) ? 1 : 0;
}

function reportsOf(compiled: CompiledModel, options: MemoryCommandOptions): readonly MemoryReport[] {
  const targets = compiled.model.targets;
  return (targets.length === 0 ? [undefined] : targets).map((target) => reportOf(compiled, target, options));
}

/** One plan; `options` win over what the target says. */
export function reportOf({ model, cost }: CompiledModel, target: DeviceTarget | undefined, options: MemoryCommandOptions): MemoryReport {
  const profile = target?.profile;
  const precision = options.precision ?? profile?.precision ?? "float32";
  const overlap = options.overlap ?? profile?.overlap ?? "none";
  const alignment = options.align ?? profile?.alignment ?? 1;
  const graph = deployed(model.graph);
  const reserved = profile?.runtimeRam?.value ?? 0;
  const ram = options.ram ?? target?.device.ram?.value;
  const regions = options.ram === undefined ? (target?.device.regions.map(({ name, bytes }) => ({ name, bytes: bytes.value })) ?? []) : [];
  const memory = regions.length > 0 ? { regions, reserved } : undefined;
  // without a device nothing is said of which activations are kernels of their own: none is, as `activations` counts
  const fused = target ? fusedActivations(profile?.kernels) : undefined;
  const rules = { bytesPerElement: ELEMENT_BYTES[precision], overlap, alignment, reorder: options.reorder, fused };
  const plan = planMemory(graph, { ...rules, memory });
  const room = ram === undefined ? undefined : ram - reserved;
  const fits = room === undefined && memory === undefined ? undefined : (room === undefined || plan.arena <= room) && (memory === undefined || plan.regions !== undefined);
  const roomInOne = regions.length === 0 ? room : Math.max(...regions.map(({ bytes }) => bytes)) - reserved;
  const wanted = options.patches !== undefined || fits === false;
  const stages = new Map(groupBy(cost, "stage").flatMap(({ path, layers }) => layers.map((layer) => [layer.path, path] as const)));
  return {
    model,
    target,
    precision,
    overlap,
    alignment,
    plan,
    weights: weightBytes(graph, precision),
    room,
    roomInOne,
    fits,
    picture: options.picture,
    patches: wanted ? patchPlans(graph, { ...rules, picture: options.picture, patches: options.patches === true ? undefined : options.patches }) : undefined,
    stageOf: (path) => stages.get(path) ?? path,
  };
}

async function filesOf(reports: readonly MemoryReport[], options: MemoryCommandOptions, { version }: Environment): Promise<readonly Piecewise[]> {
  const files: Piecewise[] = [];
  const [first] = reports;
  const add = (path: string, make: () => Uint8Array): void => void files.push({ path, chunks: () => [make()] });
  const text = (made: string): Uint8Array => Buffer.from(made);
  if (options.svg !== undefined) {
    const { memorySvg } = await import("./memory-svg.ts");
    add(options.svg, () => text(memorySvg(first)));
  }
  if (options.header !== undefined) {
    const { memoryHeader } = await import("./memory-header.ts");
    add(options.header, () => text(memoryHeader(first, version)));
  }
  if (options.offlinePlan !== undefined) {
    if (first.plan.regions !== undefined && first.plan.regions.length > 1) throw problem("an offline plan is of one memory, and this plan needs several: give --ram with what one has, or another --target");
    const { offlinePlan } = await import("./memory-offline.ts");
    add(options.offlinePlan, () => offlinePlan(first.plan));
  }
  const paths = new Set(files.map(({ path }) => path));
  if (paths.size < files.length) throw usage("each file needs a name of its own");
  return files;
}
