/**
 * The oracle: what a set of kernels does with a layer of the deployed network. Rules are data, one file for each set; those that can be run
 * were probed with one-operator networks (`scripts/probe-support.mjs`), the others are taken from their makers' documents.
 */
import type { Node } from "../../ir/graph.ts";
import type { OpName } from "../../ops/index.ts";
import type { KernelSet, Precision } from "../device.ts";
import { cmsisNn } from "./cmsis-nn.ts";
import { edgeTpu } from "./edge-tpu.ts";
import { ortNode } from "./ort-node.ts";
import { ortWasm } from "./ort-wasm.ts";
import { ortWebgpu } from "./ort-webgpu.ts";
import { ortWebnn } from "./ort-webnn.ts";
import { decomposed, judged, STATUSES, type KernelSupport, type Verdict } from "./rules.ts";
import { tfjsCpu } from "./tfjs-cpu.ts";
import { tfjsWasm } from "./tfjs-wasm.ts";
import { tfjsWebgl } from "./tfjs-webgl.ts";
import { tfjsWebgpu } from "./tfjs-webgpu.ts";
import { vela } from "./vela.ts";

export interface Support extends Verdict {
  /** The operator that the verdict is about: the layer's, or that of the activation behind it. */
  readonly op: string;
  readonly source: string;
  readonly date: string;
}

export const kernelSets: Readonly<Record<KernelSet, KernelSupport>> = {
  tfjs_cpu: tfjsCpu,
  tfjs_wasm: tfjsWasm,
  tfjs_webgl: tfjsWebgl,
  tfjs_webgpu: tfjsWebgpu,
  ort_wasm: ortWasm,
  ort_webgpu: ortWebgpu,
  ort_webnn: ortWebnn,
  ort_node: ortNode,
  cmsis_nn: cmsisNn,
  edge_tpu: edgeTpu,
  vela,
};

/** @param node of the deployed network, its shapes known; an activation that a pass made part of it is judged with it */
export function supportOf(kernels: KernelSet, precision: Precision, node: Node): Support {
  const set = kernelSets[kernels];
  const { source, date } = set;
  const rules = set.at[precision];
  if ("status" in rules) return { ...rules, op: node.op.name, source, date };
  const own: Support = { ...judged(rules[node.op.name as OpName], node), op: node.op.name, source, date };
  const { activation } = node;
  if (!activation || set.fuses(activation, node, precision)) return own;
  const behind = judged(rules[activation.op.name as OpName], { inputs: node.outputs, outputs: node.outputs, attrs: activation.attrs });
  const apart: Verdict = behind.status === "native" ? decomposed("a kernel of its own behind the layer") : behind;
  return STATUSES.indexOf(apart.status) > STATUSES.indexOf(own.status) ? { ...apart, op: activation.op.name, source, date } : own;
}
