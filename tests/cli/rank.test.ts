/** The classes that `lwmc run` prints. */
import { expect, test } from "vitest";
import { classifies, rank } from "../../src/workspace/ranking.ts";
import { network } from "../onnx/networks.ts";

const values = Float32Array.of(0.2, 0.7, 0.1);
const scores = (last: "softmax" | "sigmoid" | undefined) => {
  const { outputs } = network({ image: [3] }, ({ op }, x) => ({ scores: last === undefined ? op("relu", [x]) : op("flatten", [op(last, [x])]) }));
  return rank(values, outputs[0], 2).map(({ index, probability }) => [index, Number(probability.toFixed(4))]);
};

test("logits become shares of one", () => expect(scores(undefined)).toEqual([[1, 0.4640], [0, 0.2814]]));
test.each(["softmax", "sigmoid"] as const)("what a %s made is a probability already", (last) => expect(scores(last)).toEqual([[1, 0.7], [0, 0.2]]));

test("boxes are no classes, nor one vector among several outputs without names", () => {
  const { outputs } = network({ image: [4] }, ({ op }, x) => ({ scores: op("softmax", [x]), boxes: op("reshape", [x], { shape: [2, 2] }), angles: op("relu", [x]), named: op("relu", [x]) }));
  const labelled = outputs.map((output) => (output.name === "named" ? { ...output, labels: "shapes" } : output));
  expect(labelled.map((output) => [output.name, classifies(output, labelled), classifies(output, [output])])).toEqual([
    ["scores", true, true],
    ["boxes", false, false],
    ["angles", false, true],
    ["named", true, true],
  ]);
});
