/** Texts in memory as a program, with the standard library around them, for tests. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../src/compiler/diagnostics/diagnostic.ts";
import { elaborate, type Elaborated, type Program, type Selection } from "../src/compiler/elaborate/index.ts";
import type { Model } from "../src/compiler/elaborate/model.ts";
import { classLists } from "../src/workspace/labels.ts";
import { parse } from "../src/compiler/syntax/parse.ts";
import type { Declaration, File } from "../src/compiler/syntax/ast.ts";

const root = join(import.meta.dirname, "..");

/** Every `.lwm` file below a folder of the project, sorted. */
export function lwmFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".lwm"))
    .sort()
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
}

export function readProject(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

interface Library {
  readonly files: ReadonlyMap<string, File>;
  readonly names: ReadonlyMap<string, { readonly declaration: Declaration; readonly file: File }>;
}

let library: Library | undefined;

function standardLibrary(): Library {
  if (library) return library;
  const files = new Map<string, File>();
  const names = new Map<string, { readonly declaration: Declaration; readonly file: File }>();
  for (const uri of lwmFiles("stdlib")) {
    const { file, diagnostics } = parse({ uri, text: readProject(uri) });
    if (diagnostics.length > 0) throw new Error(`${uri}: ${diagnostics[0].message}`);
    files.set(uri, file);
    for (const declaration of file.declarations) names.set(declaration.name.name, { declaration, file });
  }
  return (library = { files, names });
}

/** A program of the given texts by name; imports are by name too. Syntax errors come with the diagnostics. */
export function programOf(texts: Readonly<Record<string, string>>): { readonly program: Program; readonly syntax: readonly Diagnostic[] } {
  const lib = standardLibrary();
  const files = new Map<string, File>(lib.files);
  const syntax: Diagnostic[] = [];
  for (const [uri, text] of Object.entries(texts)) {
    const parsed = parse({ uri, text });
    files.set(uri, parsed.file);
    syntax.push(...parsed.diagnostics);
  }
  const program: Program = {
    file: (uri) => files.get(uri),
    resolve: (from, path) => (path.startsWith("./") ? join(from, "..", path).replaceAll("\\", "/") : path),
    library: (name) => lib.names.get(name),
    libraryNames: () => lib.names.keys(),
    isLibrary: (uri) => lib.files.has(uri),
    classLists,
  };
  return { program, syntax };
}

export function elaborateText(text: string, selection: Selection = {}, others: Readonly<Record<string, string>> = {}): Elaborated {
  const { program, syntax } = programOf({ "test.lwm": text, ...others });
  const { models, diagnostics } = elaborate(program, "test.lwm", selection);
  return { models, diagnostics: [...syntax, ...diagnostics] };
}

/** The only model of a text that has no mistakes. */
export function modelOf(text: string, selection: Selection = {}): Model {
  const { models, diagnostics } = elaborateText(text, selection);
  const errors = diagnostics.filter((d) => d.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((d) => `${d.code}: ${d.message}`).join("\n"));
  if (models.length !== 1) throw new Error(`${models.length} models`);
  return models[0];
}

/** A model of the standard library: `MobileNetV2`, `MobileNetV2(width=0.35)`. */
export function libraryModel(call: string): Model {
  return modelOf(`model Chosen = ${call.includes("(") ? call : `${call}()`}`);
}

/** `code: message` of each, as a reader would list them. */
export function listed(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map((d) => `${d.code}: ${d.message}`);
}
