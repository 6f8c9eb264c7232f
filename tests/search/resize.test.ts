/** A resized network costs what the same network costs when it is expanded for that size. */
import { describe, expect, test } from "vitest";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import { FIGURES } from "../../src/compiler/analyse/figures.ts";
import { elaborate } from "../../src/compiler/elaborate/index.ts";
import type { Model } from "../../src/compiler/elaborate/model.ts";
import { networks } from "../../src/compiler/search/networks.ts";
import { resizer } from "../../src/compiler/search/resize.ts";
import { libraryModel, modelOf, programOf } from "../program.ts";


/** The same figures, of the model expanded with these values. */
function expanded(model: Model, values: Readonly<Record<string, number>>) {
  const [network] = networks({ ...model, inputSizes: undefined }, Object.entries(values).map(([name, value]) => ({ name, values: [value] })));
  if (!network) return undefined;
  const cost = analyse(network.model().graph);
  return { figures: Object.fromEntries(FIGURES.map((name) => [name, cost[name]])), largest: network.largest(), fingerprint: network.fingerprint() };
}

const library = ["MobileNetV1", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "MobileNetV3LargeMinimalistic", "SqueezeNet10", "SqueezeNet11", "EfficientNetB0", "EfficientNetLite0"];
const readings = ["torchvision", "keras", "timm", "tf_slim"];

describe("equal to the network expanded for that size", () => {
  test.each(library.flatMap((name) => readings.map((reading) => `${name}(reading=${reading})`)))("%s", (call) => {
    const model = libraryModel(call);
    const resize = resizer(model)!;
    expect(resize.holds("resolution")).toBe(true);
    expect(resize.holds("reading")).toBe(false);
    expect(resize.holds("classes")).toBe(false);
    let fit = 0;
    for (const resolution of [8, 40, 48, 96, 136, 160, 224, 232, 320]) {
      const found = resize.at({ resolution });
      expect(found, `at ${resolution}`).toEqual(expanded(model, { resolution }));
      if (found) fit++;
    }
    expect(fit).toBeGreaterThan(7);
  });
});

describe("what follows the size", () => {
  const at = (text: string, values: Readonly<Record<string, number>>[]) => {
    const model = modelOf(text);
    const resize = resizer(model);
    return values.map((each) => ({ resized: resize?.at(each), expanded: expanded(model, each) }));
  };

  test("weights behind a flatten, and odd sizes", () => {
    for (const { resized, expanded } of at("model M(side: int = 32) { input x: [3, side, side + 1] conv2d(8, stride=2, pad=same) -> relu -> flatten -> dense(10) -> batchnorm }", [{ side: 31 }, { side: 64 }, { side: 9 }])) {
      expect(resized).toBeDefined();
      expect(resized).toEqual(expanded);
    }
  });

  test("a batch norm that stands alone behind a flatten, and a norm over the width", () => {
    for (const { resized, expanded } of at("model M(side: int = 32) { input x: [3, side, side] conv2d(4, stride=2) -> layernorm(axis=2) -> flatten -> batchnorm -> prelu -> dense(10) }", [{ side: 31 }, { side: 48 }, { side: 8 }])) {
      expect(resized).toBeDefined();
      expect(resized).toEqual(expanded);
    }
  });

  test("skips, splits, transposed convolutions, resizing and several inputs and outputs", () => {
    const text = `model M(side: int = 32) {
      input a: [3, side, side]
      input b: [3, side, 2 * side]
      x: a -> conv2d(8, stride=2) -> batchnorm -> relu
      y: b -> conv2d(8, stride=[2, 4]) -> hardswish
      up: add(x, y) -> conv_transpose2d(8, kernel=2, stride=2)
      parts: split(2)
      output one: concat(parts[0], parts[1], up) -> maxpool(3, stride=2, ceil=true)
      output two: up -> resize(factor=2) -> prelu -> reduce_mean(axes=[1, 2])
    }`;
    for (const { resized, expanded } of at(text, [{ side: 8 }, { side: 20 }, { side: 64 }, { side: 100 }])) {
      expect(resized).toBeDefined();
      expect(resized).toEqual(expanded);
    }
  });

  test("where a size does not fit, nothing is said", () => {
    for (const { resized, expanded } of at("model M(side: int = 32) { input x: [3, side, side] conv2d(8, kernel=7, pad=valid) -> maxpool(5) -> conv2d(4) }", [{ side: 4 }, { side: 9 }, { side: 0 }, { side: -3 }])) {
      expect(resized).toBeUndefined();
      expect(expanded).toBeUndefined();
    }
  });
});

describe("where the expansion may hang on the size, it is left to do", () => {
  const unsuited = (body: string) => resizer(modelOf(`block b() { conv2d(4) if (in.height > 16) { relu } } model M(side: int in 8..64 = 32) { ${body} }`));

  test("a size that is read, in a block of the file, in the model, or by the library", () => {
    expect(unsuited("input x: [3, side, side] b")).toBeUndefined();
    expect(unsuited("input x: [3, side, side] conv2d(x.width)")).toBeUndefined();
    expect(unsuited("input x: [3, side, side] flatten -> dense(it.channels)")).toBeUndefined();
    expect(unsuited("input x: [3, side, side] conv2d(8) let s = it.shape relu")).toBeUndefined();
    expect(unsuited("input x: [3, side, side] conv2d(it.channels)")).toBeDefined();
  });

  test("a parameter that is used elsewhere", () => {
    const holds = (body: string) => unsuited(body)?.holds("side");
    expect(holds("input x: [3, side, side] relu")).toBe(true);
    expect(holds("let s = side input x: [3, s, s] relu")).toBe(false);
    expect(holds("input x: [3, side, side] conv2d(side)")).toBe(false);
    expect(holds("if (1 == 1) { let side = 16 input x: [3, side, side] relu }")).toBe(false);
    expect(holds("input x: [3, side + 1, 2 * side] relu")).toBe(true);
    expect(holds("input x: [3, side, side] if (side > 16) relu")).toBe(false);
    expect(holds('input x: [3, side, side] require 1 == 1, "{side}" relu')).toBe(false);
    expect(resizer(modelOf("model M(side: int = 32, out: int = 2 * side) { input x: [3, side, side] conv2d(out) }"))!.holds("side")).toBe(false);
    expect(resizer(modelOf("model M(side: int = 32) = N(side=side) model N(side: int = 16) { input x: [3, side, side] conv2d(8) }", { model: "M" }))!.holds("side")).toBe(false);
    expect(resizer(modelOf("model M = N(side=24) model N(side: int = 16) { input x: [3, side, side] conv2d(8) }", { model: "M" }))!.holds("side")).toBe(true);
  });

  test("an input whose channels change", () => {
    const model = modelOf("model M(n: int = 3) { input x: [n, 32, 32] conv2d(2 * it.channels) }");
    expect(resizer(model)!.at({ n: 3 })).toEqual(expanded(model, { n: 3 }));
    expect(resizer(model)!.at({ n: 4 })).toBeUndefined();
  });

  test("an expansion that is kept remembers it", () => {
    const text = `block b() { conv2d(4) if (in.height > 16) { relu } } model M { input x: [3, 32, 32] b -> relu }`;
    const { program } = programOf({ "test.lwm": text });
    const first = elaborate({ ...program, isLibrary: () => true }, "test.lwm").models[0];
    const again = elaborate({ ...program, isLibrary: () => true }, "test.lwm").models[0];
    expect([first, again].map(resizer)).toEqual([undefined, undefined]);
  });
});
