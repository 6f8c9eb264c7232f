/**
 * The kernels that a runtime runs for a network: the deployed graph without what costs nothing (views, constants), each with the work and the
 * traffic that its price depends on. An activation is a kernel of its own where the runtime does not compute it inside the layer before it.
 */
import type { Graph, Node, Tensor, Trail } from "../ir/graph.ts";
import { elements, type Shape } from "../ir/shape.ts";
import type { Weight } from "../ir/weight.ts";
import type { KernelClass, KernelSet, Precision } from "./device.ts";

export interface Kernel {
  /** The layer, or the activation that runs apart from it. */
  readonly path: string;
  /** The operator's name: `conv2d`. */
  readonly op: string;
  readonly of: Exclude<KernelClass, "any">;
  readonly macs: number;
  /** Bytes at the given precision. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Vectors of weights (biases) take 4 bytes an element at int8, as the accumulators they are added to. */
  readonly weightBytes: number;
  /** Heights of the window and the stride of a convolution or pooling. */
  readonly window?: number | undefined;
  readonly stride?: number | undefined;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  readonly trail: Trail;
}

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<Precision, number>> = { float32: 4, float16: 2, int8: 1 };

export interface KernelOptions {
  readonly precision: Precision;
  /** Activations computed inside the layer before them; see `fusedActivations`. Default: relu and relu6. */
  readonly fused?: ReadonlySet<string>;
}

/** Clamps of the accumulator, which every kernel library applies as it writes: TFLite's `ActivationFunctionType`, CMSIS-NN's activation range. */
const CLAMPS: ReadonlySet<string> = new Set(["relu", "relu6"]);
/** TF.js 4.22, `fused_types.ts`: `Activation`. */
const TFJS: ReadonlySet<string> = new Set(["relu", "relu6", "elu", "leaky_relu", "sigmoid"]);
/** onnxruntime 1.30, `conv_activation_fusion.cc`, CPU provider; relu6 is a Clip. */
const ORT: ReadonlySet<string> = new Set(["relu", "relu6", "leaky_relu", "sigmoid", "tanh", "hardsigmoid"]);

/** The activations that a set of kernels computes inside a convolution or dense layer. */
export function fusedActivations(kernels: KernelSet | undefined): ReadonlySet<string> {
  if (kernels?.startsWith("tfjs")) return TFJS;
  if (kernels?.startsWith("ort")) return ORT;
  return CLAMPS;
}

/** @param graph as `deployed` makes it. Nodes of unknown shape, which an error made, are left out. */
export function kernelsOf(graph: Graph, { precision, fused = CLAMPS }: KernelOptions): readonly Kernel[] {
  const kernels: Kernel[] = [];
  const bytes = ELEMENT_BYTES[precision];
  for (const node of graph.nodes) {
    const of = classOf(node);
    if (of === undefined) continue;
    const inputs = shapesOf(node.inputs);
    const outputs = shapesOf(node.outputs);
    if (inputs.length < node.inputs.length || outputs.length < node.outputs.length) continue;
    const outputBytes = bytes * total(outputs);
    kernels.push({
      path: node.path,
      op: node.op.name,
      of,
      macs: node.op.macs ? node.op.macs(inputs, outputs, node.attrs) : 0,
      inputBytes: bytes * total(inputs),
      outputBytes,
      weightBytes: weightBytes(node.weights, precision),
      window: node.attrs?.kernel?.[0],
      stride: node.attrs?.stride?.[0],
      inputs,
      outputs,
      trail: node.trail,
    });
    const { activation } = node;
    if (activation && !fused.has(activation.op.name)) {
      kernels.push({
        path: activation.path,
        op: activation.op.name,
        of: "activation",
        macs: 0,
        inputBytes: outputBytes,
        outputBytes,
        weightBytes: weightBytes(activation.weights, precision),
        inputs: outputs,
        outputs,
        trail: node.trail,
      });
    }
  }
  return kernels;
}

/** How a node is priced; undefined where it costs nothing: constants, and views of the same memory. */
export function classOf(node: Node): Exclude<KernelClass, "any"> | undefined {
  switch (node.op.kind) {
    case "convolution":
      return convolution(node);
    case "dense":
      return "dense";
    case "pooling":
      return node.outputs.every(({ shape }) => shape?.[1] === 1 && shape[2] === 1) ? "reduction" : "pooling";
    case "movement":
      return node.op.name === "reshape" || node.op.name === "flatten" ? undefined : "movement";
    case "source":
    case "regularization":
      return undefined;
    default:
      return node.op.kind;
  }
}

/** A 1×1 convolution of a single pixel is a matrix times a vector: each weight is read for one MAC, as in a dense layer. */
function convolution(node: Node): Exclude<KernelClass, "any"> {
  const channels = node.inputs[0].shape?.[0];
  const { groups, kernel } = node.attrs as { readonly groups: number; readonly kernel: readonly [number, number] };
  if (node.op.name === "depthwise" || (groups > 1 && groups === channels)) return "depthwise";
  if (groups > 1) return "grouped";
  if (kernel[0] !== 1 || kernel[1] !== 1 || node.op.name === "conv_transpose2d") return "conv";
  const out = node.outputs[0].shape;
  return out?.[1] === 1 && out[2] === 1 ? "dense" : "pointwise";
}

function weightBytes(weights: readonly Weight[], precision: Precision): number {
  let bytes = 0;
  for (const { shape } of weights) bytes += elements(shape) * (precision === "int8" && shape.length < 2 ? 4 : ELEMENT_BYTES[precision]);
  return bytes;
}

function total(shapes: readonly Shape[]): number {
  let sum = 0;
  for (const shape of shapes) sum += elements(shape);
  return sum;
}

function shapesOf(tensors: readonly Tensor[]): readonly Shape[] {
  const shapes: Shape[] = [];
  for (const { shape } of tensors) if (shape) shapes.push(shape);
  return shapes;
}
