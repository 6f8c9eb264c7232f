/** An ONNX model in onnxruntime-web whose results are asked for by name, whatever the network calls its own outputs: WebAssembly, one thread, the same on every machine. */

export interface OnnxSession {
  /** @param inputs values with their shapes, the batch included */
  readonly run: (inputs: ReadonlyMap<string, { readonly dims: readonly number[]; readonly values: Float32Array }>) => Promise<ReadonlyMap<string, Float32Array>>;
  readonly close: () => Promise<void>;
}

export async function openOnnx(model: Uint8Array): Promise<OnnxSession> {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  return {
    async run(inputs) {
      const feeds = Object.fromEntries([...inputs].map(([name, { dims, values }]) => [name, new ort.Tensor("float32", values, dims)]));
      return new Map(Object.entries(await session.run(feeds)).map(([name, tensor]) => [name, tensor.data as Float32Array]));
    },
    close: () => session.release(),
  };
}
