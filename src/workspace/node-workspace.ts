/** The package's entry `lwm/node`: a workspace over the files of this computer, with the standard library as it was built. */
import { fileURLToPath } from "node:url";
import { nodeHost } from "./node-host.ts";
import { builtLibrary } from "./node-library.ts";
import { workspace, type Workspace } from "./workspace.ts";

export type { Snapshot, Workspace } from "./workspace.ts";

/** Files are named by their paths. Each call starts afresh. */
export function nodeWorkspace(): Workspace {
  return workspace(nodeHost, builtLibrary(fileURLToPath(new URL("./library", import.meta.url))));
}
