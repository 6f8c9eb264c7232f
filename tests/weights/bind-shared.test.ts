/** Every reference checkpoint binds onto the network that it is of, tensor by tensor as its own graph says, in whatever layout and order. */
import { expect, test } from "vitest";
import { bind } from "../../src/backends/weights/bind.ts";
import type { WeightFile } from "../../src/backends/weights/safetensors.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { fromTorch, trained } from "../acceptance/networks.ts";
import { network } from "../library/network.ts";
import { describeShared, readJson } from "../shared.ts";
import { asConvolution, asDense, asHwio, entriesOf, fileOf, renamed, sharedFile, transposedDense, type Entry } from "./checkpoint-files.ts";

describeShared("reference checkpoints", () => {
  for (const [name, call] of Object.entries({ ...trained, ...fromTorch })) {
    const path = name in trained ? ["weights", name, "model.safetensors"] : ["parity", name, "state_dict.safetensors"];
    test(`${name} is ${call}`, async () => {
      const { graph } = (await network(call)).model;
      const file = sharedFile(...path);
      const bound = bind(graph, file, name);
      expect(bound.diagnostics.filter(({ severity }) => severity !== "info").map(({ message }) => message)).toEqual([]);
      const expected = name in trained ? orderOfGraph(name) : orderOfNumbers(file);
      expect(kernelsAndNorms(graph, bound.report)).toEqual(expected);
    });

    test(`${name} in other layouts and orders`, async () => {
      const { graph } = (await network(call)).model;
      const file = sharedFile(...path);
      const entries = entriesOf(file);
      const before = digest(graph, file);
      const variants: Readonly<Record<string, () => readonly Entry[]>> = {
        "sorted keys": () => [...entries].sort((a, b) => (a.name < b.name ? -1 : 1)),
        "HWIO, backwards": () => entries.map((entry) => asHwio(entry)).reverse(),
        "HWIO throughout, dense transposed": () => entries.map((entry) => transposedDense(asHwio(entry, true))),
        "dense transposed": () => entries.map(transposedDense),
        "1x1 convolutions as dense": () => entries.map(asDense),
        "1x1 convolutions as dense, transposed": () => entries.map((entry) => transposedDense(asDense(entry))),
        "dense as 1x1 convolutions, HWIO, a prefix": () => renamed(entries.map((entry) => asHwio(asConvolution(entry))), (name) => `model/${name}`),
      };
      for (const [variant, changed] of Object.entries(variants)) expect(digest(graph, fileOf(changed())), variant).toEqual(before);
    });
  }
});

interface CheckpointNode {
  readonly op: string;
  readonly weight?: string;
  readonly gamma?: string;
  readonly beta?: string;
  readonly mean?: string;
  readonly var?: string;
}

/** The kernels, and the norms' four tensors, in the order in which the checkpoint's own graph runs. */
function orderOfGraph(name: string): { readonly kernels: readonly string[]; readonly norms: readonly string[] } {
  const graph = readJson<readonly CheckpointNode[] | { readonly nodes: readonly CheckpointNode[] }>("weights", name, "graph.json");
  const nodes = "nodes" in graph ? graph.nodes : graph;
  return {
    kernels: nodes.filter(({ op }) => op === "conv" || op === "fc").map(({ weight }) => weight!),
    norms: nodes.filter(({ op }) => op === "bn").flatMap((node) => [node.gamma!, node.beta!, node.mean!, node.var!]),
  };
}

/** torchvision's modules are numbered as they run; the classifier comes last, ShuffleNet's first convolution first. */
function orderOfNumbers(file: WeightFile): { readonly kernels: readonly string[]; readonly norms: readonly string[] } {
  const rank = (name: string): string => name.replace(/^(conv1|features|stage)/, "0$1").replace(/^(classifier|conv5|fc)/, "1$1").replace("squeeze", "a").replace(/\d+/g, (digits) => digits.padStart(4, "0"));
  const names = [...file.tensors.keys()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const norms = names.filter((name) => name.endsWith(".running_mean")).map((name) => name.replace(/running_mean$/, ""));
  return { kernels: names.filter((name) => file.tensors.get(name)!.shape.length > 1), norms: norms.flatMap((stem) => ["weight", "bias", "running_mean", "running_var"].map((role) => stem + role)) };
}

function kernelsAndNorms(graph: Graph, report: ReturnType<typeof bind>["report"]): { readonly kernels: readonly string[]; readonly norms: readonly string[] } {
  const from = new Map(report.map((one) => [one.name, one.from]));
  const sources = (wanted: (name: string) => boolean): readonly string[] =>
    graph.nodes.filter(({ op }) => wanted(op.name)).flatMap((node) => (node.op.name === "batchnorm" ? node.weights : node.weights.slice(0, 1)).flatMap(({ name, role }) => from.get(name)!.slice(0, role === "mean" ? 1 : 2)));
  const kernels = sources((name) => name === "conv2d" || name === "depthwise" || name === "dense");
  const folded = report.every(({ name, from: tensors }) => !name.endsWith(".mean") || tensors.length === 0);
  return { kernels, norms: folded ? [] : sources((name) => name === "batchnorm") };
}

/** The bound values in graph order, a few numbers for each tensor; or why they cannot be bound. */
function digest(graph: Graph, file: WeightFile): readonly unknown[] {
  const { store, diagnostics } = bind(graph, file, "file");
  if (!store) return diagnostics.map(({ message }) => message);
  return store.names().map((name) => {
    const values = store.get(name);
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i] * ((i % 251) + 1);
    return `${name} ${store.shape(name)!.join("x")} ${sum}`;
  });
}
