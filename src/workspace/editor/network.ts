/** A network by its blocks, for a picture beside the text: what each line makes, nested as the paths are. */
import { groupBy } from "../../compiler/analyse/group.ts";
import type { CompiledModel } from "../../compiler/compile.ts";
import type { Trail } from "../../compiler/ir/graph.ts";
import type { Shape } from "../../compiler/ir/shape.ts";
import type { Span } from "../../compiler/source.ts";
import type { View } from "./view.ts";

export interface NetworkPart {
  /** Below the part around it. */
  readonly name: string;
  readonly path: string;
  /** `mbconv`, or an operator. */
  readonly what: string;
  readonly shape: Shape;
  readonly params: number;
  readonly macs: number;
  /** Where the file makes it. */
  readonly span: Span | undefined;
  readonly parts: readonly NetworkPart[];
}

export interface Network {
  readonly model: string;
  readonly span: Span;
  readonly params: number;
  readonly macs: number;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape | undefined }[];
  readonly parts: readonly NetworkPart[];
}

export function networksOf(view: View): readonly Network[] {
  return view.snapshot.models.map((compiled) => networkOf(view, compiled));
}

function networkOf({ uri }: View, { model, cost }: CompiledModel): Network {
  const stages = groupBy(cost, "stage");
  const parts = stages.map(({ path, layers, blocks, output, params, macs }): NetworkPart => {
    const rows = groupBy({ ...cost, layers, params: cost.params }, "block");
    const inner = rows.length > 1 ? rows.map((row) => part(row.path, path, row.layers, uri)) : layers.length > 1 ? layers.map((layer) => leaf(layer, path, uri)) : [];
    const { span, name } = placeOf(layers, uri);
    return { name: path, path, what: blocks ? `${blocks.count} ${blocks.name}` : name, shape: output, params, macs, span, parts: inner };
  });
  return { model: model.name, span: model.span, params: cost.params, macs: cost.macs, inputs: model.graph.inputs.map(({ name, tensor }) => ({ name, shape: tensor.shape })), parts };
}

type Layers = CompiledModel["cost"]["layers"];

function part(path: string, above: string, layers: Layers, uri: string): NetworkPart {
  const { span, name } = placeOf(layers, uri);
  const sum = (key: "params" | "macs"): number => layers.reduce((total, layer) => total + layer[key], 0);
  return {
    name: below(path, above),
    path,
    what: name,
    shape: layers[layers.length - 1].outputs[0] ?? [],
    params: sum("params"),
    macs: sum("macs"),
    span,
    parts: layers.length > 1 ? layers.map((layer) => leaf(layer, path, uri)) : [],
  };
}

function leaf(layer: Layers[number], above: string, uri: string): NetworkPart {
  return { name: below(layer.path, above), path: layer.path, what: layer.op, shape: layer.outputs[0] ?? [], params: layer.params, macs: layer.macs, span: placeOf([layer], uri).span, parts: [] };
}

function below(path: string, above: string): string {
  return path.startsWith(`${above}.`) ? path.slice(above.length + 1) : path;
}

/** The innermost call in the file that all layers share, and the outermost call in it that they share there. */
function placeOf(layers: Layers, uri: string): { readonly span: Span | undefined; readonly name: string } {
  let common = callsOf(layers[0].trail);
  for (const { trail } of layers.slice(1)) {
    const calls = callsOf(trail);
    const same = common.findIndex((call, i) => calls[i]?.span.start !== call.span.start || calls[i].span.file !== call.span.file || calls[i].name !== call.name);
    if (same >= 0) common = common.slice(0, same);
  }
  const own = common.findLast(({ span }) => span.file === uri) ?? callsOf(layers[0].trail).findLast(({ span }) => span.file === uri);
  return { span: own?.span, name: common.at(-1)?.name ?? "" };
}

/** Outermost first. */
function callsOf(trail: Trail): readonly Trail[] {
  const calls: Trail[] = [];
  for (let at: Trail | undefined = trail; at; at = at.parent) calls.unshift(at);
  return calls;
}
