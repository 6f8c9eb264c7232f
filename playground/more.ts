/** What is asked for between the keystrokes: hover, completion, formatting, devices, memory, conventions. */
import { groupBy } from "../src/compiler/analyse/group.ts";
import { profileText } from "../src/compiler/devices/price.ts";
import { fusedActivations, ELEMENT_BYTES } from "../src/compiler/devices/kernels.ts";
import { planMemory } from "../src/compiler/devices/memory/plan.ts";
import { weightBytes } from "../src/compiler/devices/memory/weight-bytes.ts";
import { conventions } from "../src/compiler/analyse/conventions.ts";
import { deployed } from "../src/compiler/passes/index.ts";
import { memorySvg } from "../src/cli/memory/svg.ts";
import { completionsAt } from "../src/workspace/editor/completion.ts";
import { formatEdits } from "../src/workspace/editor/formatting.ts";
import { hoverAt } from "../src/workspace/editor/hover.ts";
import { deviceFiles } from "../src/workspace/library.ts";
import type { Answer, Ask } from "./protocol.ts";
import { edits, FILE, targetFigures, type Session } from "./session.ts";

export async function hover(session: Session, { at }: Ask<"hover">): Promise<Answer<"hover">> {
  await session.readDevices();
  const view = session.view();
  const found = view && hoverAt(view, at, session.last());
  return found && { from: found.span.start, to: found.span.end, text: found.text };
}

export async function complete(session: Session, { text, at }: Ask<"complete">): Promise<Answer<"complete">> {
  await session.readDevices();
  await session.edit(text);
  const { span, items } = completionsAt(session.view()!, at);
  return { from: span.start, to: span.end, items: items.map(({ label, kind, detail, doc, insert, rank }) => ({ label, kind, detail, doc, insert, rank })) };
}

export function formatted({ text }: Ask<"format">): Answer<"format"> {
  return edits(formatEdits({ uri: FILE, text }));
}

export function counted(session: Session, { model }: Ask<"conventions">): Answer<"conventions"> {
  const { model: made, cost } = session.compiled(model);
  return conventions(made.graph, cost);
}

export async function devices(session: Session): Promise<Answer<"devices">> {
  await session.readDevices();
  const workspace = session.workspace();
  return deviceFiles(workspace.library)
    .flatMap((uri) => workspace.devices(uri))
    .map(({ name, title, profiles }) => ({
      title,
      profiles: profiles.map((profile) => ({ target: `${name}(runtime=${JSON.stringify(profile.runtime)}, precision=${profile.precision}, threads=${profile.threads})`, profile: profileText(profile) })),
    }));
}

/** In float32 and with nothing in place, unless a target says otherwise. */
export function memory(session: Session, { model: name }: Ask<"memory">): string {
  const { model, cost } = session.compiled(name);
  const [target] = model.targets;
  const profile = target?.profile;
  const precision = profile?.precision ?? "float32";
  const overlap = profile?.overlap ?? "none";
  const alignment = profile?.alignment ?? 1;
  const graph = deployed(model.graph);
  const regions = target?.device.regions.map((region) => ({ name: region.name, bytes: region.bytes.value })) ?? [];
  const reserved = profile?.runtimeRam?.value ?? 0;
  const plan = planMemory(graph, { bytesPerElement: ELEMENT_BYTES[precision], overlap, alignment, reorder: true, fused: target ? fusedActivations(profile?.kernels) : undefined, ...(regions.length === 0 ? {} : { memory: { regions, reserved } }) });
  const stages = new Map(groupBy(cost, "stage").flatMap(({ path, layers }) => layers.map((layer) => [layer.path, path] as const)));
  return memorySvg({ model, target, precision, overlap, alignment, plan, weights: weightBytes(graph, precision), room: undefined, roomInOne: undefined, fits: undefined, picture: "held", patches: undefined, stageOf: (path) => stages.get(path) ?? path });
}

/** What the library's figures of browsers say of a runtime. */
export async function predicted(session: Session, { model, runtime }: Ask<"predict">): Promise<Answer<"predict">> {
  const price = (await session.priced(model, `browser(runtime=${JSON.stringify(runtime)}, precision=float32, threads=1)`))?.prices[0];
  return price && targetFigures(price);
}
