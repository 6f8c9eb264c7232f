/** Artifacts in memory, opened in onnxruntime-web. */
import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { Artifact, EmitRequest, Figures } from "../../src/backends/artifact.ts";
import { onnx, type OnnxOptions } from "../../src/backends/onnx/index.ts";
import type { WeightStore } from "../../src/backends/weights/store.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";

export const figures: Figures = { params: 1234567, buffers: 2, macs: 3, flops: 4, weights: 5, activations: 6 };
export const plain: OnnxOptions = { fold: true, batch: 1, weightsAs: "float32" };

export function requestFor(graph: Graph, weights: WeightStore, facts: Partial<EmitRequest> = {}): EmitRequest {
  return { graph, figures, reading: undefined, weights, labels: () => undefined, at: ({ file, start }) => `${file}:${start + 1}:1`, ...facts };
}

export function bytesOf(artifact: Artifact): Uint8Array {
  const bytes = new Uint8Array(artifact.bytes);
  let at = 0;
  for (const chunk of artifact.chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at !== bytes.length) throw new Error(`${artifact.path} has ${at} bytes, not the announced ${bytes.length}`);
  return bytes;
}

export async function emitted(graph: Graph, weights: WeightStore, options: Partial<OnnxOptions> = {}, facts: Partial<EmitRequest> = {}): Promise<{ readonly model: Uint8Array; readonly module: string }> {
  const { artifacts, diagnostics } = await onnx.emit(requestFor(graph, weights, facts), { ...plain, ...options });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const [model, module] = artifacts.map(bytesOf);
  return { model, module: new TextDecoder().decode(module) };
}

export async function opened(model: Uint8Array, options: InferenceSession.SessionOptions = {}): Promise<InferenceSession> {
  const ort = await import("onnxruntime-web");
  ort.env.logLevel = "error";
  return ort.InferenceSession.create(model, options);
}

/** Runs a session on the examples of each input laid one after the other; shapes are without the batch. */
export async function runSession(session: InferenceSession, batch: number, inputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>): Promise<Readonly<Record<string, Tensor>>> {
  const ort = await import("onnxruntime-web");
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { shape, data }]) => [name, new ort.Tensor("float32", data, [batch, ...shape])]));
  return session.run(feeds);
}
