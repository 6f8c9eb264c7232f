/**
 * Half-precision storage: w:float32 ⇒ Cast(w:float16). The file is half as long; runtimes fold the Cast away when they load the model, so that
 * it computes in float32 as before, and as fast.
 */
import type { Weight } from "../../compiler/ir/weight.ts";
import { storedAsHalf } from "../weights/half-storage.ts";
import type { NodeProto } from "./onnx.ts";
import type { Initializer, TargetGraph } from "./target.ts";

/** TensorProto.DataType of float32. */
const FLOAT = 1;

/**
 * Matrices and kernels become float16 (see `storedAsHalf`), unless `fits` says that float16 cannot hold them. The bounds of a Clip must be of its
 * input's own type.
 */
export function storeHalves(graph: TargetGraph, fits: (weight: Weight) => boolean): TargetGraph {
  const halves = new Set(graph.initializers.filter((one) => isKernel(one) && fits(one.source.weight)).map(({ name }) => name));
  const widened = (name: string): string => (halves.has(name) ? `${name}/float32` : name);
  const casts = [...halves].map((name): NodeProto => ({ name: widened(name), opType: "Cast", inputs: [name], outputs: [widened(name)], attributes: { to: { int: FLOAT } }, doc: "" }));
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(widened) }));
  return { ...graph, nodes: [...casts, ...nodes], initializers: graph.initializers.map((one) => (halves.has(one.name) ? { ...one, type: "float16" } : one)) };
}

function isKernel(one: Initializer): one is Initializer & { readonly source: { readonly weight: Weight } } {
  return "weight" in one.source && storedAsHalf(one.source.weight.shape);
}
