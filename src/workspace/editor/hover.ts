/** What an editor shows of the word under the pointer: what it is, and what the layer there makes and costs. */
import { binaryBytes, grouped } from "../../compiler/analyse/format-figures.ts";
import type { Node } from "../../compiler/ir/graph.ts";
import { elements, showShape } from "../../compiler/ir/shape.ts";
import { span as spanOf, type Span } from "../../compiler/source.ts";
import type { Expr } from "../../compiler/syntax/ast.ts";
import { glossary } from "../glossary.ts";
import { modelText, namedText } from "./describe.ts";
import type { Named } from "./named.ts";
import { mentionAt, namesOf } from "./names.ts";
import { macsOf, placesOf, type KnownPlaces, type Place } from "./places.ts";
import { layerStatements } from "./statements.ts";
import { pathTo } from "./tree.ts";
import type { View } from "./view.ts";

export interface Hover {
  readonly span: Span;
  /** Markdown. */
  readonly text: string;
}

export function hoverAt(view: View, offset: number, last?: KnownPlaces): Hover | undefined {
  const names = namesOf(view.workspace, view.file, view.snapshot);
  const mention = mentionAt(names, offset);
  const figures = figuresAt(view, offset, mention?.named, last);
  if (mention) {
    const { named, span } = mention;
    const word = named.span === undefined && (named.kind === "constant" || named.kind === "column" || named.kind === "word") ? meaningOf(named.name) : undefined;
    const value = named.kind === "parameter" ? valueText(view, named) : undefined;
    // What this one costs first: a window may show no more than a few lines.
    const parts = [figures, namedText(view, named, names.callable(named)), word, value];
    return { span, text: parts.filter((part) => part !== undefined && part !== "").join("\n\n") };
  }
  const span = wordAt(view, offset);
  const meaning = span && meaningOf(view.source.text.slice(span.start, span.end));
  const text = [meaning, figures].filter((part) => part !== undefined).join("\n\n");
  return text === "" ? undefined : { span: span ?? spanOf(view.uri, offset, offset), text };
}

/** What a word of the language itself means. */
function meaningOf(name: string): string | undefined {
  if (!Object.hasOwn(glossary, name)) return undefined;
  const { kind, text, example } = glossary[name];
  return `**${name}**, a ${kind}: ${text}${example === undefined ? "" : `\n\n\`\`\`lwm\n${example}\n\`\`\``}`;
}

function wordAt({ source, uri }: View, offset: number): Span | undefined {
  const { text } = source;
  let start = offset;
  let end = offset;
  while (start > 0 && /\w/.test(text[start - 1])) start--;
  while (end < text.length && /\w/.test(text[end])) end++;
  return start < end ? spanOf(uri, start, end) : undefined;
}

/** What a model's parameter is, where one model of the file says. */
function valueText({ snapshot }: View, { param, name }: Named): string | undefined {
  const owner = snapshot.models.find(({ model }) => model.file === param?.span.file && model.params.some((p) => p.name === name));
  const shown = owner?.model.params.find((p) => p.name === name)?.shown;
  return owner && shown !== undefined && shown.length <= 80 ? `\`${shown}\` in ${owner.model.name}` : undefined;
}

/** What a layer, a line or a model costs. */
function figuresAt(view: View, offset: number, named: Named | undefined, last: KnownPlaces | undefined): string | undefined {
  if (named?.kind === "model" && named.declaration) {
    const compiled = view.snapshot.models.find(({ model }) => model.span.file === named.span?.file && model.span.start === named.span.start);
    return compiled && modelText(compiled);
  }
  const places = placesOf(view, last);
  const statement = named?.statement?.span;
  const own = statement && statement.file === view.uri ? places.get(`${statement.start}:${statement.end}`) : undefined;
  if (own) return workText(view, own, own.nodes);
  const line = layerStatements(view.file).findLast(({ span }) => span.start <= offset && offset <= span.end);
  const place = line && places.get(`${line.span.start}:${line.span.end}`);
  if (!place) return undefined;
  if (line.row) return workText(view, place, place.nodes);
  for (const node of [...pathTo(view.file, offset)].reverse()) {
    if (node.kind !== "name" && node.kind !== "call") continue;
    const expr = node as Expr;
    // Under the pointer is what is called, not one of its arguments.
    if (expr.kind === "call" && offset > expr.callee.span.end) return undefined;
    // The layers of a table are made by its rows.
    const nodes = expr.kind === "call" && expr.body?.kind === "table" ? place.nodes : place.nodes.filter((made) => madeBy(made, expr.span));
    if (nodes.length > 0) return workText(view, place, nodes);
  }
  return undefined;
}

function madeBy({ trail }: Node, { file, start, end }: Span): boolean {
  for (let at: Node["trail"] | undefined = trail; at; at = at.parent) if (at.span.start === start && at.span.end === end && at.span.file === file) return true;
  return false;
}

function workText({ snapshot }: View, { model, shape, times, nodes: all }: Place, nodes: readonly Node[]): string | undefined {
  const made = nodes.length === all.length ? shape : nodes[nodes.length - 1]?.outputs[0]?.shape;
  if (!made) return undefined;
  const seen = new Set<string>();
  let params = 0;
  let macs = 0;
  for (const node of nodes) {
    macs += macsOf(node);
    for (const weight of node.weights) {
      if (weight.trainable && !seen.has(weight.name)) params += elements(weight.shape);
      seen.add(weight.name);
    }
  }
  const paths = new Set(nodes.map(({ path }) => path));
  const layers = snapshot.models.find((compiled) => compiled.model.name === model)?.cost.layers.filter(({ path }) => paths.has(path)) ?? [];
  const weights = layers.reduce((sum, layer) => sum + layer.weights, 0);
  const facts = [...(macs > 0 ? [`${grouped(macs)} MACs`] : []), ...(params > 0 ? [`${grouped(params)} params`] : []), ...(weights > 0 ? [`${binaryBytes(weights)} of weights`] : []), `output ${binaryBytes(4 * elements(made))}`];
  const where = `in ${model}${times > 1 ? `, the first of ${times} uses` : ""}`;
  const path = nodes.length === 1 ? `  \n\`${nodes[0].path}\`` : nodes.length > 1 ? `  \n${nodes.length} layers` : "";
  return `**${showShape(made)}** ${where}  \n${facts.join(" · ")}${path}`;
}
