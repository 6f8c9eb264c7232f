/** From a syntax tree to typed graphs: finds the models of a file and expands them. */
import { checkUnusedBody } from "../checks/unused-bodies.ts";
import { diagnostic, type Diagnostic, type Report } from "../diagnostics/diagnostic.ts";
import { limited, SHOWN_LIMIT } from "../diagnostics/limit.ts";
import { suggest } from "../diagnostics/suggest.ts";
import type { Arg, Body, File, Model as ModelDeclaration, Statement } from "../syntax/ast.ts";
import { span } from "../source.ts";
import type { FileScope, Program } from "./domains.ts";
import { evaluate } from "./evaluate.ts";
import { instantiate, type NamedTarget } from "./instantiate.ts";
import type { Model } from "./model.ts";
import { fileScopes } from "./names.ts";
import { newRun, rootFrame } from "./scope.ts";

export type { NamedTarget } from "./instantiate.ts";
export type { Program } from "./domains.ts";

export interface Selection {
  /** A model's name; without it, every model of the file that can be made without arguments. */
  readonly model?: string;
  readonly args?: readonly Arg[];
  /** Input sizes by input name, without the batch, that replace the file's. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>;
  /** In place of the targets that models name. */
  readonly targets?: readonly NamedTarget[];
  /** Budgets beside those of the models, and aims in their place. */
  readonly facts?: readonly Statement[];
  /** Keeps what each statement of the file made: `Model.trace`. */
  readonly trace?: boolean;
}

export interface Elaborated {
  readonly models: readonly Model[];
  readonly diagnostics: readonly Diagnostic[];
}

export function elaborate(program: Program, entry: string, selection: Selection = {}): Elaborated {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const report = (d: Diagnostic) => {
    const key = `${d.code} ${d.span.file} ${d.span.start} ${d.span.end} ${d.message}`;
    if (!seen.has(key) && diagnostics.length <= SHOWN_LIMIT) diagnostics.push(d);
    seen.add(key);
  };
  const scopeOf = fileScopes(program, report);
  const file = program.file(entry);
  if (!file) return { models: [], diagnostics };
  const scope = scopeOf(file);
  const models: Model[] = [];
  const expanded = new Set<Body>();
  for (const declaration of chosen(scope, selection, report)) {
    const model = instantiate({ program, scopeOf, report, declaration, file: scope, args: selection.args ?? [], inputs: selection.inputs ?? {}, targets: selection.targets ?? [], facts: selection.facts ?? [], expanded, overrides: {}, trace: selection.trace ?? false });
    if (model) models.push(model);
  }
  if (selection.model === undefined) checkUnused(program, scope, scopeOf, expanded, report);
  return { models, diagnostics: limited(diagnostics) };
}

/** What no model expanded is read for misspelt names all the same, and what no model used is evaluated: a file may hold devices alone. */
function checkUnused(program: Program, file: FileScope, scopeOf: (file: File) => FileScope, expanded: ReadonlySet<Body>, report: Report): void {
  const run = newRun({ report, program, scopeOf });
  for (const declaration of file.file.declarations) {
    if (declaration.kind === "let") evaluate({ kind: "name", name: declaration.name.name, span: declaration.name.span }, rootFrame(run, file));
    if (declaration.kind === "let" || !declaration.body || expanded.has(declaration.body)) continue;
    checkUnusedBody(declaration.params, declaration.body, rootFrame(run, file));
  }
}

function chosen(scope: FileScope, selection: Selection, report: (d: Diagnostic) => void): readonly ModelDeclaration[] {
  const own = scope.file.declarations.filter((d): d is ModelDeclaration => d.kind === "model" && scope.declarations.get(d.name.name)?.declaration === d);
  const { model } = selection;
  if (model === undefined) return own.filter((m) => m.params.every((p) => p.default));
  const found = own.find((m) => m.name.name === model);
  if (found) return [found];
  const names = own.map((m) => m.name.name);
  const near = suggest(model, names);
  const notes = near !== undefined ? [{ message: `did you mean \`${near}\`?` }] : names.length > 0 ? [{ message: `the file has ${names.map((n) => `\`${n}\``).join(", ")}` }] : [];
  report(diagnostic("unknown-model", span(scope.file.uri, 0, 0), { name: model }, { notes }));
  return [];
}
