/** The text that is being edited, and what the compiler says of it. */
import { figuresOf } from "../src/compiler/analyse/figures.ts";
import { binaryBytes, grouped, joules, seconds } from "../src/compiler/analyse/format-figures.ts";
import { groupBy } from "../src/compiler/analyse/group.ts";
import type { LayerCost } from "../src/compiler/analyse/cost.ts";
import type { CompiledModel } from "../src/compiler/compile.ts";
import type { Estimate } from "../src/compiler/devices/estimate.ts";
import { profileText, type DevicePrice } from "../src/compiler/devices/price.ts";
import { usedFigures } from "../src/compiler/devices/sources.ts";
import type { Diagnostic, TextEdit } from "../src/compiler/diagnostics/diagnostic.ts";
import { showShape } from "../src/compiler/ir/shape.ts";
import { prune } from "../src/compiler/passes/index.ts";
import { parse } from "../src/compiler/syntax/parse.ts";
import { hintsOf } from "../src/workspace/editor/hints.ts";
import { lensesOf } from "../src/workspace/editor/lenses.ts";
import { networksOf } from "../src/workspace/editor/network.ts";
import { isBroken, placesOf, type KnownPlaces } from "../src/workspace/editor/places.ts";
import { viewOf, type View } from "../src/workspace/editor/view.ts";
import { memoryHost } from "../src/workspace/host.ts";
import { libraryOf, LIBRARY_PREFIX, type LibraryIndex } from "../src/workspace/library.ts";
import { workspace, type Snapshot, type Workspace } from "../src/workspace/workspace.ts";
import type { Answer, Ask, Edit, Level, ModelCosts, Problem, Row, TargetFigures } from "./protocol.ts";

/** What the text is called; its neighbours are the examples, by their names. */
export const FILE = "network.lwm";

export interface Session {
  readonly check: (ask: Ask<"state">) => Promise<Answer<"state">>;
  /** The text as it stands, or another file. */
  readonly view: (uri?: string) => View | undefined;
  /** With its target, where one is chosen. */
  readonly snapshot: () => Snapshot;
  readonly last: () => KnownPlaces | undefined;
  readonly workspace: () => Workspace;
  readonly edit: (text: string) => Promise<void>;
  /** What the chosen target, or the one given, costs. */
  readonly priced: (model: string, target: string) => Promise<CompiledModel | undefined>;
  /** Reads the library's devices, unless they are there. */
  readonly readDevices: () => Promise<void>;
  readonly compiled: (model: string) => CompiledModel;
}

interface Pack {
  readonly index: LibraryIndex;
  readonly files: Readonly<Record<string, string>>;
}

export function session(base: URL): Session {
  const fetched = async (name: string): Promise<unknown> => (await fetch(new URL(name, base))).json();
  let pack: Pack | undefined;
  let withDevices = false;
  let files: Workspace | undefined;
  let text = "";
  let target = "";
  let last: KnownPlaces | undefined;

  const start = async (): Promise<void> => {
    const { index, files: texts } = (pack ??= (await fetched("library.json")) as Pack);
    const library = libraryOf(index, (path) => (texts[path] === undefined ? undefined : parse({ uri: LIBRARY_PREFIX + path, text: texts[path] }).file), (path) => texts[path]);
    files = workspace(memoryHost({}), library);
  };
  const edit = async (now: string): Promise<void> => {
    if (!files) await start();
    if (/\b(target|device|holes?)\b/.test(now)) await readDevices();
    text = now;
    await files!.edit(FILE, now);
    if (/^\s*import\b/m.test(now)) {
      const examples = (await fetched("examples.json")) as { readonly file: string; readonly text: string }[];
      for (const { file, text: example } of examples) if (!file.startsWith(LIBRARY_PREFIX)) await files!.edit(file, example);
    }
    await files!.load(FILE);
  };
  const readDevices = async (): Promise<void> => {
    if (withDevices) return;
    if (!pack) await start();
    const more = (await fetched("devices.json")) as Pack["files"];
    pack = { index: pack!.index, files: { ...pack!.files, ...more } };
    withDevices = true;
    await start();
    await files!.edit(FILE, text);
    await files!.load(FILE);
  };
  const onTarget = async (chosen: string): Promise<Snapshot> => {
    if (chosen === "") return files!.snapshot(FILE, { trace: true });
    await readDevices();
    const { expr } = await files!.device("<target>", chosen);
    return files!.snapshot(FILE, { trace: true, ...(expr ? { targets: [{ expr }] } : {}) });
  };
  let current: Snapshot | undefined;

  return {
    async check(ask) {
      await edit(ask.text);
      target = ask.target;
      current = await onTarget(target);
      const view = viewOf(files!, FILE)!;
      if (!isBroken(view)) last = { text, places: placesOf(view) };
      const { snapshot } = view;
      const own = (list: readonly Diagnostic[]): readonly Diagnostic[] => list.filter(({ span }) => span.file === FILE);
      const fresh = target === "" ? [] : own(current.diagnostics).filter((one) => !snapshot.diagnostics.some((other) => other.code === one.code && other.message === one.message && other.span.start === one.span.start));
      const lenses = lensesOf(view);
      const networks = networksOf({ ...view, snapshot: current });
      return {
        problems: [...own(snapshot.diagnostics), ...fresh].map((found) => problemOf(found, text.length)),
        hints: hintsOf(view, { start: 0, end: text.length }, last).map(({ offset, label, tooltip }) => ({ at: offset, label, tooltip })),
        models: current.models.map((compiled, i) => costsOf(compiled, networks[i], lenses.filter(({ model }) => model === compiled.model.name).map(({ title }) => title).filter((title) => /^(budget|over|to be)/.test(title)))),
      };
    },
    view: (uri = FILE) => (files ? viewOf(files, uri) : undefined),
    snapshot: () => current!,
    last: () => last,
    workspace: () => files!,
    edit,
    priced: async (model, chosen) => (await onTarget(chosen)).models.find((compiled) => compiled.model.name === model),
    readDevices,
    compiled: (model) => {
      const found = current?.models.find((compiled) => compiled.model.name === model);
      if (!found) throw new Error(`${model} has errors`);
      return found;
    },
  };
}

export function edits(list: readonly TextEdit[]): readonly Edit[] {
  return list.filter(({ span }) => span.file === FILE).map(({ span, text }) => ({ from: span.start, to: span.end, insert: text }));
}

function problemOf({ code, severity, message, label, span, notes, fixes }: Diagnostic, length: number): Problem {
  return {
    from: Math.min(span.start, length),
    to: Math.min(Math.max(span.end, span.start), length),
    severity,
    code,
    message: label === undefined ? message : `${message}: ${label}`,
    notes: [...notes.map(({ message: said }) => said), ...fixes.filter((fix) => fix.edits.length === 0).map(({ title }) => title)],
    fixes: fixes.flatMap(({ title, edits: list }) => (list.length > 0 && list.every((edit) => edit.span.file === FILE) ? [{ title, edits: edits(list) }] : [])),
  };
}

function costsOf(compiled: CompiledModel, network: ModelCosts["network"], remarks: readonly string[]): ModelCosts {
  const { model, cost, prices } = compiled;
  const sides = (list: CompiledModel["model"]["graph"]["inputs"] | CompiledModel["model"]["graph"]["outputs"]): string => list.map(({ name, tensor }) => `${name} ${tensor.shape ? showShape(tensor.shape) : "?"}`).join(", ");
  const groups = (level: Exclude<Level, "layer">): readonly Row[] =>
    groupBy(cost, level).map(({ path, layers, blocks, output, params, macs, weights }) => ({ path, what: blocks ? `${blocks.count} × ${blocks.name}` : layers.length === 1 ? layers[0].op : `${layers.length} layers`, shape: showShape(output), params, macs, weights, from: placeOf(layers[0]) }));
  return {
    name: model.name,
    doc: model.graph.doc,
    inputs: sides(model.graph.inputs),
    outputs: sides(model.graph.outputs),
    ...figuresOf(cost),
    peak: cost.peak.path ?? "the inputs",
    remarks,
    rows: {
      stage: groups("stage"),
      block: groups("block"),
      layer: cost.layers.map((layer) => ({ path: layer.path, what: layer.op, shape: showShape(layer.outputs[0] ?? []), params: layer.params, macs: layer.macs, weights: layer.weights, from: placeOf(layer) })),
    },
    network,
    edges: edgesOf(model.graph),
    targets: prices.map(targetFigures),
  };
}

function edgesOf(graph: CompiledModel["model"]["graph"]): ModelCosts["edges"] {
  const makers = new Map(graph.inputs.map(({ name, tensor }) => [tensor.id, name]));
  const edges: [string, string][] = [];
  for (const { path, inputs, outputs } of prune(graph).nodes) {
    for (const { id } of inputs) if (makers.has(id)) edges.push([makers.get(id)!, path]);
    for (const { id } of outputs) makers.set(id, path);
  }
  return edges;
}

function placeOf({ trail }: LayerCost): number | undefined {
  for (let at: LayerCost["trail"] | undefined = trail; at; at = at.parent) if (at.span.file === FILE) return at.span.start;
  return undefined;
}

export function targetFigures(price: DevicePrice): TargetFigures {
  const { target, weights, activations, memory, ram, flash, latency, energy } = price;
  const { device, profile } = target;
  const of = (has: { readonly value: number } | undefined): string => (has ? `of ${binaryBytes(has.value)}` : "");
  const named = (name: string, estimate: Estimate | undefined): readonly string[] => estimate?.doubts.map((doubt) => `${name}: ${doubt}`) ?? [];
  const known = new Set(latency?.doubts);
  return {
    shown: target.shown,
    title: device.title,
    profile: profileText(profile),
    rows: [
      { name: "Latency", value: latency ? seconds(latency.value) : "unknown", note: latency ? band(latency, seconds) : "no published run would tell" },
      { name: "Energy", value: energy ? joules(energy.value) : "unknown", note: energy ? band(energy, joules) : "the power is not known" },
      { name: "RAM", value: binaryBytes(ram.value), note: of(device.ram) },
      { name: "Flash", value: binaryBytes(flash.value), note: of(device.flash) },
      { name: "Arena", value: binaryBytes(memory.arena), note: memory.arena === memory.bound ? "the least there can be" : `at least ${binaryBytes(memory.bound)}` },
      { name: "Weights", value: binaryBytes(weights), note: grouped(weights) },
      { name: "Activations", value: binaryBytes(activations), note: "at once, nothing in place" },
    ],
    doubts: [...named("RAM", ram), ...named("Flash", flash), ...named("Latency", latency), ...(energy ? named("Energy", { ...energy, doubts: energy.doubts.filter((doubt) => !known.has(doubt)) }) : [])],
    sources: usedFigures(target).map(({ what, source, verified }) => `${what}: ${source}${verified ? "" : " (unverified)"}`),
    latency: latency?.value,
  };
}

function band({ low, high }: Estimate, shown: (value: number) => string): string {
  return high === Infinity ? "no band is known" : low === high ? "" : `${shown(low)} to ${shown(high)}`;
}
