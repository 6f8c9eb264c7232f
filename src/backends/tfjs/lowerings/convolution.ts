/** Convolutions and dense layers, each with the activation behind it. */
import type { ConvTransposeAttrs } from "../../../compiler/ops/conv.ts";
import type { Pads } from "../../../compiler/ops/window.ts";
import type { NodeOf } from "../../../compiler/ops/index.ts";
import type { Pair } from "../../../compiler/ir/op.ts";
import { elements, type Shape } from "../../../compiler/ir/shape.ts";
import { concatenated } from "./movement.ts";
import { tailOf, type Tail } from "./activation.ts";
import { emit, filled, formShape, hold, numbersConstant, onlyReader, ownerOf, takeAnyForm, takeValue, weightConstant, weightOf, type Form, type Lowering } from "../lowering.ts";
import type { Constant, Operand, Value } from "../program.ts";

export function conv2d(to: Lowering, node: NodeOf<"conv2d">): void {
  const { attrs } = node;
  const kernel = weightOf(node, "weight")!;
  const tail = tailOf(node.activation);
  const x = takeValue(to, node.inputs[0]);
  const { groups } = attrs;
  const { dilations, spread } = dilation(attrs.stride, attrs.dilation);
  const out = formShape(node.outputs[0].shape!, "canonical");
  const per = attrs.out / groups;
  const parts = groupsOf(to, x, groups).map((part, g) => {
    const layer = ownerOf(kernel) + tail.suffix + (groups === 1 ? "" : `.${g}`);
    const filter = weightConstant(kernel, { kind: "conv", shape: kernel.shape, from: g * per, to: (g + 1) * per, spread }, { name: `${layer}.weight`, scale: tail.scale });
    const bias = biasOf(node, tail, layer, g * per, (g + 1) * per);
    return emit(to, { name: "conv2d", strides: attrs.stride, pads: attrs.pads, dilations, activation: tail.fused }, [part, filter, bias], [...out.slice(0, 3), per]);
  });
  hold(to, node.outputs[0], tail.rest(to, joined(to, parts), "canonical"));
}

export function depthwise(to: Lowering, node: NodeOf<"depthwise">): void {
  const { attrs } = node;
  const kernel = weightOf(node, "weight")!;
  const tail = tailOf(node.activation);
  const x = takeValue(to, node.inputs[0]);
  const { dilations, spread } = dilation(attrs.stride, attrs.dilation);
  const layer = ownerOf(kernel) + tail.suffix;
  const filter = weightConstant(kernel, { kind: "depthwise", shape: kernel.shape, channels: x.shape[3], spread }, { name: `${layer}.weight`, scale: tail.scale });
  const y = emit(
    to,
    { name: "depthwise", strides: attrs.stride, pads: attrs.pads, dilations, activation: tail.fused },
    [x, filter, biasOf(node, tail, layer, 0, attrs.out)],
    formShape(node.outputs[0].shape!, "canonical"),
  );
  hold(to, node.outputs[0], tail.rest(to, y, "canonical"));
}

/** TF.js adds no bias and fuses no activation here; a 1×1 depthwise convolution by ones does both afterwards. */
export function convTranspose(to: Lowering, node: NodeOf<"conv_transpose2d">): void {
  const { attrs } = node;
  const kernel = weightOf(node, "weight")!;
  const x = takeValue(to, node.inputs[0]);
  const out = formShape(node.outputs[0].shape!, "canonical");
  const per = x.shape[3] / attrs.groups;
  const fit = transposedFit(attrs);
  const shape = [1, out[1] - fit.zeros[0], out[2] - fit.zeros[1], attrs.out / attrs.groups];
  const parts = groupsOf(to, x, attrs.groups).map((part, g) => {
    const name = `${ownerOf(kernel)}${attrs.groups === 1 ? "" : `.${g}`}.weight`;
    const filter = weightConstant(kernel, { kind: "convTranspose", shape: kernel.shape, from: g * per, to: (g + 1) * per, spread: attrs.dilation }, { name });
    return emit(to, { name: "convTranspose", strides: attrs.stride, pads: fit.pads, outputShape: shape }, [part, filter], shape);
  });
  const whole = joined(to, parts);
  const raw = fit.zeros[0] + fit.zeros[1] === 0 ? whole : emit(to, { name: "pad", pads: [0, 0, ...fit.zeros], value: 0 }, [whole], out);
  const tail = tailOf(node.activation);
  if (!attrs.bias && !node.activation) return hold(to, node.outputs[0], raw);
  const layer = `${ownerOf(kernel)}${tail.suffix}.after`;
  const y = perChannel(to, raw, filled(`${layer}.weight`, [1, 1, attrs.out, 1], tail.scale), biasOf(node, tail, layer, 0, attrs.out), tail);
  hold(to, node.outputs[0], tail.rest(to, y, "canonical"));
}

/**
 * Rows that `output_pad` adds are rows that the padding does not take away. What is left of it TF.js makes where it is less than the
 * stride; beyond, no element reaches, and zeros are added.
 */
export function transposedFit({ pads, stride, outputPad }: Pick<ConvTransposeAttrs, "pads" | "stride" | "outputPad">): { readonly pads: Pads; readonly zeros: Pair } {
  const given = [Math.min(pads[2], outputPad[0]), Math.min(pads[3], outputPad[1])];
  const beyond = (axis: 0 | 1) => (outputPad[axis] - given[axis] < stride[axis] ? 0 : outputPad[axis] - given[axis]);
  return { pads: [pads[0], pads[1], pads[2] - given[0], pads[3] - given[1]], zeros: [beyond(0), beyond(1)] };
}

/** f(x · factor + bias), factor and bias per channel, in one pass. */
function perChannel(to: Lowering, x: Operand, factor: Constant, bias: Constant, tail: Tail): Value {
  return emit(to, { name: "depthwise", strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], activation: tail.fused }, [x, factor, bias], x.shape);
}

/**
 * A dense layer is a 1×1 convolution: as fast, and `tf.matMul` would reshape the kernel, which TF.js counts as memory. Behind a flatten
 * that only this layer reads, the kernel's rows are permuted instead of the image.
 */
export function dense(to: Lowering, node: NodeOf<"dense">): void {
  const { attrs } = node;
  const tail = tailOf(node.activation);
  const image = flattenedImage(to, node);
  const wide = node.inputs[0].shape!.length > 3;
  const plain = image ? takeValue(to, node.inputs[0].node!.inputs[0]) : wide ? takeValue(to, node.inputs[0], "plain") : takeValue(to, node.inputs[0], "pixel");
  const features = image ? elements(image) : plain.shape[plain.shape.length - 1];
  const rows = elements(plain.shape) / features;
  const x = !image && !wide ? plain : emit(to, { name: "reshape", shape: [1, rows, 1, features] }, [plain], [1, rows, 1, features]);

  const kernel = weightOf(node, "weight")!;
  const layer = ownerOf(kernel) + tail.suffix;
  const filter = weightConstant(kernel, { kind: "dense", shape: kernel.shape, image }, { name: `${layer}.weight`, scale: tail.scale });
  const convolved = emit(to, { name: "conv2d", strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], activation: tail.fused }, [x, filter, biasOf(node, tail, layer, 0, attrs.out)], [...x.shape.slice(0, 3), attrs.out]);
  const y = tail.rest(to, convolved, "canonical");
  const shape = node.outputs[0].shape!;
  if (shape.length <= 2) return hold(to, node.outputs[0], y, "pixel");
  hold(to, node.outputs[0], emit(to, { name: "reshape", shape: [1, ...shape] }, [y], [1, ...shape]), "plain");
}

/** The image that a flatten which only this layer reads was made of. */
function flattenedImage(to: Lowering, node: NodeOf<"dense">): Shape | undefined {
  const [tensor] = node.inputs;
  const flatten = tensor.node;
  if (flatten?.op.name !== "flatten" || onlyReader(to, tensor) !== node) return undefined;
  const shape = flatten.inputs[0].shape!;
  return shape.length === 3 && shape[0] > 1 && shape[1] * shape[2] > 1 ? shape : undefined;
}

/** A batch normalisation that no convolution took in: a factor and a shift per channel. */
export function batchnorm(to: Lowering, node: NodeOf<"batchnorm">): void {
  const [factor, shift] = (["scale", "bias"] as const).map((role) => weightOf(node, role)!);
  const channels = factor.shape[0];
  const tail = tailOf(node.activation);
  const form: Form = node.inputs[0].shape!.length === 3 ? "canonical" : "pixel";
  const x = takeValue(to, node.inputs[0], form);
  const layer = ownerOf(factor) + tail.suffix;
  const factors = weightConstant(factor, { kind: "depthwise", shape: [channels, 1, 1, 1], channels, spread: [1, 1] }, { name: `${layer}.weight`, scale: tail.scale });
  const shifts = weightConstant(shift, { kind: "same" }, { name: `${layer}.bias`, scale: tail.scale, shift: tail.shift });
  hold(to, node.outputs[0], tail.rest(to, perChannel(to, x, factors, shifts, tail), form), form);
}

/** Normalises over one axis: d = x − mean, y = d / √(mean(d²) + eps) · scale + bias. */
export function layernorm(to: Lowering, node: NodeOf<"layernorm">): void {
  const shape = node.inputs[0].shape!;
  const x = takeValue(to, node.inputs[0]);
  const axis = shape.length === 3 ? [3, 1, 2][node.attrs.axis] : node.attrs.axis + 1;
  const one = x.shape.map((side, a) => (a === axis ? 1 : side));
  const mean = (v: Value) => emit(to, { name: "reduce", f: "mean", axes: [axis] }, [v], one);
  const times = (f: "add" | "sub" | "mul", a: Value, b: Operand) => emit(to, { name: "binary", f }, [a, b], a.shape);
  const eps: Constant = numbersConstant(`${node.path}.eps`, [], [node.attrs.eps]);
  const d = times("sub", x, mean(x));
  const variance = mean(times("mul", d, d));
  const inverse = emit(to, { name: "unary", f: "rsqrt" }, [times("add", variance, eps)], one);
  const along = x.shape.map((side, a) => (a === axis ? side : 1));
  const [scale, bias] = (["scale", "bias"] as const).map((role) => {
    const weight = weightOf(node, role)!;
    return weightConstant(weight, { kind: "same" }, { name: weight.name }, along);
  });
  hold(to, node.outputs[0], times("add", times("mul", times("mul", d, inverse), scale), bias));
}

/** An activation that stands alone. */
export function alone(apply: (to: Lowering, x: Operand, form: Form) => Operand, to: Lowering, node: { readonly inputs: NodeOf<"relu">["inputs"]; readonly outputs: NodeOf<"relu">["outputs"] }): void {
  const { operand, form } = takeAnyForm(to, node.inputs[0]);
  const x = operand.kind === "value" ? operand : takeValue(to, node.inputs[0], form);
  hold(to, node.outputs[0], apply(to, x, form), form);
}

/** TF.js wants the stride or the dilation to be 1; where neither is, the kernel itself is spread. */
function dilation(stride: Pair, wanted: Pair): { readonly dilations: Pair; readonly spread: Pair } {
  const both = Math.max(...stride) > 1 && Math.max(...wanted) > 1;
  return both ? { dilations: [1, 1], spread: wanted } : { dilations: wanted, spread: [1, 1] };
}

/** The bias of out channels `from` to before `until`; zeros, shifted, where the layer has none. */
function biasOf(node: Pick<NodeOf<"conv2d">, "weights">, tail: Tail, layer: string, from: number, until: number): Constant {
  const bias = weightOf(node, "bias");
  const name = `${layer}.bias`;
  if (!bias) return filled(name, [until - from], tail.shift);
  return weightConstant(bias, { kind: "part", from, to: until }, { name, scale: tail.scale, shift: tail.shift });
}

/** The groups of an image's channels. */
function groupsOf(to: Lowering, x: Value, groups: number): readonly Value[] {
  if (groups === 1) return [x];
  const per = x.shape[3] / groups;
  return Array.from({ length: groups }, (_, g) => emit(to, { name: "slice", axis: 3, begin: g * per, end: (g + 1) * per, step: 1 }, [x], [...x.shape.slice(0, 3), per]));
}

function joined(to: Lowering, parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0] : concatenated(to, parts, 3);
}
