/**
 * The same network as other tools count it. They agree on multiply-adds of convolutions and dense layers, and differ in what they add to them;
 * the same name, FLOPs, stands for MACs in one and for twice as many in another. Each rule here is read from the tool's source and holds for any network.
 *
 * Known not to be reproduced: 407M for EfficientNet-Lite0 in its README (its rule gives 404.9M, and fits Lite1 to Lite4).
 */
import type { Graph, Node } from "../ir/graph.ts";
import { elements } from "../ir/shape.ts";
import { prune } from "../passes/index.ts";
import type { Cost } from "./cost.ts";

export interface Convention {
  readonly name: string;
  /** Each figure under the name by which the tool gives it. */
  readonly params?: number;
  readonly macs?: number;
  readonly flops?: number;
  readonly rule: string;
  readonly source: string;
}

/**
 * In the order of a report.
 *
 * @param cost of the same graph
 *
 * On MobileNetV2 at 224 × 224 in torchvision's reading: 300,774,272, 314,130,496, 314,193,216, 320,300,008, 320,300,008, 327,486,720, 601,548,544, 614,612,552; 3,504,872, 3,470,760, 3,538,984.
 */
export function conventions(graph: Graph, cost: Cost): readonly Convention[] {
  const { nodes } = prune(graph);
  const sum = (rule: (node: Node) => number): number => nodes.reduce((total, node) => total + rule(node), 0);
  const normParams = new Map(nodes.filter((node) => node.op.name === "batchnorm").flatMap((node) => node.weights.filter((w) => w.trainable).map((w) => [w.name, elements(w.shape)])));
  const withoutNorms = [...normParams.values()].reduce((rest, count) => rest - count, cost.params);
  return [
    {
      name: "papers, torchvision, tf_slim",
      macs: cost.macs,
      rule: "multiply-adds of convolutions, dense layers and matrix products, nothing else",
      source: "torchvision's `_ops` of its weights (as GFLOPS); TensorFlow models, research/slim/nets/mobilenet/README.md",
    },
    {
      name: "fvcore",
      flops: sum(fvcore),
      rule: "MACs, 2 per element of a batch norm, 5 of a layer norm, 4 per output of a bilinear resize, 1 of a nearest one; a global average pool written as a mean is not seen (timm)",
      source: "fvcore/nn/flop_count.py, jit_handles.py; timm's results/model_metadata",
    },
    {
      name: "fvcore, adaptive pooling",
      flops: sum((node) => fvcore(node) + (node.op.name === "global_avgpool" ? inputOf(node) : 0)),
      rule: "as fvcore, and 1 per input element of a global average pool, which torchvision writes as adaptive_avg_pool2d",
      source: "fvcore/nn/flop_count.py, aten::adaptive_avg_pool2d",
    },
    {
      name: "ptflops",
      macs: sum(ptflops),
      rule: "MACs, 1 per element of a bias, 2 of a batch norm, 1 of a layer norm, relu, relu6, leaky_relu, prelu, elu, gelu, swish and softmax, 1 per input element of a pooling, 1 per output of a resize; transposed convolutions by output elements",
      source: "ptflops/pytorch_ops.py (backend `pytorch`)",
    },
    {
      name: "EfficientNet-Lite README",
      macs: sum(everything),
      rule: "its MAdds: MACs, 1 per element of a bias, 2 of a batch norm, 1 of an activation, 1 per input element of a pooling",
      source: "tensorflow/tpu, models/official/efficientnet/lite/README.md (631M, 899M, 1.44B, 2.64B for Lite1 to 4); the rule is inferred from its figures",
    },
    {
      name: "thop",
      macs: sum(thop),
      rule: "MACs without matrix products, 4 per element of a norm, 1 of leaky_relu and prelu, 3 of a softmax less 1 per row, 1 per output of an average pooling, 11 of a bilinear resize; a global pool written as a function is not seen",
      source: "thop/vision/basic_hooks.py, calc_func.py",
    },
    {
      name: "TF profiler, calflops",
      flops: 2 * cost.macs,
      rule: "2 per MAC of convolutions, dense layers and matrix products",
      source: "tensorflow/python/profiler; calflops",
    },
    {
      name: "lwm",
      flops: cost.flops,
      rule: "of the deployed network, batch norm folded: 2 per MAC, 1 per output element of a bias, an activation and an elementwise operator, 1 per input element of a pooling window",
      source: "the language reference, Words",
    },
    {
      name: "torchvision, timm, Keras trainable, lwm",
      params: cost.params,
      rule: "weights, biases, scale and shift of batch norms",
      source: "torchvision's `num_params`; Keras' summary, Trainable params",
    },
    {
      name: "tf_slim",
      params: withoutNorms,
      rule: "weights and biases, without batch norm",
      source: "TensorFlow models, research/slim/nets/mobilenet/README.md",
    },
    {
      name: "Keras total",
      params: cost.params + cost.buffers,
      rule: "everything that is stored, running mean and variance of batch norms among it",
      source: "Keras' summary, Total params",
    },
  ];
}

function macsOf({ op, inputs, outputs, attrs }: Node): number {
  return op.macs?.(inputs.map((x) => x.shape!), outputs.map((y) => y.shape!), attrs) ?? 0;
}

function inputOf(node: Node): number {
  return node.inputs.length === 0 ? 0 : elements(node.inputs[0].shape!);
}

function outputOf(node: Node): number {
  return elements(node.outputs[0].shape!);
}

function resizeTo(node: Node, nearest: number, bilinear: number): number {
  return outputOf(node) * ((node.attrs as { readonly mode: string }).mode === "bilinear" ? bilinear : nearest);
}

function fvcore(node: Node): number {
  switch (node.op.name) {
    case "batchnorm":
      return 2 * inputOf(node);
    case "layernorm":
      return 5 * inputOf(node);
    case "resize":
      return resizeTo(node, 1, 4);
    case "adaptive_avgpool":
      return inputOf(node);
    default:
      return macsOf(node);
  }
}

const COUNTED_BY_PTFLOPS: readonly string[] = ["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "swish", "softmax"];

function ptflops(node: Node): number {
  if (COUNTED_BY_PTFLOPS.includes(node.op.name)) return outputOf(node);
  if (node.op.kind === "pooling") return inputOf(node);
  switch (node.op.name) {
    case "batchnorm":
      return 2 * inputOf(node);
    case "layernorm":
      return inputOf(node);
    case "resize":
      return outputOf(node);
    case "conv_transpose2d":
      return transposedByOutput(node) + biasOf(node);
    default:
      return macsOf(node) + biasOf(node);
  }
}

function everything(node: Node): number {
  if (node.op.kind === "activation") return outputOf(node);
  if (node.op.kind === "pooling") return inputOf(node);
  return node.op.name === "batchnorm" ? 2 * inputOf(node) : macsOf(node) + biasOf(node);
}

function thop(node: Node): number {
  switch (node.op.name) {
    case "batchnorm":
    case "layernorm":
      return 4 * inputOf(node);
    case "leaky_relu":
    case "prelu":
      return inputOf(node);
    case "softmax":
      return 3 * inputOf(node) - inputOf(node) / node.inputs[0].shape![(node.attrs as { readonly axis: number }).axis];
    case "avgpool":
      return outputOf(node);
    case "adaptive_avgpool":
      return inputOf(node) + outputOf(node);
    case "resize":
      return resizeTo(node, 1, 11);
    case "conv_transpose2d":
      return transposedByOutput(node);
    case "matmul":
      return 0;
    default:
      return macsOf(node);
  }
}

/** As if every output element saw the whole filter, which holds at stride 1. */
function transposedByOutput(node: Node): number {
  const { kernel, groups } = node.attrs as { readonly kernel: readonly [number, number]; readonly groups: number };
  return (outputOf(node) * node.inputs[0].shape![0] * kernel[0] * kernel[1]) / groups;
}

function biasOf(node: Node): number {
  return (node.attrs as { readonly bias?: boolean }).bias === true ? outputOf(node) : 0;
}
