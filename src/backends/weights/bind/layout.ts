/**
 * Kernels in the layouts of the frameworks. Ours is ONNX's and PyTorch's: [out, in / groups, height, width], dense [out, in].
 *
 * | layout | convolution | depthwise | who |
 * |---|---|---|---|
 * | oihw | [O, I, H, W] | [C·M, 1, H, W] | PyTorch, ONNX, MXNet, Paddle |
 * | hwio | [H, W, I, O] | [H, W, C, M], also [H, W, 1, C·M] | TensorFlow, Keras, TF.js |
 * | ohwi | [O, H, W, I] | [1, H, W, C·M] | TFLite |
 *
 * A dense matrix is a convolution of 1x1, and the reverse. After a flattening, a dense layer is a convolution as large as the image, so the
 * order of its inputs is the framework's order of channels, rows and columns.
 */
import type { KernelTarget } from "./targets.ts";

/** One file has one layout. */
export interface Layout {
  readonly kernels: "oihw" | "hwio" | "ohwi";
  /** A dense matrix: [out, in] or [in, out]. */
  readonly dense: "out-in" | "in-out";
}

/** The likeliest first; a later one is taken only where it explains more of the file. */
export const layouts: readonly Layout[] = [
  { kernels: "oihw", dense: "out-in" },
  { kernels: "hwio", dense: "in-out" },
  { kernels: "ohwi", dense: "out-in" },
  { kernels: "hwio", dense: "out-in" },
  { kernels: "oihw", dense: "in-out" },
  { kernels: "ohwi", dense: "in-out" },
];

/** How a stored tensor becomes one of ours: seen in the shape `view`, its axes put in the order `axes`. */
export interface Permutation {
  readonly view: readonly number[];
  readonly axes: readonly number[];
}

/** What a stored kernel can be in our layout, the likeliest first. */
export function readings(shape: readonly number[], layout: Layout): readonly (readonly number[])[] {
  if (shape.length === 2) return [layout.dense === "out-in" ? [shape[0], shape[1], 1, 1] : [shape[1], shape[0], 1, 1]];
  if (shape.length !== 4) return [];
  const [a, b, c, d] = shape;
  switch (layout.kernels) {
    case "oihw":
      return withFlat([[a, b, c, d]]);
    case "hwio":
      return withFlat(c > 1 ? [[d, c, a, b], [c * d, 1, a, b]] : [[d, c, a, b]]);
    case "ohwi":
      return withFlat(a === 1 && d > 1 ? [[d, 1, b, c], [a, d, b, c]] : [[a, d, b, c]]);
  }
}

/** A kernel as large as its image may be a dense layer's. */
function withFlat(shapes: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return [...shapes, ...shapes.filter(([, , h, w]) => h * w > 1).map(([o, i, h, w]) => [o, i * h * w, 1, 1])];
}

/** The way from a stored kernel to the target's, of which `readings` has found that it fits; undefined where nothing moves. */
export function permutation(shape: readonly number[], target: KernelTarget, layout: Layout): Permutation | undefined {
  const [out, into, height, width] = target.shape;
  if (shape.length === 2) return matrix(shape, target, layout);
  switch (layout.kernels) {
    case "oihw":
      return undefined;
    case "hwio":
      if (into === 1 && shape[0] === height && shape[1] === width && shape[2] > 1 && shape[2] * shape[3] === out) return { view: shape, axes: [2, 3, 0, 1] };
      return { view: shape, axes: [3, 2, 0, 1] };
    case "ohwi":
      if (into === 1 && shape[0] === 1 && shape[3] === out && out > 1) return { view: shape, axes: [3, 0, 1, 2] };
      return { view: shape, axes: [0, 3, 1, 2] };
  }
}

function matrix(shape: readonly number[], { image, shape: [out] }: KernelTarget, layout: Layout): Permutation | undefined {
  if (image && layout.kernels !== "oihw") {
    const [channels, height, width] = image;
    return layout.dense === "out-in" ? { view: [out, height, width, channels], axes: [0, 3, 1, 2] } : { view: [height, width, channels, out], axes: [3, 2, 0, 1] };
  }
  return layout.dense === "out-in" ? undefined : { view: shape, axes: [1, 0] };
}

/** What a permutation does, for a report; empty where nothing moves. */
export function movement(shape: readonly number[], target: KernelTarget, layout: Layout): string {
  const words: string[] = [];
  if (shape.length === 4 && layout.kernels !== "oihw") words.push(`${layout.kernels.toUpperCase()} to OIHW`);
  if (shape.length === 2 && layout.dense === "in-out") words.push("transposed");
  if (shape.length === 2 && target.image && layout.kernels !== "oihw") words.push("inputs from the order height, width, channels to channels, height, width");
  if (target.dense && shape.length === 4) words.push("convolution as a dense matrix");
  if (!target.dense && shape.length === 2) words.push("dense matrix as a 1x1 convolution");
  return words.join(", ");
}

/** The values with their axes in another order. */
export function permuted(values: Float32Array, { view, axes }: Permutation): Float32Array {
  const strides = view.map((_, axis) => view.slice(axis + 1).reduce((product, side) => product * side, 1));
  const sides = [...axes.map((axis) => view[axis]), 1, 1, 1, 1].slice(0, 4);
  const steps = [...axes.map((axis) => strides[axis]), 0, 0, 0, 0].slice(0, 4);
  const result = new Float32Array(values.length);
  let to = 0;
  for (let a = 0; a < sides[0]; a++) {
    for (let b = 0; b < sides[1]; b++) {
      for (let c = 0; c < sides[2]; c++) {
        const from = a * steps[0] + b * steps[1] + c * steps[2];
        for (let d = 0; d < sides[3]; d++) result[to++] = values[from + d * steps[3]];
      }
    }
  }
  return result;
}
