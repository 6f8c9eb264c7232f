/** Every network of a space is there once, in its place, with its own figures. */
import { expect, test } from "vitest";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import { networks } from "../../src/compiler/search/networks.ts";
import { combination, showValues, sizeOf, steps, valuesOf, type Axis } from "../../src/compiler/search/space.ts";
import { libraryModel, modelOf } from "../program.ts";

const allOf = (axes: readonly Axis[]) => Array.from({ length: sizeOf(axes) }, (_, rank) => combination(axes, rank));

test("sizes among layers, in any order of the axes", () => {
  const model = libraryModel("MobileNetV2");
  const width: Axis = { name: "width", values: [0.35, 0.5] };
  const resolution: Axis = { name: "resolution", values: [96, 128, 160] };
  const reading: Axis = { name: "reading", values: ["torchvision", "keras"] };
  for (const axes of [[width, resolution, reading], [resolution, width], [reading, width, resolution], [resolution], [width]]) {
    const found = [...networks(model, axes)].sort((a, b) => a.rank - b.rank);
    expect(found.map(({ values }) => showValues(values))).toEqual(allOf(axes).map(showValues));
    expect(found.map(({ rank }) => rank)).toEqual(found.map((_, i) => i));
    for (const { values, figures, model: expanded } of found.slice(0, 4)) {
      const { params, macs, flops, weights, activations } = analyse(model.vary(values)!.graph);
      expect(figures).toMatchObject({ params, macs, flops, weights, activations });
      expect(analyse(expanded().graph).macs).toBe(macs);
    }
  }
});

test("the same network has the same fingerprint, another has another", () => {
  const model = libraryModel("MobileNetV2");
  const of = (values: Axis["values"], name = "width") => [...networks(model, [{ name, values }])].map(({ fingerprint }) => fingerprint());
  const [a, b, c, d] = of([0.5, 0.501, 0.55, 1]);
  expect(a).toBe(b);
  expect(new Set([a, c, d]).size).toBe(3);
  const [x] = [...networks(model, [{ name: "resolution", values: [160] }, { name: "width", values: [0.5] }])];
  const [y] = [...networks(model.vary({ resolution: 160 })!, [{ name: "width", values: [0.5] }])];
  expect(x.fingerprint()).toBe(y.fingerprint());
  // tf's padding is another network at an even size; what only training sees is not
  expect(of(["torchvision", "keras"], "reading")[0]).not.toBe(of(["torchvision", "keras"], "reading")[1]);
});

test("what does not compile is left out", () => {
  const model = modelOf('model M(side: int in 2..8 = 8, a: int in 1..4 = 1) { input x: [3, side, side] require a != 2, "not two" conv2d(a, kernel=5, pad=valid) }');
  expect([...networks(model, [{ name: "side", values: [4, 5, 6] }, { name: "a", values: [1, 2, 3] }])].map(({ values }) => showValues(values)).sort()).toEqual(["side=5, a=1", "side=5, a=3", "side=6, a=1", "side=6, a=3"]);
});

test("the values of a parameter", () => {
  const { params } = modelOf("model M(a: float in 0.25..1.4 step 0.05 = 1, b: int in 3..7 = 3, c: x | y = x, d: bool = true, e: float = 1, f: float in 0..1 = 1, g: int in 0..10 step 4 = 0) { input t: [3, 8, 8] let n = if (c == x) a * b * e * f + g else 0 if (d) { relu } else { relu6 } }");
  expect(params.map((param) => valuesOf(param)?.length)).toEqual([24, 5, 2, 2, undefined, undefined, 3]);
  expect(valuesOf(params[0])!.slice(0, 4)).toEqual([0.25, 0.3, 0.35, 0.4]);
  expect(valuesOf(params[6])).toEqual([0, 4, 8]);
  expect(steps(0.1, 0.3, 0.1)).toEqual([0.1, 0.2, 0.3]);
});
