/**
 * The types that a typed import of a `.lwm` file is made of: what `lwmc types` writes refers to them. They name nothing of TensorFlow.js or
 * onnxruntime, so a project is checked without the types of either; `import "lwm/tfjs"` or `import "lwm/onnxruntime"`, once in a project, puts the
 * packages' own types in their place.
 */

/** Bytes as `fetch` and `readFile` give them. */
export type Bytes = ArrayBuffer | Uint8Array;

/** A picture as a canvas gives it (`ImageData`): 4 bytes a pixel, or 3 without alpha, row by row. */
export interface Picture {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** The runtimes' own types: `tensors` by rank, `layersModel`; `runtime`, `session`, `sessionOptions`. Filled by `lwm/tfjs` and `lwm/onnxruntime`. */
export interface Runtimes {}

/** What a network takes: any tensor of TensorFlow.js whose shape fits. */
export interface TensorLike<Shape extends readonly number[]> {
  readonly shape: Shape;
  readonly dtype: string;
  dispose(): void;
}

/** What a network gives, as far as it can be said without the types of TensorFlow.js. */
export interface PlainTensor<Shape extends readonly number[]> extends TensorLike<Shape> {
  data(): Promise<Float32Array>;
  dataSync(): Float32Array;
  array(): Promise<Nested<Shape>>;
  arraySync(): Nested<Shape>;
}

/** Lists of lists of numbers, one level for each axis. */
export type Nested<Shape extends readonly number[]> = Shape extends readonly [number, ...infer Rest extends readonly number[]] ? Nested<Rest>[] : number;

/** A tensor of this shape: TensorFlow.js's own type where `lwm/tfjs` is imported. */
export type Tensor<Shape extends readonly number[]> = Runtimes extends { readonly tensors: infer T } ? T[Shape["length"] & keyof T] & { readonly shape: Shape } : PlainTensor<Shape>;

/** A shape of as many axes: the sizes may be known or not. */
export type OfRank<Shape extends readonly number[]> = { readonly [Axis in keyof Shape]: number };

/** `Given`, with the wanted size for each that is known to differ: what a tensor's shape must be, so that an error shows both. */
export type Fitting<Given extends readonly number[], Wanted extends readonly number[]> = {
  readonly [Axis in keyof Wanted]: Axis extends keyof Given ? (number extends Given[Axis] ? number : Given[Axis] extends Wanted[Axis] ? Given[Axis] : Wanted[Axis]) : Wanted[Axis];
};

/** A tensor that a network can take: the sizes that its type knows are those of the network. */
export type Input<Given extends readonly number[], Wanted extends readonly number[]> = TensorLike<Given> & { readonly shape: Fitting<Given, Wanted> };

/** A model that trains. */
export type LayersModel = Runtimes extends { readonly layersModel: infer Model } ? Model : PlainLayersModel;

export interface PlainLayersModel {
  readonly name: string;
  compile(settings: { readonly optimizer: unknown; readonly loss: unknown; readonly metrics?: unknown }): void;
  fit(x: unknown, y: unknown, settings?: Readonly<Record<string, unknown>>): Promise<{ readonly history: Readonly<Record<string, readonly (number | object)[]>> }>;
  predict(x: unknown): unknown;
  evaluate(x: unknown, y: unknown): unknown;
  summary(): void;
  dispose(): unknown;
}

/** onnxruntime-web in one of its flavours. */
export type Runtime = Runtimes extends { readonly runtime: infer R } ? R : { readonly InferenceSession: object; readonly Tensor: unknown; readonly env: object };

export type Session = Runtimes extends { readonly session: infer S } ? S : { readonly inputNames: readonly string[]; readonly outputNames: readonly string[] };

export type SessionOptions = Runtimes extends { readonly sessionOptions: infer O } ? O : object;
