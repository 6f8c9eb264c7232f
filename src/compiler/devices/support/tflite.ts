/** What TensorFlow Lite's operators can say of a layer, for the integer targets that take them: CMSIS-NN, Edge TPU, Vela. */
import type { ConvAttrs, ConvTransposeAttrs } from "../../ops/conv.ts";
import type { AvgpoolAttrs, PoolAttrs } from "../../ops/pool.ts";
import { decomposed, type Seen, type Verdict } from "./rules.ts";
import { hangsOver, paddingOf, shapeOf, transposedPaddingOf } from "./windows.ts";

/** TensorFlow Lite pads as SAME and VALID only. PyTorch's padding is SAME at stride 1, and not where the stride is 2 and the side even. */
export function padded(node: Seen<ConvAttrs>): Verdict | undefined {
  if (paddingOf(shapeOf(node.inputs[0]), shapeOf(node.outputs[0]), node.attrs) !== "explicit") return undefined;
  return decomposed("TensorFlow Lite pads as SAME or VALID only: a Pad runs before it", "write `pad=same` (weights of a PyTorch network then want training anew)");
}

export function pooled(node: Seen<PoolAttrs | AvgpoolAttrs>): Verdict | undefined {
  const { attrs } = node;
  const [x, y] = [shapeOf(node.inputs[0]), shapeOf(node.outputs[0])];
  const padding = paddingOf(x, y, attrs);
  if (padding !== "valid" && "countIncludePad" in attrs && attrs.countIncludePad && !hangsOver(x, y, attrs)) {
    return decomposed("TensorFlow Lite leaves padding out of averages: a Pad of zeros runs before it", "write `count_include_pad=false` and `pad=same`");
  }
  if (padding !== "explicit") return undefined;
  return decomposed("TensorFlow Lite pads as SAME or VALID only: a Pad runs before it", "write `pad=same`, without `ceil`");
}

export function transposed(node: Seen<ConvTransposeAttrs>): Verdict | undefined {
  const { groups, dilation } = node.attrs;
  if (groups > 1) return decomposed("TransposeConv has no groups: a split, one for each group, a concatenation", "use `groups=1`");
  if (Math.max(...dilation) > 1) return decomposed("TransposeConv has no dilation: the filter is spread with zeros", "use `dilation=1`");
  if (transposedPaddingOf(node, node.attrs) === "explicit") return decomposed("TransposeConv pads as SAME or VALID only: the rim is cut off by a Slice", "write `pad=same`");
  return undefined;
}

/** A normalisation that no convolution took in. */
export const scaled = decomposed("no layer before it takes it in: a Mul and an Add", "put `batchnorm` behind a convolution, into which it is folded");

/** Over the last axis of a channels-last tensor, as SOFTMAX and dense layers want it. */
export function overLast({ inputs: [x] }: Pick<Seen, "inputs">, axis: number): boolean {
  const rank = x.shape?.length ?? 0;
  return rank === 3 ? axis === 0 : axis === rank - 1;
}
