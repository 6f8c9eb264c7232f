/** The modules that bundlers get for `.lwm` files, the same for every bundler. Loaded when the first such file is imported. */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import type { Artifact, EmitRequest } from "../backends/artifact.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import { hasErrors, type Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { render } from "../compiler/diagnostics/render.ts";
import { positionAt, type Source } from "../compiler/source.ts";
import { emitRequest } from "../workspace/emit-request.ts";
import { importsOf } from "../workspace/imports-of.ts";
import { LIBRARY_PREFIX } from "../workspace/library.ts";
import { nodeWorkspace, type Snapshot } from "../workspace/node-workspace.ts";
import { declarations } from "../workspace/types/declarations.ts";
import { checkpointOf, modelWeights } from "./model-weights.ts";
import { modelCode, modelsCode } from "./module-code.ts";
import type { LwmOptions } from "./options.ts";
import type { Request } from "./request.ts";

/** A file that the build places beside the code. */
export interface Asset {
  readonly name: string;
  /** Of its content, in hexadecimal digits. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** Something that the bundler is to say. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly text: string;
  /** The line with what is underlined, and remarks. */
  readonly frame: string;
  readonly place: { readonly file: string; readonly line: number; readonly column: number; readonly length: number; readonly lineText: string } | undefined;
}

export interface Loaded {
  /** JavaScript; undefined for a place, which the bundler's own part makes of `asset`, and where there are errors. */
  readonly code: string | undefined;
  readonly asset: Asset | undefined;
  readonly problems: readonly Problem[];
  /** The files that it was made of. */
  readonly files: readonly string[];
}

export interface Networks {
  readonly load: (request: Request) => Promise<Loaded>;
  /** The files that a `.lwm` file was made of when it was last loaded. */
  readonly filesOf: (file: string) => readonly string[];
}

/** Whether modules set the place of onnxruntime's wasm, for bundlers that do not see to it themselves. */
export interface Setting {
  readonly root: string;
  readonly placesRuntime: boolean;
}

interface Read {
  readonly stamps: string;
  readonly snapshot: Snapshot;
  readonly files: readonly string[];
  readonly made: Map<string, Promise<Made>>;
}

interface Made {
  readonly code: string | undefined;
  readonly asset: Asset | undefined;
  readonly problems: readonly Problem[];
}

const ofLimits: ReadonlySet<string> = new Set<Diagnostic["code"]>(["budget-exceeded", "does-not-fit"]);

export function networks(options: LwmOptions, setting: () => Setting): Networks {
  const known = new Map<string, Read>();

  const read = async (file: string): Promise<Read> => {
    const before = known.get(file);
    if (before && stampsOf(before.files) === before.stamps) return before;
    const workspace = nodeWorkspace();
    await workspace.load(file);
    const snapshot = workspace.snapshot(file);
    const checkpoints = snapshot.models.flatMap(({ model }) => checkpointOf(options, setting().root, file, model.name) ?? []);
    const files = [...new Set([...importsOf(workspace, file), ...checkpoints])];
    const now: Read = { stamps: stampsOf(files), snapshot, files, made: new Map() };
    known.set(file, now);
    return now;
  };

  const made = async (request: Request, compiled: CompiledModel, { snapshot }: Read): Promise<Made> => {
    const { graph } = compiled.model;
    const weights = await modelWeights(graph, checkpointOf(options, setting().root, request.file, graph.name), options.seed ?? 0);
    try {
      const problems = shown(weights.diagnostics, snapshot.source);
      if (!weights.store || hasErrors(weights.diagnostics)) return { code: undefined, asset: undefined, problems };
      const emitted = await artifactsOf(emitRequest(compiled, weights.store, snapshot.source, nameBelow(setting().root)), request.backend, options.precision ?? "float32");
      problems.push(...shown(emitted.diagnostics, snapshot.source));
      if (hasErrors(emitted.diagnostics)) return { code: undefined, asset: undefined, problems };
      const module = emitted.artifacts.find(({ path }) => path.endsWith(".ts"))!;
      const data = emitted.artifacts.find(({ path }) => !path.endsWith(".ts"))!;
      const bytes = whole(data);
      return { code: await javaScript(new TextDecoder().decode(whole(module))), asset: { name: basename(data.path), hash: hashOf(bytes), bytes }, problems };
    } finally {
      weights.close();
    }
  };

  const load = async (request: Request): Promise<Loaded> => {
    if (request.part === "runtime") return { code: undefined, asset: runtimeAsset(request.file), problems: [], files: [] };
    const now = await read(request.file);
    const { snapshot, files } = now;
    if (request.part === "models") {
      const found = snapshot.diagnostics.map((d): Diagnostic => (options.budgets === "warn" && ofLimits.has(d.code) ? { ...d, severity: "warning" } : d)).filter(({ severity }) => severity !== "info");
      const problems = shown(found, snapshot.source);
      if (hasErrors(found)) return { code: undefined, asset: undefined, problems, files };
      if (options.types !== false) writeDeclarations(request, snapshot);
      return { code: modelsCode(request, snapshot.models.map(({ model }) => model.name)), asset: undefined, problems, files };
    }
    const compiled = snapshot.models.find(({ model }) => model.name === request.model);
    if (!compiled) return { code: undefined, asset: undefined, problems: [{ severity: "error", text: `${basename(request.file)} has no model \`${request.model}\` that can be compiled as it stands`, frame: "", place: undefined }], files };
    if (request.part === "model") {
      const random = checkpointOf(options, setting().root, request.file, compiled.model.name) === undefined && options.seed === undefined;
      const problems: readonly Problem[] = random ? [{ severity: "warning", text: `the weights of ${compiled.model.name} are random: \`weights\` takes a checkpoint, \`seed\` says that they are meant to be`, frame: "", place: undefined }] : [];
      return { code: modelCode(request, compiled.model.name, setting().placesRuntime), asset: undefined, problems, files };
    }
    const key = `${request.backend} ${request.model}`;
    const making = now.made.get(key) ?? made(request, compiled, now);
    now.made.set(key, making);
    const { code, asset, problems } = await making;
    return request.part === "code" ? { code, asset: undefined, problems, files } : { code: undefined, asset, problems: asset ? [] : problems, files };
  };

  return { load, filesOf: (file) => known.get(file)?.files ?? [] };
}

async function artifactsOf(request: EmitRequest, backend: Request["backend"], weightsAs: NonNullable<LwmOptions["precision"]>) {
  if (backend === "tfjs") return (await import("../backends/tfjs/index.ts")).tfjs.emit(request, { weightsAs, forms: ["module"] });
  return (await import("../backends/onnx/index.ts")).onnx.emit(request, { weightsAs, fold: true, batch: 1 });
}

/** Library files keep their names; others are named from the project's folder, the same on every system. */
function nameBelow(root: string): (file: string) => string {
  return (file) => (file.startsWith(LIBRARY_PREFIX) ? file : relative(root, file).replaceAll("\\", "/"));
}

/** The module without its types and comments. ts-morph, which has a TypeScript in it, is loaded here. */
async function javaScript(text: string): Promise<string> {
  const { ts } = await import("ts-morph");
  return ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true } }).outputText;
}

function whole({ bytes, chunks }: Artifact): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks()) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** onnxruntime-web's wasm: the project's own where it has one. */
function runtimeAsset(importer: string): Asset {
  const name = "ort-wasm-simd-threaded.wasm";
  const bytes = readFileSync(join(dirname(resolvePackage("onnxruntime-web/wasm", importer)), name));
  return { name, hash: hashOf(bytes), bytes };
}

function resolvePackage(name: string, importer: string): string {
  try {
    return createRequire(importer).resolve(name);
  } catch {
    return createRequire(import.meta.url).resolve(name);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

/** Written only where they differ, so that nothing that watches them is woken in vain. */
function writeDeclarations({ file, backend }: Request, { models, source }: Snapshot): void {
  for (const { name, text } of declarations(source(file)!, models, backend, process.platform === "win32" ? "dot" : "query")) {
    const path = join(dirname(file), name);
    try {
      if (statSync(path, { throwIfNoEntry: false }) && readFileSync(path, "utf8") === text) continue;
      writeFileSync(`${path}.${process.pid}.partial`, text);
      renameSync(`${path}.${process.pid}.partial`, path);
    } catch {
      // a folder that cannot be written to: the build goes on, and TypeScript says what it misses
      return;
    }
  }
}

function shown(diagnostics: readonly Diagnostic[], source: (uri: string) => Source | undefined): Problem[] {
  return diagnostics.map((d) => {
    const text = source(d.span.file);
    const at = text && positionAt(text, d.span.start);
    const lineText = at && text.text.split(/\r\n|\r|\n/)[at.line - 1];
    // without its headline and the place, which bundlers print themselves
    const frame = render(d, source, { color: false }).split("\n").slice(text ? 2 : 1).join("\n");
    return {
      severity: d.severity === "error" ? "error" : "warning",
      text: `${d.message} [${d.code}]`,
      frame,
      place: at && { file: d.span.file, line: at.line, column: at.column, length: Math.max(1, Math.min(d.span.end - d.span.start, lineText!.length - at.column + 1)), lineText: lineText! },
    };
  });
}

function stampsOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : "-";
    })
    .join();
}
