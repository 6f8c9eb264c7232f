/** What acts only while training; at inference these are the identity. */
import { defineOp } from "../ir/op.ts";

export interface RateAttrs {
  readonly rate: number;
}

const rate = { rate: { type: "float", min: 0, max: 1, doc: "the share that is dropped" } } as const;

export const dropout = defineOp({
  name: "dropout",
  kind: "regularization",
  doc: "While training, sets this share of elements to zero and scales the others up. The identity afterwards.",
  source: "Srivastava et al. 2014",
  inputs: ["x"],
  attributes: rate,
  infer: ([x], given) => ({ attrs: { rate: given.rate } as RateAttrs, outputs: [x] }),
  flops: () => 0,
});

export const dropPath = defineOp({
  name: "drop_path",
  kind: "regularization",
  doc: "Stochastic depth: while training, drops the whole branch for this share of examples and scales the others up. The identity afterwards.",
  source: "Huang et al. 2016 (Deep Networks with Stochastic Depth)",
  inputs: ["x"],
  attributes: rate,
  infer: ([x], given) => ({ attrs: { rate: given.rate } as RateAttrs, outputs: [x] }),
  flops: () => 0,
});
