/** The examples: published figures where there are any, memory peaks counted by hand where a skip decides them. */
import { describe, expect, test } from "vitest";
import { network } from "./network.ts";

describe("published figures", () => {
  // torchvision: alexnet, resnet18, resnet50, shufflenet_v2, regnet_y_400mf, mnasnet, efficientnet_v2_s; timm: mobilenetv4_conv_small.
  const published: readonly (readonly [string, { params: number; macs?: number; activations?: number }])[] = [
    ["alexnet.lwm#AlexNet", { params: 61_100_840, macs: 714_188_480, activations: 1_376_512 }],
    ["resnet.lwm#ResNet18", { params: 11_689_512, macs: 1_814_073_344, activations: 4_014_080 }],
    ["resnet.lwm#ResNet50", { params: 25_557_032, macs: 4_089_184_256, activations: 9_633_792 }],
    ["shufflenet_v2.lwm#ShuffleNetV2x05", { params: 1_366_792, macs: 40_476_448 }],
    ["shufflenet_v2.lwm#ShuffleNetV2x10", { params: 2_278_604, macs: 144_907_992 }],
    ["regnet.lwm#RegNetY400MF", { params: 4_344_144, macs: 401_842_848 }],
    ["mnasnet.lwm#MnasNet05", { params: 2_218_512, macs: 104_455_968 }],
    ["mnasnet.lwm#MnasNet", { params: 4_383_312, macs: 314_415_872 }],
    ["mnasnet.lwm#MnasNet13", { params: 6_282_256, macs: 526_362_432 }],
    ["efficientnet_v2.lwm#EfficientNetV2S", { params: 21_458_488, macs: 8_365_617_152, activations: 10_616_832 }],
    ["mobilenet_v4.lwm#MobileNetV4ConvSmall", { params: 3_774_024 }],
  ];
  for (const [call, figures] of published) {
    test(call, async () => expect((await network(call)).cost).toMatchObject(figures));
  }

  test("ghostnet.lwm: 5.2 million parameters and 141 million multiply-adds in the paper's table 7", async () => {
    const { params, macs } = (await network("ghostnet.lwm#GhostNet")).cost;
    expect([(params / 1e6).toFixed(1), Math.round(macs / 1e6)]).toEqual(["5.2", 141]);
  });

  test("keyword_spotting.lwm: Keras counts 24,908 with the running statistics", async () => {
    const { params, buffers } = (await network("keyword_spotting.lwm#KeywordSpotter")).cost;
    expect(params + buffers).toBe(24_908);
  });
});

describe("memory peaks by hand", () => {
  test("the segmenter's widest skip waits for the last concatenation", async () => {
    // decode(full, 16) at 256x256: the resized 32 channels and the skip's 16 go in, 48 come out.
    const pixels = 256 * 256;
    const elements = (32 + 16 + 48) * pixels;
    const { activations, peak } = (await network("segmenter.lwm#Segmenter")).cost;
    expect(activations).toBe(4 * elements);
    expect(peak.path).toBe("decode_4.concat");
  });

  test("the detector's pyramid waits for the second head while the first joins its levels", async () => {
    // 9 anchors of 80 classes at 40x40, 20x20 and 10x10 go in and come out joined; p3, p4 and p5 have 64 channels each.
    const places = 40 * 40 + 20 * 20 + 10 * 10;
    const scores = 9 * 80 * places;
    const pyramid = 64 * places;
    const { activations, peak } = (await network("detector.lwm#Detector")).cost;
    expect(activations).toBe(4 * (scores + scores + pyramid));
    expect(peak.path).toBe("concat");
  });

  test("the detector's heads have their weights once", async () => {
    const { model, cost } = await network("detector.lwm#Detector");
    const head = (values: number) => 2 * (64 * 9 + 2 * 64 + 64 * 64 + 2 * 64) + 9 * values * 64 + 9 * values;
    const inHeads = cost.layers.filter((layer) => /_head/.test(layer.path)).reduce((sum, layer) => sum + layer.params, 0);
    expect(inHeads).toBe(head(80) + head(4));
    expect(model.graph.outputs.map((output) => [output.name, output.tensor.shape])).toEqual([
      ["scores", [9 * 2100, 80]],
      ["boxes", [9 * 2100, 4]],
    ]);
  });
});
