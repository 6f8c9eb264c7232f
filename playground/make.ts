/** Artifacts, and what goes into a network and comes out of it. */
import type { Artifact, Backend, Emitted } from "../src/backends/artifact.ts";
import { bind } from "../src/backends/weights/bind.ts";
import { initialStore } from "../src/backends/weights/initial.ts";
import { bytesOf, memoryBytes, open, plan, toBytes } from "../src/backends/weights/safetensors.ts";
import { fileStore, type WeightStore } from "../src/backends/weights/store.ts";
import type { Graph } from "../src/compiler/ir/graph.ts";
import { sameShape, showShape } from "../src/compiler/ir/shape.ts";
import { backends } from "../src/workspace/backends.ts";
import { emitRequest } from "../src/workspace/emit-request.ts";
import { fit, onWhite, pictureTensor } from "../src/workspace/picture-tensor.ts";
import { classifies, rank } from "../src/workspace/ranking.ts";
import type { Answer, Ask, MadeFile } from "./protocol.ts";
import type { Session } from "./session.ts";

interface Weights {
  readonly store: WeightStore | undefined;
  readonly origin: string;
  readonly refused: readonly string[];
}

export async function made(session: Session, { model: name, backend, toRun, weights: given }: Ask<"make">): Promise<Answer<"make">> {
  const { model, cost } = session.compiled(name);
  const weights = weightsOf(model.graph, given);
  if (!weights.store) return { files: [], origin: weights.origin, refused: weights.refused };
  if (backend === "weights") return { files: [checkpoint(model.graph, weights.store)], origin: weights.origin, refused: [] };
  const request = emitRequest({ model, cost }, weights.store, session.workspace().source);
  const emit = ((await backends[backend]()) as Backend<object>).emit;
  const emitted: Emitted = await emit(request, { fold: true, batch: 1, weightsAs: "float32", spellings: undefined, ...(toRun ? { forms: ["graph"] } : {}) });
  const errors = emitted.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  return errors.length > 0 ? { files: [], origin: weights.origin, refused: errors } : { files: emitted.artifacts.map((artifact) => ({ path: artifact.path, bytes: whole(artifact) })), origin: weights.origin, refused: [] };
}

function weightsOf(graph: Graph, given: Ask<"make">["weights"]): Weights {
  if (!given) return { store: initialStore(graph, 0), origin: "random weights, seed 0", refused: [] };
  const opened = open(memoryBytes(given.bytes), given.name);
  if (!opened.store) return { store: undefined, origin: given.name, refused: opened.diagnostics.map(({ message }) => message) };
  const store = fileStore(opened.store);
  const own = graph.nodes.every((node) => node.weights.every((weight) => {
    const shape = store.shape(weight.name);
    return shape !== undefined && sameShape(shape, weight.shape);
  }));
  if (own) return { store, origin: given.name, refused: [] };
  const bound = bind(graph, opened.store, given.name);
  return { store: bound.store, origin: `${given.name}, bound`, refused: bound.store ? [] : bound.diagnostics.filter(({ severity }) => severity === "error").map(({ message, notes }) => [message, ...notes.map((note) => note.message)].join("; ")) };
}

function checkpoint(graph: Graph, store: WeightStore): MadeFile {
  const planned = plan(store.names().map((name) => ({ name, dtype: "F32" as const, shape: store.shape(name)! })), { model: graph.name });
  return { path: `${graph.name}.safetensors`, bytes: toBytes(planned, (name) => bytesOf(store.get(name))) };
}

function whole({ bytes, chunks }: Artifact): Uint8Array {
  const made = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks()) {
    made.set(chunk, at);
    at += chunk.length;
  }
  return made;
}

export function feed(session: Session, { model: name, width, height, rgba }: Ask<"feed">): Answer<"feed"> {
  const { graph } = session.compiled(name).model;
  const [input] = graph.inputs;
  const shape = input?.tensor.shape ?? [];
  if (graph.inputs.length !== 1 || shape.length !== 3 || (shape[0] !== 3 && shape[0] !== 1)) throw new Error(`a picture is for a network with one input of 1 or 3 channels; ${name} has ${graph.inputs.map((each) => `${each.name} ${showShape(each.tensor.shape ?? [])}`).join(", ") || "none"}`);
  const picture = fit(onWhite({ width, height, data: rgba }), shape[2], shape[1]);
  return {
    input: { name: input.name, shape, values: pictureTensor(picture, input, shape[0]) },
    outputs: graph.outputs.map(({ name: output, tensor }) => ({ name: output, shape: tensor.shape! })),
    remark: input.mean === undefined || input.std === undefined ? `the input ${input.name} does not say how pictures are normalised (mean, std): values from 0 to 1 are used` : "",
  };
}

export function ranked(session: Session, { model: name, output, values }: Ask<"rank">): Answer<"rank"> {
  const { graph } = session.compiled(name).model;
  const found = graph.outputs.find((each) => each.name === output)!;
  return classifies(found, graph.outputs) ? rank(values, found, 5) : undefined;
}
