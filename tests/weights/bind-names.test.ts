/** The names of every framework lead to the same places; names that lead nowhere are refused. */
import { describe, expect, test } from "vitest";
import { bind } from "../../src/backends/weights/bind.ts";
import type { TensorInfo } from "../../src/backends/weights/safetensors.ts";
import { network } from "../library/network.ts";
import * as naming from "./naming.ts";

const named: readonly (readonly [call: string, schemes: Readonly<Record<string, naming.Scheme>>])[] = [
  ["MobileNetV1(width=0.25, reading=tf_slim)", { slim: naming.slimMobilenetV1, "Keras without names": naming.kerasAuto, Paddle: naming.paddleAuto }],
  ["MobileNetV2", { timm: naming.timm, Keras: naming.kerasMobilenetV2, slim: naming.slim, Gluon: naming.gluon, "Keras without names": naming.kerasAuto, "Keras 3": naming.keras3, Paddle: naming.paddleAuto }],
  ["MobileNetV2(width=0.35)", { timm: naming.timm, Keras: naming.kerasMobilenetV2, slim: naming.slim, Gluon: naming.gluon }],
  ["MobileNetV3Small(reading=keras)", { timm: naming.timm, slim: naming.slim, "Keras without names": naming.kerasAuto }],
  ["MobileNetV3Large(reading=keras)", { timm: naming.timm, slim: naming.slim, "Keras without names": naming.kerasAuto }],
  ["EfficientNetB0", { timm: naming.timm, Keras: naming.kerasEfficientnet, tpu: naming.tpuEfficientnet, "Keras without names": naming.kerasAuto, "Keras 3": naming.keras3 }],
  ["EfficientNetB7", { timm: naming.timm, Keras: naming.kerasEfficientnet, tpu: naming.tpuEfficientnet }],
  ["EfficientNetLite0", { timm: naming.timm, Keras: naming.kerasEfficientnet }],
  ["resnet.lwm#ResNet18", { torchvision: naming.torchResnet, Keras: naming.kerasResnet }],
  ["resnet.lwm#ResNet50", { torchvision: naming.torchResnet, Keras: naming.kerasResnet }],
  ["regnet.lwm#RegNetY400MF", { torchvision: naming.torchRegnet }],
  ["mnasnet.lwm#MnasNet", { torchvision: naming.torchMnasnet }],
];

describe("the names of frameworks", () => {
  for (const [call, schemes] of named) {
    for (const [name, scheme] of Object.entries(schemes)) {
      test(`${call} as ${name} writes it`, async () => {
        const { graph } = (await network(call)).model;
        const { file, names } = naming.foreign(graph, scheme);
        const { report, diagnostics } = bind(graph, file, "file", { values: false });
        expect(diagnostics.map(({ message }) => message)).toEqual([]);
        expect(Object.fromEntries(report.map(({ name, from }) => [name, from[0]]))).toEqual(Object.fromEntries(names));
      });
    }
  }

  for (const call of ["resnet.lwm#ResNet50", "regnet.lwm#RegNetY400MF"]) {
    test(`${call}, numbered with each shortcut before its branch or after it`, async () => {
      const { graph } = (await network(call)).model;
      for (const scheme of [naming.kerasAuto, naming.kerasShortcutsFirst(graph)]) {
        const { file, names } = naming.foreign(graph, scheme);
        const { report, diagnostics } = bind(graph, file, "file", { values: false });
        expect(diagnostics.map(({ message }) => message)).toEqual([]);
        expect(Object.fromEntries(report.map(({ name, from }) => [name, from[0]]))).toEqual(Object.fromEntries(names));
      }
    });
  }

  test("branches of one shape, numbered kind by kind, are not told apart", async () => {
    const { graph } = (await network("shufflenet_v2.lwm#ShuffleNetV2x05")).model;
    for (const scheme of [naming.kerasAuto, naming.kerasShortcutsFirst(graph)]) {
      const { store, diagnostics } = bind(graph, naming.foreign(graph, scheme).file, "file", { values: false });
      expect(store).toBeUndefined();
      expect(diagnostics.map(({ message }) => message)).toEqual([
        "file: `depthwise_conv2d/depthwise_kernel:0` and `depthwise_conv2d_1/depthwise_kernel:0` both fit `stages.0.0.shortcut_depth.depthwise`, `stages.0.0.depth_conv.depthwise`; their names do not tell which is which",
      ]);
    }
  });

  test("SqueezeNet as PyTorch exports it", async () => {
    const { graph } = (await network("SqueezeNet11")).model;
    const { file, names } = naming.foreign(graph, naming.exported(graph));
    const { report, diagnostics } = bind(graph, file, "file", { values: false });
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    expect(Object.fromEntries(report.map(({ name, from }) => [name, from[0]]))).toEqual(Object.fromEntries(names));
  });

  test("MobileNetV2 as TFLite writes it: folded, OHWI, names of joined operations, of which the first is the tensor's own", async () => {
    const { graph } = (await network("MobileNetV2(reading=keras)")).model;
    const tensors = new Map<string, TensorInfo>();
    const expected = new Map<string, string>();
    const add = (weight: string, name: string, shape: readonly number[]): void => {
      tensors.set(name, { name, dtype: "F32", shape, offset: 0, bytes: 0 });
      expected.set(weight, name);
    };
    for (const layer of naming.layersOf(graph)) {
      const of = (name: string): string => `mobilenetv2_1.00_224/${name}`;
      const name = naming.kerasMobilenetV2(layer, "weight").split("/")[0];
      const { op, weights } = layer.node;
      if (layer.norm) {
        const [, shift] = weights;
        add(shift.name, `${of(name)}/FusedBatchNormV3;${of("block_3_depthwise")}/depthwise;${of(name.replace(/_BN|bn_/, ""))}/Conv2D`, shift.shape);
        continue;
      }
      for (const { name: ours, role, shape: [o, i, h, w] } of weights) {
        if (role === "bias") add(ours, `${of(name)}/BiasAdd/ReadVariableOp`, [o]);
        else if (op.name === "dense") add(ours, `${of(name)}/MatMul`, [o, i]);
        else if (op.name === "depthwise") add(ours, `${of(name)}/depthwise;${of("x")}`, [1, h, w, o]);
        else add(ours, `${of(name)}/Conv2D`, [o, h, w, i]);
      }
    }
    const { file } = naming.foreign(graph, naming.slim);
    const { report, diagnostics } = bind(graph, { ...file, tensors }, "file", { values: false });
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    for (const { name, from } of report) if (expected.has(name)) expect(from, name).toEqual([expected.get(name)]);
  });
});
