/**
 * Activations. Some become part of the convolution before them; hard-swish and hard-sigmoid do so in part, by scaling its weights:
 *
 * hard-swish: y/6 from the convolution, then (y/6) · relu6(6·(y/6) + 3), the second factor by a 1×1 depthwise convolution, which wasm
 * runs in one pass. hard-sigmoid: relu6(6·slope·y + 6·offset) from the convolution, then a sixth of it.
 */
import type { Activation } from "../../../compiler/ir/graph.ts";
import type { OpName } from "../../../compiler/ops/index.ts";
import type { Fused, Operand, UnaryName } from "../program.ts";
import { emit, filled, weightConstant, weightOf, type Form, type Lowering } from "../lowering.ts";

type Apply = (to: Lowering, x: Operand, node: Activation, form: Form) => Operand;

const unary =
  (f: UnaryName): Apply =>
  (to, x) =>
    emit(to, { name: "unary", f }, [x], x.shape);

const binary = (to: Lowering, f: "add" | "sub" | "mul" | "div", a: Operand, b: Operand): Operand => emit(to, { name: "binary", f }, [a, b], a.shape);

/** A number that all who need it share. */
function number(value: number): Operand {
  const known = [...familiar].find(([, v]) => v === value);
  return { kind: "constant", name: known ? known[0] : `number_${word(value)}`, shape: [], source: { kind: "fill", value } };
}

const familiar = new Map([["one", 1], ["half", 0.5], ["sixth", 1 / 6], ["three", 3], ["six", 6], ["root_half", Math.SQRT1_2]] as const);

/** A number as part of a name. */
function word(value: number): string {
  return String(value).replace("-", "minus_").replaceAll(/[^0-9a-z]/g, "_");
}

/** Each on its own, on a tensor in the given form; the result has the same form. Softmax depends on its axis and stands elsewhere. */
export const activations = {
  relu: unary("relu"),
  relu6: unary("relu6"),
  tanh: unary("tanh"),
  sigmoid: unary("sigmoid"),
  leaky_relu: (to, x, { attrs }) => emit(to, { name: "leakyRelu", alpha: attrs.slope }, [x], x.shape),
  elu(to, x, { attrs }) {
    const elu = emit(to, { name: "unary", f: "elu" }, [x], x.shape);
    if (attrs.alpha === 1) return elu;
    // alpha · elu(x) + (1 − alpha) · relu(x)
    const negative = binary(to, "mul", elu, number(attrs.alpha));
    const positive = binary(to, "mul", emit(to, { name: "unary", f: "relu" }, [x], x.shape), number(1 - attrs.alpha));
    return binary(to, "add", negative, positive);
  },
  hardsigmoid(to, x, { attrs }) {
    const line = binary(to, "add", binary(to, "mul", x, number(attrs.slope)), number(attrs.offset));
    return emit(to, { name: "clip", min: 0, max: 1 }, [line], x.shape);
  },
  swish: (to, x) => binary(to, "mul", x, emit(to, { name: "unary", f: "sigmoid" }, [x], x.shape)),
  hardswish: (to, x) => hardswishOf(to, binary(to, "mul", x, number(1 / 6))),
  gelu(to, x, { attrs }) {
    const half = binary(to, "mul", x, number(0.5));
    if (attrs.approximate === "tanh") {
      // x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
      const cube = binary(to, "mul", binary(to, "mul", binary(to, "mul", x, x), x), number(0.044715));
      const inner = binary(to, "mul", binary(to, "add", x, cube), number(Math.sqrt(2 / Math.PI)));
      return binary(to, "mul", half, binary(to, "add", emit(to, { name: "unary", f: "tanh" }, [inner], x.shape), number(1)));
    }
    const erf = emit(to, { name: "unary", f: "erf" }, [binary(to, "mul", x, number(Math.SQRT1_2))], x.shape);
    return binary(to, "mul", half, binary(to, "add", erf, number(1)));
  },
  prelu(to, x, node) {
    const slope = weightOf(node, "slope")!;
    return emit(to, { name: "prelu" }, [x, weightConstant(slope, { kind: "same" }, { name: slope.name })], x.shape);
  },
} satisfies Partial<Record<OpName, Apply>>;

export type ActivationName = keyof typeof activations;

function isActivation(name: string): name is ActivationName {
  return Object.hasOwn(activations, name);
}

/** What a convolution's own pass can take over of the activation behind it. */
export interface Tail {
  readonly fused: Fused | undefined;
  /** The kernel and the bias are multiplied by this, and the bias then shifted. */
  readonly scale: number;
  readonly shift: number;
  /** Tells the names of weights that are scaled from those that are not. */
  readonly suffix: string;
  /** What remains, on the convolution's result. */
  readonly rest: (to: Lowering, y: Operand, form: Form) => Operand;
}

const nothing = { scale: 1, shift: 0, suffix: "" } as const;

export function tailOf(activation: Activation | undefined): Tail {
  const keep = (_to: Lowering, y: Operand) => y;
  if (!activation) return { ...nothing, fused: undefined, rest: keep };
  const { attrs } = activation;
  switch (activation.op.name) {
    case "relu":
    case "relu6":
    case "sigmoid":
      return { ...nothing, fused: { f: activation.op.name }, rest: keep };
    case "elu":
      if (attrs.alpha === 1) return { ...nothing, fused: { f: "elu" }, rest: keep };
      break;
    case "leaky_relu":
      return { ...nothing, fused: { f: "leakyrelu", alpha: attrs.slope }, rest: keep };
    case "hardsigmoid":
      return { fused: { f: "relu6" }, scale: 6 * attrs.slope, shift: 6 * attrs.offset, suffix: `.steep${attrs.slope === 1 / 6 && attrs.offset === 0.5 ? "" : `_${word(attrs.slope)}_${word(attrs.offset)}`}`, rest: (to, y) => binary(to, "mul", y, number(1 / 6)) };
    case "hardswish":
      return { fused: undefined, scale: 1 / 6, shift: 0, suffix: ".sixth", rest: hardswishOf };
  }
  if (!isActivation(activation.op.name)) throw new Error(`${activation.op.name} is fused and is no activation`);
  const apply: Apply = activations[activation.op.name];
  return { ...nothing, fused: undefined, rest: (to, y, form) => apply(to, y, activation, form) };
}

/** Hard-swish from a sixth of its input: (x/6) · relu6(6·(x/6) + 3). */
function hardswishOf(to: Lowering, sixth: Operand): Operand {
  const { shape } = sixth;
  const channels = shape[shape.length - 1];
  if (shape.length !== 4) {
    const gate = emit(to, { name: "unary", f: "relu6" }, [binary(to, "add", binary(to, "mul", sixth, number(6)), number(3))], shape);
    return binary(to, "mul", sixth, gate);
  }
  const gate = emit(to, { name: "depthwise", strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], activation: { f: "relu6" } }, [sixth, filled(`hardswish.${channels}.weight`, [1, 1, channels, 1], 6), filled(`hardswish.${channels}.bias`, [channels], 3)], shape);
  return binary(to, "mul", sixth, gate);
}
