/**
 * The one place that knows how TF.js lays weights out: kernels are [height, width, in, out] where the language keeps [out, in, height, width].
 */
import { elements, type Shape } from "../../compiler/ir/shape.ts";
import type { Pair } from "../../compiler/ir/op.ts";

/**
 * `same`: as it is, under another shape. The others permute; `spread` lays a kernel's taps apart with zeros between, which is what dilation does.
 */
export type WeightLayout =
  | { readonly kind: "same" }
  /** Elements `from` to before `to` of a vector. */
  | { readonly kind: "part"; readonly from: number; readonly to: number }
  /** [out, in, h, w] → [h, w, in, out]; out channels `from` to before `to` only. */
  | { readonly kind: "conv"; readonly shape: Shape; readonly from: number; readonly to: number; readonly spread: Pair }
  /** [channels · multiplier, 1, h, w] → [h, w, channels, multiplier]. */
  | { readonly kind: "depthwise"; readonly shape: Shape; readonly channels: number; readonly spread: Pair }
  /** [in, out, h, w] → [h, w, out, in]; in channels `from` to before `to` only. */
  | { readonly kind: "convTranspose"; readonly shape: Shape; readonly from: number; readonly to: number; readonly spread: Pair }
  /** [out, in] → [1, 1, in, out]. With `image`, `in` was flattened from [channels, height, width] and becomes [height, width, channels]. */
  | { readonly kind: "dense"; readonly shape: Shape; readonly image: Shape | undefined };

/** The shape that a layout gives; for `same`, the shape given. */
export function layoutShape(layout: WeightLayout, shape: Shape): Shape {
  const side = (n: number, step: number) => (n - 1) * step + 1;
  switch (layout.kind) {
    case "same":
      return shape;
    case "part":
      return [layout.to - layout.from];
    case "conv":
      return [side(layout.shape[2], layout.spread[0]), side(layout.shape[3], layout.spread[1]), layout.shape[1], layout.to - layout.from];
    case "depthwise":
      return [side(layout.shape[2], layout.spread[0]), side(layout.shape[3], layout.spread[1]), layout.channels, layout.shape[0] / layout.channels];
    case "convTranspose":
      return [side(layout.shape[2], layout.spread[0]), side(layout.shape[3], layout.spread[1]), layout.shape[1], layout.to - layout.from];
    case "dense":
      return [1, 1, layout.shape[1], layout.shape[0]];
  }
}

/** Permutes a weight's elements. The result may be the argument itself. */
export function applyLayout(layout: WeightLayout, values: Float32Array): Float32Array {
  switch (layout.kind) {
    case "same":
      return values;
    case "part":
      return values.subarray(layout.from, layout.to);
    case "conv":
    case "convTranspose": {
      const [, inner, h, w] = layout.shape;
      const size = inner * h * w;
      return kernel(values.subarray(layout.from * size, layout.to * size), layout.to - layout.from, inner, h, w, layout.spread);
    }
    case "depthwise": {
      const [count, , h, w] = layout.shape;
      return kernel(values, count, 1, h, w, layout.spread);
    }
    case "dense":
      return dense(values, layout.shape, layout.image);
  }
}

/** [a, b, h, w] → [h, w, b, a], with `spread`. Depthwise: [c·m, 1, h, w] → [h, w, 1, c·m], which is [h, w, c, m] in memory. */
function kernel(values: Float32Array, a: number, b: number, h: number, w: number, spread: Pair): Float32Array {
  const wide = (w - 1) * spread[1] + 1;
  const out = new Float32Array(((h - 1) * spread[0] + 1) * wide * a * b);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const base = (y * spread[0] * wide + x * spread[1]) * b * a;
      for (let j = 0; j < b; j++) {
        let from = (j * h + y) * w + x;
        const to = base + j * a;
        for (let i = 0; i < a; i++, from += b * h * w) out[to + i] = values[from];
      }
    }
  }
  return out;
}

function dense(values: Float32Array, [out, inner]: Shape, image: Shape | undefined): Float32Array {
  const [channels, height, width] = image ?? [inner, 1, 1];
  const result = new Float32Array(elements([out, inner]));
  const area = height * width;
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < area; p++) {
      const to = (p * channels + c) * out;
      let from = c * area + p;
      for (let o = 0; o < out; o++, from += inner) result[to + o] = values[from];
    }
  }
  return result;
}
