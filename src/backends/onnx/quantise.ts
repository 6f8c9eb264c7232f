/**
 * A lowered graph in the QDQ form of ONNX: x ⇒ DequantizeLinear(QuantizeLinear(x)) around every operator that can compute on integers, from which
 * runtimes make kernels on 8-bit integers. Activations are unsigned with a scale for each tensor, kernels signed with a scale for each output
 * channel, biases 32 bits wide on the product of both scales. What has no kernel on integers computes on float32 in between.
 *
 * Kernels keep their names. What is added bears short ones, since small networks would otherwise be made of names: `qN` integers, `fN` what they
 * stand for, `sN` and `zN` scale and zero, `bN` biases. For the same reason windows are described as far as they differ from ONNX's defaults.
 */
import { channelsOn, magnitudes, symmetric, toInt8, toUnsigned, type Affine, type Range } from "../weights/quantisation.ts";
import { asIntegers, dequantised, kernelsOf, KERNEL_LEVELS, scalesAs } from "./integer-kernels.ts";
import type { AttributeValue, NodeProto } from "./onnx.ts";
import { correctedBias, integerBias, widenForBias } from "./quantise-bias.ts";
import { wiring } from "./quantise-forms.ts";
import { denseHeads } from "./quantise-heads.ts";
import { planIntegers, type Left } from "./quantise-plan.ts";
import type { Initializer, TargetGraph } from "./target.ts";

export interface Calibration {
  /** Lowest and highest value of each tensor, by its name in the lowered graph (see `calibratedValues`). */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Means of the channels of what kernels take, by the tensor's name; without them biases stay as they are. */
  readonly means?: ReadonlyMap<string, Float32Array>;
}

export interface QuantiseOptions extends Calibration {
  /** Kernels in 7 bits: processors with AVX2 or AVX-512 but without VNNI add pairs of products in 16 bits, where 8 may overflow. */
  readonly reduceRange: boolean;
}

export interface QuantisedGraph {
  readonly graph: TargetGraph;
  /** How many operators compute on integers. */
  readonly integers: number;
  readonly floats: readonly Left[];
}

/** Of 7 bits: two products with 255 fit 16 bits. */
const REDUCED_LEVELS = 64;

/** @param numbers the numbers of a float32 initializer */
export function quantise(lowered: TargetGraph, options: QuantiseOptions, numbers: (initializer: Initializer) => Float32Array): QuantisedGraph {
  const graph = denseHeads(lowered);
  const plan = planIntegers(graph, options.ranges, numbers);
  const { carried } = plan;
  const wires = wiring(graph);
  const levels = options.reduceRange ? REDUCED_LEVELS : KERNEL_LEVELS;
  const known = new Map(graph.initializers.map((one) => [one.name, one]));
  const nodes: NodeProto[] = [];
  const added: Initializer[] = [];
  const fresh = freshNames(graph);

  // equal parameters are stored once
  const shared = new Map<string, readonly [string, string]>();
  const parameters = ({ scale, zero }: Affine): readonly [string, string] => {
    const key = `${scale} ${zero}`;
    const found = shared.get(key);
    if (found) return found;
    const made = [fresh("s"), fresh("z")] as const;
    added.push({ name: made[0], type: "float32", dims: [], source: { numbers: [scale] } }, { name: made[1], type: "uint8", dims: [], source: { numbers: [zero] } });
    shared.set(key, made);
    return made;
  };

  // Each value that is carried has three names: as its operator gives it, as integers, and as it is read. A result of the graph is read under its own.
  const reading = new Map<string, string>();
  const given = (value: string): string => (wires.isOutput(value) && carried.has(value) ? `${value}/exact` : value);
  const read = (value: string): string => reading.get(value) ?? value;
  const round = (value: string, from: string): void => {
    const kept = parameters(carried.get(value)!);
    const integers = fresh("q");
    const name = wires.isOutput(value) ? value : fresh("f");
    nodes.push({ name: "", opType: "QuantizeLinear", inputs: [from, ...kept], outputs: [integers], attributes: {}, doc: "" }, dequantised([integers, ...kept], name));
    reading.set(value, name);
  };
  const constant = (name: string): string => {
    if (!reading.has(name)) {
      const values = numbers(known.get(name)!);
      const [integers, made] = [fresh("q"), fresh("f")];
      const stored = toUnsigned(values, carried.get(name)!);
      added.push({ name: integers, type: "uint8", dims: known.get(name)!.dims, source: { numbers: Array.from(stored) } });
      nodes.push(dequantised([integers, ...parameters(carried.get(name)!)], made));
      reading.set(name, made);
    }
    return reading.get(name)!;
  };

  const biasOf = (node: NodeProto): Float32Array | undefined => (node.inputs[2] === undefined ? undefined : numbers(known.get(node.inputs[2])!).slice());
  const kernels = new Map<string, { readonly kernel: Initializer; readonly scales: Float32Array; readonly scaleName: string; readonly name: string }>();
  for (const kernel of kernelsOf(graph)) {
    const { initializer, axis, takers } = kernel;
    if (takers.every((taker) => plan.stems.has(taker))) continue;
    const most = magnitudes(numbers(initializer), channelsOn(axis, initializer.dims));
    for (const taker of takers) if (plan.kernels.has(taker)) widenForBias(most, levels, biasOf(taker) ?? new Float32Array(0), carried.get(taker.inputs[0])!.scale);
    const scales = symmetric(most, levels);
    const [scaleName, name] = [fresh("s"), fresh("f")];
    added.push(asIntegers(kernel, scales, levels), scalesAs(scaleName, scales));
    // that zero is zero need not be said, but ONNX Runtime makes no QGemm without it
    const zeros = takers.some(({ opType }) => opType === "Gemm") ? [fresh("z")] : [];
    for (const zero of zeros) added.push({ name: zero, type: "int8", dims: [scales.length], source: { numbers: Array.from(scales, () => 0) } });
    nodes.push(dequantised([initializer.name, scaleName, ...zeros], name, axis));
    kernels.set(initializer.name, { kernel: initializer, scales, scaleName, name });
  }
  const meansOf = (node: NodeProto): Float32Array | undefined => {
    const [from] = node.inputs;
    return options.means?.get(from) ?? options.means?.get(wires.maker(from)?.inputs[0] ?? "");
  };
  /** The bias of a kernel on integers; corrected, a layer has one even where it had none. */
  const bias = (node: NodeProto): readonly string[] => {
    const { kernel, scales, scaleName } = kernels.get(node.inputs[1])!;
    const means = meansOf(node);
    let values = biasOf(node);
    if (!values && !means) return [];
    values ??= new Float32Array(scales.length);
    if (means) {
      const exact = numbers(kernel);
      values = correctedBias(values, { values: exact, integers: toInt8(exact, channelsOn(0, kernel.dims), scales, levels), scales, inner: kernel.dims[1] }, means);
    }
    const step = carried.get(node.inputs[0])!;
    const name = fresh("b");
    added.push({ name, type: "int32", dims: [scales.length], source: { numbers: integerBias(values, step.scale, scales) } });
    // the product of the scales is not stored: runtimes compute it when they load the model
    const [product, made] = [fresh("s"), fresh("f")];
    nodes.push({ name: "", opType: "Mul", inputs: [scaleName, parameters(step)[0]], outputs: [product], attributes: {}, doc: "" }, dequantised([name, product], made, 0));
    return [made];
  };

  for (const { name } of graph.inputs) if (carried.has(name)) round(name, name);
  for (const node of graph.nodes) {
    if (plan.elided.has(node)) {
      const [from] = node.inputs;
      round(node.outputs[0], wires.absorbedBy(from) === node ? given(from) : read(from));
      continue;
    }
    const data = new Set(wires.data(node));
    const inputs = node.inputs.map((name, i) => {
      if (data.has(name) && carried.has(name)) return known.has(name) ? constant(name) : read(name);
      return i === 1 ? (kernels.get(name)?.name ?? name) : name;
    });
    nodes.push({ ...node, inputs: plan.kernels.has(node) ? [...inputs.slice(0, 2), ...bias(node)] : inputs, outputs: node.outputs.map(given), attributes: spoken(node), doc: "" });
    for (const name of node.outputs) if (carried.has(name)) round(name, given(name));
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const replaced = new Set(added.map(({ name }) => name));
  const kept = graph.initializers.filter(({ name }) => !replaced.has(name) && (used.has(name) || wires.isOutput(name)));
  return { graph: { ...graph, nodes, layers: [], initializers: [...kept, ...added] }, integers: plan.integers, floats: plan.floats };
}

const plainWindow: Readonly<Record<string, number>> = { strides: 1, dilations: 1, pads: 0, group: 1 };

/** A convolution's attributes without those that are ONNX's defaults; the window's sides are those of the kernel. */
function spoken({ opType, attributes }: NodeProto): NodeProto["attributes"] {
  if (opType !== "Conv") return attributes;
  const plain = (name: string, value: AttributeValue): boolean => ("ints" in value ? value.ints.every((n) => n === plainWindow[name]) : "int" in value && value.int === plainWindow[name]);
  return Object.fromEntries(Object.entries(attributes).filter(([name, value]) => name !== "kernel_shape" && !plain(name, value)));
}

/** Names that the graph does not have. */
function freshNames(graph: TargetGraph): (letter: string) => string {
  const taken = new Set([...graph.initializers, ...graph.inputs, ...graph.values, ...graph.outputs].map(({ name }) => name));
  const counts = new Map<string, number>();
  return (letter) => {
    for (;;) {
      const count = (counts.get(letter) ?? -1) + 1;
      counts.set(letter, count);
      if (!taken.has(`${letter}${count}`)) return `${letter}${count}`;
    }
  };
}
