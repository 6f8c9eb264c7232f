/**
 * A tensor of numbers that a layer owns, declared by its operator and known by name.
 *
 * Layouts are those of ONNX: a convolution's kernel is [out, in / groups, height, width], a transposed convolution's
 * [in, out / groups, height, width], a dense layer's [out, in].
 */
import type { Shape } from "./shape.ts";

export type Role = "weight" | "bias" | "scale" | "mean" | "var" | "slope";

/** How training starts. Fans are the product of the kernel's sides with its in or out channels (He et al. 2015, section 2.2). */
export type Init =
  | { readonly kind: "he"; readonly fan: "in" | "out" }
  | { readonly kind: "glorot" }
  | { readonly kind: "normal"; readonly std: number }
  | { readonly kind: "fill"; readonly value: number };

/** What an operator says of a weight. */
export interface WeightSpec {
  readonly role: Role;
  readonly shape: Shape;
  readonly trainable: boolean;
  readonly init: Init;
}

export interface Weight extends WeightSpec {
  /** The owner's path and the role: `stages.2.0.expand_conv.conv2d.weight`. Layers that share weights share the name. */
  readonly name: string;
  /** For weights that a pass made: how to compute them from others. Without it, the weight is read from the store by its name. */
  readonly recipe?: Recipe;
}

/** The four tensors of a batch normalisation, and its epsilon. */
export interface Norm {
  readonly scale: Weight;
  readonly bias: Weight;
  readonly mean: Weight;
  readonly var: Weight;
  readonly eps: number;
}

/**
 * `kernel`: kernel'[o] = kernel[o] · scale[o] / √(var[o] + eps), along the out channels.
 * `bias`: bias'[o] = (bias[o] − mean[o]) · scale[o] / √(var[o] + eps) + shift[o], bias 0 where there is none.
 * `data`: numbers known at compile time.
 */
export type Recipe =
  | { readonly kind: "kernel"; readonly kernel: Weight; readonly norm: Norm; /** Set for a transposed convolution, whose out channels lie on axis 1 within each group. */ readonly transposedGroups?: number }
  | { readonly kind: "bias"; readonly bias: Weight | undefined; readonly norm: Norm }
  | { readonly kind: "data"; readonly data: readonly number[] };
