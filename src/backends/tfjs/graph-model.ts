/**
 * A program as a TF.js graph model: a GraphDef in JSON with the attributes that TF.js's converter writes, for `tf.loadGraphModel`.
 * Strings are in base64, integers in decimal text, as protobuf's JSON form has them.
 */
import type { GraphInput } from "../../compiler/ir/graph.ts";
import type { Shape } from "../../compiler/ir/shape.ts";
import { anyBatch, type Call, type Fused, type Kernel, type KernelName, type KernelOf, type Operand, type Program } from "./program.ts";
import type { Stored, StoredAs } from "./stored.ts";

interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr: Readonly<Record<string, unknown>>;
}

/** What the call becomes: an operation, its attributes, and small constants that it takes as further inputs. */
interface Emission {
  readonly op: string;
  readonly attr?: Readonly<Record<string, unknown>>;
  /** int32 vectors behind the tensors; `first` puts the first of them before. */
  readonly vectors?: readonly Int32[];
  readonly first?: true;
  /** float32 numbers behind the tensors and vectors. */
  readonly numbers?: readonly number[];
}
interface Int32 {
  readonly shape: Shape;
  readonly values: readonly number[];
}

const text = (value: string) => ({ s: btoa(value) });
const integers = (values: readonly number[]) => ({ list: { i: values.map(String) } });
const FLOAT = { type: "DT_FLOAT" };
const vector = (values: readonly number[]): Int32 => ({ shape: [values.length], values });
const scalar = (value: number): Int32 => ({ shape: [], values: [value] });

type Render<N extends KernelName> = (kernel: KernelOf<N>, call: Call) => Emission;

const unaryOps = { relu: "Relu", relu6: "Relu6", elu: "Elu", sigmoid: "Sigmoid", tanh: "Tanh", erf: "Erf", rsqrt: "Rsqrt" } as const;
const binaryOps = { add: "AddV2", sub: "Sub", mul: "Mul", div: "RealDiv" } as const;
const reduceOps = { mean: "Mean", sum: "Sum", max: "Max" } as const;
const fusedOps = { relu: "Relu", relu6: "Relu6", elu: "Elu", sigmoid: "Sigmoid", leakyrelu: "LeakyRelu" } as const;

const table: { readonly [N in KernelName]: Render<N> } = {
  conv2d: (kernel) => ({ op: "_FusedConv2D", attr: convolution(kernel, kernel.dilations, kernel.activation) }),
  depthwise: (kernel) => ({ op: "FusedDepthwiseConv2dNative", attr: convolution(kernel, kernel.dilations, kernel.activation) }),
  // Conv2DBackpropInput takes the result's shape first, then the kernel, then the image.
  convTranspose: (kernel) => ({ op: "Conv2DBackpropInput", attr: windowed(kernel), vectors: [vector(kernel.outputShape)], first: true }),
  maxPool: (kernel) => ({ op: "MaxPool", attr: pooling(kernel) }),
  avgPool: (kernel) => ({ op: "AvgPool", attr: pooling(kernel) }),
  matMul: (kernel) => ({ op: "BatchMatMulV2", attr: { adj_x: { b: kernel.transposeA }, adj_y: { b: kernel.transposeB } } }),
  unary: (kernel) => ({ op: unaryOps[kernel.f] }),
  leakyRelu: (kernel) => ({ op: "LeakyRelu", attr: { alpha: { f: kernel.alpha } } }),
  clip: (kernel) => ({ op: "ClipByValue", numbers: [kernel.min, kernel.max] }),
  prelu: () => ({ op: "Prelu" }),
  binary: (kernel) => ({ op: binaryOps[kernel.f] }),
  softmax: () => ({ op: "Softmax" }),
  concat: (kernel, call) => ({ op: "ConcatV2", attr: { N: { i: String(call.inputs.length) } }, vectors: [scalar(kernel.axis)] }),
  split: (kernel) => ({ op: "SplitV", attr: { num_split: { i: String(kernel.sizes.length) } }, vectors: [vector(kernel.sizes), scalar(kernel.axis)] }),
  slice: (kernel, call) => slice(kernel, call),
  pad: (kernel) => ({ op: "PadV2", vectors: [paddings(kernel.pads)], numbers: [kernel.value] }),
  mirrorPad: (kernel) => ({ op: "MirrorPad", attr: { mode: text(kernel.mode) }, vectors: [paddings(kernel.pads)] }),
  reshape: (kernel) => ({ op: "Reshape", vectors: [vector([-1, ...kernel.shape.slice(1)])] }),
  transpose: (kernel) => ({ op: "Transpose", vectors: [vector(kernel.order)] }),
  resize: (kernel) => ({
    op: kernel.mode === "bilinear" ? "ResizeBilinear" : "ResizeNearestNeighbor",
    attr: { align_corners: { b: kernel.alignCorners }, half_pixel_centers: { b: kernel.halfPixel } },
    vectors: [vector(kernel.size)],
  }),
  reduce: (kernel) => ({ op: reduceOps[kernel.f], attr: { keep_dims: { b: true } }, vectors: [vector(kernel.axes)] }),
  // The graph's batch is 1 wherever this stands.
  repeat: () => ({ op: "Identity" }),
  clone: () => ({ op: "Identity" }),
};

function windowed(kernel: { readonly strides: readonly number[]; readonly pads: readonly number[] }) {
  const [top, left, bottom, right] = kernel.pads;
  const explicit = kernel.pads.some((side) => side > 0);
  return {
    strides: integers([1, ...kernel.strides, 1]),
    padding: text(explicit ? "EXPLICIT" : "VALID"),
    ...(explicit ? { explicit_paddings: integers([0, 0, top, bottom, left, right, 0, 0]) } : {}),
    data_format: text("NHWC"),
  };
}

function convolution(kernel: { readonly strides: readonly number[]; readonly pads: readonly number[] }, dilations: readonly number[], activation: Fused | undefined) {
  const fused = ["BiasAdd", ...(activation ? [fusedOps[activation.f]] : [])];
  return {
    ...windowed(kernel),
    dilations: integers([1, ...dilations, 1]),
    num_args: { i: "1" },
    fused_ops: { list: { s: fused.map(btoa) } },
    ...(activation?.f === "leakyrelu" ? { leakyrelu_alpha: { f: activation.alpha } } : {}),
  };
}

/** Poolings have no explicit paddings; the program for this target pads only as TensorFlow's SAME does. */
function pooling(kernel: KernelOf<"maxPool" | "avgPool">) {
  return {
    ksize: integers([1, ...kernel.window, 1]),
    strides: integers([1, ...kernel.strides, 1]),
    padding: text(kernel.pads.some((side) => side > 0) ? "SAME" : "VALID"),
    data_format: text("NHWC"),
  };
}

function paddings([top, left, bottom, right]: readonly number[]): Int32 {
  return { shape: [4, 2], values: [0, 0, top, bottom, left, right, 0, 0] };
}

function slice(kernel: KernelOf<"slice">, call: Call): Emission {
  const { shape } = call.inputs[0];
  const begin = shape.map((_, a) => (a === kernel.axis ? kernel.begin : 0));
  if (kernel.step === 1) return { op: "Slice", vectors: [vector(begin), vector(shape.map((_, a) => (a === kernel.axis ? kernel.end - kernel.begin : -1)))] };
  const masked = shape.reduce((bits, _, a) => (a === kernel.axis ? bits : bits | (1 << a)), 0);
  const none = { i: "0" };
  return {
    op: "StridedSlice",
    vectors: [vector(begin), vector(shape.map((_, a) => (a === kernel.axis ? kernel.end : 0))), vector(shape.map((_, a) => (a === kernel.axis ? kernel.step : 1)))],
    attr: { begin_mask: { i: String(masked) }, end_mask: { i: String(masked) }, ellipsis_mask: none, new_axis_mask: none, shrink_axis_mask: none },
  };
}

interface WeightEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: "float32" | "int32";
  readonly quantization?: StoredAs & { readonly original_dtype: "float32" };
}

/** The JSON file, and what stands in the weights file behind the program's constants: shapes, axes and the like. */
export interface GraphModel {
  readonly json: string;
  readonly tail: Uint8Array;
}

/**
 * @param weightsFile the path of the program's constants, followed by `tail`
 * @param generatedBy tool and version, for the file's header
 */
export function graphModel(program: Program, facts: readonly GraphInput[], weightsFile: string, stored: Stored, generatedBy: string): GraphModel {
  const batch = anyBatch(program) ? -1 : 1;
  const names = new Map<number, string>();
  const nodes: NodeDef[] = [];
  const weights: WeightEntry[] = [];
  const tail: Uint8Array[] = [];
  const taken = new Set<string>();
  const unique = (wanted: string): string => {
    const base = wanted.replaceAll(":", "_");
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
    taken.add(name);
    return name;
  };

  for (const { name, value } of program.inputs) {
    names.set(value.id, unique(name));
    nodes.push({ name: names.get(value.id)!, op: "Placeholder", attr: { dtype: FLOAT, shape: { shape: { dim: sized(value.shape, batch) } } } });
  }
  const constants = new Map<string, string>();
  for (const constant of program.constants) {
    const name = unique(constant.name);
    constants.set(constant.name, name);
    nodes.push({ name, op: "Const", attr: { dtype: FLOAT, value: { tensor: { dtype: "DT_FLOAT", tensorShape: { dim: sized(constant.shape) } } } } });
    const as = stored.get(constant.name);
    const quantization = as ? { quantization: { ...as, original_dtype: "float32" } as const } : {};
    weights.push({ name, shape: constant.shape, dtype: "float32", ...quantization });
  }
  const small = new Map<string, string>();
  const smallNode = (type: "int32" | "float32", { shape, values }: Int32): string => {
    const key = `${type}:${shape.join("x")}:${values.join(",")}`;
    let name = small.get(key);
    if (name === undefined) {
      name = unique(`${type}_${small.size}`);
      small.set(key, name);
      const dtype = type === "int32" ? "DT_INT32" : "DT_FLOAT";
      nodes.push({ name, op: "Const", attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: { dim: sized(shape) } } } } });
      weights.push({ name, shape, dtype: type });
      tail.push(new Uint8Array((type === "int32" ? Int32Array : Float32Array).from(values).buffer));
    }
    return name;
  };

  const source = (operand: Operand): string => (operand.kind === "constant" ? constants.get(operand.name)! : names.get(operand.id)!);
  for (const call of program.calls) {
    const { op, attr, vectors: extra = [], first, numbers = [] } = (table[call.kernel.name] as (kernel: Kernel, call: Call) => Emission)(call.kernel, call);
    const integersIn = extra.map((vector) => smallNode("int32", vector));
    const tensors = call.inputs.map(source);
    const input = [...(first ? [...integersIn, ...tensors.toReversed()] : [...tensors, ...integersIn]), ...numbers.map((number) => smallNode("float32", scalar(number)))];
    const name = unique(call.path);
    nodes.push({ name, op, input, attr: { T: FLOAT, ...attr } });
    call.outputs.forEach((value, i) => names.set(value.id, i === 0 ? name : `${name}:${i}`));
  }
  const asIs = new Map(facts.map((input) => [input.name, input]));
  const info = (name: string, shape: Shape) => ({ name: name.includes(":") ? name : `${name}:0`, dtype: "DT_FLOAT", tensorShape: { dim: sized(shape, batch) } });
  const model = {
    format: "graph-model",
    generatedBy,
    convertedBy: null,
    signature: {
      inputs: Object.fromEntries(program.inputs.map(({ name, value }) => [name, info(names.get(value.id)!, value.shape)])),
      outputs: Object.fromEntries(program.outputs.map(({ name, value }) => [name, info(names.get(value.id)!, value.shape)])),
    },
    userDefinedMetadata: { inputs: Object.fromEntries(program.inputs.map(({ name }) => [name, picture(asIs.get(name))])) },
    modelTopology: { node: nodes, versions: { producer: 1 } },
    weightsManifest: [{ paths: [weightsFile], weights }],
  };
  return { json: `${JSON.stringify(model)}\n`, tail: joined(tail) };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function sized(shape: Shape, batch?: number): readonly { readonly size: string }[] {
  return shape.map((side, a) => ({ size: String(a === 0 && batch !== undefined ? batch : side) }));
}

function picture(input: GraphInput | undefined) {
  return { order: input?.order ?? null, mean: input?.mean ?? null, std: input?.std ?? null };
}
