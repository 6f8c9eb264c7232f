/** The ONNX backend: `<Model>.onnx`, and `<Model>.ts` beside it, which opens it with its shapes, names and classes as types. */
import { diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Spellings } from "../../compiler/devices/support/spellings.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { deployed, unfused } from "../../compiler/passes/index.ts";
import type { Artifact, Backend, EmitRequest, Emitted } from "../artifact.ts";
import { evaluate } from "../weights/evaluate.ts";
import { fitsHalf } from "../weights/half-storage.ts";
import { activationBytes } from "./activations.ts";
import { storeHalves } from "./half.ts";
import { storeIntegers } from "./integer-kernels.ts";
import { lower } from "./lower.ts";
import { docOf, modelOf } from "./model.ts";
import { moduleText } from "./module.ts";
import { encodeModel } from "./onnx.ts";
import { chunks, MAX_MESSAGE } from "./protobuf.ts";
import { quantise, type QuantisedGraph, type QuantiseOptions } from "./quantise.ts";
import type { Batch, Initializer, TargetGraph } from "./target.ts";

export interface OnnxOptions {
  /**
   * Folds batch norm into the layer before it and computes constants; otherwise every layer of the source stays, for training elsewhere: batch norm
   * in its inference form. Dropout and drop path are the identity in both.
   */
  readonly fold: boolean;
  /** `"N"`: the model takes any number of examples at once. */
  readonly batch: Batch;
  /** `float16`, `int8`: kernels and matrices take half or a quarter of the space in the file; computation stays float32. */
  readonly weightsAs: "float32" | "float16" | "int8";
  /** How to spell what has several spellings; `plainSpellings` unless given. */
  readonly spellings?: Spellings | undefined;
  /** Computes on 8-bit integers, in QDQ form; for a folded graph with `weightsAs` float32. */
  readonly int8?: Int8Options | undefined;
}

export interface Int8Options extends QuantiseOptions {
  /** Takes what was done. */
  readonly report?: (made: Omit<QuantisedGraph, "graph">) => void;
}

export const onnx: Backend<OnnxOptions> = {
  name: "onnx",
  emit: async (request, options) => emit(request, options),
  activations: (graph) => activationBytes(lower(deployed(graph), 1, () => "")),
};

function emit(request: EmitRequest, options: OnnxOptions): Emitted {
  const graph = options.fold ? deployed(request.graph) : unfused(request.graph);
  // the names of classes would be much of a small file; the module beside it has them
  const facts = options.int8 ? { ...request, labels: () => undefined } : request;
  const encoded = encodeModel(modelOf(facts, stored(lower(graph, options.batch, (node) => docOf(node, request.at), options.spellings), request, options)));
  if (encoded.length > MAX_MESSAGE) return { artifacts: [], diagnostics: [tooLarge(graph, encoded.length)] };
  const file: Artifact = { path: `${request.graph.name}.onnx`, bytes: encoded.length, chunks: () => chunks(encoded) };
  return { artifacts: [file, textArtifact(`${request.graph.name}.ts`, moduleText(request, options.batch))], diagnostics: [] };
}

/** The graph with its numbers in the form in which they are stored and computed with. */
function stored(graph: TargetGraph, { weights }: EmitRequest, { weightsAs, int8 }: OnnxOptions): TargetGraph {
  const numbers = ({ source }: Initializer): Float32Array => ("weight" in source ? evaluate(source.weight, weights) : Float32Array.from(source.numbers));
  if (int8) {
    const { graph: made, ...done } = quantise(graph, int8, numbers);
    int8.report?.(done);
    return made;
  }
  if (weightsAs === "int8") return storeIntegers(graph, numbers);
  return weightsAs === "float16" ? storeHalves(graph, (weight) => fitsHalf(evaluate(weight, weights))) : graph;
}

function textArtifact(path: string, text: string): Artifact {
  const bytes = new TextEncoder().encode(text);
  return { path, bytes: bytes.length, chunks: () => [bytes] };
}

function tooLarge(graph: Graph, bytes: number) {
  const span = graph.inputs[0]?.span ?? graph.outputs[0].span;
  return diagnostic("onnx-too-large", span, { model: graph.name, bytes });
}
