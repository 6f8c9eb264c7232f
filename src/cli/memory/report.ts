/** Who is in memory when and where, for one model and one set of rules: the plan, what there is room for, and what could be done about it. */
import { groupBy } from "../../compiler/analyse/group.ts";
import type { CompiledModel } from "../../compiler/compile.ts";
import type { DeviceTarget, Overlap, Precision } from "../../compiler/devices/device.ts";
import { ELEMENT_BYTES, fusedActivations } from "../../compiler/devices/kernels.ts";
import { patchPlans, type PatchPlan } from "../../compiler/devices/memory/patches.ts";
import { planMemory, type MemoryPlan } from "../../compiler/devices/memory/plan.ts";
import { weightBytes } from "../../compiler/devices/memory/weight-bytes.ts";
import { deployed } from "../../compiler/passes/index.ts";

/** The rules as they are asked for; what is not said is the target's. */
export interface MemoryRules {
  readonly precision?: Precision;
  readonly overlap?: Overlap;
  readonly align?: number;
  readonly reorder: boolean;
  /** True: search for the number of patches. */
  readonly patches?: true | number;
  readonly picture: "held" | "read";
  /** Bytes that there are, for a network without a device. */
  readonly ram?: number;
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

/** A plan for each target of the model, or one without. */
export function reportsOf(compiled: CompiledModel, options: MemoryRules): readonly MemoryReport[] {
  const targets = compiled.model.targets;
  return (targets.length === 0 ? [undefined] : targets).map((target) => reportOf(compiled, target, options));
}

/** One plan; `options` win over what the target says. */
export function reportOf({ model, cost }: CompiledModel, target: DeviceTarget | undefined, options: MemoryRules): MemoryReport {
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
