/**
 * What expressions can be, what can be called, and the frames in which bodies are executed. They stand in one file since they hold each other: a layer keeps
 * the frame that it was written in, a frame the values of its names.
 */
import type { Device, DeviceTarget } from "../devices/device.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { GraphBuilder, GraphInput, GraphOutput, Tensor, Trail } from "../ir/graph.ts";
import type { Attribute, Op } from "../ir/op.ts";
import type { Span } from "../source.ts";
import type { Block, Body, Declaration, Expr, File, For, Param, Table } from "../syntax/ast.ts";
import type { Aim, Execution, InputShape, Limit } from "./model.ts";

/** Numbers, booleans and strings are JavaScript's; lists are arrays. */
export type Value = number | boolean | string | readonly Value[] | EnumValue | Quantity | TensorValue | Layer | Scaling | RangeValue | DeviceValue | RecordValue | Special;

/** A word out of a set that a parameter's type names: `keras`, `same`. */
export interface EnumValue {
  readonly kind: "enum";
  readonly word: string;
  /** The words that may stand in its place. */
  readonly options: readonly string[];
}

/** A number with a unit that is not a plain multiplier, in the base unit. */
export interface Quantity {
  readonly kind: "quantity";
  readonly value: number;
  readonly unit: "bytes" | "seconds" | "joules" | "watts" | "hertz";
}

/** A tensor, with the labels inside what made it (`backbone.stages[4]`). */
export interface TensorValue {
  readonly kind: "tensor";
  readonly tensor: Tensor;
  readonly scope: PathScope | undefined;
  readonly items: readonly TensorValue[] | undefined;
}

/** A function from tensor to tensor, with some arguments already given. */
export type Layer = OpLayer | BlockLayer | SequenceLayer | ChainLayer | ForLayer | RepeatLayer | TableLayer | SharedLayer | IdentityLayer;

/** An argument as written, before scaling; its span is where mistakes about it are shown. */
export interface Argument {
  readonly value: Value;
  readonly span: Span;
}
/** Arguments by their parameter's index, and the scaling that the call was given. */
export interface Arguments {
  readonly given: readonly (Argument | undefined)[];
  readonly scale: Argument | undefined;
}

interface LayerBase {
  readonly kind: "layer";
  /** The expression that made it. */
  readonly span: Span;
}
export interface OpLayer extends LayerBase {
  readonly form: "op";
  readonly op: Op;
  readonly args: Arguments;
}
export interface BlockLayer extends LayerBase {
  readonly form: "block";
  readonly block: Block;
  readonly file: FileScope;
  readonly args: Arguments;
  /** A trailing `{ … }`, where the block takes one. */
  readonly body: SequenceLayer | TableLayer | undefined;
}
/** `{ … }` and the frame that it was written in. */
export interface SequenceLayer extends LayerBase {
  readonly form: "sequence";
  readonly body: Body;
  readonly frame: Frame;
  /** For a trailing body: the scope that its layers' paths belong to. */
  readonly placed: PathScope | undefined;
}
/** `a -> b`, where a is a layer; later links are evaluated as the tensor arrives at them. */
export interface ChainLayer extends LayerBase {
  readonly form: "chain";
  readonly first: Layer;
  readonly rest: readonly Expr[];
  readonly frame: Frame;
}
export interface ForLayer extends LayerBase {
  readonly form: "for";
  readonly loop: For;
  readonly frame: Frame;
}
export interface RepeatLayer extends LayerBase {
  readonly form: "repeat";
  readonly layer: Layer;
  readonly count: number;
}
export interface TableLayer extends LayerBase {
  readonly form: "table";
  /** Undefined where a column `layer` names the layer of each row. */
  readonly head: Layer | undefined;
  readonly table: Table;
  readonly frame: Frame;
}
/** A layer whose weights are made once. */
export interface SharedLayer extends LayerBase {
  readonly form: "shared";
  readonly layer: Layer;
  readonly name: string;
  readonly weights: SharedWeights;
}
export interface SharedWeights {
  /** The path under which all uses know their weights. */
  readonly prefix: string;
  /** Shapes by weight name, from the first use. */
  known: Map<string, readonly number[]> | undefined;
}
export interface IdentityLayer extends LayerBase {
  readonly form: "identity";
}

/** Compound scaling: channels · width, repeats · depth, input sides · resolution. */
export interface Scaling {
  readonly kind: "scaling";
  readonly width: number;
  readonly depth: number;
  readonly resolution: number;
  readonly divisor: number;
  /** Cut to whole channels before rounding (Keras). */
  readonly truncate: boolean;
}

export interface RangeValue {
  readonly kind: "range";
  readonly low: number;
  readonly high: number;
}

/** A device, and which of its profiles was chosen by calling it; undefined for its first. */
export interface DeviceValue {
  readonly kind: "device";
  readonly device: Device;
  readonly profile: number | undefined;
}

/** What a call of `profile`, `cost`, `run`, `region`, `cited` or `unverified` gave, on its way into a device. */
export interface RecordValue {
  readonly kind: "record";
  readonly record: string;
  readonly entries: ReadonlyMap<string, unknown>;
}

/** `unknown`: a mistake was reported. `absent`: `default`, as if not given. `hole`: `?`. */
export interface Special {
  readonly kind: "unknown" | "absent" | "hole";
}

/** What a place wants: a parameter's type or an operator's attribute, in one form. */
export interface Wanted {
  readonly type: "channels" | "int" | "float" | "bool" | "string" | "layer" | "tensor" | "scaling" | "padding" | "pair" | "list" | "data" | "enum" | "any";
  readonly of?: Wanted;
  readonly options?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** The parameter's or attribute's name, for messages. */
  readonly name?: string;
}

export interface Parameter {
  readonly name: string;
  /** Its place among the positional arguments. */
  readonly index: number;
  readonly wanted: Wanted;
  /** The declaration, of a block's or model's. */
  readonly param: Param | undefined;
  /** The record, of an operator's. */
  readonly attribute: Attribute | undefined;
  /** The default's value where it is a plain literal. */
  readonly constant: Value | undefined;
}

/** What can be called, seen alike: operators, blocks and models have named parameters in an order. */
export interface Signature {
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly byName: ReadonlyMap<string, Parameter>;
  /** Whether `scale=…` on a call means compound scaling, not a parameter of that name. */
  readonly scales: boolean;
  /** Takes a trailing `{ … }`. */
  readonly takesBody: boolean;
}

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
