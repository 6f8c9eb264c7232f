/**
 * Layers with weights that the generated module has of its own. tf.layers has a convolution and a batch norm too, but TF.js differentiates
 * them element by element on its cpu backend, several times as slowly, and on wasm not at all: it has no gradient of a kernel there.
 */

/** `prefix` keeps the class names of two models apart. */
export function convolutionSource(prefix: string): string {
  return `interface ConvolutionConfig {
  name: string;
  kind?: "depthwise" | "transposed";
  filters: number;
  kernelSize: Pair;
  strides?: Pair;
  dilation?: Pair;
  padding?: Padding;
  /** Rows and columns that a transposed convolution has more than its input reaches: up to the stride, and zeros beyond. */
  outputPad?: Pair;
  zeros?: Pair;
  groups?: number;
  useBias?: boolean;
}

/** A convolution of any kind: padded on each side as wanted, in groups, dilated. Dilation lays the kernel's taps apart. */
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
    const { kind, filters, kernelSize, groups = 1, useBias = true } = this.config;
    const channels = input[3]!;
    const [inner, outer] = kind === "depthwise" ? [channels, filters / channels] : kind === "transposed" ? [filters / groups, channels] : [channels / groups, filters];
    this.addWeight("kernel", [...both(kernelSize), inner, outer], "float32", this.initializer, undefined, true);
    if (useBias) this.addWeight("bias", [filters], "float32", tf.initializers.zeros(), undefined, true);
    this.built = true;
  }

  override computeOutputShape([n, height, width]: tf.Shape): tf.Shape {
    const [rows, columns] = both(this.config.zeros ?? 0);
    return [n!, this.side(height!, 0) + rows, this.side(width!, 1) + columns, this.config.filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [x] = [inputs].flat() as [tf.Tensor4D];
      const { kind, groups = 1, strides = 1, padding = 0, zeros = 0, dilation = 1 } = this.config;
      const [variable, bias] = this.weights;
      const kernel = dilated(variable!.read() as tf.Tensor4D, both(dilation));
      const xs = groups === 1 ? [x] : tf.split<tf.Tensor4D>(x, groups, 3);
      const kernels = groups === 1 ? [kernel] : tf.split<tf.Tensor4D>(kernel, groups, 3);
      const parts = xs.map((part, g) => {
        if (kind === "depthwise") return depthwiseConvolution(part, kernels[g]!, both(strides), sides(padding));
        if (kind === undefined) return convolution(part, kernels[g]!, both(strides), sides(padding));
        return transposedConvolution(part, kernels[g]!, both(strides), sides(padding), [this.side(part.shape[1], 0), this.side(part.shape[2], 1)]);
      });
      const whole = parts.length === 1 ? parts[0]! : tf.concat(parts, 3);
      const [rows, columns] = both(zeros);
      const y = rows + columns === 0 ? whole : tf.pad(whole, [[0, 0], [0, rows], [0, columns], [0, 0]]);
      return bias ? tf.add(y, bias.read()) : y;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config } as tf.serialization.ConfigDict;
  }

  private side(n: number, axis: 0 | 1): number {
    const { kind, kernelSize, strides = 1, dilation = 1, padding = 0, outputPad = 0 } = this.config;
    const stride = both(strides)[axis];
    const reach = (both(kernelSize)[axis] - 1) * both(dilation)[axis] + 1;
    const [before, after] = sides(padding)[axis + 1]!;
    if (kind === "transposed") return (n - 1) * stride - before - after + reach + both(outputPad)[axis];
    return Math.floor((n + before + after - reach) / stride) + 1;
  }
}
tf.serialization.registerClass(Convolution);

// Convolutions whose gradients are convolutions too. TF.js has kernels for the gradients, but those for the cpu go through elements one by
// one, and for wasm there are none.

function convolution(x: tf.Tensor4D, kernel: tf.Tensor4D, strides: [number, number], pad: Sides): tf.Tensor4D {
  const pixelwise = [kernel.shape[0], kernel.shape[1], ...strides].every((n) => n === 1) && pad.flat().every((side) => side === 0);
  return differentiable(
    (x, kernel) => tf.conv2d(x, kernel, strides, pad),
    (dy, x, kernel) => {
      if (!pixelwise) return [tf.conv2dTranspose(dy, kernel, x.shape, strides, pad), kernelGradient(x, dy, kernel, strides, pad)];
      return [tf.conv2d(dy, tf.transpose<tf.Tensor4D>(kernel, [0, 1, 3, 2]), 1, "valid"), tf.reshape<tf.Rank.R4>(product(pixels(x), pixels(dy)), kernel.shape)];
    },
  )(x, kernel);
}

function pixels(x: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape<tf.Rank.R2>(x, [-1, x.shape[3]]);
}

/** aᵀ · b. Transposing by itself is slow on the cpu, and as a part of the product on wasm. */
function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.getBackend() === "wasm" ? tf.matMul(tf.transpose(a), b) : tf.matMul(a, b, true);
}

function transposedConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D, strides: [number, number], pad: Sides, size: [number, number]): tf.Tensor4D {
  return differentiable(
    (x, kernel) => tf.conv2dTranspose(x, kernel, [x.shape[0], ...size, kernel.shape[2]], strides, pad),
    (dy, x, kernel) => [tf.conv2d(dy, kernel, strides, pad), kernelGradient(dy, x, kernel, strides, pad)],
  )(x, kernel);
}

function depthwiseConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D, strides: [number, number], pad: Sides): tf.Tensor4D {
  return differentiable(
    (x, kernel) => tf.depthwiseConv2d(x, kernel, strides, pad),
    (dy, x, kernel) => {
      const [rows, columns, channels, multiplier] = kernel.shape;
      const [n, height, width] = x.shape;
      const [[top], [left]] = [pad[1], pad[2]];
      // Backwards, the kernel slides over the result's gradient, its elements a stride apart, and is turned round.
      const turned = tf.reshape<tf.Rank.R4>(tf.reverse(kernel, [0, 1]), [rows, columns, channels * multiplier, 1]);
      const wide = apart(dy, 1, strides);
      const dx = slide(tf.depthwiseConv2d, wide, turned, [rows - 1 - top, columns - 1 - left, height + top - wide.shape[1], width + left - wide.shape[2]]);
      // The gradient of the kernel for each example, then their sum.
      const taps = tf.reshape<tf.Rank.R4>(beside(dy), [dy.shape[1], dy.shape[2], n * channels, multiplier]);
      const each = slide(tf.depthwiseConv2d, beside(x), taps, reached(x, dy, kernel, strides, pad), strides);
      return [
        multiplier === 1 ? dx : tf.reshape<tf.Rank.R4>(tf.sum(tf.reshape(dx, [-1, multiplier]), 1), x.shape),
        tf.reshape<tf.Rank.R4>(tf.sum(tf.reshape(each, [rows * columns, n, channels * multiplier]), 1), kernel.shape),
      ];
    },
  )(x, kernel);
}

/** The gradient of a kernel: the image convolved with the result's gradient, its elements a stride apart; examples are the channels. */
function kernelGradient(x: tf.Tensor4D, dy: tf.Tensor4D, kernel: tf.Tensor4D, strides: [number, number], pad: Sides): tf.Tensor4D {
  const [n, height, width, channels] = dy.shape;
  const image = x.shape[3] === 1 ? beside(x) : tf.transpose<tf.Tensor4D>(x, [3, 1, 2, 0]);
  const gradient = slide(tf.conv2d, image, tf.reshape<tf.Rank.R4>(beside(dy), [height, width, n, channels]), reached(x, dy, kernel, strides, pad), strides);
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/** The examples beside each other as channels: [n, h, w, c] to [1, h, w, n · c]. The cpu backend transposes slowly, but joins in long runs. */
function beside(x: tf.Tensor4D): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  if (tf.getBackend() === "cpu") return tf.concat(tf.split<tf.Tensor4D>(x, n), 3);
  return tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [1, height, width, n * channels]);
}

function differentiable(
  forwards: (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D,
  backwards: (dy: tf.Tensor4D, x: tf.Tensor4D, kernel: tf.Tensor4D) => [tf.Tensor4D, tf.Tensor4D],
): (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D {
  return tf.customGrad<tf.Tensor4D>((...given) => {
    const [x, kernel, save] = given as [tf.Tensor4D, tf.Tensor4D, (saved: tf.Tensor[]) => void];
    save([x, kernel]);
    return { value: forwards(x, kernel), gradFunc: (dy, saved) => backwards(dy, ...(saved as [tf.Tensor4D, tf.Tensor4D])) };
  });
}

/** Padding, top, left, bottom, right, with which an image is as large as the windows reach; less than 0 where they leave rows out. */
function reached(x: tf.Tensor4D, y: tf.Tensor4D, kernel: tf.Tensor4D, strides: [number, number], pad: Sides): [number, number, number, number] {
  const after = (axis: 0 | 1) => (y.shape[axis + 1]! - 1) * strides[axis] + kernel.shape[axis] - x.shape[axis + 1]! - pad[axis + 1]![0];
  return [pad[1][0], pad[2][0], after(0), after(1)];
}

/** A convolution by steps of one. Padding: top, left, bottom, right; less than 0 takes rows away. */
function slide(f: typeof tf.conv2d | typeof tf.depthwiseConv2d, x: tf.Tensor4D, kernel: tf.Tensor4D, padding: [number, number, number, number], dilation: Pair = 1): tf.Tensor4D {
  const [top, left, bottom, right] = padding.map((side) => Math.max(0, -side)) as [number, number, number, number];
  const inside = top + left + bottom + right === 0 ? x : tf.slice(x, [0, top, left, 0], [-1, x.shape[1] - top - bottom, x.shape[2] - left - right, -1]);
  return f(inside, kernel, 1, sides(padding.map((side) => Math.max(0, side)) as [number, number, number, number]), "NHWC", dilation);
}

function dilated(kernel: tf.Tensor4D, [down, across]: [number, number]): tf.Tensor4D {
  const [height, width, inner, outer] = kernel.shape;
  if (down === 1 && across === 1) return kernel;
  return tf.slice(apart(kernel, 0, [down, across]), [0, 0, 0, 0], [(height - 1) * down + 1, (width - 1) * across + 1, inner, outer]);
}

/** Zeros behind each element of two axes that follow each other. */
function apart(x: tf.Tensor4D, axis: 0 | 1, [down, across]: [number, number]): tf.Tensor4D {
  if (down === 1 && across === 1) return x;
  const [height, width] = x.shape.slice(axis) as [number, number];
  const pixel = x.shape.slice(axis + 2).reduce((a, b) => a * b, 1);
  const row = width * across * pixel;
  const columns = tf.pad(tf.reshape(x, [-1, pixel]), [[0, 0], [0, (across - 1) * pixel]]);
  const rows = tf.pad(tf.reshape(columns, [-1, row]), [[0, 0], [0, (down - 1) * row]]);
  return tf.reshape(rows, x.shape.map((side, a) => (a === axis ? height * down : a === axis + 1 ? width * across : side)) as [number, number, number, number]);
}`;
}

/** As tf.layers', also in its weights and their order, for the last axis. The moving variance is that of a sample, as PyTorch's. */
export function batchNormSource(prefix: string): string {
  return `interface BatchNormConfig {
  name: string;
  epsilon: number;
  momentum: number;
}

/** Batch normalisation of the last axis. TF.js computes the gradients of its own with broadcasts and transposes; these are a few passes. */
class BatchNorm extends tf.layers.Layer {
  static className = "${prefix}BatchNorm";
  private readonly config: BatchNormConfig;

  constructor(config: BatchNormConfig) {
    super({ name: config.name });
    this.config = config;
  }

  override build(input: tf.Shape): void {
    const shape = input.slice(-1);
    const { ones, zeros } = tf.initializers;
    this.addWeight("gamma", shape, "float32", ones(), undefined, true);
    this.addWeight("beta", shape, "float32", zeros(), undefined, true);
    this.addWeight("moving_mean", shape, "float32", zeros(), undefined, false);
    this.addWeight("moving_variance", shape, "float32", ones(), undefined, false);
    this.built = true;
  }

  override computeOutputShape(input: tf.Shape): tf.Shape {
    return input;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const [x] = [inputs].flat() as [tf.Tensor];
      const [gamma, beta, mean, variance] = this.weights.map((weight) => weight.read()) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      return kwargs?.training ? this.train(x, gamma, beta) : tf.batchNorm(x as tf.Tensor4D, mean, variance, beta, gamma, this.config.epsilon);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config } as tf.serialization.ConfigDict;
  }

  /** Ioffe & Szegedy 2015, section 3: normalised by the batch, whose mean and variance the moving ones follow. */
  private train(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D): tf.Tensor {
    const { epsilon, momentum } = this.config;
    const count = x.size / gamma.size;
    const follow = (weight: tf.LayerVariable, now: tf.Tensor) => weight.write(tf.add(tf.mul(weight.read(), momentum), tf.mul(now, 1 - momentum)));
    const normalise = tf.customGrad<tf.Tensor4D>((...given) => {
      const [x, gamma, beta, save] = given as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, (saved: tf.Tensor[]) => void];
      const mean = channelMean(x);
      const variance = channelMean(tf.squaredDifference(x, mean));
      follow(this.weights[2]!, mean);
      follow(this.weights[3]!, tf.mul(variance, count / Math.max(count - 1, 1)));
      save([x, gamma, mean, variance]);
      return {
        value: tf.batchNorm(x, mean, variance, beta, gamma, epsilon),
        gradFunc: (dy, saved) => {
          const [x, gamma, mean, variance] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
          const normal = tf.batchNorm(x, mean, variance, undefined, undefined, epsilon);
          const slope = channelMean(tf.mul(dy, normal));
          const level = channelMean(dy);
          const dx = tf.batchNorm(tf.sub(dy, tf.mul(normal, slope)), level, variance, undefined, gamma, epsilon);
          return [dx, tf.mul(slope, count), tf.mul(level, count)];
        },
      };
    });
    return normalise(x, gamma, beta);
  }
}
tf.serialization.registerClass(BatchNorm);

/** The mean over all axes but the last, as a matrix product. */
function channelMean(x: tf.Tensor): tf.Tensor1D {
  const channels = x.shape[x.rank - 1]!;
  const count = x.size / channels;
  return tf.reshape(tf.matMul(tf.fill([1, count], 1 / count), tf.reshape(x, [count, channels])), [channels]);
}`;
}
