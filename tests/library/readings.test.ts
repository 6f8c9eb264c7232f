/** What the readings of one paper change: published counts, rules of rounding, paddings, batch norms, heads. */
import { describe, expect, test } from "vitest";
import { isOp } from "../../src/compiler/ops/index.ts";
import { compileText, isConvolution, network, textOf } from "./network.ts";

async function figures(call: string) {
  const { params, macs } = (await network(call)).cost;
  return { params, macs };
}

async function channels(call: string): Promise<readonly number[]> {
  const { model } = await network(call);
  return model.graph.nodes.filter(isConvolution).map((node) => node.outputs[0].shape![0]);
}

async function strided(call: string): Promise<readonly (readonly number[])[]> {
  const { model } = await network(call);
  return model.graph.nodes.filter((node) => isConvolution(node) && node.attrs.stride[0] === 2).map((node) => node.attrs.pads);
}

describe("parameters of the published networks", () => {
  // MobileNetV1: Keras' total less its running statistics. The others: torchvision's weights, EfficientNet-Lite: tensorflow/tpu.
  const published: Readonly<Record<string, number>> = {
    MobileNetV1: 4_231_976,
    "MobileNetV1(width=0.75)": 2_585_560,
    "MobileNetV1(width=0.5)": 1_331_592,
    "MobileNetV1(width=0.25)": 470_072,
    MobileNetV2: 3_504_872,
    "MobileNetV2(width=1.4)": 6_108_776,
    "MobileNetV2(width=0.75)": 2_636_424,
    MobileNetV3Large: 5_483_032,
    MobileNetV3Small: 2_542_856,
    SqueezeNet10: 1_248_424,
    SqueezeNet11: 1_235_496,
    EfficientNetB0: 5_288_548,
    EfficientNetB1: 7_794_184,
    EfficientNetB2: 9_109_994,
    EfficientNetB3: 12_233_232,
    EfficientNetB4: 19_341_616,
    EfficientNetB5: 30_389_784,
    EfficientNetB6: 43_040_704,
    EfficientNetB7: 66_347_960,
    EfficientNetLite0: 4_652_008,
    EfficientNetLite1: 5_416_680,
    EfficientNetLite2: 6_092_072,
    EfficientNetLite3: 8_197_096,
    EfficientNetLite4: 13_006_568,
  };
  for (const [call, params] of Object.entries(published)) {
    test(call, async () => expect((await network(call)).cost.params).toBe(params));
  }
});

describe("multiply-adds", () => {
  const macs: Readonly<Record<string, number>> = {
    MobileNetV2: 300_774_272,
    "MobileNetV2(width=1.4)": 582_195_824,
    "MobileNetV2(width=0.75)": 209_069_792,
    EfficientNetB5: 10_266_384_752,
    "EfficientNetB2(resolution=288)": 1_087_529_456,
    EfficientNetLite0: 385_187_552,
    EfficientNetLite1: 600_185_232,
    EfficientNetLite2: 859_736_272,
    EfficientNetLite3: 1_383_321_872,
    EfficientNetLite4: 2_553_034_336,
  };
  for (const [call, count] of Object.entries(macs)) {
    test(call, async () => expect((await network(call)).cost.macs).toBe(count));
  }

  test("MobileNetV2's operations, folded", async () => expect((await network("MobileNetV2")).cost.flops).toBe(614_612_552));
});

describe("MobileNetV3 at other widths has as many sizes as implementations", () => {
  const known: readonly (readonly [string, number, number])[] = [
    ["MobileNetV3Large(width=0.75)", 3_377_576, 140.0],
    ["MobileNetV3Large(width=0.75, reading=keras)", 3_993_528, 154.6],
    ["MobileNetV3Large(width=0.75, reading=timm)", 3_993_528, 154.6],
    ["MobileNetV3Large(width=0.75, reading=tf_slim, classes=1000)", 3_993_528, 154.6],
    ["MobileNetV3Large(width=0.5)", 1_734_576, 65.0],
    ["MobileNetV3Large(width=0.5, reading=keras)", 2_689_904, 73.7],
    ["MobileNetV3Large(width=0.5, reading=timm)", 2_689_904, 73.7],
    ["MobileNetV3Large(width=0.5, reading=tf_slim, classes=1000)", 2_689_520, 69.2],
    ["MobileNetV3Small(width=0.75)", 1_653_920, 39.1],
    ["MobileNetV3Small(width=0.75, reading=keras)", 2_041_872, 43.4],
    ["MobileNetV3Small(width=0.75, reading=timm)", 2_041_872, 43.4],
    ["MobileNetV3Large(width=1.25)", 8_164_744, 343.5],
    ["MobileNetV3Large(width=1.25, reading=keras)", 8_255_784, 349.9],
    ["MobileNetV3Large(width=1.25, reading=timm)", 7_551_976, 355.2],
  ];
  for (const [call, params, millions] of known) {
    test(call, async () => {
      const found = await figures(call);
      expect(found.params).toBe(params);
      expect((found.macs / 1e6).toFixed(1)).toBe(millions.toFixed(1));
    });
  }

  test("at width 1 all agree", async () => {
    for (const reading of ["torchvision", "keras", "timm", "tf_slim"]) {
      expect(await figures(`MobileNetV3Large(reading=${reading}, classes=1000)`)).toEqual({ params: 5_483_032, macs: 216_589_760 });
      expect(await figures(`MobileNetV3Small(reading=${reading}, classes=1000)`)).toEqual({ params: 2_542_856, macs: 56_510_400 });
    }
  });

  test("a fourth implementation, d-li14's, stands on the same trunk", async () => {
    const text = (width: number) => `model M {
      input image: [3, 224, 224]
      mobilenet_v3_large(width=${width}, reading=tf_slim)
      last: conv(divisible(6 * it.channels, 8), kernel=1, act=hardswish)
      global_avgpool
      dense(divisible(1280 * max(1, ${width}), 8)) -> hardswish
      dense(1000)
    }`;
    const at = async (width: number) => {
      const { models } = await compileText(text(width));
      return [models[0].cost.params, Number((models[0].cost.macs / 1e6).toFixed(1))];
    };
    expect(await at(0.75)).toEqual([3_993_528, 154.6]);
    expect(await at(0.5)).toEqual([2_689_520, 69.2]);
    expect(await at(1.25)).toEqual([8_256_296, 355.9]);
  });
});

describe("rounding", () => {
  test("Keras cuts MobileNetV2's channels before it rounds them, the others do not", async () => {
    expect((await channels("MobileNetV2(width=0.28)"))[0]).toBe(16);
    expect((await channels("MobileNetV2(width=0.28, reading=keras)"))[0]).toBe(8);
  });

  test("MobileNetV1's channels are cut to whole numbers; timm rounds to 8", async () => {
    expect((await channels("MobileNetV1(width=0.35)")).slice(0, 5)).toEqual([11, 11, 22, 22, 44]);
    expect((await channels("MobileNetV1(width=0.35, reading=timm)")).slice(0, 5)).toEqual([16, 16, 24, 24, 48]);
  });

  test("MobileNetV2's last convolution is never narrower than 1280", async () => {
    expect((await channels("MobileNetV2(width=0.35)")).at(-1)).toBe(1280);
    expect((await channels("MobileNetV2(width=1.4)")).at(-1)).toBe(1792);
  });

  test("EfficientNet's channels and repeats", async () => {
    const stages = async (call: string) => {
      const { model } = await network(call);
      const last = new Map<string, number>();
      const repeats = new Map<string, Set<string>>();
      for (const { path, outputs } of model.graph.nodes) {
        const [, stage, block] = /^features\.stages\.(\d+)\.(\d+)\./.exec(path) ?? [];
        if (stage === undefined) continue;
        last.set(stage, outputs[0].shape![0]);
        repeats.set(stage, (repeats.get(stage) ?? new Set()).add(block));
      }
      return { channels: [...last.values()], repeats: [...repeats.values()].map((blocks) => blocks.size) };
    };
    expect(await stages("EfficientNetB2")).toEqual({ channels: [16, 24, 48, 88, 120, 208, 352], repeats: [2, 3, 3, 4, 4, 5, 2] });
    expect(await stages("EfficientNetB5")).toEqual({ channels: [24, 40, 64, 128, 176, 304, 512], repeats: [3, 5, 5, 7, 7, 9, 3] });
    expect(await stages("EfficientNetB7")).toEqual({ channels: [32, 48, 80, 160, 224, 384, 640], repeats: [4, 7, 7, 10, 10, 13, 4] });
    expect((await stages("EfficientNetLite4")).repeats).toEqual([1, 4, 4, 6, 6, 8, 1]);
  });

  test("the formula's scaling is not the published one", async () => {
    const { model } = await network("EfficientNet(phi=compound(1))");
    expect(model.graph.inputs[0].tensor.shape).toEqual([3, 258, 258]);
    expect(await figures("EfficientNet(phi=scaling(width=1.2, depth=1.4, resolution=300/224))")).toEqual(await figures("EfficientNetB3"));
  });
});

describe("paddings", () => {
  test("at 224 every strided convolution of a TensorFlow reading pads the far side more", async () => {
    expect(await strided("MobileNetV2(reading=tf_slim)")).toEqual([1, 2, 3, 4, 5].map(() => [0, 0, 1, 1]));
    expect(await strided("EfficientNetB0(reading=keras)")).toEqual([3, 3, 5, 3, 5].map((k) => (k === 3 ? [0, 0, 1, 1] : [1, 1, 2, 2])));
    expect(await strided("MobileNetV2")).toEqual([1, 2, 3, 4, 5].map(() => [1, 1, 1, 1]));
  });

  test("the same network at another size pads otherwise", async () => {
    const uneven = async (resolution: number) => (await strided(`EfficientNetB0(reading=keras, resolution=${resolution})`)).filter(([top, , bottom]) => top !== bottom).length;
    expect([await uneven(224), await uneven(260), await uneven(300), await uneven(240)]).toEqual([5, 2, 3, 4]);
  });

  test("Keras pads MobileNetV1's depthwise filters at the far side even where the size is odd", async () => {
    // 200 is halved to 25 before the fourth of them.
    expect((await strided("MobileNetV1(resolution=200)"))[3]).toEqual([0, 0, 1, 1]);
    expect((await strided("MobileNetV1(resolution=200, reading=tf_slim)"))[3]).toEqual([1, 1, 1, 1]);
  });

  test("SqueezeNet's poolings", async () => {
    const sides = async (call: string) => (await network(call)).model.graph.nodes.filter((node) => isOp(node, "maxpool")).map((node) => node.outputs[0].shape![1]);
    expect(await sides("SqueezeNet10")).toEqual([54, 27, 13]);
    expect(await sides("SqueezeNet10(reading=keras)")).toEqual([54, 26, 12]);
    expect(await sides("SqueezeNet10(resolution=227)")).toEqual(await sides("SqueezeNet10(resolution=227, reading=keras)"));
    expect(await sides("SqueezeNet11")).toEqual(await sides("SqueezeNet11(reading=keras)"));
    expect((await network("SqueezeNet10(reading=keras)")).cost.macs).toBe(777_221_152);
  });
});

describe("batch norms, gates and heads", () => {
  const norm = async (call: string) => {
    const { eps, momentum } = (await network(call)).model.graph.nodes.find((node) => isOp(node, "batchnorm"))!.attrs;
    return [eps, momentum];
  };
  test("batch norms", async () => {
    expect(await norm("MobileNetV1")).toEqual([1e-3, 0.99]);
    expect(await norm("MobileNetV2")).toEqual([1e-5, 0.9]);
    expect(await norm("MobileNetV2(reading=keras)")).toEqual([1e-3, 0.999]);
    expect(await norm("MobileNetV3Small")).toEqual([1e-3, 0.99]);
    expect(await norm("MobileNetV3Small(reading=timm)")).toEqual([1e-5, 0.9]);
    expect(await norm("EfficientNetB4")).toEqual([1e-5, 0.9]);
    expect(await norm("EfficientNetB5")).toEqual([1e-3, 0.99]);
    expect(await norm("EfficientNetB5(reading=timm)")).toEqual([1e-5, 0.9]);
    expect(await norm("EfficientNetB0(reading=keras)")).toEqual([1e-3, 0.99]);
  });

  test("reduced widths of the gates", async () => {
    const reduced = async (call: string) => (await network(call)).model.graph.nodes.filter((node) => node.path.endsWith("gate.squeeze.conv2d")).map((node) => node.outputs[0].shape![0]);
    expect(await reduced("MobileNetV3Large")).toEqual([24, 32, 32, 120, 168, 168, 240, 240]);
    expect(await reduced("MobileNetV3Small")).toEqual([8, 24, 64, 64, 32, 40, 72, 144, 144]);
    expect((await reduced("EfficientNetB0")).slice(0, 4)).toEqual([8, 4, 6, 6]);
  });

  test("TensorFlow's slim has a gate of its own", async () => {
    const gate = async (call: string) => (await network(call)).model.graph.nodes.find((node) => isOp(node, "hardsigmoid"))!.attrs;
    expect(await gate("MobileNetV3Small")).toEqual({ slope: 1 / 6, offset: 0.5 });
    expect(await gate("MobileNetV3Small(reading=tf_slim)")).toEqual({ slope: 0.16667, offset: 0.50001 });
  });

  test("drop connect grows over all blocks, on those with a skip", async () => {
    const rates = (await network("EfficientNetB0")).model.graph.nodes.filter((node) => isOp(node, "drop_path")).map((node) => node.attrs.rate);
    const skips = [2, 4, 6, 7, 9, 10, 12, 13, 14];
    expect(rates.map((rate) => rate.toFixed(6))).toEqual(skips.map((i) => ((0.2 * i) / 16).toFixed(6)));
  });

  test("1001 classes have their names from index 1, other counts have none", async () => {
    const output = async (call: string) => {
      const [{ tensor, labels, offset }] = (await network(call)).model.graph.outputs;
      return [tensor.shape, labels, offset];
    };
    expect(await output("MobileNetV2")).toEqual([[1000], "imagenet", 0]);
    expect(await output("MobileNetV2(reading=tf_slim)")).toEqual([[1001], "imagenet", 1]);
    expect(await output("EfficientNetB3(classes=10)")).toEqual([[10], undefined, 0]);
  });
});

test("a renamed copy of a library network has the same figures", async () => {
  const copy = textOf("stdlib", "networks/mobilenet_v3.lwm").replaceAll("mobilenet_v3", "my_net").replaceAll("MobileNetV3", "Mine");
  const { models, diagnostics } = await compileText(copy, "MineLarge");
  expect(diagnostics).toEqual([]);
  const original = await network("MobileNetV3Large");
  const { layers, ...totals } = models[0].cost;
  const { layers: theirs, ...same } = original.cost;
  expect(totals).toEqual(same);
  expect(layers.map(({ path, params, macs }) => ({ path, params, macs }))).toEqual(theirs.map(({ path, params, macs }) => ({ path: path.replaceAll("mobilenet_v3", "my_net"), params, macs })));
});
