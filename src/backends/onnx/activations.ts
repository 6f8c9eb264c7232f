/**
 * Memory of what this backend emits, as ONNX Runtime executes it at its ordinary optimisation level: an activation is part of the convolution
 * or dense layer whose only reader it is, x · Sigmoid(x) is one kernel (QuickGelu), HardSwish two (HardSigmoid, Mul), and Reshape, Flatten
 * and Identity are views. Nothing is counted as overwritten in place.
 */
import { peak, type Held, type Step } from "../../compiler/analyse/liveness.ts";
import { elements } from "../../compiler/ir/shape.ts";
import type { NodeProto } from "./onnx.ts";
import type { TargetGraph } from "./target.ts";

const FLOAT = 4;
/** What ONNX Runtime joins to a Conv or Gemm before it. */
const joined: ReadonlySet<string> = new Set(["Relu", "Clip", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid"]);
const takers: ReadonlySet<string> = new Set(["Conv", "Gemm"]);
const views: ReadonlySet<string> = new Set(["Reshape", "Flatten", "Identity"]);

/** Peak bytes of activations alive at once, for a batch of 1. */
export function activationBytes(graph: TargetGraph): number {
  const ids = new Map<string, number>();
  const idOf = (name: string): number => {
    let id = ids.get(name);
    if (id === undefined) ids.set(name, (id = ids.size));
    return id;
  };
  const sizes = new Map(graph.values.map(({ name, shape }) => [name, FLOAT * elements(shape)]));
  const held = (name: string): Held => ({ id: idOf(name), bytes: sizes.get(name)! });
  const inputs = graph.inputs.map(({ name, dims }): Held => ({ id: idOf(name), bytes: FLOAT * elements(dims.slice(1) as number[]) }));
  const known = (name: string): boolean => sizes.has(name) || ids.has(name);

  const steps: Step[] = [];
  for (const kernel of kernelsOf(graph)) {
    const read = kernel.inputs.filter(known).map(idOf);
    if (kernel.opType === "HardSwish") {
      const hidden: Held = { id: idOf(`${kernel.outputs[0]}/hardsigmoid`), bytes: sizes.get(kernel.outputs[0])! };
      steps.push({ inputs: read, outputs: [hidden] }, { inputs: [...read, hidden.id], outputs: kernel.outputs.map(held) });
    } else if (views.has(kernel.opType) && read.length > 0) {
      steps.push({ inputs: read, outputs: kernel.outputs.map((name) => ({ ...held(name), viewOf: read[0] })) });
    } else {
      steps.push({ inputs: read, outputs: kernel.outputs.map(held) });
    }
  }
  return peak(inputs, steps, graph.outputs.map(({ name }) => idOf(name))).bytes;
}

interface Kernel {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The nodes after ONNX Runtime has joined what it joins. */
function kernelsOf(graph: TargetGraph): readonly Kernel[] {
  const reads = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name)]) reads.set(name, (reads.get(name) ?? 0) + 1);
  const makers = new Map<string, NodeProto>(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const kernels = new Map<NodeProto, Kernel>();
  for (const node of graph.nodes) {
    const before = makers.get(node.inputs[0]);
    const gate = makers.get(node.inputs[1] ?? "");
    if (before && joined.has(node.opType) && takers.has(before.opType) && reads.get(node.inputs[0]) === 1 && kernels.has(before)) {
      kernels.set(before, { ...before, outputs: node.outputs });
    } else if (node.opType === "Mul" && gate?.opType === "Sigmoid" && gate.inputs[0] === node.inputs[0] && reads.get(node.inputs[1]) === 1) {
      kernels.delete(gate);
      kernels.set(node, { opType: "QuickGelu", inputs: [node.inputs[0]], outputs: node.outputs });
    } else {
      kernels.set(node, node);
    }
  }
  return [...kernels.values()];
}
