/**
 * The library as data that is made when the project is built: an index, and each file's syntax tree, so that a cold start parses
 * nothing but the user's own file.
 */
import { parse } from "../compiler/syntax/parse.ts";
import { LIBRARY_PREFIX, declared, type LibraryIndex } from "./library.ts";
import { flatName, packTree } from "./packed-tree.ts";

export interface LibraryText {
  readonly path: string;
  readonly text: string;
}

export interface LibraryData {
  /** A `LibraryIndex` as JSON. */
  readonly index: string;
  /** File names below the library's folder with what they hold: the sources as they are, the trees with `.json` after the name. */
  readonly files: readonly (readonly [string, string])[];
}

/** Throws where a file of the library has a syntax error: that is our own mistake. */
export function libraryData(texts: readonly LibraryText[]): LibraryData {
  const index: { path: string; models: readonly string[]; others: readonly string[] }[] = [];
  const files: (readonly [string, string])[] = [];
  for (const { path, text } of texts) {
    const uri = LIBRARY_PREFIX + path;
    const { file, diagnostics } = parse({ uri, text });
    const wrong = diagnostics.find((d) => d.severity === "error");
    if (wrong) throw new Error(`${path}: ${wrong.message}`);
    index.push({ path, ...declared(file) });
    files.push([flatName(path), text], [`${flatName(path)}.json`, packTree(file)]);
  }
  return { index: JSON.stringify({ files: index } satisfies LibraryIndex), files };
}
