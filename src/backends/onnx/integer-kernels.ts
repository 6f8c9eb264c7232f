/**
 * Kernels as signed integers of 8 bits with a scale for each output channel: w:float32 ⇒ DequantizeLinear(w:int8, scales). By itself a form of
 * storage in which activations stay float32: the file is about a quarter as long.
 */
import { channelsOn, magnitudes, symmetric } from "../weights/quantisation.ts";
import type { NodeProto } from "./onnx.ts";
import type { Initializer, TargetGraph } from "./target.ts";

export const KERNEL_LEVELS = 127;

/** The axis of a kernel's output channels, by the operator that takes it as its second input. A Gemm's is transposed. */
const channelAxis: Readonly<Record<string, number>> = { Conv: 0, Gemm: 0, ConvTranspose: 1 };

export interface Kernel {
  readonly initializer: Initializer;
  /** Of its output channels. */
  readonly axis: number;
  /** The nodes that compute with it. */
  readonly takers: readonly NodeProto[];
}

/** The float32 kernels of a graph. */
export function kernelsOf(graph: TargetGraph): readonly Kernel[] {
  const initializers = new Map(graph.initializers.map((one) => [one.name, one]));
  const found = new Map<string, { initializer: Initializer; axis: number; takers: NodeProto[] }>();
  for (const node of graph.nodes) {
    const axis = channelAxis[node.opType];
    const initializer = axis === undefined ? undefined : initializers.get(node.inputs[1]);
    if (!initializer || initializer.type !== "float32" || !("weight" in initializer.source)) continue;
    const known = found.get(initializer.name);
    if (known) known.takers.push(node);
    else found.set(initializer.name, { initializer, axis, takers: [node] });
  }
  return [...found.values()];
}

/** The kernel as integers, under its own name. @param scales one for each channel on the axis */
export function asIntegers({ initializer, axis }: Pick<Kernel, "initializer" | "axis">, scales: Float32Array, levels: number): Initializer {
  const { source, dims } = initializer;
  if (!("weight" in source)) throw new Error(`${initializer.name} is no weight`);
  return { ...initializer, type: "int8", source: { weight: source.weight, integers: { channels: channelsOn(axis, dims), scales, levels } } };
}

/** DequantizeLinear with scales along an axis, or one scale and the integer that stands for 0. */
export function dequantised(inputs: readonly string[], output: string, axis?: number): NodeProto {
  return { name: "", opType: "DequantizeLinear", inputs, outputs: [output], attributes: axis === undefined ? {} : { axis: { int: axis } }, doc: "" };
}

export function scalesAs(name: string, scales: Float32Array): Initializer {
  return { name, type: "float32", dims: [scales.length], source: { numbers: Array.from(scales) } };
}

/** @param numbers the numbers of a float32 initializer */
export function storeIntegers(graph: TargetGraph, numbers: (initializer: Initializer) => Float32Array): TargetGraph {
  const stored = new Map<string, readonly Initializer[]>();
  const reading: NodeProto[] = [];
  for (const kernel of kernelsOf(graph)) {
    const { name, dims } = kernel.initializer;
    const scales = symmetric(magnitudes(numbers(kernel.initializer), channelsOn(kernel.axis, dims)), KERNEL_LEVELS);
    stored.set(name, [asIntegers(kernel, scales, KERNEL_LEVELS), scalesAs(`${name}/scale`, scales)]);
    reading.push(dequantised([name, `${name}/scale`], `${name}/float32`, kernel.axis));
  }
  const read = (name: string): string => (stored.has(name) ? `${name}/float32` : name);
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(read) }));
  return { ...graph, nodes: [...reading, ...nodes], initializers: graph.initializers.flatMap((one) => stored.get(one.name) ?? [one]) };
}
