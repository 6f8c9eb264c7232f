/** Compiles networks of the library, of the examples, and of texts in a test. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompiledModel } from "../../src/compiler/compile.ts";
import type { Diagnostic } from "../../src/compiler/diagnostics/diagnostic.ts";
import type { Node } from "../../src/compiler/ir/graph.ts";
import { isOp } from "../../src/compiler/ops/index.ts";
import { parse } from "../../src/compiler/syntax/parse.ts";
import { memoryHost } from "../../src/workspace/host.ts";
import { sourceLibrary } from "../../src/workspace/node-library.ts";
import { workspace } from "../../src/workspace/workspace.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const library = sourceLibrary(join(root, "stdlib"), parse);

/** Paths of the files below a folder of the repository, sorted: `blocks/conv.lwm`. */
export function lwmFiles(folder: "stdlib" | "examples"): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".lwm"))
    .sort();
}

export function textOf(folder: "stdlib" | "examples", path: string): string {
  return readFileSync(join(root, folder, path), "utf8");
}

export interface Checked {
  readonly models: readonly CompiledModel[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What the compiler makes of a text; the examples lie beside it. */
export async function compileText(text: string, model?: string): Promise<Checked> {
  const beside = Object.fromEntries(lwmFiles("examples").map((path) => [path, textOf("examples", path)]));
  const space = workspace(memoryHost({ ...beside, "test.lwm": text }), library);
  await space.load("test.lwm");
  return space.snapshot("test.lwm", model === undefined ? {} : { model });
}

/** One network: `MobileNetV2(width=0.5)` of the library, or `detector.lwm#Detector` of the examples; throws what is wrong with it. */
export async function network(call: string, input?: readonly number[]): Promise<CompiledModel> {
  const [, file, name, args] = /^(?:(.+\.lwm)#)?(\w+)(\(.*\))?$/s.exec(call)!;
  const entry = file ?? library.uriOf(name);
  if (entry === undefined) throw new Error(`no ${name} in the library`);
  const space = workspace(memoryHost(file === undefined ? {} : { [file]: textOf("examples", file) }), library);
  await space.load(entry);
  const given = args === undefined ? undefined : await space.arguments("<arguments>", name, args);
  const inputs = input === undefined ? {} : { inputs: { image: input } };
  const { models, diagnostics } = space.snapshot(entry, { model: name, ...(given?.args ? { args: given.args } : {}), ...inputs });
  const wrong = [...(given?.diagnostics ?? []), ...diagnostics].filter((d) => d.severity === "error");
  if (wrong.length > 0 || models.length !== 1) throw new Error(`${call}: ${wrong.map((d) => d.message).join("; ")}`);
  return models[0];
}

/** A convolution or a dense layer as tables of layers give it. */
export interface LayerRow {
  readonly type: "conv" | "linear";
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  /** [top, left, bottom, right] */
  readonly pads: readonly number[];
  readonly groups: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly bias: boolean;
  readonly params: number;
  readonly macs: number;
}

/** The convolutions and dense layers in execution order. */
export function layerRows({ model, cost }: CompiledModel): readonly LayerRow[] {
  const costs = new Map(cost.layers.map((layer) => [layer.path, layer]));
  return model.graph.nodes.flatMap((node): readonly LayerRow[] => {
    const { params, macs } = costs.get(node.path)!;
    const sides = { input: node.inputs[0].shape!, output: node.outputs[0].shape!, params, macs };
    if (isConvolution(node)) {
      const { kernel, stride, pads, groups, bias } = node.attrs;
      return [{ type: "conv", kernel, stride, pads, groups, bias, ...sides }];
    }
    if (!isOp(node, "dense")) return [];
    return [{ type: "linear", kernel: [1, 1], stride: [1, 1], pads: [0, 0, 0, 0], groups: 1, bias: node.attrs.bias, ...sides }];
  });
}

export function isConvolution(node: Node): boolean {
  return isOp(node, "conv2d") || isOp(node, "depthwise");
}
