/** Convolutions, dense layers and matrix products. Kernels lie in the file as they lie in the graph: [out, in / groups, height, width], [out, in]. */
import type { AttrsOf } from "../../../compiler/ops/index.ts";
import { elements } from "../../../compiler/ir/shape.ts";
import type { AttributeValue } from "../onnx.ts";
import { paddingAttributes } from "./padding.ts";
import { ints, result, scalar, step, weight, type Site, type Value } from "../target.ts";

type ConvAttrs = AttrsOf<"conv2d">;

/** Conv, with explicit pads unless SAME is wanted by name; also for `depthwise`, whose groups are its channels. */
export function conv(site: Site, [x]: readonly Value[], attrs: ConvAttrs): Value {
  return result(site, "Conv", [x, ...parameters(site)], windowAttributes(attrs, paddingAttributes(site, x, attrs)));
}

/**
 * ConvTranspose, whose kernel is [in, out / groups, height, width]. What `outputPad` adds at the end first takes away padding there, which is the same.
 * ONNX Runtime takes a rest that is shorter than the stride; a longer one is laid around afterwards: nothing reaches it but the bias.
 */
export function convTranspose(site: Site, [x]: readonly Value[], attrs: AttrsOf<"conv_transpose2d">): Value {
  const { stride, outputPad } = attrs;
  const [top, left, bottom, right] = attrs.pads;
  const pads = [top, left, Math.max(bottom - outputPad[0], 0), Math.max(right - outputPad[1], 0)] as const;
  const rest = [Math.max(outputPad[0] - bottom, 0), Math.max(outputPad[1] - right, 0)] as const;
  const window = windowAttributes({ ...attrs, pads });
  if (rest[0] < stride[0] && rest[1] < stride[1]) return result(site, "ConvTranspose", [x, ...parameters(site)], { ...window, output_padding: { ints: rest } });
  const [channels, height, width] = site.shapes[0];
  const painted = step(site, "painted", [channels, height - rest[0], width - rest[1]], "ConvTranspose", [x, weight(site, "weight")!], window);
  const frame = [painted, ints(site, [0, 0, 0, 0, 0, 0, ...rest]), scalar(site, 0)];
  const bias = weight(site, "bias", [channels, 1, 1]);
  if (!bias) return result(site, "Pad", frame);
  return result(site, "Add", [step(site, "framed", site.shapes[0], "Pad", frame), bias]);
}

/** Gemm on a vector; an image of 1×1 is flattened before, a list of vectors is laid out as rows and back. */
export function dense(site: Site, [x]: readonly Value[], attrs: AttrsOf<"dense">): Value {
  const rows = { transB: { int: 1 } };
  if (x.shape.length === 1) return result(site, "Gemm", [x, ...parameters(site)], rows);
  if (x.shape.length === 3 && x.shape[1] === 1 && x.shape[2] === 1) {
    return result(site, "Gemm", [step(site, "flatten", [x.shape[0]], "Flatten", [x], { axis: { int: 1 } }), ...parameters(site)], rows);
  }
  const features = x.shape[x.shape.length - 1];
  const flat = step(site, "rows", x.shape, "Reshape", [x, ints(site, [-1, features])]);
  const product = step(site, "product", [elements(site.shapes[0]) / attrs.out, attrs.out], "Gemm", [flat, ...parameters(site)], rows);
  return result(site, "Reshape", [product, ints(site, [-1, ...site.shapes[0]])]);
}

/** MatMul; a factor that is taken transposed has its last two axes exchanged before. */
export function matmul(site: Site, [a, b]: readonly Value[], attrs: AttrsOf<"matmul">): Value {
  const exchanged = (x: Value, role: string): Value => {
    const rank = x.shape.length + 1;
    const order = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2));
    return step(site, role, order.slice(1).map((axis) => x.shape[axis - 1]), "Transpose", [x], { perm: { ints: order } });
  };
  return result(site, "MatMul", [attrs.transposeA ? exchanged(a, "a") : a, attrs.transposeB ? exchanged(b, "b") : b]);
}

function parameters(site: Site): readonly string[] {
  return [weight(site, "weight"), weight(site, "bias")].filter((name) => name !== undefined);
}

function windowAttributes(attrs: ConvAttrs, padding: Readonly<Record<string, AttributeValue>> = { pads: { ints: attrs.pads } }) {
  return {
    kernel_shape: { ints: attrs.kernel },
    strides: { ints: attrs.stride },
    ...padding,
    dilations: { ints: attrs.dilation },
    group: { int: attrs.groups },
  };
}
