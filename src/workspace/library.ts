/** The standard library as the compiler meets it: files that are always in scope, and which of them declares a name. */
import type { Declaration, File } from "../compiler/syntax/ast.ts";
import type { Source } from "../compiler/source.ts";

/** What the library's files are called in diagnostics and reports: `lwm:blocks/conv.lwm`. */
export const LIBRARY_PREFIX = "lwm:";

export interface Library {
  /** Everything that it declares, sorted. */
  readonly names: readonly string[];
  /** The file that declares a name. */
  readonly uriOf: (name: string) => string | undefined;
  readonly file: (uri: string) => File | undefined;
  readonly source: (uri: string) => Source | undefined;
}

/** A library's index: each file's name under the library, and what it declares. Names of models come with a flag, since they can be compiled. */
export interface LibraryIndex {
  readonly files: readonly { readonly path: string; readonly models: readonly string[]; readonly others: readonly string[] }[];
}

/** A library whose files are read when first asked for. `path` is without the prefix. */
export function libraryOf(index: LibraryIndex, file: (path: string) => File | undefined, text: (path: string) => string | undefined): Library {
  const uris = new Map<string, string>();
  for (const { path, models, others } of index.files) {
    for (const name of models) uris.set(name, LIBRARY_PREFIX + path);
    for (const name of others) uris.set(name, LIBRARY_PREFIX + path);
  }
  const files = new Map<string, File | undefined>();
  const sources = new Map<string, Source | undefined>();
  const inLibrary = (uri: string): string | undefined => (uri.startsWith(LIBRARY_PREFIX) ? uri.slice(LIBRARY_PREFIX.length) : undefined);
  return {
    names: [...uris.keys()].sort(),
    uriOf: (name) => uris.get(name),
    file: (uri) => {
      const path = inLibrary(uri);
      if (path === undefined) return undefined;
      if (!files.has(uri)) files.set(uri, file(path));
      return files.get(uri);
    },
    source: (uri) => {
      const path = inLibrary(uri);
      if (path === undefined) return undefined;
      if (!sources.has(uri)) {
        const read = text(path);
        sources.set(uri, read === undefined ? undefined : { uri, text: read });
      }
      return sources.get(uri);
    },
  };
}

/** The library's files of devices. */
export function deviceFiles(library: Library): readonly string[] {
  return [...new Set(library.names.map((name) => library.uriOf(name)!))].filter((uri) => uri.startsWith(`${LIBRARY_PREFIX}devices/`)).sort();
}

/** The declaration of a name, and the file in which it stands. */
export function declarationIn(library: Library, name: string): { readonly declaration: Declaration; readonly file: File } | undefined {
  const uri = library.uriOf(name);
  const file = uri === undefined ? undefined : library.file(uri);
  const declaration = file?.declarations.find((d) => d.name.name === name);
  return file && declaration ? { declaration, file } : undefined;
}

/** Which names a file declares, for an index. */
export function declared(file: File): { readonly models: readonly string[]; readonly others: readonly string[] } {
  const names = (models: boolean): string[] => file.declarations.filter((d) => (d.kind === "model") === models).map((d) => d.name.name);
  return { models: names(true), others: names(false) };
}
