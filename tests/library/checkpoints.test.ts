/** Networks against the graphs of trained checkpoints: every convolution's and pooling's place, size, padding and kind, in order. */
import { expect, test } from "vitest";
import { trained } from "../acceptance/networks.ts";
import { isOp } from "../../src/compiler/ops/index.ts";
import { describeShared, readJson, readShared } from "../shared.ts";
import { layerRows, network } from "./network.ts";
import type { CompiledModel } from "../../src/compiler/compile.ts";

interface CheckpointNode {
  readonly op: string;
  readonly weight?: string;
  readonly bias?: string | null;
  readonly kernel?: readonly number[];
  readonly stride?: readonly number[];
  readonly pad?: readonly number[];
  readonly groups?: number;
  readonly eps?: number;
  readonly act?: string | { readonly alpha: number; readonly beta: number } | null;
  readonly ceil?: boolean;
}
interface About {
  readonly input: { readonly shape: readonly number[] };
  readonly preprocess: { readonly order: string; readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly output: { readonly classes: number; readonly class_index_offset?: number };
}

describeShared("trained checkpoints", () => {
  for (const [name, call] of Object.entries(trained)) {
    test(`${name} is ${call}`, async () => {
      const made = await network(call);
      const graph = readJson<readonly CheckpointNode[] | { readonly nodes: readonly CheckpointNode[] }>("weights", name, "graph.json");
      const nodes = "nodes" in graph ? graph.nodes : graph;
      const shapes = weightShapes(name);
      const folded = !nodes.some((node) => node.op === "bn");
      const convolutions = nodes.filter((node) => node.op === "conv" || node.op === "fc").map((node) => ({ at: node.op === "conv" ? place(node) : undefined, weight: flat(shapes[node.weight!]), bias: typeof node.bias === "string" }));
      // A 1x1 convolution on [c, 1, 1] and a dense layer are one thing; a folded batch norm left a bias.
      const rows = layerRows(made).map((row) => ({
        at: row.type === "conv" ? { stride: row.stride, pad: row.pads, groups: row.groups } : undefined,
        weight: flat([row.output[0], row.input[0] / row.groups, ...row.kernel]),
        bias: row.bias || folded,
      }));
      expect(rows.map(({ weight, bias }) => ({ weight, bias }))).toEqual(convolutions.map(({ weight, bias }) => ({ weight, bias })));
      for (const [i, { at }] of rows.entries()) if (at && convolutions[i].at) expect(at, `convolution ${i}`).toEqual(convolutions[i].at);
      expect(rest(made)).toEqual({
        pools: nodes.filter((node) => node.op === "maxpool").map((node) => ({ kernel: node.kernel, stride: node.stride, pads: node.pad })),
        adds: nodes.filter((node) => node.op === "add").length,
      });
      if (!folded) expect(norms(made)).toEqual(nodes.filter((node) => node.op === "bn").map((node) => Number(node.eps!.toPrecision(6))));
      expect(activations(made)).toEqual(nodes.flatMap(({ act }): readonly unknown[] => (!act ? [] : typeof act === "object" ? [act] : [aliases[act] ?? act])));
    });

    test(`${name} takes pictures as ${call} says`, async () => {
      const { model } = await network(call);
      const about = readJson<About>("weights", name, "about.json");
      const [input] = model.graph.inputs;
      expect({ shape: input.tensor.shape, order: input.order, mean: input.mean, std: input.std }).toEqual({
        shape: about.input.shape,
        order: about.preprocess.order.toLowerCase(),
        mean: about.preprocess.mean,
        std: about.preprocess.std,
      });
      const [output] = model.graph.outputs;
      expect({ shape: output.tensor.shape, offset: output.offset }).toEqual({ shape: [about.output.classes], offset: about.output.class_index_offset ?? 0 });
    });
  }
});

const aliases: Readonly<Record<string, string>> = { hswish: "hardswish" };

function place(node: CheckpointNode) {
  return { stride: node.stride, pad: node.pad, groups: node.groups };
}

/** [n, m, 1, 1] and [n, m] are one shape. */
function flat(shape: readonly number[]): readonly number[] {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}

function weightShapes(name: string): Readonly<Record<string, readonly number[]>> {
  const file = readShared("weights", name, "model.safetensors");
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, { shape: readonly number[] }>;
  return Object.fromEntries(Object.entries(header).map(([key, { shape }]) => [key, shape]));
}

function rest({ model }: CompiledModel) {
  const { nodes } = model.graph;
  return {
    pools: nodes.filter((node) => isOp(node, "maxpool")).map((node) => ({ kernel: node.attrs.kernel, stride: node.attrs.stride, pads: node.attrs.pads })),
    adds: nodes.filter((node) => isOp(node, "add")).length,
  };
}

function norms({ model }: CompiledModel) {
  return model.graph.nodes.filter((node) => isOp(node, "batchnorm")).map((node) => node.attrs.eps);
}

function activations({ model }: CompiledModel) {
  return model.graph.nodes
    .filter((node) => node.op.kind === "activation")
    .map((node) => (isOp(node, "hardsigmoid") ? { alpha: node.attrs.slope, beta: node.attrs.offset } : node.op.name));
}
