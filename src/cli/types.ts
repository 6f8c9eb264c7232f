/** `lwmc types`: declarations beside `.lwm` files, so that TypeScript knows what an import of them gives. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasErrors, type Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { importsOf } from "../workspace/imports-of.ts";
import { systemProblem } from "../workspace/node-host.ts";
import { declarations, type DeclarationFile, type Spelling } from "../workspace/types/declarations.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import { opener } from "./open.ts";
import { err, out } from "./output.ts";
import { report } from "./report.ts";
import { watching } from "./watch.ts";
import { writeAll } from "./write.ts";

export interface TypesOptions {
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly onnx: Spelling | "none";
}

/** Errors that say nothing about what a model exports. */
const ofLimits: ReadonlySet<string> = new Set<Diagnostic["code"]>(["budget-exceeded", "does-not-fit"]);

export async function types(operands: readonly string[], options: TypesOptions, environment: Environment): Promise<ExitCode> {
  if (options.check && options.watch) throw usage("`--check` looks once and `--watch` goes on: choose one");
  if (!options.watch) return (await typesOnce(operands, options, environment)).code;
  return watching(async () => (await typesOnce(operands, options, environment)).read, { folders: operands.filter(isFolder) });
}

async function typesOnce(operands: readonly string[], options: TypesOptions, environment: Environment): Promise<{ readonly code: ExitCode; readonly read: ReadonlySet<string> }> {
  const { workspace } = opener(environment);
  const read = new Set<string>();
  let failed = false;
  let stale = 0;
  const files = operands.flatMap((operand) => (isFolder(operand) ? lwmFiles(operand) : [operand]));
  if (files.length === 0) throw problem(`there is no .lwm file in ${operands.map((operand) => `\`${operand}\``).join(", ")}`);
  for (const file of files) {
    if (!file.endsWith(".lwm")) throw usage(`\`${file}\` is not a .lwm file`);
    read.add(file);
    const made = await declarationsOf(workspace, file, options.onnx);
    for (const uri of importsOf(workspace, file)) read.add(uri);
    if (made === undefined) {
      failed = true;
      continue;
    }
    const changed = made.filter(({ name, text }) => textOf(join(dirname(file), name)) !== text);
    stale += changed.length;
    if (!options.check && changed.length > 0) await writeAll(dirname(file), changed.map(({ name, text }) => ({ path: name, chunks: () => [new TextEncoder().encode(text)] })));
    for (const { name } of changed) out(`${join(dirname(file), name)}\n`);
  }
  if (options.check && stale > 0) err(`${stale === 1 ? "that is" : "those are"} not as \`lwmc types\` writes ${stale === 1 ? "it" : "them"}\n`);
  return { code: failed || (options.check && stale > 0) ? 1 : 0, read };
}

/** What belongs beside a file; undefined where it has errors, which are then reported. */
async function declarationsOf(workspace: Workspace, file: string, onnx: Spelling | "none"): Promise<readonly DeclarationFile[] | undefined> {
  await workspace.load(file);
  const { diagnostics, models, source } = workspace.snapshot(file);
  const found = diagnostics.filter(({ code }) => !ofLimits.has(code));
  if (hasErrors(found)) {
    await report(found.filter(({ severity }) => severity === "error"), source);
    return undefined;
  }
  const text = source(file)!;
  return [...declarations(text, models, "tfjs"), ...(onnx === "none" ? [] : declarations(text, models, "onnx", onnx))];
}

function lwmFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        if (entry.isDirectory()) return entry.name === "node_modules" || entry.name.startsWith(".") ? [] : lwmFiles(join(folder, entry.name));
        return entry.name.endsWith(".lwm") ? [join(folder, entry.name)] : [];
      });
  } catch (error) {
    const known = systemProblem(error);
    if (known) throw problem(`cannot read the folder \`${folder}\`: ${known.words}`);
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
