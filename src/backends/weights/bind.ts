/**
 * Binding: the weights of a network out of any checkpoint of the same network, whatever framework wrote it. Names, layouts, and the place of
 * batch norms may differ; the network may not. Every layer must find its tensors and every tensor its layer, in one way only; what
 * cannot be told is refused, never guessed. Nothing depends on the order of the file's tensors.
 */
import { diagnostic, type Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { sameShape } from "../../compiler/ir/shape.ts";
import { span } from "../../compiler/source.ts";
import { classesOf, matchKernels } from "./bind/kernels.ts";
import { layersOf } from "./bind/layers.ts";
import { modulesOf, tensorsOf, type Module, type Modules } from "./bind/modules.ts";
import { orderOf, type Order } from "./bind/order.ts";
import { ambiguous, kernelDifference, leftover, missing } from "./bind/refusal.ts";
import { targetsOf, type KernelTarget, type VectorTarget } from "./bind/targets.ts";
import { boundStore, notFinite, tensorsIn, type Made } from "./bind/values.ts";
import { attach, type Attached, type Place } from "./bind/vectors.ts";
import { isTrainingState } from "./bind/words.ts";
import { elementCount } from "./dtype.ts";
import type { TensorInfo, WeightFile } from "./safetensors.ts";
import type { WeightStore } from "./store.ts";

/** What a weight was made of. */
export interface BoundTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** The file's tensors; none for numbers that the file leaves unsaid. */
  readonly from: readonly string[];
  /** What was done to them; empty where they were only copied. */
  readonly how: string;
}

export interface Bound {
  /** Under the network's own names and layouts, read and converted at each `get`; absent where a diagnostic is an error. */
  readonly store: WeightStore | undefined;
  /** In graph order. */
  readonly report: readonly BoundTensor[];
  /** Tensors that are no weights of a network, by their names. */
  readonly ignored: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface BindOptions {
  /** Reads every tensor once to warn of values that are not finite. True unless said. */
  readonly values?: boolean;
}

/** @param file what diagnostics call the checkpoint */
export function bind(graph: Graph, source: WeightFile, file: string, { values = true }: BindOptions = {}): Bound {
  const has = (name: string): boolean => source.tensors.has(name);
  const sorted = [...source.tensors.values()].filter(({ dtype }) => dtype !== "C64").sort((a, b) => (a.name < b.name ? -1 : 1));
  const ignored = sorted.filter(({ name }) => isTrainingState(name, has));
  const tensors = sorted.filter((info) => !ignored.includes(info));
  const said = ignored.length === 0 ? [] : [diagnostic("ignored-weights", span(file, 0, 0), { file, count: ignored.length, tensors: listed(ignored) })];
  const made = ownNames(graph, tensors) ?? match(graph, tensors, file);
  const names = ignored.map(({ name }) => name);
  if (!("made" in made)) return { store: undefined, report: [], ignored: names, diagnostics: [...said, ...made.refusals] };
  const wrong = values ? tensors.flatMap((info) => finiteness(info, source, file)) : [];
  return {
    store: boundStore(made.made, source),
    report: made.made.map(({ weight, source: from, how }) => ({ name: weight.name, shape: weight.shape, from: tensorsIn(from), how })),
    ignored: names,
    diagnostics: [...said, ...made.warnings, ...wrong],
  };
}

type Outcome = { readonly made: readonly Made[]; readonly warnings: readonly Diagnostic[] } | { readonly refusals: readonly Diagnostic[] };

/** The file's tensors as they are, where they have the network's own names and shapes. */
function ownNames(graph: Graph, tensors: readonly TensorInfo[]): Outcome | undefined {
  const byName = new Map(tensors.map((info) => [info.name, info]));
  const made = new Map<string, Made>();
  for (const weight of graph.nodes.flatMap((node) => node.weights)) {
    const from = byName.get(weight.name);
    if (!from || !sameShape(from.shape, weight.shape)) return undefined;
    made.set(weight.name, { weight, source: { kind: "tensor", from, permutation: undefined }, how: "" });
  }
  return made.size === tensors.length ? { made: [...made.values()], warnings: [] } : undefined;
}

function match(graph: Graph, tensors: readonly TensorInfo[], file: string): Outcome {
  const refuse = (...refusals: readonly Diagnostic[]): Outcome => ({ refusals });
  const targets = targetsOf(graph);
  const grouped = modulesOf(tensors);
  const { modules } = grouped;
  const kernels = modules.filter(({ kind }) => kind === "kernel");
  const sorted = classesOf(kernels, targets.kernels);
  const whole = sorted.classes.filter((one) => one.modules.length === one.targets.length);
  const matched = matchKernels(whole, modules, sorted.layout, targets);
  if (whole.length < sorted.classes.length || sorted.misfits.length > 0) return refuse(kernelDifference(graph, file, sorted, matched.order));
  for (const { modules: alike, targets: places } of matched.open) return refuse(ambiguous(file, untold(alike, matched.order), places));

  const moduleOf = new Map<KernelTarget, Module>([...matched.found].map(([module, target]) => [target, module]));
  const placed = new Map<Module, number>([...matched.found].map(([module, { at }]) => [module, at]));
  const reliedOn = new Set<string>();
  const kernelOf = (host: KernelTarget) => moduleOf.get(host);
  const orderWith = (found: ReadonlyMap<Module, Place>) => orderOf(modules, new Map([...placed, ...[...found].map(([module, { at }]) => [module, at] as const)]), targets.needs, reliedOn);

  const vectors = new Map<VectorTarget, Module>();
  const rows: { readonly modules: readonly Module[]; readonly targets: readonly Pick<Place, "name">[] }[] = [...matched.ordered];
  for (const kind of ["norm", "affine", "slope"] as const) {
    const items = modules.filter((module) => module.kind === kind).map((module) => ({ module, size: sizeOf(module) }));
    const attached = attach(items, targets.vectors.filter((target) => target.kind === kind), kernelOf, orderWith, targets.needs);
    const pair = undecided(attached.open);
    if (pair) return refuse(ambiguous(file, pair.modules, pair.places));
    rows.push(...attached.ordered);
    for (const [module, target] of attached.found) {
      vectors.set(target, module);
      placed.set(module, target.at);
    }
  }
  const biases = loneBiases(grouped, targets.kernels, targets.vectors, moduleOf, (items, places) => attach(items, places, kernelOf, orderWith, targets.needs));
  if (biases.open) return refuse(ambiguous(file, biases.open.modules, biases.open.places));
  rows.push(...biases.ordered);
  if (rows.length > 0 && !(matched.order.holds(placed) && orderWith(new Map()).holds(placed))) return refuse(ambiguous(file, rows[0].modules, rows[0].targets));

  const { made, missing: lacking } = layersOf({ layout: sorted.layout, kernels: moduleOf, vectors, biases: biases.found, targets });
  const sized = made.filter(({ source, weight }) => source.kind === "fill" || elementCount(source.from.shape) === elementCount(weight.shape));
  const used = new Set(sized.flatMap(({ source }) => tensorsIn(source)));
  const left = tensors.filter(({ name }) => !used.has(name));
  const unmade = new Set([...lacking, ...made.filter((one) => !sized.includes(one)).map(({ weight }) => weight)].map(({ name }) => name));
  if (unmade.size > 0) return refuse(missing(graph, file, unmade, left));
  if (left.length > 0) return refuse(leftover(graph, file, left));
  const assumed = sorted.assumed ? [diagnostic("assumed-weight-layout", span(file, 0, 0), { file, layout: sorted.layout.dense === "out-in" ? "[out, in]" : "[in, out]" })] : [];
  return { made, warnings: assumed };
}

/** Biases that stand apart from their kernels, in names or in sizes. */
function loneBiases(
  { modules }: Modules,
  kernels: readonly KernelTarget[],
  vectors: readonly VectorTarget[],
  moduleOf: ReadonlyMap<KernelTarget, Module>,
  attachTo: (items: readonly { module: Module; size: number }[], places: readonly BiasPlace[]) => Attached<BiasPlace>,
): { readonly found: ReadonlyMap<KernelTarget, TensorInfo>; readonly open: Undecided | undefined; readonly ordered: Attached<BiasPlace>["ordered"] } {
  const folds = new Set(vectors.filter(({ kind, direct }) => kind === "norm" && direct).map(({ host }) => host));
  const places = kernels
    .filter((target) => moduleOf.get(target)?.tensors.bias === undefined && (target.bias !== undefined || folds.has(target)))
    .map((host): BiasPlace => ({ at: host.at, size: host.node.attrs.out, name: host.name, host }));
  const items = modules.filter(({ kind }) => kind === "bias").map((module) => ({ module, size: sizeOf(module) }));
  const { found, open, ordered } = attachTo(items, places);
  return { found: new Map([...found].map(([module, { host }]) => [host, module.tensors.bias!])), open: undecided(open), ordered };
}

interface BiasPlace extends Place {
  readonly host: KernelTarget;
}

interface Undecided {
  readonly modules: readonly Module[];
  readonly places: readonly Place[];
}

/** Two modules that want the same places. */
function undecided(open: readonly { readonly module: Module; readonly candidates: readonly Place[] }[]): Undecided | undefined {
  for (const [i, one] of open.entries()) {
    const other = open.find(({ candidates }, j) => j > i && candidates.some((place) => one.candidates.includes(place)));
    if (other) return { modules: [one.module, other.module], places: one.candidates };
  }
  return undefined;
}

/** The first two of a class whose order the names do not tell. */
function untold(modules: readonly Module[], order: Order): readonly Module[] {
  for (const [i, one] of modules.entries()) {
    const other = modules.slice(i + 1).find((later) => !order.compare(one, later));
    if (other) return [one, other];
  }
  return modules;
}

/** Elements of a module's vectors. */
function sizeOf(module: Module): number {
  const { mean, scale, slope, bias } = module.tensors;
  return elementCount((mean ?? scale ?? slope ?? bias ?? tensorsOf(module)[0]).shape);
}

function finiteness(info: TensorInfo, source: WeightFile, file: string): readonly Diagnostic[] {
  const count = notFinite(info, source);
  return count === 0 ? [] : [diagnostic("non-finite-weights", span(file, 0, 0), { file, tensor: info.name, count })];
}

function listed(tensors: readonly TensorInfo[]): string {
  const shown = tensors.slice(0, 3).map(({ name }) => `\`${name}\``);
  return tensors.length > 3 ? `${shown.join(", ")} and ${tensors.length - 3} more` : shown.join(", ");
}
