/**
 * ONNX models as plain data, as far as we write them, and their encoding. Names and field numbers are those of onnx.proto3
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 */
import { bytes, fields, float, integer, integers, message, text, type Encoded, type Lazy } from "./protobuf.ts";

/** The format's version: 10 came with ONNX 1.16, as did operator set 21. */
export const IR_VERSION = 10;
export const OPSET = 21;

export type ElementType = "float32" | "int64" | "float16";
/** TensorProto.DataType and bytes of an element. */
const elementTypes = { float32: { code: 1, bytes: 4 }, int64: { code: 7, bytes: 8 }, float16: { code: 10, bytes: 2 } } as const;

export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] };

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  /** Names of values; an empty one stands for an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly doc: string;
}

export interface TensorProto {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** The elements, row-major and little-endian. */
  readonly data: Lazy;
}

/** A side of a shape: a number, or the name of one that is known when the model runs. */
export type Dimension = number | string;

/** A float32 value of the graph with its shape. */
export interface ValueInfo {
  readonly name: string;
  readonly dims: readonly Dimension[];
  readonly doc: string;
}

export interface GraphProto {
  readonly name: string;
  readonly doc: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly values: readonly ValueInfo[];
}

export interface ModelProto {
  readonly producer: string;
  readonly producerVersion: string;
  readonly doc: string;
  readonly graph: GraphProto;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes that this many elements take. */
export function dataLength(type: ElementType, count: number): number {
  return elementTypes[type].bytes * count;
}

export function encodeModel(model: ModelProto): Encoded {
  return fields(
    integer(1, IR_VERSION),
    text(2, model.producer),
    text(3, model.producerVersion),
    model.doc ? text(6, model.doc) : undefined,
    message(7, encodeGraph(model.graph)),
    message(8, fields(text(1, ""), integer(2, OPSET))),
    ...Object.entries(model.metadata).map(([name, value]) => message(14, fields(text(1, name), text(2, value)))),
  );
}

function encodeGraph(graph: GraphProto): Encoded {
  return fields(
    ...graph.nodes.map((node) => message(1, encodeNode(node))),
    text(2, graph.name),
    ...graph.initializers.map((tensor) => message(5, encodeTensor(tensor))),
    graph.doc ? text(10, graph.doc) : undefined,
    ...graph.inputs.map((value) => message(11, encodeValue(value))),
    ...graph.outputs.map((value) => message(12, encodeValue(value))),
    ...graph.values.map((value) => message(13, encodeValue(value))),
  );
}

function encodeNode(node: NodeProto): Encoded {
  return fields(
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(3, node.name),
    text(4, node.opType),
    ...Object.entries(node.attributes).map(([name, value]) => message(5, encodeAttribute(name, value))),
    node.doc ? text(6, node.doc) : undefined,
  );
}

function encodeAttribute(name: string, value: AttributeValue): Encoded {
  const [type, encoded] = "float" in value ? [1, float(2, value.float)]
    : "int" in value ? [2, integer(3, value.int)]
    : "string" in value ? [3, text(4, value.string)]
    : "floats" in value ? [6, fields(...value.floats.map((v) => float(7, v)))]
    : [7, integers(8, value.ints)];
  return fields(text(1, name), encoded as Encoded | Uint8Array, integer(20, type as number));
}

function encodeTensor(tensor: TensorProto): Encoded {
  return fields(integers(1, tensor.dims), integer(2, elementTypes[tensor.type].code), text(8, tensor.name), bytes(9, tensor.data));
}

function encodeValue(value: ValueInfo): Encoded {
  const shape = fields(...value.dims.map((side) => message(1, typeof side === "number" ? fields(integer(1, side)) : fields(text(2, side)))));
  const tensor = fields(integer(1, elementTypes.float32.code), message(2, shape));
  return fields(text(1, value.name), message(2, fields(message(1, tensor))), value.doc ? text(3, value.doc) : undefined);
}
