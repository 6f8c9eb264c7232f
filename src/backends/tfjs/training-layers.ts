/** Source text of the layers that tf.layers has not. A generated module holds those that its network uses. */

/** Functions of tensors without weights; each becomes an entry of the module's `operations`. */
export const operations = {
  hardSigmoid: `hardSigmoid: ([x], { slope, offset }: { slope: number; offset: number }) => tf.clipByValue(tf.add(tf.mul(x, slope), offset), 0, 1),`,
  hardSwish: `hardSwish: ([x]) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)),`,
  scaledElu: `scaledElu: ([x], { alpha }: { alpha: number }) => tf.add(tf.relu(x), tf.mul(tf.sub(tf.elu(x), tf.relu(x)), alpha)),`,
  gelu: `gelu: ([x], { tanh }: { tanh: boolean }) => {
    const inner = tanh ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI))) : tf.erf(tf.mul(x, Math.SQRT1_2));
    return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
  },`,
  arithmetic: `arithmetic: ([a, b], { f }: { f: "add" | "sub" | "mul" | "div" }) => tf[f](a, b),`,
  matMul: `matMul: ([a, b], { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean }) => tf.matMul(a, b, transposeA, transposeB),`,
  /** With the steps spelt out, since a strided slice has no gradient. */
  cut: `cut: ([x], { axis, begin, end, step }: { axis: number; begin: number; end: number; step: number }) =>
    step === 1
      ? tf.slice(x, x.shape.map((_, a) => (a === axis ? begin : 0)), x.shape.map((_, a) => (a === axis ? end - begin : -1)))
      : tf.gather(x, tf.range(begin, end, step, "int32"), axis),`,
  channelShuffle: `channelShuffle: ([x], { groups }: { groups: number }) => {
    const [n, height, width, channels] = x.shape as [number, number, number, number];
    return tf.reshape(tf.transpose(tf.reshape(x, [n, height * width, groups, channels / groups]), [0, 1, 3, 2]), [n, height, width, channels]);
  },`,
  pad: `pad: ([x], { sides: [top, left, bottom, right], mode, value }: { sides: number[]; mode: "constant" | "reflect" | "edge"; value: number }) => {
    if (mode === "constant") return tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], value);
    if (mode === "reflect") return tf.mirrorPad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], "reflect");
    let y = x;
    for (let i = 0; i < Math.max(top, left, bottom, right); i++) {
      y = tf.mirrorPad(y, [[0, 0], [Number(top > i), Number(bottom > i)], [Number(left > i), Number(right > i)], [0, 0]], "symmetric");
    }
    return y;
  },`,
  /** `counted`: sides that are padded with zeros which take part in the mean. */
  pool: `pool: ([x], { f, window, strides, sides: [top, left, bottom, right], counted }: { f: "max" | "avg"; window: [number, number]; strides: [number, number]; sides: number[]; counted?: number[] }) => {
    const y = (counted ? tf.pad(x, [[0, 0], [counted[0], counted[2]], [counted[1], counted[3]], [0, 0]]) : x) as tf.Tensor4D;
    return (f === "max" ? tf.maxPool : tf.avgPool)(y, window, strides, [[0, 0], [top, bottom], [left, right], [0, 0]]);
  },`,
  adaptivePool: `adaptivePool: ([x], { f, size }: { f: "max" | "mean"; size: [number, number] }) => {
    let y = x;
    for (const axis of [1, 2] as const) {
      const n = size[axis - 1];
      const side = y.shape[axis]!;
      const parts = Array.from({ length: n }, (_, i) => {
        const begin = Math.floor((i * side) / n);
        const length = Math.ceil(((i + 1) * side) / n) - begin;
        return tf[f](tf.slice(y, y.shape.map((_, a) => (a === axis ? begin : 0)), y.shape.map((_, a) => (a === axis ? length : -1))), axis, true);
      });
      y = tf.concat(parts, axis);
    }
    return y;
  },`,
  resize: `resize: ([x], { bilinear, size, alignCorners, halfPixel }: { bilinear: boolean; size: [number, number]; alignCorners: boolean; halfPixel: boolean }) =>
    bilinear ? tf.image.resizeBilinear(x as tf.Tensor4D, size, alignCorners, halfPixel) : tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size),`,
  reduce: `reduce: ([x], { f, axes, keep }: { f: "mean" | "sum" | "max"; axes: number[]; keep: boolean }) => tf[f](x, axes, keep),`,
  constant: `constant: ([x], { data, sides }: { data: number[]; sides: number[] }) => tf.tile(tf.tensor(data, [1, ...sides]), [x.shape[0], ...sides.map(() => 1)]),`,
  /** Stochastic depth: the whole example's branch is dropped, or scaled up. */
  dropPath: `dropPath: ([x], { rate }: { rate: number }, training) => {
    if (!training || rate === 0) return tf.clone(x);
    const kept = tf.greaterEqual(tf.randomUniform([x.shape[0], ...x.shape.slice(1).map(() => 1)]), rate);
    return rate === 1 ? tf.zerosLike(x) : tf.mul(x, tf.div(tf.cast(kept, "float32"), 1 - rate));
  },`,
} as const satisfies Readonly<Record<string, string>>;

export type OperationName = keyof typeof operations;

/** The table of operations and the one layer class that runs them. `prefix` keeps the class names of two models apart. */
export function operationsSource(used: readonly OperationName[], prefix: string): string {
  return `/** What tf.layers has no layer for, as functions of tensors. */
const operations = {
  ${used.map((name) => operations[name]).join("\n  ")}
} satisfies Record<string, (x: tf.Tensor[], settings: never, training: boolean) => tf.Tensor>;

type OperationName = keyof typeof operations;
type Settings<N extends OperationName> = Parameters<(typeof operations)[N]> extends [unknown, infer S, ...unknown[]] ? S : Record<never, never>;
/** \`shape\` is that of the result, without the batch. */
interface OperationConfig extends tf.serialization.ConfigDict {
  name: string;
  operation: OperationName;
  shape: number[];
}

/** A layer without weights: one of the operations above. Saved models know it by its class name. */
class Operation extends tf.layers.Layer {
  static className = "${prefix}Operation";
  private readonly config: OperationConfig;

  constructor(config: OperationConfig) {
    super({ name: config.name });
    this.config = config;
  }

  override computeOutputShape(inputs: tf.Shape | tf.Shape[]): tf.Shape {
    const [first] = (Array.isArray(inputs[0]) ? inputs : [inputs]) as tf.Shape[];
    return [first[0], ...this.config.shape];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const operation = operations[this.config.operation] as (x: tf.Tensor[], settings: unknown, training: boolean) => tf.Tensor;
    return tf.tidy(() => operation([inputs].flat(), this.config, kwargs?.training ?? false));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config };
  }
}
tf.serialization.registerClass(Operation);

function operation<N extends OperationName>(operation: N, name: string, shape: number[], settings: Settings<N>): Operation {
  return new Operation({ name, operation, shape, ...(settings as tf.serialization.ConfigDict) });
}`;
}

/** Convolutions in groups, dilated, or transposed with explicit padding. */
export function convolutionSource(prefix: string): string {
  return `interface ConvolutionConfig extends tf.serialization.ConfigDict {
  name: string;
  kind: "plain" | "depthwise" | "transposed";
  filters: number;
  kernelSize: [number, number];
  strides: [number, number];
  dilation: [number, number];
  /** Top, left, bottom, right. */
  sides: number[];
  /** Rows and columns that a transposed convolution has more than its input reaches: up to the stride, and zeros beyond. */
  outputPad: [number, number];
  zeros: [number, number];
  groups: number;
  useBias: boolean;
}

/**
 * A convolution that tf.layers has not: in groups, dilated, or transposed with explicit padding. Dilation lays the kernel's taps apart,
 * so that TF.js can differentiate it.
 */
class Convolution extends tf.layers.Layer {
  static className = "${prefix}Convolution";
  private readonly config: ConvolutionConfig;
  private readonly initializer: Initializer;

  constructor(config: ConvolutionConfig, kernelInitializer?: Initializer) {
    super({ name: config.name });
    this.config = config;
    this.initializer = kernelInitializer ?? tf.initializers.zeros();
  }

  override build(input: tf.Shape): void {
    const { kind, filters, kernelSize, groups, useBias } = this.config;
    const channels = input[3]!;
    const [inner, outer] = kind === "depthwise" ? [channels, filters / channels] : kind === "transposed" ? [filters / groups, channels] : [channels / groups, filters];
    this.addWeight("kernel", [...kernelSize, inner, outer], "float32", this.initializer, undefined, true);
    if (useBias) this.addWeight("bias", [filters], "float32", tf.initializers.zeros(), undefined, true);
    this.built = true;
  }

  override computeOutputShape([n, height, width]: tf.Shape): tf.Shape {
    const { filters, zeros } = this.config;
    return [n, this.side(height!, 0) + zeros[0], this.side(width!, 1) + zeros[1], filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [x] = [inputs].flat() as tf.Tensor4D[];
      const { kind, groups, strides, zeros, sides: [top, left, bottom, right] } = this.config;
      const [kernelVariable, bias] = this.weights;
      const kernel = this.spread(kernelVariable.read() as tf.Tensor4D);
      const pad: [[number, number], [number, number], [number, number], [number, number]] = [[0, 0], [top, bottom], [left, right], [0, 0]];
      const xs = groups === 1 ? [x] : tf.split<tf.Tensor4D>(x, groups, 3);
      const kernels = groups === 1 ? [kernel] : tf.split<tf.Tensor4D>(kernel, groups, 3);
      const parts = xs.map((part, g) => {
        if (kind === "depthwise") return tf.depthwiseConv2d(part, kernels[g], strides, pad);
        if (kind === "plain") return tf.conv2d(part, kernels[g], strides, pad);
        const size: [number, number, number, number] = [part.shape[0], this.side(part.shape[1], 0), this.side(part.shape[2], 1), kernels[g].shape[2]];
        const reached = tf.conv2dTranspose(part, kernels[g], size, strides, pad);
        return tf.pad(reached, [[0, 0], [0, zeros[0]], [0, zeros[1]], [0, 0]]);
      });
      const y = parts.length === 1 ? parts[0] : tf.concat(parts, 3);
      return bias ? tf.add(y, bias.read()) : y;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config };
  }

  private side(n: number, axis: 0 | 1): number {
    const { kind, kernelSize, strides, dilation, sides, outputPad } = this.config;
    const reach = (kernelSize[axis] - 1) * dilation[axis] + 1;
    const padding = sides[axis] + sides[axis + 2];
    return kind === "transposed" ? (n - 1) * strides[axis] - padding + reach + outputPad[axis] : Math.floor((n + padding - reach) / strides[axis]) + 1;
  }

  private spread(kernel: tf.Tensor4D): tf.Tensor4D {
    const [dy, dx] = this.config.dilation;
    if (dy === 1 && dx === 1) return kernel;
    const [h, w, i, o] = kernel.shape;
    const apart = tf.pad(tf.reshape(kernel, [h, 1, w, 1, i * o]), [[0, 0], [0, dy - 1], [0, 0], [0, dx - 1], [0, 0]]);
    return tf.slice(tf.reshape<tf.Rank.R4>(apart, [h * dy, w * dx, i, o]), [0, 0, 0, 0], [(h - 1) * dy + 1, (w - 1) * dx + 1, i, o]);
  }
}
tf.serialization.registerClass(Convolution);`;
}
