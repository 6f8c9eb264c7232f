/** The ONNX backend: `<Model>.onnx`, and `<Model>.ts` beside it, which opens it with its shapes, names and classes as types. */
import { diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { deployed, unfused } from "../../compiler/passes/index.ts";
import type { Artifact, Backend, EmitRequest, Emitted } from "../artifact.ts";
import { evaluate } from "../weights/evaluate.ts";
import { fitsHalf } from "../weights/half-storage.ts";
import { activationBytes } from "./activations.ts";
import { storeHalves, type Stored } from "./half.ts";
import { lower } from "./lower.ts";
import { docOf, modelOf } from "./model.ts";
import { moduleText } from "./module.ts";
import { encodeModel } from "./onnx.ts";
import { chunks, MAX_MESSAGE } from "./protobuf.ts";
import type { Batch } from "./target.ts";

export interface OnnxOptions {
  /**
   * Folds batch norm into the layer before it and computes constants; otherwise every layer of the source stays, for training elsewhere: batch norm
   * in its inference form. Dropout and drop path are the identity in both.
   */
  readonly fold: boolean;
  /** `"N"`: the model takes any number of examples at once. */
  readonly batch: Batch;
  /** `float16`: kernels and matrices take half the space in the file; computation stays float32. */
  readonly weightsAs: "float32" | "float16";
}

export const onnx: Backend<OnnxOptions> = {
  name: "onnx",
  emit: async (request, options) => emit(request, options),
  activations: (graph) => activationBytes(lower(deployed(graph), 1, () => "")),
};

function emit(request: EmitRequest, options: OnnxOptions): Emitted {
  const graph = options.fold ? deployed(request.graph) : unfused(request.graph);
  const lowered = lower(graph, options.batch, (node) => docOf(node, request.at));
  const stored: Stored = options.weightsAs === "float16" ? storeHalves(lowered, (weight) => fitsHalf(evaluate(weight, request.weights))) : { graph: lowered, halves: new Set() };
  const encoded = encodeModel(modelOf(request, stored));
  if (encoded.length > MAX_MESSAGE) return { artifacts: [], diagnostics: [tooLarge(graph, encoded.length)] };
  const file: Artifact = { path: `${request.graph.name}.onnx`, bytes: encoded.length, chunks: () => chunks(encoded) };
  return { artifacts: [file, textArtifact(`${request.graph.name}.ts`, moduleText(request, options.batch))], diagnostics: [] };
}

function textArtifact(path: string, text: string): Artifact {
  const bytes = new TextEncoder().encode(text);
  return { path, bytes: bytes.length, chunks: () => [bytes] };
}

function tooLarge(graph: Graph, bytes: number) {
  const span = graph.inputs[0]?.span ?? graph.outputs[0].span;
  return diagnostic("onnx-too-large", span, { model: graph.name, bytes });
}
