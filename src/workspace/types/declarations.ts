/** The declarations of a `.lwm` file, for `import { Net } from "./net.lwm"`, and their map, which leads editors from a name to where the `.lwm` file says it. */
import { declarationHeading, type Declaration } from "../../backends/declaration.ts";
import { declaration as onnxDeclaration } from "../../backends/onnx/declaration.ts";
import { declaration as tfjsDeclaration } from "../../backends/tfjs/declaration.ts";
import type { CompiledModel } from "../../compiler/compile.ts";
import type { Source } from "../../compiler/source.ts";
import { described } from "../emit-request.ts";
import type { BackendName } from "../backends.ts";
import { sourceMap, type Mapping } from "./source-map.ts";

export interface DeclarationFile {
  /** Beside the `.lwm` file. */
  readonly name: string;
  readonly text: string;
}

/** How an import names the backend that is not the usual one: `./net.lwm?onnx`, or `./net.onnx.lwm`, whose declarations any file system can hold. */
export type Spelling = "query" | "dot";

/** `net.d.lwm.ts`, `net.d.lwm?onnx.ts` or `net.onnx.d.lwm.ts`: what TypeScript reads under `allowArbitraryExtensions`. */
function declarationName(file: string, backend: BackendName, spelling: Spelling): string {
  const stem = file.replace(/\.lwm$/, "");
  return backend === "tfjs" ? `${stem}.d.lwm.ts` : spelling === "query" ? `${stem}.d.lwm?${backend}.ts` : `${stem}.${backend}.d.lwm.ts`;
}

/** Put together, since tools would take the comment in this code for its own. */
const MAP_COMMENT = ["//# sourceMapping", "URL="].join("");

/**
 * The declarations of a file's models, and their map. Models that the backend cannot express are left out, each with a comment that says why.
 */
export function declarations(source: Source, models: readonly CompiledModel[], backend: BackendName, spelling: Spelling = "query"): readonly DeclarationFile[] {
  const file = source.uri.slice(source.uri.lastIndexOf("/") + 1);
  const parts = models.map((compiled) => declared(compiled, backend));
  const name = declarationName(file, backend, spelling);
  const blocks: string[] = [declarationHeading(file), `import type * as lwm from "lwm/import";`];
  const mappings: Mapping[] = [];
  let line = blocks.length + 1;
  for (const part of parts) {
    const text = typeof part === "string" ? part : part.text;
    if (typeof part !== "string") {
      for (const mark of part.marks) mappings.push({ line: line + mark.line, column: mark.column, span: mark.span });
    }
    blocks.push("", text);
    line += text.split("\n").length + 1;
  }
  const map = `${name}.map`;
  return [
    { name, text: `${blocks.join("\n")}\n${MAP_COMMENT}${map}\n` },
    { name: map, text: sourceMap(name, source, file, mappings) },
  ];
}

function declared({ model, cost }: CompiledModel, backend: BackendName): Declaration | string {
  const request = described({ model, cost });
  if (backend === "onnx") return onnxDeclaration(request, model.span);
  const made = tfjsDeclaration(request, model.span);
  return made.declaration ?? `// ${model.name} is not here: ${made.diagnostics[0].message.replaceAll("\n", " ")}`;
}
