/** Every operator's form in ONNX. */
import type { OpName, OpTable, AttrsOf } from "../../../compiler/ops/index.ts";
import { constantValue, type Site, type Value } from "../target.ts";
import * as activation from "./activation.ts";
import { conv, convTranspose, dense, matmul } from "./conv.ts";
import { add, concat, div, mul, sub } from "./merge.ts";
import { channelShuffle, flatten, pad, reshape, resize, slice, split, transpose } from "./movement.ts";
import { batchnorm, layernorm, reduceMax, reduceMean, reduceSum } from "./norm.ts";
import { adaptiveAvgpool, adaptiveMaxpool, avgpool, globalAvgpool, globalMaxpool, maxpool } from "./pool.ts";

/** Adds the layer's ONNX nodes to the target and returns its results. */
export type Lowering<A> = (site: Site, inputs: readonly Value[], attrs: A) => Value | readonly Value[];

type Table = OpTable<{ readonly [N in OpName]: Lowering<AttrsOf<N>> }>;

export const lowerings = {
  conv2d: conv,
  depthwise: conv,
  conv_transpose2d: convTranspose,
  dense,
  matmul,
  batchnorm,
  layernorm,
  maxpool,
  avgpool,
  global_avgpool: globalAvgpool,
  global_maxpool: globalMaxpool,
  adaptive_avgpool: adaptiveAvgpool,
  adaptive_maxpool: adaptiveMaxpool,
  relu: activation.relu,
  relu6: activation.relu6,
  leaky_relu: activation.leakyRelu,
  prelu: activation.prelu,
  elu: activation.elu,
  sigmoid: activation.sigmoid,
  hardsigmoid: activation.hardsigmoid,
  tanh: activation.tanh,
  swish: activation.swish,
  hardswish: activation.hardswish,
  gelu: activation.gelu,
  softmax: activation.softmax,
  add,
  sub,
  mul,
  div,
  concat,
  split,
  slice,
  pad,
  reshape,
  flatten,
  transpose,
  channel_shuffle: channelShuffle,
  resize,
  reduce_mean: reduceMean,
  reduce_sum: reduceSum,
  reduce_max: reduceMax,
  // At inference the identity: no node at all.
  dropout: (_site, [x]) => x,
  drop_path: (_site, [x]) => x,
  constant: (site, _inputs, { data }) => constantValue(site, data),
} satisfies Table;
