/** Every operator. A new one is a record in its family's file and a line here; each backend's table then fails to type-check until it knows it. */
import type { Node } from "../ir/graph.ts";
import type { Op } from "../ir/op.ts";
import * as activation from "./activation.ts";
import { constant } from "./constant.ts";
import { conv2d, convTranspose2d, depthwise } from "./conv.ts";
import { dense, matmul } from "./dense.ts";
import { add, concat, div, mul, sub } from "./merge.ts";
import { channelShuffle, flatten, pad, reshape, resize, slice, split, transpose } from "./movement.ts";
import { batchnorm, layernorm } from "./norm.ts";
import { adaptiveAvgpool, adaptiveMaxpool, avgpool, globalAvgpool, globalMaxpool, maxpool } from "./pool.ts";
import { reduceMax, reduceMean, reduceSum } from "./reduce.ts";
import { dropout, dropPath } from "./regularize.ts";

export const ops = {
  conv2d,
  depthwise,
  conv_transpose2d: convTranspose2d,
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
  dropout,
  drop_path: dropPath,
  constant,
} as const satisfies Readonly<Record<string, Op<string, any, any>>>;

export type OpName = keyof typeof ops;

/** An operator by name, seen as any operator. */
export function findOp(name: string): Op | undefined {
  return byName.get(name);
}

const byName = new Map<string, Op>(Object.entries(ops) as never);

/** The attributes that a node of this operator keeps. (TypeScript infers `undefined` beside them where `infer` may return a problem.) */
export type AttrsOf<N extends OpName> = (typeof ops)[N] extends Op<string, any, infer A> ? Exclude<A, undefined> : never;

export type NodeOf<N extends OpName> = Node<N, AttrsOf<N>>;

/** A table with an entry for every operator, as each backend must have. */
export type OpTable<F extends { readonly [N in OpName]: unknown }> = F;

/** Narrows a node to one operator. */
export function isOp<N extends OpName>(node: Node, name: N): node is NodeOf<N> {
  return node.op.name === name;
}
