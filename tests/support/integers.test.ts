/**
 * Integers in ONNX Runtime's CPU provider: each operator between convolutions, quantised by our backend, and looked at as the runtime has rewritten it.
 * Where a DequantizeLinear remains whose result is no result of the network's, something computes in float32.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { afterAll, expect, test } from "vitest";
import { calibratedTensors } from "../../src/backends/onnx/calibration.ts";
import { STATUSES } from "../../src/compiler/devices/support/rules.ts";
import { plainSpellings } from "../../src/compiler/devices/support/spellings.ts";
import { supportOf } from "../../src/compiler/devices/support/support.ts";
import type { Graph, Tensor } from "../../src/compiler/ir/graph.ts";
import type { OpName } from "../../src/compiler/ops/index.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { network, noisyWeights } from "../onnx/networks.ts";
import { emitted, requestFor } from "../onnx/sessions.ts";
import { cases } from "./cases.ts";

const folder = mkdtempSync(join(tmpdir(), "lwm-integers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The network with a convolution before each input and behind its only image; undefined where it has vectors or several results. */
function amongConvolutions(graph: Graph): Graph | undefined {
  const isImage = ({ shape }: Tensor) => shape?.length === 3;
  if (!graph.inputs.every(({ tensor }) => isImage(tensor)) || graph.outputs.length !== 1 || !isImage(graph.outputs[0].tensor)) return undefined;
  return network(Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, tensor.shape!])), ({ op }, ...inputs) => {
    const made = new Map(graph.inputs.map(({ tensor }, i) => [tensor, op("conv2d", [inputs[i]], { out: tensor.shape![0], kernel: [1, 1] })]));
    for (const node of graph.nodes) made.set(node.outputs[0], op(node.op.name as OpName, node.inputs.map((x) => made.get(x)!), node.given, `middle.${node.path}`));
    return { y: op("conv2d", [made.get(graph.outputs[0].tensor)!], { out: 3, kernel: [1, 1] }) };
  });
}

test("what the oracle calls native computes on integers; what falls back, in float32", async () => {
  const ort = await import("onnxruntime-node");
  const wrong: string[] = [];
  let count = 0;
  for (const [title, make] of cases) {
    const graph = amongConvolutions(make());
    if (!graph) continue;
    count++;
    const weights = noisyWeights(graph);
    const ranges = new Map(calibratedTensors(requestFor(graph, weights)).map(({ name }) => [name, [-4, 4] as const]));
    const { model } = await emitted(graph, weights, { spellings: { ...plainSpellings, stem: "integers" }, int8: { ranges, reduceRange: false } });
    const path = join(folder, "rewritten.onnx");
    const session = await ort.InferenceSession.create(model, { optimizedModelFilePath: path, graphOptimizationLevel: "extended", intraOpNumThreads: 1, logSeverityLevel: 3 });
    await session.release();
    const { node: nodes, output } = fromBinary(ModelProtoSchema, readFileSync(path)).graph!;
    const results = new Set(output.map(({ name }) => name));
    const floats = nodes.some(({ opType, output: [made] }) => opType === "DequantizeLinear" && !results.has(made));
    const status = deployed(graph).nodes.map((node) => supportOf("ort_node", "int8", node).status).reduce((a, b) => (STATUSES.indexOf(a) > STATUSES.indexOf(b) ? a : b));
    if ((status === "fallback") !== floats) wrong.push(`${title}: said ${status}, and it is ${nodes.map(({ opType }) => opType).join(", ")}`);
  }
  expect(wrong).toEqual([]);
  expect(count).toBeGreaterThan(200);
});
