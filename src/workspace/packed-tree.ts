/** Syntax trees as text: JSON in which a span is `[start, end]`, since all spans of a tree are of its own file. */
import type { File } from "../compiler/syntax/ast.ts";

/** `blocks/conv.lwm` as one file name. */
export function flatName(path: string): string {
  return path.replaceAll("/", "__");
}

/** The tree as text; its own name and those in its spans are left out. */
export function packTree(file: File): string {
  return JSON.stringify({ ...file, uri: "" }, (key, value) => (key === "span" ? [value.start, value.end] : value));
}

/** The tree of `packTree`, with the file's name back in every span. */
export function unpackTree(text: string, uri: string): File {
  const tree = { ...(JSON.parse(text) as File), uri };
  restore(tree, uri);
  return tree;
}

function restore(value: unknown, uri: string): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (value[i] === null) value[i] = undefined;
      else if (typeof value[i] === "object") restore(value[i], uri);
    }
    return;
  }
  const node = value as Record<string, unknown>;
  for (const key in node) {
    const child = node[key];
    if (typeof child !== "object" || child === null) continue;
    if (key === "span") {
      const [start, end] = child as [number, number];
      node[key] = { file: uri, start, end };
    } else restore(child, uri);
  }
}
