/** The files that a file is made of. */
import { LIBRARY_PREFIX } from "./library.ts";
import type { Workspace } from "./workspace.ts";

/** A file and what it imports, also what is not there: a file that appears changes the network as one that changes does. The library's are left out. */
export function importsOf(workspace: Workspace, entry: string): readonly string[] {
  const found = new Set<string>();
  const visit = (uri: string): void => {
    if (found.has(uri) || uri.startsWith(LIBRARY_PREFIX)) return;
    found.add(uri);
    for (const { from } of workspace.file(uri)?.imports ?? []) if (from) visit(workspace.resolve(uri, from.value));
  };
  visit(entry);
  return [...found];
}
