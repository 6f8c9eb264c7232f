/** Two small networks: one as people write them, one of what is rare. */
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { network } from "../onnx/networks.ts";

/** A digit's network: batch norms, a separable convolution, a gate. */
export function small(): Graph {
  return network(
    { image: [1, 12, 12] },
    ({ op }, x) => {
      const a = op("hardswish", [op("batchnorm", [op("conv2d", [x], { out: 8, stride: [2, 2], bias: false }, "stem.conv2d")], {}, "stem.batchnorm")], {}, "stem.hardswish");
      const b = op("relu6", [op("batchnorm", [op("depthwise", [a], { bias: false }, "body.0.depthwise")], {}, "body.0.batchnorm")], {}, "body.0.relu6");
      const gate = op("hardsigmoid", [op("conv2d", [op("global_avgpool", [b], {}, "body.0.pool")], { out: 8, kernel: [1, 1] }, "body.0.gate")], {}, "body.0.hardsigmoid");
      const c = op("add", [a, op("drop_path", [op("mul", [b, gate], {}, "body.0.mul")], { rate: 0.1 }, "body.0.drop_path")], {}, "body.0.add");
      return { digit: op("dense", [op("flatten", [c], {}, "head.flatten")], { out: 10 }, "head.dense") };
    },
    { name: "Digits", input: { order: "gray", mean: [127.5], std: [127.5] }, output: { labels: "digits" } },
  );
}
/** Layers that tf.layers has not, behind one another, for images of 4 channels, 10 by 12. */
export function everything(): Graph {
  return network({ image: [4, 10, 12] }, ({ op, all }, x) => {
    const grouped = op("hardswish", [op("conv2d", [x], { out: 8, groups: 2, dilation: [2, 1], pad: [2, 1, 2, 1] }, "a.conv2d")], {}, "a.act");
    const deep = op("elu", [op("depthwise", [grouped], { dilation: [2, 2], multiplier: 1, pad: [2, 2, 2, 2] }, "a.depthwise")], { alpha: 0.5 }, "a.elu");
    const [left, right] = all("split", [op("channel_shuffle", [deep], { groups: 2 }, "b.shuffle")], { parts: 2 }, "b.split");
    const joined = op("concat", [op("prelu", [left], {}, "b.prelu"), op("slice", [right], { start: 0, end: 4 }, "b.slice")], {}, "b.concat");
    const pooled = op("avgpool", [op("maxpool", [joined], { kernel: [3, 3], stride: [2, 2], pad: [1, 1, 1, 1] }, "c.max")], { kernel: [3, 3], stride: [2, 2], pad: [1, 1, 1, 1] }, "c.avg");
    const up = op("conv_transpose2d", [pooled], { out: 4, stride: [2, 2], output_pad: [1, 1] }, "d.up");
    const normal = op("layernorm", [op("gelu", [op("add", [up, op("constant", [], { value: 0.25, shape: [4, 1, 1] }, "d.shift")], {}, "d.add")], {}, "d.gelu")], {}, "d.norm");
    const flat = op("flatten", [op("adaptive_avgpool", [normal], { size: [4, 4] }, "e.pool")], {}, "e.flatten");
    return { y: op("dense", [flat], { out: 3 }, "e.dense") };
  }, { name: "Everything" });
}
