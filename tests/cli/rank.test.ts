/** The classes that `lwmc run` prints. */
import { expect, test } from "vitest";
import { rank } from "../../src/cli/run.ts";
import { network } from "../onnx/networks.ts";

const values = Float32Array.of(0.2, 0.7, 0.1);
const scores = (last: "softmax" | "sigmoid" | undefined) => {
  const { outputs } = network({ image: [3] }, ({ op }, x) => ({ scores: last === undefined ? op("relu", [x]) : op("flatten", [op(last, [x])]) }));
  return rank(values, outputs[0], 2).map(({ index, probability }) => [index, Number(probability.toFixed(4))]);
};

test("logits become shares of one", () => expect(scores(undefined)).toEqual([[1, 0.4640], [0, 0.2814]]));
test.each(["softmax", "sigmoid"] as const)("what a %s made is a probability already", (last) => expect(scores(last)).toEqual([[1, 0.7], [0, 0.2]]));
