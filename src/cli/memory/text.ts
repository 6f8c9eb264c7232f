/** A memory plan for people, and as JSON. */
import { binaryBytes, grouped as count } from "../../compiler/analyse/format-figures.ts";
import type { Figure, Overlap } from "../../compiler/devices/device.ts";
import type { PatchPlan } from "../../compiler/devices/memory/patches.ts";
import { profileText } from "../../compiler/devices/price.ts";
import { table } from "../figures.ts";
import type { MemoryReport } from "./report.ts";

const RULES: Readonly<Record<Overlap, string>> = {
  none: "every output made anew",
  in_place: "elementwise operators and depthwise convolutions write over their input",
  full: "an operator needs the larger of its inputs and outputs",
};

export function memoryText(report: MemoryReport): string {
  const { model, target, precision, overlap, alignment, plan } = report;
  const settings = model.params.map(({ name, shown }) => `${name}=${shown}`).join(", ");
  const shapes = (list: readonly { readonly name: string; readonly tensor: { readonly shape: readonly number[] | undefined } }[]): string => list.map(({ name, tensor }) => `${name} ${tensor.shape?.join("×") ?? "?"}`).join(", ");
  const aligned = alignment === 1 ? "" : `, aligned to ${alignment} bytes`;
  const head = [`${model.name}${settings === "" ? "" : `(${settings})`}`, `${shapes(model.graph.inputs)} → ${shapes(model.graph.outputs)}`, `${precision}, ${RULES[overlap]}${aligned}`, ...(target ? [`on ${target.shown}: ${target.device.title}, ${profileText(target.profile)}`] : [])];
  const parts = [head.join("\n") + "\n", stepTable(report), peakTable(report), totals(report)];
  if (report.patches) parts.push(patchText(report));
  return parts.filter((part) => part !== "").join("\n") + (plan.steps.length === 0 ? "there is nothing to run\n" : "");
}

const BAR = 32;

function stepTable({ plan }: MemoryReport): string {
  if (plan.steps.length === 0) return "";
  const rows = plan.steps.map(({ path, op, bytes }, i) => [String(i), path, op, binaryBytes(bytes), bar(bytes / plan.bound) + (i === plan.peak ? " peak" : "")]);
  return table([["step", "layer", "operator", "alive", ""], ...rows], [0, 3]);
}

/** Eighths of a character. */
function bar(share: number): string {
  const eighths = Math.round(share * BAR * 8);
  return "█".repeat(eighths >> 3) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths & 7];
}

function peakTable({ plan }: MemoryReport): string {
  if (plan.peak === undefined) return "";
  const step = plan.steps[plan.peak];
  const several = plan.regions !== undefined && plan.regions.length > 1;
  const rows = step.alive.map((id) => {
    const { path, shape, bytes, offset, region, first, last, shares } = plan.buffers[id];
    const over = shares.length === 0 ? "-" : shares.map((other) => plan.buffers[other].path).join(", ");
    return [path, shape.join("×"), count(bytes), (several && region !== undefined ? `${plan.regions![region].name} + ` : "") + count(offset), first < 0 ? "before any" : String(first), String(last), over];
  });
  return `alive at step ${plan.peak}, ${step.path}:\n${table([["tensor", "shape", "bytes", "address", "made at", "needed to", "written over"], ...rows], [2, 3, 4, 5])}`;
}

function totals(report: MemoryReport): string {
  const { plan, weights, precision, target, fits } = report;
  const profile = target?.profile;
  const rows: (readonly [string, number, string])[] = [["weights", weights, precision === "int8" ? "int8, and int32 biases" : precision]];
  const flash = plus(weights, profile?.codeFlash);
  if (profile?.codeFlash) rows.push(["code", profile.codeFlash.value, "of the runtime" + unverified(profile.codeFlash)], ["flash", flash, of(flash, target?.device.flash)]);
  rows.push(["arena", plan.arena, arenaNote(report)]);
  if (profile?.runtimeRam) {
    const ram = plus(plan.arena, profile.runtimeRam);
    rows.push(["runtime", profile.runtimeRam.value, "what it takes beside the arena" + unverified(profile.runtimeRam)], ["RAM", ram, of(ram, target?.device.ram)]);
  }
  const widest = Math.max(...rows.map(([, value]) => count(value).length));
  const lines = rows.map(([name, value, note]) => `${name.padEnd(8)}  ${count(value).padStart(widest)}  ${[binaryBytes(value), note].filter((part) => part !== "").join(", ")}\n`);
  if (plan.order.changed) lines.push(`the steps run in another order than they are written in, which would need ${binaryBytes(plan.order.written)}\n`);
  if (plan.greedy > plan.arena) lines.push(`the greedy planner of TFLite Micro would need ${binaryBytes(plan.greedy)}\n`);
  for (const { name, bytes, used } of plan.regions ?? []) lines.push(`in ${name}: ${binaryBytes(used)} of ${binaryBytes(bytes)}\n`);
  if (fits === false) lines.push(`it does not fit: ${misfit(report)}\n`);
  return lines.join("");
}

function misfit({ plan, room, roomInOne = 0, target }: MemoryReport): string {
  if (room !== undefined && plan.arena > room) return `there are ${binaryBytes(Math.max(room, 0))} for the arena`;
  const regions = target!.device.regions.map(({ name, bytes }) => `${name} (${binaryBytes(bytes.value)})`).join(", ");
  const largest = plan.buffers.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  if (largest.bytes > roomInOne) return `${largest.path} takes ${binaryBytes(largest.bytes)} in one piece, and the device's memories are ${regions}`;
  return `no way was found to divide it among ${regions}`;
}

function plus(value: number, more: Figure | undefined): number {
  return value + (more?.value ?? 0);
}

function of(bytes: number, capacity: Figure | undefined): string {
  return capacity ? `${Math.round((100 * bytes) / capacity.value)} % of ${binaryBytes(capacity.value)}${unverified(capacity)}` : "";
}

function unverified(figure: Figure): string {
  return figure.verified ? "" : ` (unverified: ${figure.source})`;
}

function arenaNote({ plan: { arena, bound, optimal, order } }: MemoryReport): string {
  if (arena === bound) return `as little as is alive at once: no plan needs less${order.exact ? ", in any order of the steps" : " in this order"}`;
  const least = `${binaryBytes(bound)} are alive at once`;
  return optimal ? `${least}, but no layout does with less` : `${least}; a smaller layout was not found, nor ruled out`;
}

/** Of the ways of patching, the one that fits with the fewest MACs; without a limit, none is preferred. */
function preferred({ patches, roomInOne }: MemoryReport): PatchPlan | undefined {
  return roomInOne === undefined ? undefined : patches?.find(({ arena }) => arena <= roomInOne);
}

function patchText(report: MemoryReport): string {
  const { patches = [], plan, picture } = report;
  const title = `patch by patch, the picture ${picture === "held" ? "held in memory" : "read in parts"}:`;
  const better = patches.filter(({ arena }) => arena < plan.arena);
  if (better.length === 0) return `${title} nothing is gained${patches.length === 0 ? "; the network does not begin with layers that look at a neighbourhood only" : ""}\n`;
  const chosen = preferred(report);
  const rows = better.map((each) => [
    each.split,
    `${each.patches}×${each.patches}`,
    String(each.layers),
    each.reads.join("×"),
    binaryBytes(each.stage),
    binaryBytes(each.rest),
    binaryBytes(each.arena),
    `+${((100 * each.extraMacs) / (each.macs - each.extraMacs)).toFixed(1)} %`,
    ...(chosen ? [each === chosen ? "the first that fits" : ""] : []),
  ]);
  return `${title}\n${table([["up to", "patches", "layers", "reads", "in patches", "after", "arena", "MACs", ...(chosen ? [""] : [])], ...rows], [1, 2, 3, 4, 5, 6, 7])}`;
}

export function memoryData(report: MemoryReport): object {
  const { model, target, precision, overlap, alignment, plan, weights, room, fits, picture, patches } = report;
  const figure = (given: Figure | undefined): object | undefined => given && { value: given.value, source: given.source, verified: given.verified };
  return {
    name: model.name,
    file: model.file,
    arguments: Object.fromEntries(model.params.map(({ name, shown }) => [name, shown])),
    ...(target ? { target: target.shown } : {}),
    precision,
    overlap,
    alignment,
    weights,
    code: figure(target?.profile.codeFlash),
    runtime: figure(target?.profile.runtimeRam),
    arena: plan.arena,
    bound: plan.bound,
    optimal: plan.optimal,
    greedy: plan.greedy,
    order: plan.order,
    ...(room === undefined ? {} : { room }),
    ...(fits === undefined ? {} : { fits }),
    ...(plan.regions ? { regions: plan.regions } : {}),
    peak: plan.peak,
    steps: plan.steps,
    buffers: plan.buffers,
    ...(patches ? { picture, patches } : {}),
  };
}
