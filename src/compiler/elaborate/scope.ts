/** Where names, paths and the current tensor live while a model is expanded. */
import { graphBuilder, type Trail } from "../ir/graph.ts";
import type { Span } from "../source.ts";
import type { Frame, ModelFacts, PathScope, SharedUse, TensorValue, Value, Elaboration, FileScope } from "./domains.ts";

export const NO_VALUES: readonly Value[] = [];

/** Nested uses of blocks, and everything else that could go on for ever, end at these. Each message states its limit. */
export const LIMITS = { depth: 64, nodes: 20_000, steps: 500_000 } as const;

/** A run that has not begun. */
export function newRun(own: Pick<Elaboration, "program" | "scopeOf" | "report"> & Partial<Elaboration>): Elaboration {
  return { builder: graphBuilder(), steps: 0, mistakes: 0, stopped: false, sizesRead: false, lets: new Map(), inputs: {}, expanded: new Set(), ...own };
}

/** The frame of a model's own body, or of a check that needs one. */
export function rootFrame(run: Elaboration, file: FileScope, model?: ModelFacts): Frame {
  return { run, file, parent: undefined, signature: undefined, params: NO_VALUES, names: undefined, input: undefined, it: undefined, scope: pathScope(""), trail: undefined, defaults: new Map(), depth: 0, model };
}

export function pathScope(prefix: string, weightPrefix = prefix, shared?: SharedUse): PathScope {
  return { prefix, weightPrefix, used: undefined, labels: undefined, shared };
}

/** A segment that no one else below this scope has: `conv`, then `conv_2`. */
export function segment(scope: PathScope, name: string): string {
  const used = (scope.used ??= new Map<string, number>());
  let count = used.get(name) ?? 0;
  let own = name;
  while (used.has(own)) own = `${name}_${++count}`;
  used.set(name, Math.max(count, 1));
  used.set(own, Math.max(used.get(own) ?? 0, 1));
  return own;
}

/** Where this body bound a name first; undefined where that was no statement and no parameter. */
export function boundAt(frame: Frame, name: string): Span | undefined {
  return frame.places?.get(name) ?? frame.signature?.byName.get(name)?.param?.name.span;
}

/** Binds a name in a frame; false if the body has bound it already. */
export function bindName(frame: Frame, name: string, value: Value): boolean {
  const names = (frame.names ??= new Map<string, Value>());
  if (names.has(name) || frame.signature?.byName.has(name)) return false;
  names.set(name, value);
  return true;
}

/** Makes a labelled tensor reachable by its path. */
export function bindLabel(scope: PathScope, name: string, value: TensorValue): void {
  (scope.labels ??= new Map<string, TensorValue>()).set(name, value);
}

export function below(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}

/** A scope of its own below this one. */
export function childScope(scope: PathScope, name: string): PathScope {
  const own = segment(scope, name);
  return pathScope(below(scope.prefix, own), below(scope.weightPrefix, own), scope.shared);
}

/** A frame for a body written inside another: names are looked up outwards, the tensor and the paths are given. */
export function innerFrame(parent: Frame, changes: { readonly it: Value | undefined; readonly scope?: PathScope; readonly trail?: Trail | undefined; readonly defaults?: Frame["defaults"]; readonly depth?: number; readonly model?: ModelFacts | undefined }): Frame {
  return {
    run: parent.run,
    file: parent.file,
    parent,
    signature: undefined,
    params: NO_VALUES,
    names: undefined,
    input: parent.input,
    it: changes.it,
    scope: changes.scope ?? parent.scope,
    trail: "trail" in changes ? changes.trail : parent.trail,
    defaults: changes.defaults ?? parent.defaults,
    depth: changes.depth ?? parent.depth,
    model: changes.model,
  };
}

/** A local name's value, looked up outwards; undefined if no body around binds it. */
export function local(frame: Frame, name: string): Value | undefined {
  for (let at: Frame | undefined = frame; at; at = at.parent) {
    const value = at.names?.get(name);
    if (value !== undefined) return value;
    const parameter = at.signature?.byName.get(name);
    // While defaults are evaluated, later parameters have no value yet.
    if (parameter && parameter.index < at.params.length) return at.params[parameter.index];
  }
  return undefined;
}
