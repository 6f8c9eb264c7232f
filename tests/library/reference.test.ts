/** The library's networks against torchvision's, measured by hooks: totals, the memory peak, and every convolution and dense layer. */
import { expect, test } from "vitest";
import { describeShared, readJson } from "../shared.ts";
import { layerRows, network } from "./network.ts";

interface Measured {
  readonly res: number;
  readonly params: number;
  readonly bn_buffers: number;
  readonly macs: number;
  readonly peak_b_fused: number;
}
interface Row {
  readonly type: "conv" | "linear";
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
  readonly in_ch: number;
  readonly out_ch: number;
  readonly in_h: number;
  readonly in_w: number;
  readonly out_h: number;
  readonly out_w: number;
  readonly bias: boolean;
  readonly params: number;
  readonly macs: number;
}

const calls: Record<string, string> = {
  alexnet: "alexnet.lwm#AlexNet",
  squeezenet1_0: "SqueezeNet10",
  squeezenet1_1: "SqueezeNet11",
  mobilenet_v2: "MobileNetV2",
  "mobilenet_v2_w0.35": "MobileNetV2(width=0.35)",
  "mobilenet_v2_w0.5": "MobileNetV2(width=0.5)",
  "mobilenet_v2_w1.4": "MobileNetV2(width=1.4)",
  mobilenet_v2_r96: "MobileNetV2(resolution=96)",
  mobilenet_v2_r128: "MobileNetV2(resolution=128)",
  mobilenet_v2_r160: "MobileNetV2(resolution=160)",
  mobilenet_v2_r192: "MobileNetV2(resolution=192)",
  mobilenet_v3_small: "MobileNetV3Small",
  mobilenet_v3_large: "MobileNetV3Large",
  "mobilenet_v3_small_w0.75": "MobileNetV3Small(width=0.75)",
  efficientnet_b0: "EfficientNetB0",
  efficientnet_b1: "EfficientNetB1",
  efficientnet_b2: "EfficientNetB2",
  efficientnet_b3: "EfficientNetB3",
  efficientnet_b4: "EfficientNetB4",
  efficientnet_b6: "EfficientNetB6",
  efficientnet_b7: "EfficientNetB7",
  efficientnet_b0_r64: "EfficientNetB0(resolution=64)",
  shufflenet_v2_x0_5: "shufflenet_v2.lwm#ShuffleNetV2x05",
  resnet18: "resnet.lwm#ResNet18",
};
for (const width of ["1.0", "0.75", "0.5", "0.25"]) {
  for (const side of [224, 192, 160, 128]) calls[`mobilenet_v1_w${width}_r${side}`] = `MobileNetV1(width=${width}, resolution=${side}, reading=torchvision)`;
}

describeShared("measured with torchvision", () => {
  test("every network that was measured", async () => {
    const { models } = readJson<{ models: Readonly<Record<string, Measured>> }>("reference", "models.json");
    for (const [name, measured] of Object.entries(models)) {
      const made = await network(calls[name]);
      const { params, buffers, macs, activations } = made.cost;
      expect({ name, params, buffers, macs, activations }).toEqual({ name, params: measured.params, buffers: measured.bn_buffers, macs: measured.macs, activations: measured.peak_b_fused });
      expect(made.model.graph.inputs[0].tensor.shape).toEqual([3, measured.res, measured.res]);
      const rows = readJson<readonly Row[]>("reference", "layers", `${name}.json`);
      expect(layerRows(made), name).toEqual(rows.map(asLayer));
    }
  });
});

function asLayer(row: Row) {
  const { type, groups, bias, params, macs, padding: p } = row;
  const flat = type === "linear" && row.in_h === 1 && row.in_w === 1;
  return {
    type,
    kernel: [row.kernel, row.kernel],
    stride: [row.stride, row.stride],
    pads: [p, p, p, p],
    groups,
    input: flat ? expect.toSatisfy((shape: readonly number[]) => shape[0] === row.in_ch && shape.slice(1).every((side) => side === 1)) : [row.in_ch, row.in_h, row.in_w],
    output: flat ? [row.out_ch] : [row.out_ch, row.out_h, row.out_w],
    bias,
    params,
    macs,
  };
}
