/** Why a checkpoint is refused: the first difference in graph order, tensors without a place, or two ways to bind. */
import { diagnostic, type Diagnostic, type Note } from "../../../compiler/diagnostics/diagnostic.ts";
import type { Graph, Node, Trail } from "../../../compiler/ir/graph.ts";
import { showShape } from "../../../compiler/ir/shape.ts";
import type { Role, Weight } from "../../../compiler/ir/weight.ts";
import { span, type Span } from "../../../compiler/source.ts";
import type { TensorInfo } from "../safetensors.ts";
import { inOrder, type Classes, type ShapeClass } from "./kernels.ts";
import { readings, type Layout } from "./layout.ts";
import { tensorsOf, type Module } from "./modules.ts";
import type { Order } from "./order.ts";
import type { KernelTarget } from "./targets.ts";

/** The first layer whose kernel the file lacks; where none is lacking, the kernels that are too many. */
export function kernelDifference(graph: Graph, file: string, { classes, misfits, layout }: Classes, order: Order): Diagnostic {
  const spare = [...misfits, ...classes.filter(({ modules, targets }) => modules.length > targets.length).flatMap(({ modules }) => modules)];
  const lacking = classes
    .filter(({ modules, targets }) => modules.length < targets.length)
    .map((one) => firstLacking(one, spare, layout, order))
    .sort((a, b) => a.target.at - b.target.at);
  if (lacking.length === 0) return leftover(graph, file, (misfits.length > 0 ? misfits : spare).map(({ tensors }) => tensors.kernel!));
  const { target, nearest } = lacking[0];
  const kernel = nearest?.tensors.kernel;
  const more = classes.reduce((count, { modules, targets }) => count + Math.max(0, targets.length - modules.length), 0) - 1;
  return diagnostic(
    "missing-weights",
    inModel(target.node),
    { file, weight: target.weight.name, shape: showShape(target.weight.shape), what: "kernel of this shape", ...(kernel ? { nearest: { name: kernel.name, shape: showShape(kernel.shape) } } : {}) },
    { notes: [...further(more), ...(more === 0 && isLast(target, classes) ? classHint(target, nearest, layout) : [])] },
  );
}

/** Where the model's own file calls for a layer, which a block of another file may make. */
function inModel({ trail }: Node): Span {
  let root: Trail = trail;
  while (root.parent) root = root.parent;
  let own: Trail = trail;
  while (own.parent && own.span.file !== root.span.file) own = own.parent;
  return own.span;
}

/** Which of a class's layers goes without, as far as names tell: the one in whose place a kernel of another shape stands. */
function firstLacking({ modules, targets }: ShapeClass, spare: readonly Module[], layout: Layout, order: Order): { readonly target: KernelTarget; readonly nearest: Module | undefined } {
  const distances = spare.map((module) => ({ module, distance: distance(readings(module.tensors.kernel!.shape, layout)[0], targets[0].shape) }));
  const nearest = distances.reduce<(typeof distances)[number] | undefined>((best, one) => (best && best.distance <= one.distance ? best : one), undefined)?.module;
  const sorted = nearest && modules.length + 1 === targets.length ? inOrder([...modules, nearest], order) : undefined;
  return { target: targets[sorted && nearest ? sorted.indexOf(nearest) : 0], nearest };
}

/** How far apart two kernels are: the sum of the logarithms of their sides' quotients. */
function distance(a: readonly number[] | undefined, b: readonly number[]): number {
  if (!a) return Infinity;
  return b.reduce((sum, side, i) => sum + Math.abs(Math.log(Math.max(1, a[i]) / Math.max(1, side))), 0);
}

function isLast(target: KernelTarget, classes: readonly ShapeClass[]): boolean {
  return !classes.some(({ targets }) => targets.some(({ after }) => after.includes(target)));
}

/** Where only the number of classes differs, the argument that mends it. */
function classHint(target: KernelTarget, nearest: Module | undefined, layout: Layout): readonly Note[] {
  const shape = nearest && readings(nearest.tensors.kernel!.shape, layout)[0];
  if (!shape || shape[0] === target.shape[0] || shape.some((side, i) => i > 0 && side !== target.shape[i])) return [];
  const background = shape[0] === target.shape[0] + 1 ? ", one more for \"background\"" : "";
  return [{ message: `the file has ${shape[0]} outputs here, the network ${target.shape[0]}${background}: if these are its classes, give the model \`classes=${shape[0]}\`` }];
}

function further(count: number): readonly Note[] {
  return count > 0 ? [{ message: `${count} more ${count === 1 ? "layer has" : "layers have"} no kernel of their shape` }] : [];
}

const roleNames: Readonly<Record<Role, string>> = { weight: "kernel", bias: "bias", scale: "scale", mean: "mean", var: "variance", slope: "slope" };

/** The first weight, in graph order, that nothing stands for. */
export function missing(graph: Graph, file: string, names: ReadonlySet<string>, left: readonly TensorInfo[]): Diagnostic {
  const [{ node, weight }] = graph.nodes.flatMap((node) => node.weights.filter(({ name }) => names.has(name)).map((weight) => ({ node, weight })));
  const nearest = nearestVector(weight, left);
  const rest = names.size - 1;
  return diagnostic(
    "missing-weights",
    inModel(node),
    { file, weight: weight.name, shape: showShape(weight.shape), what: `${roleNames[weight.role]} for it`, ...(nearest ? { nearest: { name: nearest.name, shape: showShape(nearest.shape) } } : {}) },
    { notes: rest > 0 ? [{ message: `${rest} more ${rest === 1 ? "weight has" : "weights have"} none` }] : [] },
  );
}

function nearestVector(weight: Weight, left: readonly TensorInfo[]): TensorInfo | undefined {
  const size = weight.shape[0];
  const off = ({ shape }: TensorInfo): number => Math.abs(Math.log(Math.max(1, ...shape) / size)) + (shape.length === weight.shape.length ? 0 : 100);
  return left.reduce<TensorInfo | undefined>((best, one) => (best && off(best) <= off(one) ? best : one), undefined);
}

export function leftover(graph: Graph, file: string, tensors: readonly TensorInfo[]): Diagnostic {
  const shown = tensors.slice(0, 5).map(({ name, shape }) => `\`${name}\` ${showShape(shape)}`);
  const all = tensors.length > 5 ? `${shown.join(", ")} and ${tensors.length - 5} more` : shown.join(", ");
  return diagnostic("leftover-weights", span(file, 0, 0), { file, tensors: all, network: graph.name });
}

export function ambiguous(file: string, modules: readonly Module[], places: readonly { readonly name: { readonly text: string } }[]): Diagnostic {
  const [first, second] = modules.map((module) => (module.tensors.kernel ?? tensorsOf(module)[0])?.name ?? module.name.text);
  const shown = places.slice(0, 4).map(({ name }) => `\`${name.text.replaceAll("/", ".")}\``);
  return diagnostic("ambiguous-weights", span(file, 0, 0), { file, first, second, places: places.length > 4 ? `${shown.join(", ")} …` : shown.join(", ") });
}
