/** Convolutions: ordinary and grouped, depthwise, transposed. */
import { defineOp, isProblem, type Padding, type Pair, type Problem } from "../ir/op.ts";
import { elements, showShape, type Shape } from "../ir/shape.ts";
import type { Init, WeightSpec } from "../ir/weight.ts";
import { place, type Pads } from "./window.ts";

export interface ConvAttrs {
  readonly out: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: Pads;
  readonly dilation: Pair;
  readonly groups: number;
  readonly bias: boolean;
  readonly init: Init;
}

export interface ConvTransposeAttrs extends ConvAttrs {
  readonly outputPad: Pair;
}

const window = {
  kernel: { type: "pair", default: [3, 3], min: 1, doc: "height and width of the filter" },
  stride: { type: "pair", default: [1, 1], min: 1, doc: "step of the filter" },
  pad: { type: "padding", default: "half", doc: "`half` is kernel/2 on both sides (PyTorch), `same` TensorFlow's, `valid` none, or explicit" },
  dilation: { type: "pair", default: [1, 1], min: 1, doc: "distance between the filter's taps" },
} as const;

const start = {
  bias: { type: "bool", default: true, doc: "adds one number per output channel" },
  init: { type: "enum", default: "he", options: ["he", "he_fan_in", "glorot", "normal"], doc: "how training starts: He et al. 2015 over the fan out or in, Glorot & Bengio 2010, or a normal of `init_std`" },
  init_std: { type: "float", default: 0.01, min: 0, doc: "standard deviation of `init=normal`" },
} as const;

/** @returns the initialisation that the `init` and `init_std` arguments name */
export function initOf(init: string, std: number): Init {
  if (init === "glorot") return { kind: "glorot" };
  if (init === "normal") return { kind: "normal", std };
  return { kind: "he", fan: init === "he" ? "out" : "in" };
}

export const ZEROS: Init = { kind: "fill", value: 0 };
export const ONES: Init = { kind: "fill", value: 1 };

/** A problem unless the tensor is [channels, height, width]. */
export function notAnImage(shape: Shape): Problem | undefined {
  return shape.length === 3 ? undefined : { problem: `works on [channels, height, width], not on ${showShape(shape)}`, input: 0 };
}

export const conv2d = defineOp({
  name: "conv2d",
  kind: "convolution",
  doc: "Slides `out` filters over the image. With `groups`, each group of output channels sees its own group of input channels. Weights: weight [out, in/groups, kernel height, kernel width], bias [out].",
  source: "ONNX Conv; LeCun et al. 1989",
  inputs: ["x"],
  attributes: {
    out: { type: "channels", min: 1, doc: "number of output channels" },
    ...window,
    groups: { type: "int", default: 1, min: 1, doc: "number of groups of channels that do not see each other" },
    ...start,
  },
  infer([x], given) {
    const wrong = notAnImage(x);
    if (wrong) return wrong;
    const made = placed(x, given, given.out, given.groups);
    if (isProblem(made)) return made;
    const uneven = indivisible(x[0], given.out, given.groups);
    return uneven ? { ...uneven, meant: made.outputs } : made;
  },
  weights: convWeights,
  macs: convMacs,
  flops: biasFlops,
});

export const depthwise = defineOp({
  name: "depthwise",
  kind: "convolution",
  doc: "One filter per channel (`multiplier` filters where it is above 1): a convolution with as many groups as channels. Weights: weight [channels·multiplier, 1, kernel height, kernel width], bias [channels·multiplier].",
  source: "ONNX Conv with group = channels; Howard et al. 2017 (MobileNets), section 3.1",
  inputs: ["x"],
  attributes: {
    ...window,
    multiplier: { type: "int", default: 1, min: 1, doc: "output channels per input channel" },
    ...start,
  },
  infer([x], given) {
    const wrong = notAnImage(x);
    if (wrong) return wrong;
    return placed(x, given, x[0] * given.multiplier, x[0]);
  },
  weights: convWeights,
  macs: convMacs,
  flops: biasFlops,
});

export const convTranspose2d = defineOp({
  name: "conv_transpose2d",
  kind: "convolution",
  doc: "The transpose of a convolution: every input element paints the filter on the output. Output side: (n − 1)·stride − pads + (kernel − 1)·dilation + 1 + output_pad; with pad=same, n·stride. Weights: weight [in, out/groups, kernel height, kernel width], bias [out].",
  source: "ONNX ConvTranspose; Zeiler et al. 2010",
  inputs: ["x"],
  attributes: {
    out: { type: "channels", min: 1, doc: "number of output channels" },
    ...window,
    output_pad: { type: "pair", default: [0, 0], min: 0, doc: "rows and columns added at the end of the output" },
    groups: { type: "int", default: 1, min: 1, doc: "number of groups of channels that do not see each other" },
    ...start,
  },
  infer([x], given) {
    const wrong = notAnImage(x) ?? indivisible(x[0], given.out, given.groups);
    if (wrong) return wrong;
    const h = transposedSide(x[1], given, 0);
    const w = transposedSide(x[2], given, 1);
    if (h.out < 1 || w.out < 1) return { problem: `pads more than the output has`, attribute: "pad" };
    if (h.extra >= Math.max(given.stride[0], given.dilation[0]) || w.extra >= Math.max(given.stride[1], given.dilation[1])) {
      return { problem: "needs an output_pad smaller than its stride or dilation", attribute: "output_pad" };
    }
    const attrs: ConvTransposeAttrs = {
      out: given.out,
      kernel: given.kernel,
      stride: given.stride,
      pads: [h.before, w.before, h.after, w.after],
      dilation: given.dilation,
      groups: given.groups,
      bias: given.bias,
      init: initOf(given.init, given.init_std),
      outputPad: [h.extra, w.extra],
    };
    return { attrs, outputs: [[given.out, h.out, w.out]] };
  },
  weights: ([x], attrs: ConvTransposeAttrs): readonly WeightSpec[] => [
    { role: "weight", shape: [x[0], attrs.out / attrs.groups, ...attrs.kernel], trainable: true, init: attrs.init },
    ...(attrs.bias ? [{ role: "bias", shape: [attrs.out], trainable: true, init: ZEROS } as const] : []),
  ],
  macs: ([x], _outputs, attrs) => elements(x) * (attrs.out / attrs.groups) * attrs.kernel[0] * attrs.kernel[1],
  flops: biasFlops,
});

function indivisible(channels: number, out: number, groups: number): Problem | undefined {
  if (channels % groups === 0 && out % groups === 0) return undefined;
  const which = channels % groups ? `its ${channels} input channels` : `its ${out} output channels`;
  return { problem: `cannot divide ${which} into ${groups} groups`, attribute: "groups" };
}

interface ConvGiven {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pad: Padding;
  readonly dilation: Pair;
  readonly bias: boolean;
  readonly init: string;
  readonly init_std: number;
}

function placed(x: Shape, given: ConvGiven, out: number, groups: number): { attrs: ConvAttrs; outputs: Shape[] } | Problem {
  const at = place(x[1], x[2], given);
  if (isProblem(at)) return at;
  const attrs: ConvAttrs = {
    out,
    kernel: given.kernel,
    stride: given.stride,
    pads: at.pads,
    dilation: given.dilation,
    groups,
    bias: given.bias,
    init: initOf(given.init, given.init_std),
  };
  return { attrs, outputs: [[out, at.height, at.width]] };
}

function convWeights([x]: readonly Shape[], attrs: ConvAttrs): readonly WeightSpec[] {
  const kernel: WeightSpec = { role: "weight", shape: [attrs.out, x[0] / attrs.groups, attrs.kernel[0], attrs.kernel[1]], trainable: true, init: attrs.init };
  return attrs.bias ? [kernel, { role: "bias", shape: [attrs.out], trainable: true, init: ZEROS }] : [kernel];
}

function convMacs([x]: readonly Shape[], [y]: readonly Shape[], attrs: ConvAttrs): number {
  return elements(y) * (x[0] / attrs.groups) * attrs.kernel[0] * attrs.kernel[1];
}

function biasFlops(_inputs: readonly Shape[], [y]: readonly Shape[], attrs: { readonly bias: boolean }): number {
  return attrs.bias ? elements(y) : 0;
}

function transposedSide(n: number, given: { readonly kernel: Pair; readonly stride: Pair; readonly dilation: Pair; readonly pad: Padding; readonly output_pad: Pair }, axis: 0 | 1) {
  const k = given.kernel[axis];
  const s = given.stride[axis];
  const reach = (k - 1) * given.dilation[axis] + 1;
  let before = 0;
  let after = 0;
  let extra = given.output_pad[axis];
  if (given.pad === "same") {
    const total = Math.max(reach - s, 0);
    before = Math.floor(total / 2);
    after = total - before;
    extra = Math.max(s - reach, 0);
  } else if (given.pad === "half") {
    before = after = Math.floor((reach - 1) / 2);
  } else if (given.pad !== "valid") {
    before = given.pad[axis];
    after = given.pad[axis + 2];
  }
  return { before, after, extra, out: (n - 1) * s - before - after + reach + extra };
}
