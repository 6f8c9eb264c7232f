/** Models from source text, with the standard library in scope. */
import { fileURLToPath } from "node:url";
import { parse } from "../../src/compiler/syntax/parse.ts";
import type { CompiledModel } from "../../src/compiler/compile.ts";
import { memoryHost } from "../../src/workspace/host.ts";
import { sourceLibrary } from "../../src/workspace/node-library.ts";
import { workspace } from "../../src/workspace/workspace.ts";

const library = sourceLibrary(fileURLToPath(new URL("../../stdlib", import.meta.url)), parse);

/** The model that an expression makes: `MobileNetV2(width=0.5)`. */
export async function compiled(expression: string, inputs: Readonly<Record<string, readonly number[]>> = {}): Promise<CompiledModel> {
  const space = workspace(memoryHost({ "net.lwm": `model Net = ${expression}\n` }), library);
  await space.load("net.lwm");
  const { diagnostics, models } = space.snapshot("net.lwm", { model: "Net", inputs });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  return models[0];
}
