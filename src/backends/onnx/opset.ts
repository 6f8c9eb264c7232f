/** Which operator set a graph needs, and the file format's version that goes with it (https://github.com/onnx/onnx/blob/main/docs/Versioning.md). */

/** The newest operator set that we write, and its format version. */
export const OPSET = 21;

/** Since which set an operator has the form in which we write it (https://github.com/onnx/onnx/blob/main/docs/Changelog.md). Others: since 13 at most. */
const since: Readonly<Record<string, number>> = {
  BatchNormalization: 15,
  Gelu: 20,
  HardSwish: 14,
  LayerNormalization: 17,
  LeakyRelu: 16,
  PRelu: 16,
  ReduceMax: 18,
  ReduceMean: 18,
  Resize: 18,
  Shape: 15,
};

/** With 13 came the forms in which axes and sizes are inputs, and scales along an axis. */
const LEAST = 13;

/** The lowest set that has every operator as it is written. */
export function lowestOpset(nodes: readonly { readonly opType: string }[]): number {
  return nodes.reduce((least, { opType }) => Math.max(least, since[opType] ?? LEAST), LEAST);
}

/** The format's version in the release of ONNX that brought the set. */
export function irVersion(opset: number): number {
  if (opset >= 21) return 10;
  if (opset >= 19) return 9;
  return opset >= 15 ? 8 : 7;
}
