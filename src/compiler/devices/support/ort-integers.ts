/**
 * Integers of 8 bits in ONNX Runtime's CPU provider, as our QDQ model writes them: an operator between DequantizeLinear and QuantizeLinear becomes an
 * integer kernel where there is one (`qdq_selector_action_transformer.cc`); moves keep their input's integers; the others compute in float32. Probed: each
 * operator between two convolutions, in the graph as onnxruntime 1.30 rewrites it.
 */
import type { Activation } from "../../ir/graph.ts";
import { ortRules } from "./ort.ts";
import { fallback, judged, native, nothing, type Rules, type Seen, type Verdict } from "./rules.ts";

const integer = native("an integer kernel");
const moves = native("moves integers as they are");
const clamps = native("the rounding behind it cuts off as it does");

function float(name: keyof Rules, way: string) {
  const reason = "ONNX Runtime's CPU provider has no integer kernel for it: float32 between DequantizeLinear and QuantizeLinear";
  return (node: Seen): Verdict => {
    const spelt = judged(ortRules[name], node);
    return fallback(spelt.status === "decomposed" ? `${reason}; ${spelt.reason}` : reason, way);
  };
}

const plainly = "use `relu6`, which costs nothing behind a convolution";

export const integerRules: Rules = {
  ...ortRules,
  conv2d: integer,
  depthwise: integer,
  conv_transpose2d: float("conv_transpose2d", "use `resize` and a convolution"),
  dense: integer,
  matmul: integer,
  batchnorm: float("batchnorm", "put it behind a convolution, into which it is folded"),
  layernorm: float("layernorm", "use `batchnorm` behind a convolution, into which it is folded"),
  maxpool: moves,
  avgpool(node) {
    const spelt = judged(ortRules.avgpool, node);
    return spelt.status === "decomposed" ? fallback(`${spelt.reason}, and ONNX Runtime's CPU provider pads in float32`, spelt.way) : integer;
  },
  global_avgpool: integer,
  adaptive_maxpool: (node) => (node.attrs.size.every((n) => n === 1) ? judged(integerRules.global_maxpool, node) : judged(ortRules.adaptive_maxpool, node)),
  global_maxpool: float("global_maxpool", "use `maxpool` over the whole image"),
  relu: clamps,
  relu6: clamps,
  leaky_relu: integer,
  prelu: float("prelu", "use `leaky_relu` or `relu6`"),
  elu: float("elu", plainly),
  sigmoid: integer,
  hardsigmoid: float("hardsigmoid", "use `sigmoid`, which has an integer kernel"),
  tanh: float("tanh", "use `sigmoid`, which has an integer kernel"),
  swish: native("a sigmoid and a product, each an integer kernel"),
  hardswish: float("hardswish", plainly),
  gelu: float("gelu", plainly),
  softmax: integer,
  add: integer,
  sub: float("sub", "use `add`"),
  mul: integer,
  div: float("div", "use `mul`"),
  concat: integer,
  split: moves,
  slice: moves,
  pad: float("pad", "pad in the convolution or pooling behind it (`pad=`)"),
  reshape: moves,
  flatten: moves,
  transpose: moves,
  channel_shuffle: moves,
  resize: ({ attrs }) => (attrs.mode === "nearest" ? moves : fallback("ONNX Runtime's CPU provider interpolates in float32", "use `mode=nearest`")),
  reduce_mean: float("reduce_mean", "over a whole image, use `global_avgpool`"),
  reduce_sum: float("reduce_sum", "over a whole image, use `global_avgpool`"),
  reduce_max: moves,
  dropout: nothing,
  drop_path: nothing,
  constant: nothing,
};

/** A clamp is part of the rounding; nothing else joins an integer kernel. */
export function integerFuses({ op: { name } }: Activation): boolean {
  return name === "relu" || name === "relu6";
}
