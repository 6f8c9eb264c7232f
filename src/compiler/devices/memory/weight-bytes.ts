/**
 * The bytes that a network's weights take in flash: those of the deployed network, each once. At int8 a bias is an int32, in the unit of the
 * accumulator that it is added to (Jacob et al. 2018, section 2.4), so that Σ weights + 4·Σ biases: to the byte the "Weights Flash" of the tables in
 * ST's model zoo (image classification, STM32Cube.AI 7.3 to ST Edge AI Core 3.0.0). The scales of channels are counted by no one.
 */
import type { Graph } from "../../ir/graph.ts";
import { elements } from "../../ir/shape.ts";
import { ELEMENT_BYTES } from "../kernels.ts";
import type { Precision } from "../device.ts";

const ACCUMULATOR = 4;

/** @param graph as `deployed` makes it */
export function weightBytes(graph: Graph, precision: Precision): number {
  const seen = new Set<string>();
  let bytes = 0;
  for (const node of graph.nodes) {
    for (const { name, role, shape } of node.activation ? [...node.weights, ...node.activation.weights] : node.weights) {
      if (seen.has(name)) continue;
      seen.add(name);
      bytes += elements(shape) * (precision === "int8" && role === "bias" ? ACCUMULATOR : ELEMENT_BYTES[precision]);
    }
  }
  return bytes;
}
