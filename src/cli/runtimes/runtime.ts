/** What runs a model that a backend emitted: a runtime with the model loaded. */
import type { Artifact } from "../../backends/artifact.ts";

/** Values in the language's own layout: `[channels, height, width]`, row-major, without the batch. */
export type Values = ReadonlyMap<string, Float32Array>;

export interface Runtime {
  /** What it is and which version: `onnxruntime-web 1.30.0 (wasm, one thread)`. */
  readonly name: string;
  /** From inputs to outputs, by name. */
  readonly run: (inputs: Values) => Promise<Values>;
  /** The same run again and again, as measurements want it: the inputs are in the runtime's own form already, and the outputs are thrown away. */
  readonly prepare: (inputs: Values) => Prepared;
  readonly dispose: () => Promise<void>;
}

export interface Prepared {
  readonly run: () => Promise<void>;
  readonly dispose: () => void;
}

/** The whole of the artifact with this ending. */
export function contents(artifacts: readonly Artifact[], ending: string): Uint8Array {
  const artifact = artifacts.find(({ path }) => path.endsWith(ending));
  if (!artifact) throw new Error(`no artifact ends in ${ending}`);
  const whole = new Uint8Array(artifact.bytes);
  let at = 0;
  for (const chunk of artifact.chunks()) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
