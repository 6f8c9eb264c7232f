/** Where files come from: a disk, an editor's memory, a web page. */
export interface Host {
  /** The text of a file, or why it cannot be had, in words that go on from its name. Never throws for what a user may ask. */
  readonly read: (uri: string) => Promise<Read>;
  /** The file that `path` means in an import that stands in `from`. */
  readonly resolve: (from: string, path: string) => string;
}

export type Read =
  | { readonly text: string }
  | { readonly text: undefined; readonly absent: true }
  | { readonly text: undefined; readonly absent: false; readonly problem: string };

/** Files in memory, by name; imports are relative to the folder of the file that they stand in. */
export function memoryHost(files: Readonly<Record<string, string>>): Host {
  return {
    read: async (uri) => (Object.hasOwn(files, uri) ? { text: files[uri] } : { text: undefined, absent: true }),
    resolve: resolvePath,
  };
}

/** `./b.lwm` in `a/x.lwm` is `a/b.lwm`. An absolute path or a URI stands for itself. */
export function resolvePath(from: string, path: string): string {
  if (path.startsWith("/") || /^[a-z][a-z0-9+.-]+:/i.test(path)) return path;
  const parts = from.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.length > 0 && parts.at(-1) !== ".." && parts.at(-1) !== "") parts.pop();
      else parts.push(part);
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
