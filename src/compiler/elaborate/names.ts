/** What a name means: locals first, then the file and its imports, the library, the operators, the functions. */
import { diagnostic, type Report } from "../diagnostics/diagnostic.ts";
import { suggest } from "../diagnostics/suggest.ts";
import type { Declaration, File, Param } from "../syntax/ast.ts";
import { ops } from "../ops/index.ts";
import { builtins } from "./builtins.ts";
import type { FileScope, Frame, Program } from "./domains.ts";
import { boundBefore } from "./report.ts";

export interface Declared {
  readonly declaration: Declaration;
  readonly file: FileScope;
}

/** Makes the top level of files, each once, and reports imports that lead nowhere or in a circle, and names bound twice. */
export function fileScopes(program: Program, report: Report): (file: File) => FileScope {
  const made = new Map<string, FileScope>();
  const open: string[] = [];
  const scopeOf = (file: File): FileScope => {
    const known = made.get(file.uri);
    if (known) return known;
    const declarations = new Map<string, Declared>();
    const missing = new Set<string>();
    const scope: FileScope = { file, declarations, missing, looked: new Map() };
    made.set(file.uri, scope);
    open.push(file.uri);
    for (const declaration of file.declarations) {
      const { name, span } = declaration.name;
      const first = declarations.get(name);
      if (first) report(diagnostic("duplicate-name", span, { name }, boundBefore(first.declaration.name.span)));
      else declarations.set(name, { declaration, file: scope });
      if (declaration.kind !== "let") checkParams(declaration.params, report);
    }
    for (const { names, from } of file.imports) {
      if (!from) continue;
      const uri = program.resolve(file.uri, from.value);
      const at = open.indexOf(uri);
      if (at >= 0) {
        report(diagnostic("import-cycle", from.span, { cycle: [...open.slice(at), uri].join(" → ") }));
        continue;
      }
      const target = program.file(uri);
      if (!target) {
        report(diagnostic("import-not-found", from.span, { path: from.value }));
        for (const { name } of names) missing.add(name);
        continue;
      }
      const exported = scopeOf(target);
      for (const ident of names) {
        const own = exported.declarations.get(ident.name);
        const first = declarations.get(ident.name);
        if (own && first) report(diagnostic("duplicate-name", ident.span, { name: ident.name }, boundBefore(first.declaration.name.span)));
        else if (own) declarations.set(ident.name, own);
        else {
          missing.add(ident.name);
          const near = suggest(ident.name, exported.declarations.keys());
          const fixes = near === undefined ? [] : [{ title: `did you mean \`${near}\`?`, edits: [{ span: ident.span, text: near }] }];
          report(diagnostic("unknown-import", ident.span, { name: ident.name, path: from.value }, { fixes }));
        }
      }
    }
    open.pop();
    return scope;
  };
  return scopeOf;
}

function checkParams(params: readonly Param[], report: Report): void {
  for (const [i, { name }] of params.entries()) {
    const first = params.findIndex((other) => other.name.name === name.name);
    if (first < i) report(diagnostic("duplicate-name", name.span, { name: name.name }, boundBefore(params[first].name.span)));
  }
}

/** A declaration by name, as this file sees it: its own, its imports', the library's. */
export function declared(frame: Frame, name: string, scopeOf: (file: File) => FileScope): Declared | undefined {
  const { declarations, looked } = frame.file;
  const known = looked.get(name);
  if (known !== undefined) return known ?? undefined;
  const own = declarations.get(name);
  const found = own ? undefined : frame.run.program.library(name);
  const result = own ?? (found && { declaration: found.declaration, file: scopeOf(found.file) });
  looked.set(name, result ?? null);
  return result;
}

/** Every name that would have meant something here, for suggestions. */
export function* visibleNames(frame: Frame): Iterable<string> {
  for (let at: Frame | undefined = frame; at; at = at.parent) {
    if (at.names) yield* at.names.keys();
    if (at.signature) yield* at.signature.byName.keys();
  }
  for (const [name, { declaration }] of frame.file.declarations) if (declaration.kind !== "model") yield name;
  yield* Object.keys(ops);
  yield* frame.run.program.libraryNames();
  yield* Object.keys(builtins);
  yield* ["identity", "in", "it", "true", "false", "default"];
}
