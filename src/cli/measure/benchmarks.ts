/**
 * The networks that a runtime is calibrated with: chains of like kernels over the sizes that light networks have (7 to 112 pixels, 8 to 1280
 * channels), so that what every call costs does not drown them. They are texts of the language, and run as any network that is compiled.
 */
import type { KernelClass } from "../../compiler/devices/device.ts";

/** Which cost the kernels of a benchmark tell. */
export interface Law {
  readonly of: Exclude<KernelClass, "any">;
  readonly op?: string;
  readonly window?: number;
  readonly stride?: number;
}

export interface Benchmark {
  /** A model's name. */
  readonly name: string;
  /** Undefined: a network of several kinds of kernels. */
  readonly law: Law | undefined;
  /** The model's declaration. */
  readonly text: string;
}

type Shape = readonly number[];
type Size = readonly [channels: number, side: number];

export function benchmarks(): readonly Benchmark[] {
  return [...calls(), ...pointwise(), ...convolutions(), ...depthwise(), ...dense(), ...activations(), ...elementwise(), ...movement(), ...poolings()];
}

/** The law's name, as part of models' names: `depthwise_w3_s1`. */
export function lawName({ of, op, window, stride }: Law): string {
  return [of, op, window && `w${window}`, stride && `s${stride}`].filter(Boolean).join("_");
}

function benchmark(law: Law | undefined, size: string, inputs: readonly Shape[], body: string): Benchmark {
  const name = law ? `${lawName(law)}_${size}` : size;
  const declared = inputs.map((shape, i) => `  input x${i}: [${shape.join(", ")}]\n`).join("");
  return { name, law, text: `model ${name} {\n${declared}${body}\n}\n` };
}

function chain(law: Law | undefined, input: Shape, layers: readonly string[], size = input.join("x")): Benchmark {
  return benchmark(law, size, [input], `  output y: x0 -> ${layers.join(" -> ")}`);
}

function times<T>(count: number, item: T): readonly T[] {
  return new Array<T>(count).fill(item);
}

const square = ([channels, side]: Size): Shape => [channels, side, side];

/** Chains of one kernel and of four, with one output and with all of their tensors as outputs: they also tell what a call costs, and moving inputs and outputs. */
function calls(): readonly Benchmark[] {
  const law: Law = { of: "activation", op: "relu" };
  const sizes: readonly Shape[] = [[8], [3, 224, 224], [32, 112, 112]];
  const all = "  a: x0 -> relu\n  b: a -> relu\n  c: b -> relu\n  output p: a -> relu\n  output q: b -> relu\n  output r: c -> relu\n  output y: p -> relu";
  return sizes.flatMap((shape) => [
    chain(law, shape, ["relu"], `one_${shape.join("x")}`),
    chain(law, shape, times(4, "relu"), `four_${shape.join("x")}`),
    benchmark(law, `outputs_${shape.join("x")}`, [shape], all),
  ]);
}

/** Expansion and projection, as inverted residuals have them. */
function pointwise(): readonly Benchmark[] {
  const pairs: readonly (readonly [number, number, number])[] = [
    [112, 16, 64], [112, 32, 16], [112, 32, 64], [96, 16, 96], [80, 24, 72], [56, 24, 144], [56, 64, 128], [48, 32, 64], [40, 40, 120], [28, 40, 240], [28, 128, 256],
    [28, 32, 192], [20, 64, 384], [20, 256, 256], [14, 80, 200], [14, 96, 576], [14, 112, 672], [14, 512, 512], [13, 48, 192], [12, 96, 576], [10, 160, 960], [10, 80, 480],
    [7, 160, 960], [7, 192, 1152], [7, 320, 1280], [7, 512, 1024], [6, 160, 960], [5, 160, 960], [4, 96, 576], [3, 160, 960],
  ];
  return pairs.map(([side, narrow, wide]) => chain({ of: "pointwise" }, [narrow, side, side], [`conv2d(${wide}, kernel=1) -> relu6`, `conv2d(${narrow}, kernel=1)`], `${narrow}x${wide}_${side}`));
}

function convolutions(): readonly Benchmark[] {
  const layer = (out: number, kernel: number, stride: number): string => `conv2d(${out}, kernel=${kernel}, stride=${stride}) -> relu6`;
  const same: readonly Size[] = [[16, 56], [32, 56], [64, 56], [32, 28], [64, 28], [128, 28], [48, 14], [128, 14], [256, 14], [64, 10], [256, 7]];
  const squeezed: readonly (readonly [number, number, number])[] = [[55, 16, 64], [27, 32, 128], [13, 48, 192], [13, 64, 256], [31, 16, 64], [15, 32, 128], [7, 64, 256]];
  const stems: readonly (readonly [number, number])[] = [[224, 16], [224, 32], [224, 64], [192, 32], [160, 24], [128, 32], [96, 16], [96, 48]];
  const halving: readonly (readonly [number, number, number])[] = [[112, 16, 32], [56, 32, 64], [56, 24, 144], [28, 64, 128], [14, 128, 256]];
  const others: readonly (readonly [number, number, number, number, number])[] = [[112, 3, 32, 5, 2], [112, 3, 64, 7, 2], [28, 16, 32, 5, 1], [14, 32, 64, 5, 1], [56, 8, 16, 7, 1], [64, 3, 16, 7, 2]];
  return [
    ...same.map((size) => chain({ of: "conv", window: 3, stride: 1 }, square(size), times(2, layer(size[0], 3, 1)))),
    ...squeezed.map(([side, narrow, wide]) => chain({ of: "conv", window: 3, stride: 1 }, [narrow, side, side], [layer(wide, 3, 1)], `${narrow}x${wide}_${side}`)),
    ...stems.map(([side, out]) => chain({ of: "conv", window: 3, stride: 2 }, [3, side, side], [layer(out, 3, 2)], `3x${out}_${side}`)),
    ...halving.map(([side, from, out]) => chain({ of: "conv", window: 3, stride: 2 }, [from, side, side], [layer(out, 3, 2)], `${from}x${out}_${side}`)),
    ...others.map(([side, from, out, kernel, stride]) => chain({ of: "conv" }, [from, side, side], [layer(out, kernel, stride)], `${from}x${out}_${side}_k${kernel}`)),
  ];
}

function depthwise(): readonly Benchmark[] {
  const sizes: readonly Size[] = [[32, 112], [16, 96], [24, 80], [72, 56], [96, 40], [64, 28], [192, 28], [240, 20], [184, 14], [384, 14], [480, 12], [480, 10], [576, 7], [960, 7], [672, 5], [576, 3]];
  const halved: readonly Size[] = [[64, 112], [96, 112], [32, 96], [72, 80], [128, 56], [96, 40], [192, 28], [240, 20], [576, 14], [672, 12], [480, 10]];
  const layer = (kernel: number, stride: number): string => `depthwise(${kernel}, stride=${stride}) -> relu6`;
  return [3, 5].flatMap((kernel) => [
    ...sizes.map((size) => chain({ of: "depthwise", window: kernel, stride: 1 }, square(size), times(size[1] > 60 ? 2 : 4, layer(kernel, 1)))),
    ...halved.map((size) => chain({ of: "depthwise", window: kernel, stride: 2 }, square(size), [layer(kernel, 2)])),
  ]);
}

/** Classifiers, and the two layers of squeeze-and-excite, which are 1×1 convolutions of a single pixel. */
function dense(): readonly Benchmark[] {
  const layers: readonly (readonly [number, number])[] = [[256, 10], [512, 512], [576, 1024], [960, 1280], [1024, 1000], [1280, 1000], [1280, 5], [64, 128]];
  const gates: readonly (readonly [number, number])[] = [[16, 8], [96, 4], [72, 24], [144, 6], [240, 64], [480, 120], [672, 28], [672, 168], [960, 240], [1152, 48]];
  return [
    ...layers.map(([from, out]) => chain({ of: "dense", op: "dense" }, [from], [`dense(${out})`, `dense(${from})`, `dense(${out})`], `${from}x${out}`)),
    ...gates.map(([wide, narrow]) => chain({ of: "dense", op: "conv2d" }, [wide, 1, 1], times(2, `conv2d(${narrow}, kernel=1) -> relu -> conv2d(${wide}, kernel=1) -> relu`), `${wide}x${narrow}`)),
  ];
}

const MAPS: readonly Size[] = [[64, 112], [96, 56], [240, 28], [480, 14], [960, 7], [240, 1]];

function activations(): readonly Benchmark[] {
  return ["hardswish", "swish", "sigmoid", "hardsigmoid", "relu6"].flatMap((op) => MAPS.map((size) => chain({ of: "activation", op }, square(size), times(4, op))));
}

function elementwise(): readonly Benchmark[] {
  const adds: readonly Size[] = [[16, 112], [24, 56], [64, 28], [80, 14], [160, 7], [512, 7]];
  const gated: readonly Size[] = [[32, 112], [96, 56], [240, 28], [480, 14], [960, 7]];
  const sums = "  a: add(x0, x1)\n  b: add(a, x0)\n  c: add(b, x1)\n  d: add(c, a)\n  e: add(d, b)\n  output y: add(e, c)";
  return [
    ...adds.map((size) => benchmark({ of: "elementwise", op: "add" }, square(size).join("x"), [square(size), square(size)], sums)),
    ...gated.map((size) => benchmark({ of: "elementwise", op: "mul" }, square(size).join("x"), [square(size), [size[0], 1, 1]], "  a: mul(x0, x1)\n  b: mul(a, x1)\n  c: mul(b, x1)\n  output y: mul(c, x1)")),
  ];
}

function movement(): readonly Benchmark[] {
  const sizes: readonly Size[] = [[64, 55], [32, 40], [128, 27], [58, 28], [192, 13], [256, 13], [256, 7]];
  return sizes.map((size) => benchmark({ of: "movement", op: "concat" }, square(size).join("x"), [square(size), square(size)], "  a: concat(x0, x1)\n  b: concat(a, x0)\n  output y: concat(b, x1)"));
}

function poolings(): readonly Benchmark[] {
  const sizes: readonly Size[] = [[64, 111], [64, 64], [128, 55], [32, 47], [256, 27], [96, 14]];
  const means: readonly Size[] = [[32, 112], [96, 56], [144, 56], [72, 28], [240, 28], [480, 14], [1000, 13], [672, 7], [1280, 7]];
  return [
    ...sizes.map((size) => chain({ of: "pooling", op: "maxpool" }, square(size), ["maxpool(3, stride=2)"])),
    ...sizes.slice(0, 4).map((size) => chain({ of: "pooling", op: "avgpool" }, square(size), ["avgpool(3, stride=2)"])),
    ...means.map((size) => chain({ of: "reduction", op: "global_avgpool" }, square(size), ["global_avgpool"])),
  ];
}

/** Whole small networks, each of one family's blocks: what kernels take beside each other, with colder caches than in a chain. */
export function composites(): readonly Benchmark[] {
  const body = (blocks: readonly string[]): string => [...blocks, "global_avgpool", "output y: dense(100)"].map((line) => `  ${line}`).join("\n");
  const separable = ["conv(16, stride=2, act=relu6)", "dwsep(32, act=relu6)", "dwsep(64, stride=2, act=relu6)", "dwsep(128, stride=2, act=relu6)", "dwsep(128, act=relu6)", "dwsep(256, stride=2, act=relu6)", "dwsep(512, stride=2, act=relu6)"];
  const inverted = (act: string, se: string, kernel: number): readonly string[] => {
    const block = (out: number, stride: number): string => `mbconv(${out}, kernel=${kernel}, stride=${stride}, act=${act}, se=${se})`;
    return [`conv(24, stride=2, act=${act})`, block(24, 2), block(24, 1), block(40, 2), block(40, 1), block(80, 2), block(80, 1), block(128, 2), block(128, 1), `conv(512, kernel=1, act=${act})`];
  };
  const fires = ["conv2d(48, kernel=3, stride=2) -> relu -> maxpool(3, stride=2)", "fire(16, 64)", "fire(16, 64)", "maxpool(3, stride=2)", "fire(32, 128)", "maxpool(3, stride=2)", "fire(48, 192)", "fire(48, 192)"];
  const families: readonly (readonly [string, readonly string[]])[] = [
    ["separable", separable],
    ["inverted", inverted("relu6", "0", 3)],
    ["wide_windows", inverted("relu6", "0", 5)],
    ["gated", inverted("swish", "0.25", 3)],
    ["hard_gated", inverted("hardswish", "0.25", 5)],
    ["fires", fires],
  ];
  return families.flatMap(([name, blocks]) => [64, 112, 176].map((side) => benchmark(undefined, `network_${name}_${side}`, [[3, side, side]], body(blocks))));
}

/** A pair of layers, together and each alone: two kernels that run as one take clearly less than their sum. */
export interface FusionPair {
  /** The operator that may become part of a convolution. */
  readonly op: string;
  readonly first: Benchmark;
  readonly second: Benchmark;
  readonly both: Benchmark;
}

export const FUSABLE = ["relu", "relu6", "sigmoid", "hardsigmoid", "hardswish", "swish", "add"] as const;

/** Narrow convolutions with wide outputs, so that the second operator takes a good part of the time, three times over; narrow ones between them bring the channels back. */
export function fusionPairs(): readonly FusionPair[] {
  const narrow: Shape = [2, 112, 112];
  const wide: Shape = [64, 112, 112];
  const named = (name: string, inputs: readonly Shape[], body: string): Benchmark => benchmark(undefined, `fusion_${name}`, inputs, body);
  const layers = (op: string): string => times(3, `conv2d(64, kernel=1)${op} -> conv2d(2, kernel=1)`).join(" -> ");
  const adding = "  a: x0 -> conv2d(64, kernel=1)\n  b: add(a, x1) -> conv2d(2, kernel=1) -> conv2d(64, kernel=1)\n  c: add(b, x1) -> conv2d(2, kernel=1) -> conv2d(64, kernel=1)\n  output y: add(c, x1) -> conv2d(2, kernel=1)";
  const first = named("conv", [narrow], `  output y: x0 -> ${layers("")}`);
  return FUSABLE.map((op) => ({
    op,
    first,
    second: op === "add" ? named(op, [wide, wide], "  a: add(x0, x1)\n  b: add(a, x1)\n  output y: add(b, x1)") : named(op, [wide], `  output y: x0 -> ${times(3, op).join(" -> ")}`),
    both: op === "add" ? named("conv_add", [narrow, wide], adding) : named(`conv_${op}`, [narrow], `  output y: x0 -> ${layers(` -> ${op}`)}`),
  }));
}
