/** Everything that can be called, as an editor shows it: its parameters in order, with types, defaults and what is said of them. */
import { builtins } from "../../compiler/elaborate/builtins.ts";
import { RECORDS, type RecordName } from "../../compiler/elaborate/device-records.ts";
import type { Attribute, Op } from "../../compiler/ir/op.ts";
import { findOp } from "../../compiler/ops/index.ts";
import type { Span } from "../../compiler/source.ts";
import type { Block, Model, Param } from "../../compiler/syntax/ast.ts";
import type { Workspace } from "../workspace.ts";

export interface Parameter {
  readonly name: string;
  /** As the language writes it: `channels`, `same | half`. */
  readonly type: string;
  readonly default: string | undefined;
  readonly doc: string | undefined;
  /** Words that may stand for it. */
  readonly options: readonly string[];
  readonly required: boolean;
  /** `first`, `ramp` */
  readonly role: string | undefined;
  /** The name where it is declared. */
  readonly span: Span | undefined;
  readonly param: Param | undefined;
}

export interface Callable {
  readonly kind: "operator" | "block" | "model" | "function" | "record";
  readonly name: string;
  readonly doc: string | undefined;
  /** Specification or paper. */
  readonly source: string | undefined;
  readonly parameters: readonly Parameter[];
  /** Tensors that a call takes first: `a, b, …`. */
  readonly tensors: string | undefined;
  readonly takesBody: boolean;
  /** Takes `scale=…`. */
  readonly scales: boolean;
}

export const PADDING_WORDS: readonly string[] = ["same", "half", "valid"];

/** An operator, a function or a part of a device; undefined where there is none of that name. */
export function builtInCallable(name: string): Callable | undefined {
  const op = findOp(name);
  if (op) return operator(op);
  if (Object.hasOwn(builtins, name)) return builtin(name);
  return Object.hasOwn(RECORDS, name) ? record(name as RecordName) : undefined;
}

function operator(op: Op): Callable {
  const parameters = Object.entries(op.attributes).map(([name, attribute]): Parameter => ({
    name,
    type: attribute.options ? attribute.options.join(" | ") : attribute.type === "ints" ? "[int]" : attribute.type,
    default: attribute.default === undefined ? undefined : valueText(attribute.default),
    doc: attribute.doc,
    options: wordsOf(attribute),
    required: attribute.default === undefined && !attribute.optional,
    role: undefined,
    span: undefined,
    param: undefined,
  }));
  const tensors = op.atOnce && op.inputs.length > 0 ? `${op.inputs.join(", ")}${op.variadic ? ", …" : ""}` : undefined;
  return { kind: "operator", name: op.name, doc: op.doc, source: op.source, parameters, tensors, takesBody: false, scales: Object.values(op.attributes).some(({ type }) => type === "channels") };
}

function wordsOf({ type, options }: Attribute): readonly string[] {
  return options ?? (type === "padding" ? PADDING_WORDS : type === "bool" ? ["true", "false"] : []);
}

function valueText(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 2 && value[0] === value[1] ? String(value[0]) : `[${value.join(", ")}]`;
}

function builtin(name: string): Callable {
  const { params, required, doc, signature } = builtins[name];
  const parameters = params.map((param, i): Parameter => ({
    name: param,
    type: param === "list" ? "list" : param === "truncate" ? "bool" : "float",
    default: new RegExp(`\\b${param}=([^,)]+)`).exec(signature)?.[1],
    doc: undefined,
    options: [],
    required: i < required,
    role: undefined,
    span: undefined,
    param: undefined,
  }));
  return { kind: "function", name, doc, source: undefined, parameters, tensors: undefined, takesBody: false, scales: false };
}

function record(name: RecordName): Callable {
  const { doc, fields } = RECORDS[name];
  const parameters = Object.entries(fields).map(([key, field]): Parameter => ({
    name: key,
    type: takesText(field.takes),
    default: undefined,
    doc: field.doc,
    options: typeof field.takes === "object" && "word" in field.takes ? field.takes.word : field.takes === "flag" ? ["true", "false"] : [],
    required: field.required === true,
    role: undefined,
    span: undefined,
    param: undefined,
  }));
  return { kind: "record", name, doc, source: undefined, parameters, tensors: undefined, takesBody: false, scales: false };
}

function takesText(takes: (typeof RECORDS)[RecordName]["fields"][string]["takes"]): string {
  if (takes === "text") return "string";
  if (takes === "flag") return "bool";
  if ("word" in takes) return takes.word.join(" | ");
  if ("list" in takes) return `[${takes.list}]`;
  return "figure" in takes ? takes.figure : takes.bare;
}

/** A block's or a model's own. */
export function declaredCallable(workspace: Workspace, declaration: Block | Model): Callable {
  const text = workspace.source(declaration.span.file)?.text ?? "";
  const of = (span: Span): string => text.slice(span.start, span.end).replace(/\s+/g, " ");
  const parameters = declaration.params.map((param): Parameter => {
    const { name, type, range, default: otherwise, role } = param;
    return {
      name: name.name,
      type: `${of(type.span)}${range ? ` ${of(range.span)}` : ""}`,
      default: otherwise && of(otherwise.span),
      doc: undefined,
      options: type.kind === "enum" ? type.options.map((option) => option.name) : type.kind !== "named" ? [] : type.name === "padding" ? PADDING_WORDS : type.name === "bool" ? ["true", "false"] : [],
      required: otherwise === undefined && name.name !== "body",
      role,
      span: name.span,
      param,
    };
  });
  const takesBody = declaration.kind === "block" && parameters.some(({ name }) => name === "body");
  return {
    kind: declaration.kind,
    name: declaration.name.name,
    doc: declaration.doc,
    source: undefined,
    parameters,
    tensors: undefined,
    takesBody,
    scales: declaration.kind === "block" && parameters.some(({ type }) => type === "channels") && !parameters.some(({ name }) => name === "scale"),
  };
}

/** `first stride: pair = 1` */
export function parameterText({ role, name, type, default: otherwise }: Parameter): string {
  return `${role ? `${role} ` : ""}${name}: ${type}${otherwise === undefined ? "" : ` = ${otherwise}`}`;
}

/** `conv(out: channels, kernel: pair = 3)`, with the place of each parameter in it. */
export function signatureText(callable: Callable): { readonly text: string; readonly places: readonly (readonly [number, number])[] } {
  let text = `${callable.name}(${callable.tensors ?? ""}`;
  const places: (readonly [number, number])[] = [];
  for (const parameter of callable.parameters) {
    if (!text.endsWith("(")) text += ", ";
    const shown = parameterText(parameter);
    places.push([text.length, text.length + shown.length]);
    text += shown;
  }
  return { text: `${text})`, places };
}
