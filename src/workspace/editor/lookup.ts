/** What names mean at the top of a file, and what calls of them take. */
import { builtins } from "../../compiler/elaborate/builtins.ts";
import { RECORDS } from "../../compiler/elaborate/device-records.ts";
import { findOp } from "../../compiler/ops/index.ts";
import type { Expr } from "../../compiler/syntax/ast.ts";
import type { Workspace } from "../workspace.ts";
import { builtInCallable, declaredCallable, type Callable } from "./callables.ts";
import { builtIn, topLevel, type Named } from "./named.ts";

export interface Lookups {
  /** The file's own declarations, its imports, the library, operators, functions. */
  readonly lookUpIn: (uri: string, name: string) => Named | undefined;
  readonly callable: (named: Named | undefined) => Callable | undefined;
}

/** Remembers what it has looked up; made anew whenever a text changes. */
export function lookups(workspace: Workspace): Lookups {
  const looked = new Map<string, Named | undefined>();

  const lookUpIn = (uri: string, name: string): Named | undefined => {
    const key = `${uri}\n${name}`;
    if (!looked.has(key)) looked.set(key, find(uri, name));
    return looked.get(key);
  };

  const find = (uri: string, name: string): Named | undefined => {
    const from = workspace.file(uri);
    const own = from?.declarations.find((d) => d.name.name === name);
    if (own) return topLevel(own);
    for (const { names, from: path } of from?.imports ?? []) {
      if (!path || !names.some((ident) => ident.name === name)) continue;
      const imported = workspace.file(workspace.resolve(uri, path.value))?.declarations.find((d) => d.name.name === name);
      if (imported) return topLevel(imported);
    }
    const library = workspace.library.uriOf(name);
    const declared = library === undefined ? undefined : workspace.file(library)?.declarations.find((d) => d.name.name === name);
    if (declared) return topLevel(declared);
    if (findOp(name)) return builtIn("operator", name);
    if (Object.hasOwn(builtins, name)) return builtIn("function", name);
    return Object.hasOwn(RECORDS, name) ? builtIn("record", name) : undefined;
  };

  /** What a value is a call of, in the file that it is written in. */
  const calleeOf = (value: Expr, resolve: (name: string) => Named | undefined): Named | undefined => {
    switch (value.kind) {
      case "name":
        return resolve(value.name);
      case "call":
        return calleeOf(value.callee, resolve);
      case "paren":
        return calleeOf(value.inner, resolve);
      case "binary":
        return value.op === "*" ? calleeOf(value.left, resolve) : undefined;
      case "chain":
        return calleeOf(value.links[value.links.length - 1], resolve);
      default:
        return undefined;
    }
  };

  const callable = (named: Named | undefined, depth = 0): Callable | undefined => {
    if (!named || depth > 16) return undefined;
    if (named.kind === "operator" || named.kind === "function" || named.kind === "record") return builtInCallable(named.name);
    const { declaration } = named;
    if (declaration?.kind === "model" && declaration.params.length === 0 && declaration.value) {
      const base = calleeOf(declaration.value, (name) => lookUpIn(declaration.span.file, name));
      const found = base && base.key !== named.key ? callable(base, depth + 1) : undefined;
      if (found) return { ...found, name: named.name, doc: named.doc };
    }
    if (declaration && declaration.kind !== "let") return declaredCallable(workspace, declaration);
    if (declaration) return callable(calleeOf(declaration.value, (name) => lookUpIn(declaration.span.file, name)), depth + 1);
    return callable(named.calls, depth + 1);
  };

  return { lookUpIn, callable: (named) => callable(named) };
}
