/** Models from source text, with the standard library in scope, and torch's weights for them. */
import { fileURLToPath } from "node:url";
import { parse } from "../../src/compiler/syntax/parse.ts";
import type { CompiledModel } from "../../src/compiler/compile.ts";
import type { Weight } from "../../src/compiler/ir/weight.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import type { WeightFile } from "../../src/backends/weights/safetensors.ts";
import { memoryStore, type WeightStore } from "../../src/backends/weights/store.ts";
import { memoryHost } from "../../src/workspace/host.ts";
import { sourceLibrary } from "../../src/workspace/node-library.ts";
import { workspace } from "../../src/workspace/workspace.ts";

const library = sourceLibrary(fileURLToPath(new URL("../../stdlib", import.meta.url)), parse);

/** The model that an expression makes: `MobileNetV2(width=0.5)`. */
export async function compiled(expression: string, inputs: Readonly<Record<string, readonly number[]>> = {}): Promise<CompiledModel> {
  const space = workspace(memoryHost({ "net.lwm": `model Net = ${expression}\n` }), library);
  await space.load("net.lwm");
  const { diagnostics, models } = space.snapshot("net.lwm", { model: "Net", inputs });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  return models[0];
}

const torchRoles: Readonly<Record<string, readonly Weight["role"][]>> = { weight: ["weight", "scale"], bias: ["bias"], running_mean: ["mean"], running_var: ["var"] };

/**
 * A torch checkpoint under the graph's names: torchvision numbers layers in execution order, the classifier after the features, a fire's squeeze before its expands, so both lists in order match layer by layer;
 * shapes are checked.
 */
export function torchWeights(graph: Graph, checkpoint: WeightFile): WeightStore {
  const owners = new Map<string, Weight[]>();
  for (const node of graph.nodes) for (const weight of node.weights) owners.set(node.path, [...(owners.get(node.path) ?? []), weight]);
  const layers = new Map<string, Map<string, string>>();
  const { compare } = new Intl.Collator("en", { numeric: true });
  const rank = (name: string) => (name.startsWith("classifier.") ? `z${name}` : name.replace(".squeeze.", ".a."));
  for (const name of [...checkpoint.tensors.keys()].sort((a, b) => compare(rank(a), rank(b)))) {
    const dot = name.lastIndexOf(".");
    const role = name.slice(dot + 1);
    if (!torchRoles[role]) continue;
    const layer = name.slice(0, dot);
    layers.set(layer, (layers.get(layer) ?? new Map<string, string>()).set(role, name));
  }
  if (owners.size !== layers.size) throw new Error(`${owners.size} layers with weights, ${layers.size} in the checkpoint`);
  const theirs = [...layers.values()];
  const entries = [...owners.values()].flatMap((weights, i) =>
    weights.map((weight) => {
      const role = Object.keys(torchRoles).find((key) => torchRoles[key].includes(weight.role) && theirs[i].has(key));
      const source = theirs[i].get(role ?? "");
      if (source === undefined || checkpoint.tensors.get(source)!.shape.join() !== weight.shape.join()) throw new Error(`${weight.name} [${weight.shape.join(", ")}] is not ${source}`);
      return { name: weight.name, shape: weight.shape, values: checkpoint.readFloat32(source) };
    }),
  );
  return memoryStore(entries);
}
