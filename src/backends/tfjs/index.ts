/** TensorFlow.js: a TypeScript module for training and inference, a graph model, and weights. */
import { bytesOf, chunks, plan } from "../weights/safetensors.ts";
import type { Artifact, Backend, EmitRequest, Emitted } from "../artifact.ts";
import { version } from "../version.ts";
import type { Graph, Trail } from "../../compiler/ir/graph.ts";
import type { Weight } from "../../compiler/ir/weight.ts";
import { deployed, unfused } from "../../compiler/passes/index.ts";
import { constantChunks } from "./constant-chunks.ts";
import { graphModel } from "./graph-model.ts";
import { lower, unsupported } from "./lower.ts";
import { classListOf, moduleText } from "./module.ts";
import { peakBytes, type Program } from "./program.ts";
import { storedAs, storedBytes, type Storage } from "./stored.ts";

/** `module`: `M.ts`. `graph`: `M.json`. `training`: `M.safetensors`. `M.bin` serves the first two. */
export type TfjsForm = "module" | "graph" | "training";

export interface TfjsOptions {
  /** How `M.bin` stores kernels; training weights are always float32. */
  readonly weightsAs: Storage;
  /** All unless given. */
  readonly forms?: readonly TfjsForm[];
}

export const tfjs: Backend<TfjsOptions> = {
  name: "tfjs",
  emit,
  activations: (graph) => peakBytes(lower(deployed(graph), "code")),
};

async function emit(request: EmitRequest, options: TfjsOptions): Promise<Emitted> {
  const folded = deployed(request.graph);
  const diagnostics = unsupported(folded);
  if (diagnostics.length > 0) return { artifacts: [], diagnostics };
  const forms = options.forms ?? ["module", "graph", "training"];
  const { weightsAs } = options;
  const generatedBy = `lwm ${version}`;
  const { name } = request.graph;
  const files = { weights: `${name}.bin`, training: `${name}.safetensors` };
  const code = lower(folded, "code");
  const graphProgram = lower(folded, "graph");
  // One file for both: the graph's constants may be more, and then follow the module's.
  const program = { ...graphProgram, constants: union(code, graphProgram) };
  const stored = storedAs(program, request.weights, weightsAs);
  const model = graphModel(program, folded.inputs, files.weights, stored, generatedBy);
  const bytes = program.constants.reduce((sum, constant) => sum + storedBytes(constant, stored), model.tail.length);

  const artifacts: Artifact[] = [];
  if (forms.includes("module")) {
    const trained = unfused(request.graph);
    const list = classListOf(trained);
    const text = await moduleText({
      graph: trained,
      program: code,
      stored,
      weightsBytes: bytes,
      figures: request.figures,
      peak: peakBytes(code),
      reading: request.reading,
      classes: list === undefined ? undefined : request.labels(list),
      heading: headings(request),
      generatedBy,
      files,
    });
    artifacts.push(whole(`${name}.ts`, text));
  }
  if (forms.includes("graph")) artifacts.push(whole(`${name}.json`, model.json));
  if (forms.includes("module") || forms.includes("graph")) {
    artifacts.push({
      path: files.weights,
      bytes,
      *chunks() {
        yield* constantChunks(program, request.weights, stored);
        yield model.tail;
      },
    });
  }
  if (forms.includes("training")) artifacts.push(trainingWeights(files.training, request));
  return { artifacts, diagnostics };
}

function union(first: Program, second: Program): Program["constants"] {
  const known = new Set(first.constants.map((constant) => constant.name));
  return [...first.constants, ...second.constants.filter((constant) => !known.has(constant.name))];
}

function whole(path: string, text: string): Artifact {
  const bytes = new TextEncoder().encode(text);
  return { path, bytes: bytes.length, chunks: () => [bytes] };
}

/** The weights of the network as it trains, under the language's names and in its layouts. */
function trainingWeights(path: string, request: EmitRequest): Artifact {
  const planned = plan(weightsOf(unfused(request.graph)).map(({ name, shape }) => ({ name, shape, dtype: "F32" })));
  return { path, bytes: planned.totalBytes, chunks: () => chunks(planned, (name) => bytesOf(request.weights.get(name))) };
}

function weightsOf(graph: Graph): readonly Weight[] {
  const weights = new Map<string, Weight>();
  for (const node of graph.nodes) for (const weight of node.weights) weights.set(weight.name, weight);
  return [...weights.values()];
}

/** What stands above the lines of a layer: its block's path, what was called there, and where: the row of a table, or else the model's own line. */
function headings({ graph, at }: EmitRequest): (path: string) => string {
  const found = new Map<string, string>();
  for (const { path, trail } of graph.nodes) {
    let call: Trail = trail;
    while (call.parent && call.row === undefined) call = call.parent;
    found.set(path, `${blockOf(path)}: ${call.name}, ${at(call.span)}`);
  }
  return (path) => found.get(path) ?? path;
}

/** `stages.2.0` of `stages.2.0.expand_conv.conv2d`; without a number, all but the last word. */
function blockOf(path: string): string {
  const words = path.split(".");
  const last = words.findLastIndex((word) => /^\d+$/.test(word));
  return words.slice(0, last >= 0 ? last + 1 : Math.max(1, words.length - 1)).join(".");
}
