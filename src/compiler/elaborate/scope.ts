/** Where names, paths and the current tensor live while a model is expanded. */
import type { GraphBuilder, GraphInput, GraphOutput, Trail } from "../ir/graph.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { Body, Declaration, File } from "../syntax/ast.ts";
import type { Limit } from "./model.ts";
import type { Arguments, TensorValue, Value } from "./values.ts";

/** Nested uses of blocks, and everything else that could go on for ever, end at these. Each message states its limit. */
export const LIMITS = { depth: 64, nodes: 100_000, steps: 2_000_000, models: 64 } as const;

/** What one run of the elaborator shares. */
export interface Elaboration {
  readonly builder: GraphBuilder;
  readonly report: Report;
  /** Counts expressions and applications; at the limit the run is abandoned. */
  steps: number;
  /** Set when a limit was hit and reported: the rest is skipped silently. */
  stopped: boolean;
  readonly program: Program;
  readonly scopeOf: (file: File) => FileScope;
  /** Values of `let`s of files, by file and name. */
  readonly lets: Map<FileScope, Map<string, Value | "pending">>;
  /** Input sizes that replace the file's. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Bodies that were expanded, by any model of the file. */
  readonly expanded: Set<Body>;
}

/** The files that a model may draw on. */
export interface Program {
  readonly file: (uri: string) => File | undefined;
  /** The file that an import means. */
  readonly resolve: (from: string, path: string) => string;
  /** Declarations that are in scope everywhere: the standard library's. */
  readonly library: (name: string) => { readonly declaration: Declaration; readonly file: File } | undefined;
  readonly libraryNames: () => Iterable<string>;
  /** Whether a file belongs to the library: diagnostics prefer places in files that do not. */
  readonly isLibrary: (uri: string) => boolean;
}

/** What a model's own statements gather. */
export interface ModelFacts {
  readonly inputs: GraphInput[];
  readonly outputs: GraphOutput[];
  readonly limits: Limit[];
}

/** A file's top level. */
export interface FileScope {
  readonly file: File;
  readonly declarations: ReadonlyMap<string, { readonly declaration: Declaration; readonly file: FileScope }>;
}

/** One execution of a body. */
export interface Frame {
  readonly run: Elaboration;
  readonly file: FileScope;
  /** The frame of the text around this body; undefined for a block's or model's own body. */
  readonly parent: Frame | undefined;
  readonly names: Map<string, Value>;
  /** The block's input. */
  readonly input: TensorValue | undefined;
  /** The current tensor, or the list that a `split` left. */
  it: Value | undefined;
  readonly scope: PathScope;
  readonly trail: Trail | undefined;
  /** Replaced defaults by operator or block. */
  defaults: ReadonlyMap<string, Arguments>;
  readonly depth: number;
  /** Set where inputs, outputs and budgets may be stated: in a model's body, outside its layers. */
  readonly model?: ModelFacts;
}

/** A prefix of paths, and the segments given out below it. */
export interface PathScope {
  readonly prefix: string;
  /** The prefix under which weights are known: another one inside a shared layer. */
  readonly weightPrefix: string;
  readonly used: Map<string, number>;
  readonly labels: Map<string, TensorValue>;
  /** Set within a shared layer: the names and shapes of its weights. */
  readonly shared?: { readonly known: Map<string, readonly number[]>; readonly making: boolean };
}

export function pathScope(prefix: string, weightPrefix = prefix, shared?: PathScope["shared"]): PathScope {
  return { prefix, weightPrefix, used: new Map(), labels: new Map(), ...(shared ? { shared } : {}) };
}

/** A segment that no one else below this scope has: `conv`, then `conv_2`. */
export function segment(scope: PathScope, name: string): string {
  const count = (scope.used.get(name) ?? 0) + 1;
  scope.used.set(name, count);
  if (count === 1) return name;
  const numbered = `${name}_${count}`;
  return scope.used.has(numbered) ? segment(scope, name) : (scope.used.set(numbered, 1), numbered);
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
export function innerFrame(parent: Frame, changes: { readonly it: Value | undefined; readonly scope?: PathScope; readonly trail?: Trail | undefined; readonly defaults?: Frame["defaults"]; readonly depth?: number; readonly model?: ModelFacts }): Frame {
  return {
    run: parent.run,
    file: parent.file,
    parent,
    names: new Map(),
    input: parent.input,
    it: changes.it,
    scope: changes.scope ?? parent.scope,
    trail: "trail" in changes ? changes.trail : parent.trail,
    defaults: changes.defaults ?? parent.defaults,
    depth: changes.depth ?? parent.depth,
    ...(changes.model ? { model: changes.model } : {}),
  };
}

/** A local name's value, looked up outwards; undefined if no body around binds it. */
export function local(frame: Frame, name: string): Value | undefined {
  for (let at: Frame | undefined = frame; at; at = at.parent) {
    const value = at.names.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
