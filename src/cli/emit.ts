/** `lwmc compile`: artifacts for a backend. */
import { join } from "node:path";
import type { Artifact, Backend } from "../backends/artifact.ts";
import { grouped as count } from "../compiler/analyse/format-figures.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import type { Spellings } from "../compiler/devices/support/spellings.ts";
import { suggest } from "../compiler/diagnostics/suggest.ts";
import { backendNames, backends, isBackend, type BackendName } from "../workspace/backends.ts";
import { emitRequest } from "../workspace/emit-request.ts";
import type { Snapshot } from "../workspace/workspace.ts";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import { decisions, deviceJob, wantsHeader, type Job } from "./emit-device.ts";
import { opener, type OpenOptions } from "./open.ts";
import { err, out } from "./output.ts";
import { report } from "./report.ts";
import type { Quantised } from "./quantise/quantise.ts";
import { weightsFor, type WeightOptions } from "./weight-source.ts";
import { writeAll, type Piecewise } from "./write.ts";
import type { WeightStore } from "../backends/weights/store.ts";

export interface EmitOptions extends WeightOptions {
  /** Backends and devices; without any, the devices that the models name. */
  readonly target?: readonly string[];
  readonly output: string;
  readonly fold: boolean;
  readonly batch: "1" | "N";
  readonly weightsAs?: "float32" | "float16" | "int8";
  readonly precision?: "float32" | "int8";
  readonly calibrate?: readonly string[];
  readonly calibrateBy: "mse" | "minmax" | "percentile";
  readonly reduceRange?: boolean;
  readonly listFiles?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly input?: readonly string[];
}

export async function emit(operand: string, options: EmitOptions, environment: Environment): Promise<ExitCode> {
  const named = [...new Set(options.target)];
  const device = named.filter((name) => !isBackend(name)).map(deviceLike);
  const snapshot = await openSound(operand, { ...options, ...(device.length === 0 ? {} : { device }) }, environment);
  if (snapshot === undefined) return 1;
  const { models } = snapshot;
  if (models.length === 0) throw problem(`\`${operand}\` has no model that can be compiled as it stands`);
  if (options.weights !== undefined && models.length > 1) {
    throw usage(`\`${operand}\` has ${models.length} models and --weights is for one: say which, as in \`${operand}#${models[0].model.name}\``);
  }
  const work = models.map((compiled) => ({ compiled, jobs: jobsOf(compiled, named.filter(isBackend), named.length === 0 || device.length > 0, options) }));
  for (const { jobs } of work) checkChoices(options, jobs);
  const files: (Piecewise & { readonly bytes: number })[] = [];
  const opened: (() => void)[] = [];
  const done: object[] = [];
  let origin = "";
  try {
    for (const { compiled, jobs } of work) {
      const weights = await weightsFor(compiled.model.graph, options, snapshot.source, true);
      opened.push(weights.close);
      origin = weights.origin;
      for (const job of jobs) {
        if (!options.listFiles && job.target) err(`${compiled.model.name} on ${job.target.shown}\n${decisions(job).map((line) => `  ${line}\n`).join("")}`);
        const rounded = job.precision === "int8" ? await onIntegers(snapshot, compiled, weights.store, options, opened, job.spellings) : undefined;
        const made = job.precision === "int8" ? rounded?.artifacts : await artifacts(snapshot, compiled, weights.store, job.backend, { ...options, weightsAs: job.weightsAs, spellings: job.spellings });
        if (made === undefined) return 1;
        const { backend, precision, weightsAs, target } = job;
        done.push({ model: compiled.model.name, backend, ...(target ? { target: target.shown, decisions: decisions(job) } : {}), precision, weightsAs, ...(rounded ? { quantised: rounded.facts } : {}) });
        for (const artifact of [...made, ...(await headerFor(compiled, job, environment))]) files.push({ ...artifact, path: jobs.length > 1 ? join(job.folder, artifact.path) : artifact.path });
      }
    }
    if (!options.dryRun) await writeAll(options.output, files);
  } finally {
    for (const close of opened) close();
  }
  if (options.json) {
    const written = files.map(({ path, bytes }) => ({ path: join(options.output, path), bytes }));
    out(`${JSON.stringify({ schema: 1, models: models.map(({ model }) => model.name), weights: origin, written: !options.dryRun, made: done, files: written }, null, 2)}\n`);
  } else for (const { path, bytes } of files) out(options.listFiles ? `${join(options.output, path)}\n` : `${join(options.output, path)}  ${count(bytes)} bytes\n`);
  if (options.dryRun) err("nothing was written\n");
  else if (options.weights === undefined && !options.listFiles && !options.json) err(`the weights are random (seed ${options.seed ?? 0}); --weights takes a checkpoint\n`);
  return 0;
}

/** What is to be made of a model: for each backend that was named, and for each of its targets. */
function jobsOf({ model }: CompiledModel, named: readonly BackendName[], onDevices: boolean, { precision = "float32", weightsAs }: EmitOptions): readonly Job[] {
  const plain = named.map((backend): Job => ({ folder: backend, backend, precision, weightsAs: weightsAs ?? "float32", spellings: undefined, target: undefined }));
  const jobs = onDevices ? [...plain, ...model.targets.map((target) => deviceJob(target, { weightsAs }))] : plain;
  if (jobs.length === 0) throw usage(`what is ${model.name} to be compiled for? \`--target\` takes ${backendNames.join(", ")} or a device, and a model may name its own \`target\``);
  const folders = jobs.map(({ folder }) => folder);
  return jobs.map((job, i) => (folders.indexOf(job.folder) === i ? job : { ...job, folder: `${job.folder}-${i + 1}` }));
}

function checkChoices({ precision, calibrate, fold, batch, weightsAs, reduceRange }: EmitOptions, jobs: readonly Job[]): void {
  const onIntegers = jobs.find((job) => job.precision === "int8");
  const what = onIntegers?.target ? `\`${onIntegers.target.shown}\`` : "`--precision int8`";
  if (!fold && !jobs.some(({ backend }) => backend === "onnx")) throw usage("`--no-fold` is of the onnx target");
  if (batch !== "1" && !jobs.some(({ backend }) => backend === "onnx")) throw usage("`--batch` is of the onnx target");
  if (precision !== undefined && jobs.every(({ target }) => target)) throw usage(`the target decides the precision: write it there, as in \`${jobs[0].target!.device.name}(precision=${precision})\``);
  if (!onIntegers) {
    if (calibrate !== undefined) throw usage("`--calibrate` is of `--precision int8`, and of targets with it");
    if (reduceRange) throw usage("`--reduce-range` is of `--precision int8`, and of targets with it");
    return;
  }
  if (jobs.some((job) => job.precision === "int8" && job.backend !== "onnx")) throw usage("`--precision int8` is of the onnx target: TensorFlow.js computes in float32. `--weights-as int8` stores its weights so");
  if (!fold) throw usage(`${what} folds batch norms; it cannot go with \`--no-fold\``);
  if (weightsAs !== undefined && weightsAs !== "float32") throw usage(`${what} stores kernels as integers; it cannot go with \`--weights-as ${weightsAs}\``);
  if (calibrate === undefined) throw usage(`${what} computes on 8-bit integers and needs to see what values occur: \`--calibrate\` takes pictures, folders of them, or a safetensors file`);
}

/** The memory plan for programs that lay out their own memory. */
async function headerFor(compiled: CompiledModel, { target }: Job, environment: Environment): Promise<readonly Artifact[]> {
  if (!target || !wantsHeader(target)) return [];
  const [{ reportOf }, { memoryHeader }] = await Promise.all([import("./memory/report.ts"), import("./memory/header.ts")]);
  const bytes = new TextEncoder().encode(memoryHeader(reportOf(compiled, target, { reorder: true, picture: "held" }), environment.version));
  return [{ path: `${compiled.model.name}_memory.h`, bytes: bytes.length, chunks: () => [bytes] }];
}

/** The ONNX artifacts of a model that computes on 8-bit integers. */
async function onIntegers(snapshot: Snapshot, compiled: CompiledModel, weights: WeightStore, options: EmitOptions, opened: (() => void)[], spellings: Spellings | undefined): Promise<Quantised | undefined> {
  const [{ quantisedArtifacts }, { samplesFrom }] = await Promise.all([import("./quantise/quantise.ts"), import("./quantise/samples.ts")]);
  const samples = await samplesFrom(compiled.model.graph, options.calibrate!);
  opened.push(samples.close);
  const choices = { calibrateBy: options.calibrateBy, reduceRange: options.reduceRange ?? false };
  return quantisedArtifacts(emitRequest(compiled, weights, snapshot.source), samples, choices, { batch: options.batch === "N" ? "N" : 1, spellings }, snapshot.source);
}

/** Opens a file and says what is wrong with it; undefined where that is an error. */
export async function openSound(operand: string, options: OpenOptions, environment: Environment): Promise<Snapshot | undefined> {
  const snapshot = await opener(environment).open(operand, options);
  return (await report(snapshot.diagnostics, snapshot.source)) ? undefined : snapshot;
}

export interface BackendChoices {
  readonly fold?: boolean;
  readonly batch?: "1" | "N";
  readonly weightsAs?: "float32" | "float16" | "int8";
  readonly spellings?: Spellings | undefined;
}

/** What a backend makes of a model; undefined where it cannot, which is then reported. */
export async function artifacts(snapshot: Snapshot, compiled: CompiledModel, weights: WeightStore, target: BackendName, choices: BackendChoices): Promise<readonly Artifact[] | undefined> {
  const request = emitRequest(compiled, weights, snapshot.source);
  const backend = (await backends[target]()) as Backend<Required<Omit<BackendChoices, "batch" | "spellings">> & Pick<BackendChoices, "spellings"> & { readonly batch: 1 | "N" }>;
  const emitted = await backend.emit(request, { fold: choices.fold ?? true, batch: choices.batch === "N" ? "N" : 1, weightsAs: choices.weightsAs ?? "float32", spellings: choices.spellings });
  return (await report(emitted.diagnostics, snapshot.source)) ? undefined : emitted.artifacts;
}

/** A name that is no backend is a device's, unless it is a backend's misspelt. */
function deviceLike(name: string): string {
  const near = /[(#]/.test(name) ? undefined : suggest(name, backendNames);
  if (near !== undefined) throw usage(`unknown target \`${name}\`; did you mean \`${near}\`? (backends: ${backendNames.join(", ")}; \`lwmc devices\` lists devices)`);
  return name;
}
