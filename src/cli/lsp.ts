/** `lwmc lsp --stdio`: the language server for editors. It is a script of its own, so that no other command carries it. */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Environment, ExitCode } from "./environment.ts";

export async function lsp({ dist, version }: Environment): Promise<ExitCode> {
  const { serveStdio } = createRequire(join(dist, "lwmc.cjs"))("./server.cjs") as typeof import("../server/node.ts");
  return serveStdio(join(dist, "library"), version);
}
