/** Where names, paths and the current tensor live while a model is expanded. */
import type { GraphBuilder, GraphInput, GraphOutput, Tensor, Trail } from "../ir/graph.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source.ts";
import type { Body, Declaration, File } from "../syntax/ast.ts";
import type { DeviceTarget } from "../devices/device.ts";
import type { Aim, Execution, Limit } from "./model.ts";
import type { InputShape } from "./input-sizes.ts";
import type { Signature } from "./signature.ts";
import type { Arguments, TensorValue, Value } from "./values.ts";

export const NO_VALUES: readonly Value[] = [];

/** Nested uses of blocks, and everything else that could go on for ever, end at these. Each message states its limit. */
export const LIMITS = { depth: 64, nodes: 20_000, steps: 500_000 } as const;

/** What one run of the elaborator shares. */
export interface Elaboration {
  readonly builder: GraphBuilder;
  readonly report: Report;
  /** Counts expressions and applications; at the limit the run is abandoned. */
  steps: number;
  /** Counts what was reported. */
  mistakes: number;
  /** Set when a limit was hit and reported: the rest is skipped silently. */
  stopped: boolean;
  /** Set when the size of a tensor was read, its channels aside: the expansion may hang on the inputs' sizes. */
  sizesRead: boolean;
  readonly program: Program;
  readonly scopeOf: (file: File) => FileScope;
  /** Values of `let`s of files, by file and name. */
  readonly lets: Map<FileScope, Map<string, Value | "pending">>;
  /** Names that were bound inside braces which are closed, and whether it was said that they are not known outside. */
  left?: Map<string, { readonly span: Span; told: boolean }>;
  /** Input sizes that replace the file's. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Bodies that were expanded, by any model of the file. */
  readonly expanded: Set<Body>;
  /** Where executions of the statements of this file are kept, if they are. */
  readonly trace?: { readonly file: string; readonly executions: Execution[] };
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
  /** The number of classes of a list of class names, where there is such a list; without this, lists are not looked at. */
  readonly classLists?: ReadonlyMap<string, number>;
}

/** What a model's own statements gather. */
export interface ModelFacts {
  readonly inputs: GraphInput[];
  /** How an input's shape is worked out, by its tensor. */
  readonly inputShapes: Map<Tensor, InputShape>;
  readonly outputs: GraphOutput[];
  readonly limits: Limit[];
  readonly targets: DeviceTarget[];
  readonly aims: Aim[];
}

/** A file's top level. */
export interface FileScope {
  readonly file: File;
  readonly declarations: ReadonlyMap<string, { readonly declaration: Declaration; readonly file: FileScope }>;
  /** Names of imports that led nowhere, which is reported where they are imported. */
  readonly missing: ReadonlySet<string>;
  /** What names that no body binds were found to mean here; null for none. */
  readonly looked: Map<string, { readonly declaration: Declaration; readonly file: FileScope } | null>;
}

/** One execution of a body. */
export interface Frame {
  readonly run: Elaboration;
  readonly file: FileScope;
  /** The frame of the text around this body; undefined for a block's or model's own body. */
  readonly parent: Frame | undefined;
  /** A block's own parameters and their values, by place. */
  readonly signature: Signature | undefined;
  readonly params: readonly Value[];
  /** What this body binds beside them; made with the first name. */
  names: Map<string, Value> | undefined;
  /** Where statements of this body bound them. */
  places?: Map<string, Span>;
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
  readonly model: ModelFacts | undefined;
}

/** A prefix of paths, and the segments given out below it. */
export interface PathScope {
  readonly prefix: string;
  /** The prefix under which weights are known: another one inside a shared layer. */
  readonly weightPrefix: string;
  used: Map<string, number> | undefined;
  labels: Map<string, TensorValue> | undefined;
  /** Set within a shared layer: the names and shapes of its weights. */
  readonly shared: SharedUse | undefined;
}

export interface SharedUse {
  readonly known: Map<string, readonly number[]>;
  /** The first use, which makes the weights. */
  readonly making: boolean;
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
