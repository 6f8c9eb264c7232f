/**
 * Expansions of the library's blocks, kept to be laid down again: the same block with the same values on the same shape makes the same
 * layers, whatever their place. So a network of fifty like blocks is worked out a few times, and hardly at all when it is edited and
 * expanded anew.
 *
 * Only blocks of the library are kept: they see nothing but the library, which does not change while it lives. An expansion is not kept where
 * it reports something, where it labels a table or a repetition, where it depends on more than plain values (a tensor, a layer with a body of
 * its own), or inside a shared layer.
 */
import { addCopy, copied, type Copied, type Node, type Tensor, type Trail } from "../ir/graph.ts";
import type { Block } from "../syntax/ast.ts";
import type { Arguments, Frame, Layer, PathScope, TensorValue, Value } from "./domains.ts";
import { below, bindLabel, pathScope } from "./scope.ts";
import { isKind, isList, isUnknown } from "./values.ts";

interface TemplateNode {
  /** Without its tensors, which would keep the whole network that it was made in. */
  readonly made: Copied;
  /** Below the block's own path. */
  readonly suffix: string;
  readonly inputs: readonly Place[];
  /** From the innermost call outwards, below the block's own. */
  readonly trail: readonly Trail[];
}

/** A tensor: which node's, -1 for the block's input, and which of its outputs. */
type Place = readonly [number, number];

/** Labels by which others reach tensors inside, and the labels inside what those name. */
type LabelTree = readonly { readonly name: string; readonly place: Place; readonly inside: LabelTree }[];

export interface Template {
  readonly nodes: readonly TemplateNode[];
  readonly result: Place;
  readonly labels: LabelTree;
  readonly steps: number;
  readonly sizesRead: boolean;
}

/** Templates of one block that are kept at most. */
const MOST = 1024;

const kept = new WeakMap<Block, Map<string, Template>>();
/** Blocks that were found not to be suited, so as not to try again. */
const unsuited = new WeakSet<Block>();

/** What an expansion depends on, as text; undefined where it cannot be kept. */
export function templateKey(block: Block, frame: Frame): string | undefined {
  const { run, scope, input, params, defaults } = frame;
  if (scope.shared || unsuited.has(block) || !run.program.isLibrary(block.span.file)) return undefined;
  const shape = input!.tensor.shape;
  const around = defaultsKey(defaults, run.program.isLibrary);
  if (!shape || around === undefined) return undefined;
  let key = `${shape.join("x")};${around}`;
  for (const value of params) {
    const part = keyOf(value, run.program.isLibrary);
    if (part === undefined) return undefined;
    key += `;${part}`;
  }
  return key;
}

export function findTemplate(block: Block, key: string): Template | undefined {
  return kept.get(block)?.get(key);
}

/** Keeps what the frame's block made: the builder's nodes from `first` on. */
export function keepTemplate(block: Block, key: string, frame: Frame, first: number, steps: number, sizesRead: boolean): void {
  const { run, scope, input, it, trail } = frame;
  if (it === undefined || !isKind(it, "tensor")) return;
  const made = run.builder.nodes.slice(first);
  const places = new Map<Tensor, Place>([[input!.tensor, [-1, 0]]]);
  for (const [i, node] of made.entries()) for (const output of node.outputs) places.set(output, [i, output.index]);
  const nodes: TemplateNode[] = [];
  for (const node of made) {
    const inputs = node.inputs.map((tensor) => places.get(tensor));
    const steps = trailBelow(node.trail, trail!);
    if (inputs.includes(undefined) || !steps || !node.path.startsWith(`${scope.prefix}.`)) return;
    nodes.push({ made: copied(node), suffix: node.path.slice(scope.prefix.length + 1), inputs: inputs as Place[], trail: steps });
  }
  const result = places.get(it.tensor);
  const labels = labelTree(scope, places);
  if (!labels) unsuited.add(block);
  if (!result || !labels) return;
  let templates = kept.get(block);
  if (!templates || templates.size >= MOST) kept.set(block, (templates = new Map()));
  templates.set(key, { nodes, result, labels, steps, sizesRead });
}

/** The labels of a scope; undefined where one names a table or a repetition, or a tensor from elsewhere. */
function labelTree(scope: PathScope | undefined, places: ReadonlyMap<Tensor, Place>): LabelTree | undefined {
  const tree: LabelTree[number][] = [];
  for (const [name, { tensor, scope: inner, items }] of scope?.labels ?? []) {
    const place = places.get(tensor);
    const inside = labelTree(inner, places);
    if (items || !place || !inside) return undefined;
    tree.push({ name, place, inside });
  }
  return tree;
}

function layLabels(tree: LabelTree, scope: PathScope, tensorOf: (place: Place) => Tensor): void {
  for (const { name, place, inside } of tree) {
    const inner = inside.length === 0 ? undefined : pathScope("");
    if (inner) layLabels(inside, inner, tensorOf);
    bindLabel(scope, name, { kind: "tensor", tensor: tensorOf(place), scope: inner, items: undefined });
  }
}

/** Lays the template's layers down below the frame's scope, and gives what they make of the input. */
export function layTemplate({ nodes, result, labels, steps, sizesRead }: Template, frame: Frame): TensorValue {
  const { run, scope, input, trail } = frame;
  run.steps += steps;
  run.sizesRead ||= sizesRead;
  const copies: Node[] = [];
  const tensorOf = ([node, output]: Place): Tensor => (node < 0 ? input!.tensor : copies[node].outputs[output]);
  for (const { made, suffix, inputs, trail: calls } of nodes) {
    let parent = trail;
    for (let i = calls.length - 1; i >= 0; i--) parent = { span: calls[i].span, name: calls[i].name, row: calls[i].row, parent };
    const tensors = inputs.length === 1 ? [tensorOf(inputs[0])] : inputs.map(tensorOf);
    copies.push(addCopy(run.builder, made, tensors, { path: below(scope.prefix, suffix), trail: parent! }));
  }
  layLabels(labels, scope, tensorOf);
  return { kind: "tensor", tensor: tensorOf(result), scope, items: undefined };
}

function trailBelow(trail: Trail, outer: Trail): readonly Trail[] | undefined {
  const calls: Trail[] = [];
  for (let at: Trail | undefined = trail; at; at = at.parent) {
    if (at === outer) return calls;
    calls.push(at);
  }
  return undefined;
}

const defaultsKeys = new WeakMap<Frame["defaults"], { readonly key: string | undefined }>();

function defaultsKey(defaults: Frame["defaults"], isLibrary: (uri: string) => boolean): string | undefined {
  let known = defaultsKeys.get(defaults);
  if (!known) {
    let key: string | undefined = "";
    for (const [name, args] of defaults) {
      const part = argumentsKey(args, isLibrary);
      key = key === undefined || part === undefined ? undefined : `${key}${name}(${part})`;
    }
    defaultsKeys.set(defaults, (known = { key }));
  }
  return known.key;
}

function argumentsKey({ given, scale }: Arguments, isLibrary: (uri: string) => boolean): string | undefined {
  let key = "";
  for (let i = 0; i <= given.length; i++) {
    const argument = i < given.length ? given[i] : scale;
    const part = argument ? keyOf(argument.value, isLibrary) : "";
    if (part === undefined) return undefined;
    key += `${part},`;
  }
  return key;
}

/** A plain value as text that differs for different values; undefined for what is not plain. */
function keyOf(value: Value, isLibrary: (uri: string) => boolean): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) {
    const parts = value.map((item) => keyOf(item, isLibrary));
    return parts.includes(undefined) ? undefined : `[${parts.join(",")}]`;
  }
  if (isUnknown(value) || isKind(value, "tensor") || isKind(value, "range")) return undefined;
  if (isKind(value, "enum")) return `'${value.word}`;
  if (isKind(value, "quantity")) return `${value.value}${value.unit}`;
  if (isKind(value, "scaling")) return `s${value.width},${value.depth},${value.resolution},${value.divisor},${value.truncate}`;
  if (isKind(value, "layer")) return layerKey(value, isLibrary);
  return value.kind === "absent" ? "-" : undefined;
}

function layerKey(layer: Layer, isLibrary: (uri: string) => boolean): string | undefined {
  if (layer.form === "identity") return "identity";
  if (layer.form !== "op" && (layer.form !== "block" || layer.body || !isLibrary(layer.block.span.file))) return undefined;
  const args = argumentsKey(layer.args, isLibrary);
  return args === undefined ? undefined : `${layer.form === "op" ? layer.op.name : `block ${layer.block.name.name}`}(${args})`;
}
