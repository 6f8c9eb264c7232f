/** `lwmc compile`: artifacts for a backend. */
import { join } from "node:path";
import type { Artifact, Backend, EmitRequest } from "../backends/artifact.ts";
import { grouped as count } from "../compiler/analyse/format-figures.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import { suggest } from "../compiler/diagnostics/suggest.ts";
import { positionAt } from "../compiler/source.ts";
import { backendNames, backends, isBackend, type BackendName } from "../workspace/backends.ts";
import { labels } from "../workspace/labels.ts";
import type { Snapshot } from "../workspace/workspace.ts";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import { opener, type OpenOptions } from "./open.ts";
import { err, out } from "./output.ts";
import { report } from "./report.ts";
import { weightsFor, type WeightOptions } from "./weight-source.ts";
import { writeAll, type Piecewise } from "./write.ts";
import type { WeightStore } from "../backends/weights/store.ts";

export interface EmitOptions extends WeightOptions {
  readonly target: readonly string[];
  readonly output: string;
  readonly fold: boolean;
  readonly batch: "1" | "N";
  readonly weightsAs: "float32" | "float16";
  readonly listFiles?: boolean;
  readonly dryRun?: boolean;
  readonly input?: readonly string[];
}

export async function emit(operand: string, options: EmitOptions, environment: Environment): Promise<ExitCode> {
  const targets = [...new Set(options.target)].map(target);
  if (!options.fold && !targets.includes("onnx")) throw usage("`--no-fold` is of the onnx target");
  if (options.batch !== "1" && !targets.includes("onnx")) throw usage("`--batch` is of the onnx target");
  const snapshot = await openSound(operand, options, environment);
  if (snapshot === undefined) return 1;
  const { models } = snapshot;
  if (models.length === 0) throw problem(`\`${operand}\` has no model that can be compiled as it stands`);
  if (options.weights !== undefined && models.length > 1) {
    throw usage(`\`${operand}\` has ${models.length} models and --weights is for one: say which, as in \`${operand}#${models[0].model.name}\``);
  }
  const files: (Piecewise & { readonly bytes: number })[] = [];
  const opened: (() => void)[] = [];
  try {
    for (const compiled of models) {
      const weights = await weightsFor(compiled.model.graph, options, snapshot.source, true);
      opened.push(weights.close);
      for (const name of targets) {
        const made = await artifacts(snapshot, compiled, weights.store, name, options);
        if (made === undefined) return 1;
        for (const artifact of made) files.push({ ...artifact, path: targets.length > 1 ? join(name, artifact.path) : artifact.path });
      }
    }
    if (!options.dryRun) await writeAll(options.output, files);
  } finally {
    for (const close of opened) close();
  }
  for (const { path, bytes } of files) out(options.listFiles ? `${join(options.output, path)}\n` : `${join(options.output, path)}  ${count(bytes)} bytes\n`);
  if (options.dryRun) err("nothing was written\n");
  else if (options.weights === undefined && !options.listFiles) err(`the weights are random (seed ${options.seed ?? 0}); --weights takes a checkpoint\n`);
  return 0;
}

/** Opens a file and says what is wrong with it; undefined where that is an error. */
export async function openSound(operand: string, options: OpenOptions, environment: Environment): Promise<Snapshot | undefined> {
  const snapshot = await opener(environment).open(operand, options);
  return (await report(snapshot.diagnostics, snapshot.source)) ? undefined : snapshot;
}

export interface BackendChoices {
  readonly fold?: boolean;
  readonly batch?: "1" | "N";
  readonly weightsAs?: "float32" | "float16";
}

/** What a backend makes of a model; undefined where it cannot, which is then reported. */
export async function artifacts(snapshot: Snapshot, { model, cost }: CompiledModel, weights: WeightStore, target: BackendName, choices: BackendChoices): Promise<readonly Artifact[] | undefined> {
  const { params, buffers, macs, flops, weights: weightBytes, activations } = cost;
  const request: EmitRequest = {
    graph: model.graph,
    figures: { params, buffers, macs, flops, weights: weightBytes, activations },
    reading: model.reading,
    weights,
    labels,
    at: ({ file, start }) => {
      const source = snapshot.source(file);
      if (!source) return file;
      const { line, column } = positionAt(source, start);
      return `${file}:${line}:${column}`;
    },
  };
  const backend = (await backends[target]()) as Backend<Required<Omit<BackendChoices, "batch">> & { readonly batch: 1 | "N" }>;
  const emitted = await backend.emit(request, { fold: choices.fold ?? true, batch: choices.batch === "N" ? "N" : 1, weightsAs: choices.weightsAs ?? "float32" });
  return (await report(emitted.diagnostics, snapshot.source)) ? undefined : emitted.artifacts;
}

function target(name: string): BackendName {
  if (isBackend(name)) return name;
  const near = suggest(name, backendNames);
  throw usage(`unknown target \`${name}\`${near === undefined ? "" : `; did you mean \`${near}\`?`} (known: ${backendNames.join(", ")}); devices are not priced or compiled for yet`);
}
