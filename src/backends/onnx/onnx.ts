/**
 * ONNX models as plain data, as far as we write them, and their encoding. Names and field numbers are those of onnx.proto3
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 */
import { irVersion } from "./opset.ts";
import { bytes, finish, float, integer, message, repeated, text, writer, type Encoded, type Lazy, type Writer } from "./protobuf.ts";

/** TensorProto.DataType and bytes of an element. */
const elementTypes = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  float16: { code: 10, bytes: 2 },
} as const;
export type ElementType = keyof typeof elementTypes;

export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

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
  readonly opset: number;
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

/** Every encoder below writes the fields of its message from the last to the first; in the file they stand in the order of their numbers. */
export function encodeModel(model: ModelProto): Encoded {
  const to = writer();
  repeated(Object.entries(model.metadata), ([name, value]) =>
    message(to, 14, () => {
      text(to, 2, value);
      text(to, 1, name);
    }),
  );
  message(to, 8, () => {
    integer(to, 2, model.opset);
    text(to, 1, "");
  });
  message(to, 7, () => encodeGraph(to, model.graph));
  if (model.doc) text(to, 6, model.doc);
  text(to, 3, model.producerVersion);
  text(to, 2, model.producer);
  integer(to, 1, irVersion(model.opset));
  return finish(to);
}

function encodeGraph(to: Writer, graph: GraphProto): void {
  repeated(graph.values, (value) => message(to, 13, () => encodeValue(to, value)));
  repeated(graph.outputs, (value) => message(to, 12, () => encodeValue(to, value)));
  repeated(graph.inputs, (value) => message(to, 11, () => encodeValue(to, value)));
  if (graph.doc) text(to, 10, graph.doc);
  repeated(graph.initializers, (tensor) => message(to, 5, () => encodeTensor(to, tensor)));
  text(to, 2, graph.name);
  repeated(graph.nodes, (node) => message(to, 1, () => encodeNode(to, node)));
}

function encodeNode(to: Writer, node: NodeProto): void {
  if (node.doc) text(to, 6, node.doc);
  repeated(Object.entries(node.attributes), ([name, value]) => message(to, 5, () => encodeAttribute(to, name, value)));
  text(to, 4, node.opType);
  if (node.name) text(to, 3, node.name);
  repeated(node.outputs, (name) => text(to, 2, name));
  repeated(node.inputs, (name) => text(to, 1, name));
}

/** Field 20 is AttributeProto.AttributeType. */
function encodeAttribute(to: Writer, name: string, value: AttributeValue): void {
  if ("float" in value) {
    integer(to, 20, 1);
    float(to, 2, value.float);
  } else if ("int" in value) {
    integer(to, 20, 2);
    integer(to, 3, value.int);
  } else if ("string" in value) {
    integer(to, 20, 3);
    text(to, 4, value.string);
  } else {
    integer(to, 20, 7);
    repeated(value.ints, (one) => integer(to, 8, one));
  }
  text(to, 1, name);
}

function encodeTensor(to: Writer, tensor: TensorProto): void {
  bytes(to, 9, tensor.data);
  text(to, 8, tensor.name);
  integer(to, 2, elementTypes[tensor.type].code);
  repeated(tensor.dims, (side) => integer(to, 1, side));
}

/** ValueInfoProto { name, type: TypeProto { tensor_type: { elem_type, shape: { dim: { dim_value or dim_param } } } } }. */
function encodeValue(to: Writer, value: ValueInfo): void {
  message(to, 2, () =>
    message(to, 1, () => {
      message(to, 2, () => repeated(value.dims, (side) => message(to, 1, () => (typeof side === "number" ? integer(to, 1, side) : text(to, 2, side)))));
      integer(to, 1, elementTypes.float32.code);
    }),
  );
  text(to, 1, value.name);
}
