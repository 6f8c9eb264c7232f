/** Memory and weights against published figures, and the plan against its bound on every network of the library. */
import { describe, expect, test } from "vitest";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import type { Overlap } from "../../src/compiler/devices/device.ts";
import { planMemory, type MemoryOptions } from "../../src/compiler/devices/memory/plan.ts";
import { weightBytes } from "../../src/compiler/devices/memory/weight-bytes.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { parse } from "../../src/compiler/syntax/parse.ts";
import { libraryModel, lwmFiles, modelOf, readProject } from "../program.ts";

const GRAY = "model Gray { input image: [1, 96, 96] mobilenet_v1(width=0.25) output logits: classifier(5) }";
/** MobileNetV1 0.25 of one channel is no call of the library's model. */
const graphOf = (call: string): Graph => deployed((call === "gray" ? modelOf(GRAY) : libraryModel(call)).graph);
const KIB = 1024;

/** TFLite's kernels clamp; every other activation is an operator of its own. */
const fused: ReadonlySet<string> = new Set(["relu", "relu6"]);
const int8 = (overlap: Overlap): MemoryOptions => ({ bytesPerElement: 1, overlap, alignment: 16, reorder: true, fused });

/** ST model zoo, image_classification READMEs (STM32Cube.AI 7.3, 10.0, ST Edge AI Core 3.0.0): "Weights Flash" in KiB, int8 by channel. */
const weightsFlash: readonly (readonly [string, number])[] = [
  ["MobileNetV1(width=0.25, classes=5)", 214.69],
  ["MobileNetV1(width=0.5, classes=5)", 812.61],
  ["gray", 214.55],
  ["MobileNetV1(width=0.25)", 467.33],
  ["MobileNetV1(width=0.5)", 1314],
  ["MobileNetV1", 4157.09],
  ["MobileNetV2(width=0.35, classes=5)", 406.86],
  ["MobileNetV2(width=0.35)", 1654.5],
  ["MobileNetV2", 3458.97],
  ["MobileNetV2(width=1.4)", 6015.34],
  ["SqueezeNet11(classes=5)", 716.71],
  ["FdMobileNet(width=0.25, classes=5)", 128.32],
];

test.each(weightsFlash)("int8 weights of %s: %d KiB, as ST's tools", (call, kib) => {
  expect((weightBytes(graphOf(call), "int8") / KIB).toFixed(2)).toBe(kib.toFixed(2));
});

test("weights of another precision are as many elements", () => {
  const graph = graphOf("MobileNetV2");
  expect(weightBytes(graph, "float32")).toBe(13_951_264);
  expect(weightBytes(graph, "float16")).toBe(13_951_264 / 2);
});

/**
 * KiB at int8: outputs made anew; depthwise, add and activations over their input; an operator in the larger of its inputs and outputs. 1372 for
 * MobileNetV2 is the per-layer peak of Lin et al. 2021 (MCUNetV2), figure 1; 54 KiB the non-persistent arena of TFLite Micro's person detection.
 */
const tiers: readonly (readonly [string, number, number, number])[] = [
  ["MobileNetV1(width=0.25)", 294, 294, 196],
  ["MobileNetV1(width=0.5)", 588, 588, 392],
  ["MobileNetV1", 1176, 1176, 784],
  ["MobileNetV1(width=0.25, resolution=96, classes=5)", 54, 54, 36],
  ["gray", 54, 54, 36],
  ["MobileNetV2(width=0.35, resolution=128)", 240, 224, 192],
  ["MobileNetV2(width=0.35, resolution=144)", 303.75, 283.5, 243],
  ["MobileNetV2(width=0.35)", 735, 686, 588],
  ["MobileNetV2", 1470, 1372, 1176],
  ["MobileNetV2(width=1.4)", 2205, 2058, 1764],
  ["SqueezeNet11(resolution=128, classes=5)", 308.125, 308.125, 248.0625],
  ["SqueezeNet11(classes=5)", 959.125, 959.125, 770.0625],
  ["MobileNetV3Large", 980, 980, 784],
  ["MobileNetV3Small", 392, 343, 220.5],
  ["EfficientNetB0", 2352, 1372, 1176],
  ["EfficientNetLite0", 1470, 1372, 1176],
];

test.each(tiers)("%s: %d KiB anew, %d in place, %d overlapping", (call, anew, inPlace, overlapping) => {
  const graph = graphOf(call);
  const arena = (overlap: Overlap): number => planMemory(graph, int8(overlap)).arena / KIB;
  expect([arena("none"), arena("in_place"), arena("full")]).toEqual([anew, inPlace, overlapping]);
});

/** ST Edge AI Core 3.0.0, the same READMEs: activation RAM in KiB, of a planner that writes depthwise convolutions and additions over their input. */
test.each([
  ["MobileNetV2(width=0.35, resolution=128)", 237.32],
  ["MobileNetV2(width=0.35)", 699.32],
  ["MobileNetV2", 1433.13],
  ["MobileNetV2(width=1.4)", 2143.27],
])("%s: ST's planner needs the in-place plan and its scratch, and no more than all anew", (call, kib) => {
  const graph = graphOf(call);
  expect(kib).toBeGreaterThan(planMemory(graph, int8("in_place")).arena / KIB);
  expect(kib).toBeLessThan((planMemory(graph, int8("none")).arena / KIB) * 1.03);
});

test("greedy by size fragments where the plan does not", () => {
  const kib = (call: string): readonly number[] => {
    const { greedy, arena } = planMemory(graphOf(call), int8("none"));
    return [greedy / KIB, arena / KIB];
  };
  expect(kib("MobileNetV1(width=0.25)")).toEqual([343, 294]);
  expect(kib("MobileNetV1(width=0.25, resolution=96, classes=5)")).toEqual([63, 54]);
  expect(kib("MobileNetV2")).toEqual([1470, 1470]);
});

const networks = lwmFiles("stdlib/networks").flatMap((path) => parse({ uri: path, text: readProject(path) }).file.declarations.flatMap((d) => (d.kind === "model" ? [d.name.name] : [])));

describe("every network of the library", () => {
  test.each(networks)("%s", (name) => {
    const graph = graphOf(name);
    for (const overlap of ["none", "in_place", "full"] as const) {
      for (const options of [int8(overlap), { bytesPerElement: 4, overlap, alignment: 1, reorder: true }]) {
        const plan = planMemory(graph, options);
        expect(plan.arena).toBe(plan.bound);
        expect(plan.order.exact).toBe(true);
      }
    }
    const plain = planMemory(graph, { bytesPerElement: 4, overlap: "none", alignment: 1, reorder: false });
    const cost = analyse(libraryModel(name).graph);
    expect(plain.arena).toBe(cost.activations);
    expect(plain.steps[plain.peak!].path).toBe(cost.peak.path);
  });
});

test("several outputs and long skips: the detector and the segmenter of the examples", () => {
  const detector = deployed(modelOf(readProject("examples/detector.lwm")).graph);
  const anew = planMemory(detector, int8("none"));
  // the heads run one after the other instead of level by level
  expect(anew.order).toMatchObject({ changed: true, exact: true, written: 3_158_400 });
  expect([anew.arena, anew.bound]).toEqual([3_099_600, 3_099_600]);
  expect(anew.greedy).toBe(3_589_200);
  const segmenter = deployed(modelOf(readProject("examples/segmenter.lwm")).graph);
  expect(planMemory(segmenter, int8("none")).arena / KIB).toBe(6144);
  expect(planMemory(segmenter, int8("full")).arena / KIB).toBe(3072);
});
