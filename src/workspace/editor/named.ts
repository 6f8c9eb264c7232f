/** What has a name, and where names stand. */
import type { Span } from "../../compiler/source.ts";
import type { Body, Declaration, Ident, Param, Statement } from "../../compiler/syntax/ast.ts";
import type { Callable } from "./callables.ts";

/** Something that has a name. */
export interface Named {
  /** The same for all mentions of the same thing. */
  readonly key: string;
  readonly kind: NamedKind;
  readonly name: string;
  /** The name where it is declared; undefined for what is built in. */
  readonly span: Span | undefined;
  readonly declaration?: Declaration;
  readonly param?: Param;
  readonly statement?: Statement;
  /** What a call of it calls, where it is a value or a label. */
  readonly calls?: Named | undefined;
  /** The callable that a parameter, a column or a word belongs to. */
  readonly of?: string;
  readonly doc?: string;
}

export type NamedKind = "model" | "block" | "device" | "value" | "parameter" | "label" | "input" | "output" | "shared" | "variable" | "operator" | "function" | "record" | "word" | "metric" | "side" | "column" | "constant";

export interface Mention {
  readonly span: Span;
  readonly named: Named;
  /** This is where it gets its name. */
  readonly declares: boolean;
  /** It stands inside a string. */
  readonly quoted?: true;
}

/** Where a body's name can be seen. */
export interface Binding {
  readonly named: Named;
  readonly from: number;
  readonly to: number;
}

export function keyOf({ file, start }: Span): string {
  return `${file}:${start}`;
}

export function builtIn(kind: NamedKind, name: string, extra: Partial<Named> = {}): Named {
  return { key: `${kind} ${extra.of === undefined ? "" : `${extra.of}.`}${name}`, kind, name, span: undefined, ...extra };
}

export function declaredAs(kind: NamedKind, { name, span }: Ident, extra: Partial<Named> = {}): Named {
  return { key: keyOf(span), kind, name, span, ...extra };
}

export function topLevel(declaration: Declaration): Named {
  const kind = declaration.kind !== "let" ? declaration.kind : declaration.value.kind === "call" && declaration.value.callee.kind === "name" && declaration.value.callee.name === "device" ? "device" : "value";
  return declaredAs(kind, declaration.name, { declaration, ...(declaration.doc === undefined ? {} : { doc: declaration.doc }) });
}

export const SIDES: readonly string[] = ["channels", "height", "width", "shape"];

/** Labels of a body, those of its `if`s among them, which name into the same scope. */
export function labelsOf(body: Body): readonly Named[] {
  return body.statements.flatMap((statement): readonly Named[] => {
    if (statement.kind === "label") return [declaredAs("label", statement.label, { statement })];
    if (statement.kind !== "expr" || statement.value.kind !== "if") return [];
    return [statement.value.then, statement.value.else].flatMap((branch) => (branch?.kind === "body" ? labelsOf(branch) : []));
  });
}

function facts(name: string, parameters: readonly (readonly [string, string, readonly string[], string])[]): Callable {
  return {
    kind: "function",
    name,
    doc: undefined,
    source: undefined,
    parameters: parameters.map(([of, type, options, doc]) => ({ name: of, type, default: undefined, doc, options, required: false, role: undefined, span: undefined, param: undefined })),
    tensors: undefined,
    takesBody: false,
    scales: false,
  };
}

/** What `input name(…)` takes. */
export const INPUT: Callable = facts("input", [
  ["scale", "scaling", [], "the sides are scaled by its resolution"],
  ["order", "rgb | bgr | gray", ["rgb", "bgr", "gray"], "the channels of a picture"],
  ["mean", "list", [], "subtracted from each channel of a picture, on 0…255"],
  ["std", "list", [], "by which each channel of a picture is divided then"],
]);

/** What `output name(…)` takes. */
export const OUTPUT: Callable = facts("output", [
  ["labels", "string", [], "the list of classes that the output scores"],
  ["offset", "int", [], "the index of the list's first class"],
]);
