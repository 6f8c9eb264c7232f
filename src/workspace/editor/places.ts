/** What every statement and table row of a file makes: its shape and what it costs, read off one pass over what was expanded. */
import type { Execution, Model, Trace } from "../../compiler/elaborate/model.ts";
import type { Node } from "../../compiler/ir/graph.ts";
import { elements, type Shape } from "../../compiler/ir/shape.ts";
import type { Span } from "../../compiler/source.ts";
import type { Snapshot } from "../workspace.ts";
import { within } from "./tree.ts";
import type { View } from "./view.ts";

export interface Work {
  readonly params: number;
  readonly macs: number;
}

/** A statement or a table's row, as the first model that reaches it makes it, or the model whose body it stands in. */
export interface Place {
  readonly span: Span;
  readonly model: string;
  /** Of the tensor that its first execution leaves. */
  readonly shape: Shape | undefined;
  /** Of its first execution. */
  readonly first: Work;
  /** Of all of them. */
  readonly all: Work;
  /** How often the model executes it. */
  readonly times: number;
  /** The layers of its first execution. */
  readonly nodes: readonly Node[];
}

/** Places by where they stand, `start:end`. */
export type Places = ReadonlyMap<string, Place>;

/** A file's places and the text that they are of, to fall back on while the text is broken. */
export interface KnownPlaces {
  readonly text: string;
  readonly places: Places;
}

export function placeKey({ start, end }: Span): string {
  return `${start}:${end}`;
}

const known = new WeakMap<Snapshot, Places>();

/** @param last what was known of the file before; it holds where the text up to the end of a place is still the same */
export function placesOf(view: View, last?: KnownPlaces): Places {
  const { snapshot, source } = view;
  let places = known.get(snapshot);
  if (!places) known.set(snapshot, (places = gather(view)));
  if (!last || last.text === source.text || !isBroken(view)) return places;
  const same = commonStart(last.text, source.text);
  const missing = [...last.places].filter(([key, { span }]) => span.end < same && !places.get(key)?.shape);
  return missing.length === 0 ? places : new Map([...places, ...missing]);
}

/** Whether the compiler could not make something of the file. */
export function isBroken({ snapshot }: View): boolean {
  return snapshot.broken.length > 0 || snapshot.diagnostics.some(({ severity, span, code }) => severity === "error" && span.file === snapshot.entry && code !== "budget-exceeded");
}

function commonStart(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return i;
}

function gather({ file, snapshot }: View): Places {
  const places = new Map<string, Place>();
  const models = [...snapshot.models.map(({ model }) => model), ...snapshot.broken].sort((a, b) => a.span.start - b.span.start);
  const bodies = new Map<string, Span>();
  for (const declaration of file.declarations) if (declaration.kind === "model" && declaration.body) bodies.set(declaration.name.name, declaration.body.span);
  for (const model of models) {
    const own = bodies.get(model.name);
    const executions = new Map<string, Execution[]>();
    for (const execution of model.trace?.executions ?? []) {
      const key = placeKey(execution.span);
      const list = executions.get(key);
      const before = places.get(key);
      if (list) list.push(execution);
      else if (!before || (own && within(execution.span, own) && before.model !== model.name)) executions.set(key, [execution]);
    }
    if (executions.size > 0) for (const [key, list] of executions) places.set(key, placeOf(model, list));
  }
  return places;
}

const sums = new WeakMap<Trace, Sums>();

function placeOf({ name, trace }: Model, executions: readonly Execution[]): Place {
  const { nodes } = trace!;
  let known = sums.get(trace!);
  if (!known) sums.set(trace!, (known = runningSums(nodes)));
  const { params, macs } = known;
  const work = executions.map(({ first, end }): Work => ({ params: params[end] - params[first], macs: macs[end] - macs[first] }));
  const [{ span, shape, first, end }] = executions;
  const all = work.reduce((sum, each) => ({ params: sum.params + each.params, macs: sum.macs + each.macs }));
  return { span, model: name, shape, first: work[0], all, times: executions.length, nodes: nodes.slice(first, end) };
}

interface Sums {
  readonly params: Float64Array;
  readonly macs: Float64Array;
}

/** What the first i nodes cost together. Weights that layers share count at the first of them. */
function runningSums(nodes: readonly Node[]): Sums {
  const params = new Float64Array(nodes.length + 1);
  const macs = new Float64Array(nodes.length + 1);
  const seen = new Set<string>();
  for (const [i, node] of nodes.entries()) {
    params[i + 1] = params[i] + paramsOf(node, seen);
    macs[i + 1] = macs[i] + macsOf(node);
  }
  return { params, macs };
}

function paramsOf({ weights }: Node, seen: Set<string>): number {
  let sum = 0;
  for (const { name, trainable, shape } of weights) {
    if (!trainable || seen.has(name)) continue;
    seen.add(name);
    sum += elements(shape);
  }
  return sum;
}

export function macsOf({ op, inputs, outputs, attrs }: Node): number {
  if (!op.macs) return 0;
  const from: Shape[] = [];
  for (const { shape } of inputs) if (shape) from.push(shape);
  const to: Shape[] = [];
  for (const { shape } of outputs) if (shape) to.push(shape);
  return from.length === inputs.length && to.length === outputs.length ? op.macs(from, to, attrs) : 0;
}
