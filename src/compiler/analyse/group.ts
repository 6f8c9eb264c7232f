/**
 * Costs by part of the network, read off the layers' paths. In `stages.2.0.expand_conv.conv2d`, row 2 of a table, repetition 0:
 *
 * - the block is `stages.2.0`: everything up to the innermost index. Without an index, the block is the stage.
 * - the stage is `stages.2`: everything up to the first index, and that index where another follows it (a table's row, whose repetitions are
 *   blocks). Without an index it is the first segment, or in a trunk, which has stages of its own, the first after the trunk's.
 *
 * A trunk is a path with indexed stages one segment below it, `backbone` of `backbone.stages.0`, or one that holds more than half of all layers.
 */
import type { Trail } from "../ir/graph.ts";
import type { Shape } from "../ir/shape.ts";
import type { Cost, LayerCost } from "./cost.ts";
import { SUMMED, type LayerFigures } from "./figures.ts";

export type Level = "layer" | "block" | "stage" | "model";

export interface GroupCost extends LayerFigures {
  /** Empty for the whole model. */
  readonly path: string;
  readonly layers: readonly LayerCost[];
  /** What is repeated here, how often: `{ name: "mbconv", count: 6 }`. */
  readonly blocks: { readonly name: string; readonly count: number } | undefined;
  /** Of its last layer. */
  readonly output: Shape;
}

/** In the order of the first layer of each. */
export function groupBy(cost: Cost, level: Level): readonly GroupCost[] {
  const pathOf = namer(cost.layers, level);
  const groups = new Map<string, LayerCost[]>();
  for (const layer of cost.layers) {
    const path = pathOf(layer.path);
    const group = groups.get(path);
    if (group) group.push(layer);
    else groups.set(path, [layer]);
  }
  return [...groups].map(([path, layers]) => total(path, layers));
}

function total(path: string, layers: readonly LayerCost[]): GroupCost {
  const sum = { params: 0, buffers: 0, macs: 0, flops: 0, weights: 0 };
  for (const layer of layers) for (const key of SUMMED) sum[key] += layer[key];
  return { path, layers, blocks: repeated(path, layers), output: layers[layers.length - 1].outputs[0] ?? [], ...sum };
}

function namer(layers: readonly LayerCost[], level: Level): (path: string) => string {
  if (level === "layer") return (path) => path;
  if (level === "model") return () => "";
  const trunks = trunksOf(layers);
  return level === "stage" ? (path) => stageOf(path, trunks) : (path) => blockOf(path) ?? stageOf(path, trunks);
}

/** The paths under which stages lie. */
function trunksOf(layers: readonly LayerCost[]): ReadonlySet<string> {
  const trunks = new Set<string>();
  for (const { path } of layers) {
    const segments = path.split(".");
    for (let i = firstIndex(segments) - 1; i > 0; i--) trunks.add(segments.slice(0, i).join("."));
  }
  for (let largest = largestPart(layers, ""); largest !== undefined; largest = largestPart(layers, largest)) trunks.add(largest);
  return trunks;
}

/** The path one segment below this one that holds more than half of all layers, and these in several named parts. */
function largestPart(layers: readonly LayerCost[], above: string): string | undefined {
  const start = above === "" ? "" : `${above}.`;
  const parts = new Map<string, string[]>();
  for (const { path } of layers) {
    if (!path.startsWith(start)) continue;
    const [part, ...rest] = path.slice(start.length).split(".");
    const below = parts.get(part);
    if (below) below.push(rest[0]);
    else parts.set(part, [rest[0]]);
  }
  for (const [part, below] of parts) {
    if (below.length > layers.length / 2 && !isIndex(part) && !below.some(isIndex) && new Set(below).size > 1) return start + part;
  }
  return undefined;
}

function stageOf(path: string, trunks: ReadonlySet<string>): string {
  const segments = path.split(".");
  const at = firstIndex(segments);
  if (at > 0) return segments.slice(0, isIndex(segments[at + 1]) ? at + 1 : at).join(".");
  let length = 1;
  while (length < segments.length && trunks.has(segments.slice(0, length).join("."))) length++;
  return segments.slice(0, length).join(".");
}

function blockOf(path: string): string | undefined {
  const segments = path.split(".");
  for (let i = segments.length - 1; i > 0; i--) if (isIndex(segments[i])) return segments.slice(0, i + 1).join(".");
  return undefined;
}

function firstIndex(segments: readonly string[]): number {
  return segments.findIndex(isIndex);
}

function isIndex(segment: string | undefined): boolean {
  return segment !== undefined && /^\d+$/.test(segment);
}

/** The repetitions directly under a path, and the name of what is repeated: of the table row's layer, else of the innermost call that is common to all. */
function repeated(path: string, layers: readonly LayerCost[]): GroupCost["blocks"] {
  const inside = layers.filter((layer) => layer.path.startsWith(`${path}.`) && isIndex(layer.path.slice(path.length + 1).split(".")[0]));
  const count = new Set(inside.map((layer) => layer.path.slice(path.length + 1).split(".")[0])).size;
  if (count === 0) return undefined;
  const calls = inside.map(({ trail }) => callsOf(trail));
  const row = calls[0].findLast((call) => call.row !== undefined);
  if (row) return { name: row.name, count };
  let common = calls[0];
  for (const other of calls) common = common.filter((call, i) => other[i] !== undefined && sameCall(call, other[i]));
  const name = common.at(-1)?.name;
  return name === undefined ? undefined : { name, count };
}

/** Outermost first. */
function callsOf(trail: Trail): readonly Trail[] {
  const calls: Trail[] = [];
  for (let at: Trail | undefined = trail; at; at = at.parent) calls.unshift(at);
  return calls;
}

function sameCall(a: Trail, b: Trail): boolean {
  return a.name === b.name && a.span.start === b.span.start && a.span.file === b.span.file;
}
