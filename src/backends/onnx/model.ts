/** The ONNX model around a lowered graph: where its numbers come from, and what its metadata says. */
import { FIGURES } from "../../compiler/analyse/figures.ts";
import type { Node, Trail } from "../../compiler/ir/graph.ts";
import { elements } from "../../compiler/ir/shape.ts";
import type { EmitRequest } from "../artifact.ts";
import { version } from "../version.ts";
import { toFloat16 } from "../weights/float16.ts";
import { evaluate, sharedRoom, type Room } from "../weights/evaluate.ts";
import type { WeightStore } from "../weights/store.ts";
import { toInt8 } from "../weights/quantisation.ts";
import { lowestOpset, OPSET } from "./opset.ts";
import { dataLength, type ElementType, type ModelProto, type TensorProto } from "./onnx.ts";
import type { Initializer, TargetGraph } from "./target.ts";

export function modelOf(request: EmitRequest, graph: TargetGraph): ModelProto {
  const room = sharedRoom();
  return {
    opset: graph.spellings.opset === "lowest" ? lowestOpset(graph.nodes) : OPSET,
    producer: "lwm",
    producerVersion: version,
    doc: graph.doc,
    graph: { ...graph, initializers: graph.initializers.map((one) => tensorOf(one, request.weights, room)), values: graph.layers },
    metadata: metadataOf(request),
  };
}

/** Where a layer comes from, innermost call first: `conv2d at net.lwm:7:3, in mbconv at net.lwm:12:11, row 2`. */
export function docOf(node: Node, at: EmitRequest["at"]): string {
  const calls: string[] = [];
  for (let trail: Trail | undefined = node.trail; trail; trail = trail.parent) {
    calls.push(`${trail.name} at ${at(trail.span)}${trail.row === undefined ? "" : `, row ${trail.row}`}`);
  }
  return calls.join(", in ");
}

/**
 * What a reader of the file may want to know: `model`, `reading`; the figures by their names; for each input `input.NAME.order`, `.mean` and
 * `.std` as far as the model states them; for each classifying output `output.NAME.labels`, `.offset` and, as JSON, `.classes`.
 */
function metadataOf({ graph, figures, reading, labels }: EmitRequest): Readonly<Record<string, string>> {
  const facts: Record<string, string> = { model: graph.name };
  if (reading !== undefined) facts.reading = reading;
  for (const name of FIGURES) facts[name] = String(figures[name]);
  for (const { name, order, mean, std } of graph.inputs) {
    if (order) facts[`input.${name}.order`] = order;
    if (mean) facts[`input.${name}.mean`] = mean.join(", ");
    if (std) facts[`input.${name}.std`] = std.join(", ");
  }
  for (const output of graph.outputs) {
    if (output.labels === undefined) continue;
    facts[`output.${output.name}.labels`] = output.labels;
    facts[`output.${output.name}.offset`] = String(output.offset);
    const classes = labels(output.labels);
    if (classes) facts[`output.${output.name}.classes`] = JSON.stringify(classes);
  }
  return facts;
}

function tensorOf({ name, type, dims, source }: Initializer, store: WeightStore, room: Room): TensorProto {
  const length = dataLength(type, elements(dims));
  const make = (): Uint8Array => {
    if (!("weight" in source)) return bytesOf(numbersAs[type](source.numbers));
    const values = evaluate(source.weight, store, room);
    if (source.integers) return bytesOf(toInt8(values, source.integers.channels, source.integers.scales, source.integers.levels));
    return bytesOf(type === "float16" ? toFloat16(values) : values);
  };
  return { name, type, dims, data: { length, make } };
}

const numbersAs: { readonly [T in ElementType]: (numbers: readonly number[]) => ArrayBufferView } = {
  float32: (numbers) => Float32Array.from(numbers),
  uint8: (numbers) => Uint8Array.from(numbers),
  int8: (numbers) => Int8Array.from(numbers),
  int32: (numbers) => Int32Array.from(numbers),
  int64: (numbers) => BigInt64Array.from(numbers, BigInt),
  float16: (numbers) => toFloat16(Float32Array.from(numbers)),
};

/** The elements as they lie in memory, which on every machine that runs JavaScript engines of today is little-endian, as ONNX wants them. */
function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
