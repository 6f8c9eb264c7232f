/** Source text of the layers that tf.layers has not. A generated module holds those that its network uses. */

/** Functions of tensors without weights; each becomes an entry of the module's `operations`. */
const operations = {
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
  pad: `pad: ([x], { sides: [top, left, bottom, right], mode, value }: { sides: [number, number, number, number]; mode: "constant" | "reflect" | "edge"; value: number }) => {
    if (mode === "constant") return tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], value);
    if (mode === "reflect") return tf.mirrorPad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], "reflect");
    let y = x;
    for (let i = 0; i < Math.max(top, left, bottom, right); i++) {
      y = tf.mirrorPad(y, [[0, 0], [Number(top > i), Number(bottom > i)], [Number(left > i), Number(right > i)], [0, 0]], "symmetric");
    }
    return y;
  },`,
  /** `counted`: sides that are padded with zeros which take part in the mean. */
  pool: `pool: ([x], { f, window, strides, sides: [top, left, bottom, right], counted }: { f: "max" | "avg"; window: [number, number]; strides: [number, number]; sides: [number, number, number, number]; counted?: [number, number, number, number] }) => {
    const y = (counted ? tf.pad(x, [[0, 0], [counted[0], counted[2]], [counted[1], counted[3]], [0, 0]]) : x) as tf.Tensor4D;
    return (f === "max" ? tf.maxPool : tf.avgPool)(y, window, strides, [[0, 0], [top, bottom], [left, right], [0, 0]]);
  },`,
  adaptivePool: `adaptivePool: ([x], { f, size }: { f: "max" | "mean"; size: [number, number] }) => {
    let y = x;
    for (const [i, n] of size.entries()) {
      const axis = i + 1;
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
  constant: `constant: ([x], { data, sides }: { data: number[]; sides: number[] }) => tf.tile(tf.tensor(data, [1, ...sides]), [x.shape[0]!, ...sides.map(() => 1)]),`,
  /** Stochastic depth: the whole example's branch is dropped, or scaled up. */
  dropPath: `dropPath: ([x], { rate }: { rate: number }, training) => {
    if (!training || rate === 0) return tf.clone(x);
    const kept = tf.greaterEqual(tf.randomUniform([x.shape[0]!, ...x.shape.slice(1).map(() => 1)]), rate);
    return rate === 1 ? tf.zerosLike(x) : tf.mul(x, tf.div(tf.cast(kept, "float32"), 1 - rate));
  },`,
} as const satisfies Readonly<Record<string, string>>;

export type OperationName = keyof typeof operations;

/** The table of operations and the one layer class that runs them. `prefix` keeps the class names of two models apart. */
export function operationsSource(used: readonly OperationName[], prefix: string): string {
  return `/** The tensors that an operation takes: a second one where it has two. */
type Given = [tf.Tensor, tf.Tensor];

/** What tf.layers has no layer for, as functions of tensors. */
const operations = {
  ${used.map((name) => operations[name]).join("\n  ")}
} satisfies Record<string, (x: Given, settings: never, training: boolean) => tf.Tensor>;

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
    const [first] = (Array.isArray(inputs[0]) ? inputs : [inputs]) as [tf.Shape];
    return [first[0]!, ...this.config.shape];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const operation = operations[this.config.operation] as (x: Given, settings: unknown, training: boolean) => tf.Tensor;
    return tf.tidy(() => operation([inputs].flat() as Given, this.config, kwargs?.training ?? false));
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
