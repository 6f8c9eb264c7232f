/** The library on disk: as built beside the program, or as sources in a checkout. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { File } from "../compiler/syntax/ast.ts";
import type { Source } from "../compiler/source.ts";
import { LIBRARY_PREFIX, declared, libraryOf, type Library, type LibraryIndex } from "./library.ts";
import { flatName, unpackTree } from "./packed-tree.ts";

/** The library that the build made: trees and texts are read one by one, when first needed. */
export function builtLibrary(folder: string): Library {
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as LibraryIndex;
  return libraryOf(
    index,
    (path) => unpackTree(readFileSync(join(folder, `${flatName(path)}.json`), "utf8"), LIBRARY_PREFIX + path),
    (path) => readFileSync(join(folder, flatName(path)), "utf8"),
  );
}

/** The library as its sources, all parsed at once. */
export function sourceLibrary(folder: string, parse: (source: Source) => { readonly file: File }): Library {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".lwm"))
    .sort();
  const files = new Map<string, { readonly file: File; readonly text: string }>();
  for (const path of paths) {
    const text = readFileSync(join(folder, path), "utf8");
    files.set(path, { text, file: parse({ uri: LIBRARY_PREFIX + path, text }).file });
  }
  const index: LibraryIndex = { files: paths.map((path) => ({ path, ...declared(files.get(path)!.file) })) };
  return libraryOf(index, (path) => files.get(path)?.file, (path) => files.get(path)?.text);
}
