/** What goes into a network: a picture, tensors from a file, or values from a seed. */
import { fill } from "../../backends/weights/random.ts";
import { fileStore } from "../../backends/weights/store.ts";
import type { Graph, GraphInput } from "../../compiler/ir/graph.ts";
import { elements, sameShape, showShape, type Shape } from "../../compiler/ir/shape.ts";
import { openWeights } from "../../workspace/node-files.ts";
import { problem, reported, usage } from "../environment.ts";
import { err } from "../output.ts";
import { fit, pictureTensor, readPicture } from "../picture.ts";
import { report } from "../report.ts";
import type { Values } from "./runtime.ts";

/** A picture for a network with one input, prepared as the input says; where it says too little, so do we. */
export async function pictureFeed(graph: Graph, path: string): Promise<Values> {
  pictureRemark(graph);
  return pictureOf(graph, path);
}

/** The same without a remark. */
export async function pictureOf(graph: Graph, path: string): Promise<Values> {
  const input = pictureInput(graph);
  const [channels, height, width] = input.tensor.shape!;
  return new Map([[input.name, pictureTensor(fit(await readPicture(path), width, height), input, channels)]]);
}

export function pictureRemark(graph: Graph): void {
  const input = pictureInput(graph);
  if (input.mean === undefined || input.std === undefined) err(`the input \`${input.name}\` does not say how pictures are normalised (mean, std): values from 0 to 1 are used\n`);
}

function pictureInput(graph: Graph): GraphInput {
  const [input] = graph.inputs;
  if (graph.inputs.length > 1) throw usage(`${graph.name} has ${graph.inputs.length} inputs; a picture is for a network with one. A safetensors file may hold all of them`);
  if (!takesPictures(input)) throw usage(`the input \`${input.name}\` is ${showShape(input.tensor.shape!)}, which is no picture; a safetensors file may hold it`);
  return input;
}

function takesPictures(input: GraphInput): boolean {
  const shape = input.tensor.shape!;
  return shape.length === 3 && (shape[0] === 3 || shape[0] === 1);
}

/** The tensors of a safetensors file, by the inputs' names; a file with one tensor feeds a network with one input whatever it is called. */
export async function tensorFeed(graph: Graph, path: string): Promise<Values> {
  const opened = openWeights(path);
  try {
    if ((await report(opened.diagnostics, () => undefined)) || !opened.store) throw reported();
    const store = fileStore(opened.store);
    const names = store.names();
    const feed = new Map<string, Float32Array>();
    for (const { name, tensor } of graph.inputs) {
      const found = store.has(name) ? name : graph.inputs.length === 1 && names.length === 1 ? names[0] : undefined;
      if (found === undefined) throw problem(`\`${path}\` has no tensor \`${name}\`; it has ${names.length === 0 ? "none" : names.slice(0, 8).join(", ")}`);
      const shape = store.shape(found)!;
      const expected = tensor.shape!;
      if (!fits(shape, expected)) throw problem(`the tensor \`${found}\` of \`${path}\` is ${showShape(shape)}; the input \`${name}\` is ${showShape(expected)}`);
      feed.set(name, store.get(found));
    }
    return feed;
  } finally {
    opened.close();
  }
}

/** A batch of one may be written or left out. */
function fits(shape: Shape, expected: Shape): boolean {
  return sameShape(shape, expected) || sameShape(shape, [1, ...expected]);
}

/** Normal values; a round of its own for each number. */
export function seededFeed(graph: Graph, seed: number, round: number): Values {
  return new Map(graph.inputs.map(({ name, tensor }) => [name, fill({ kind: "normal", std: 1 }, `input ${name} ${round}`, seed, elements(tensor.shape!))]));
}
