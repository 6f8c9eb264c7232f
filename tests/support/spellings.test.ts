/** Each target's spellings compute the same, and say what its converters look for. */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { KERNEL_SETS, PRECISIONS } from "../../src/compiler/devices/device.ts";
import { plainSpellings, spellings, type Spellings } from "../../src/compiler/devices/support/spellings.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { elements } from "../../src/compiler/ir/shape.ts";
import { network } from "../library/network.ts";
import { noise, noisyWeights } from "../onnx/networks.ts";
import { emitted, opened, runSession } from "../onnx/sessions.ts";
import { run } from "../reference-ops.ts";
import { cases } from "./cases.ts";

async function modelOf(graph: Graph, chosen: Spellings) {
  const { model } = await emitted(graph, noisyWeights(graph), { spellings: chosen });
  const { graph: made, opsetImport, irVersion } = fromBinary(ModelProtoSchema, model);
  return { model, nodes: made!.node, opset: Number(opsetImport[0].version), ir: Number(irVersion) };
}

describe("every operator, in the lowest operator set that has it", () => {
  for (const kernels of ["cmsis_nn", undefined] as const) {
    test(`as for ${kernels ?? "kernels that are not known"}`, async () => {
      const { chosen } = spellings(kernels, "int8");
      for (const [title, make] of cases) {
        const graph = make();
        const inputs = Object.fromEntries(graph.inputs.map(({ name, tensor }) => [name, { shape: tensor.shape!, data: noise(`${title} ${name}`, elements(tensor.shape!)) }]));
        const expected = run(graph, Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data])), noisyWeights(graph));
        const session = await opened((await modelOf(graph, chosen)).model);
        const results = await runSession(session, 1, inputs);
        await session.release();
        for (const [name, { data }] of Object.entries(expected)) {
          const found = results[name].data as Float32Array;
          const scale = Array.from(data).reduce((a, b) => Math.max(a, Math.abs(b)), 1e-3);
          const error = Array.from(data).reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]) / scale), 0);
          expect(error, title).toBeLessThanOrEqual(1e-5);
        }
      }
    });
  }
});

test("a network with TensorFlow's padding names it, and needs no Pad", async () => {
  const { model } = await network("MobileNetV2(reading=keras)");
  const { nodes, opset, ir } = await modelOf(model.graph, spellings("cmsis_nn", "int8").chosen);
  const windows = nodes.filter(({ opType, attribute }) => opType === "Conv" && attribute.some(({ name, ints }) => name === "kernel_shape" && ints[0] > 1n));
  expect(windows.every(({ attribute }) => attribute.some(({ name, s }) => name === "auto_pad" && new TextDecoder().decode(s) === "SAME_UPPER"))).toBe(true);
  expect(nodes.filter(({ opType }) => opType === "GlobalAveragePool")).toEqual([]);
  expect([opset, ir]).toEqual([13, 7]);
});

test("hard-swish and layer normalisation ask for newer sets; without a target the newest is written", async () => {
  const { chosen } = spellings("vela", "int8");
  const { model } = await network("MobileNetV3Large");
  expect((await modelOf(model.graph, chosen)).opset).toBe(14);
  expect((await modelOf(cases.get("layernorm() on [3,8]")!(), chosen)).opset).toBe(17);
  expect((await modelOf(model.graph, plainSpellings)).opset).toBe(21);
});

test("every choice has a reason", () => {
  for (const kernels of [undefined, ...KERNEL_SETS]) {
    for (const precision of PRECISIONS) {
      const { list } = spellings(kernels, precision);
      expect(list.map(({ of }) => of)).toContain("padding");
      for (const { of, as, reason } of list) expect([of, as, reason].every((text) => text.length > 0 && !text.endsWith("."))).toBe(true);
    }
  }
});
