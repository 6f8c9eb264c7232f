/** Shapes that do not fit. */
import { entry } from "../entry.ts";

export const shapeMessages = {
  "shape-mismatch": entry<{ op: string; problem: string }>({
    severity: "error",
    message: ({ op, problem }) => `\`${op}\` ${problem}`,
    explain: "An operator was given tensors whose shapes it cannot take. Shapes are written [channels, height, width], without the batch.",
    wrong: "model M { input x: [3, 8, 8] a: conv2d(4) b: a -> conv2d(8) add(a, b) }",
    right: "model M { input x: [3, 8, 8] a: conv2d(8) b: a -> conv2d(8) add(a, b) }",
  }),
  "shared-mismatch": entry<{ weight: string; first: string; second: string }>({
    severity: "error",
    message: ({ weight, first, second }) => `a shared layer's \`${weight}\` is ${first} at its first use and ${second} here`,
    explain: "`shared` makes weights once, at the first use; every later use must have a shape that they fit.",
    wrong: "model M { input x: [3, 8, 8] shared t: conv2d(4) t t }",
    right: "model M { input x: [3, 8, 8] shared t: conv2d(3) t t }",
  }),
  "several-tensors": entry<{ count: number }>({
    severity: "error",
    message: ({ count }) => `there are ${count} tensors here, and one is wanted`,
    explain: "`split` leaves a list of tensors. Name it by a label and pick one: `halves: split(2)`, then `halves[0]`.",
    wrong: "model M { input x: [4, 8, 8] split(2) relu }",
    right: "model M { input x: [4, 8, 8] halves: split(2) halves[0] -> relu }",
  }),
  "no-tensor": entry({
    severity: "error",
    message: () => "there is no tensor here yet: a model begins with an input, as in `input image: [3, 224, 224]`",
    explain: "A layer works on the current tensor, and nothing has made one: a model begins with `input`.",
    wrong: "model M { conv2d(4) }",
    right: "model M { input x: [3, 8, 8] conv2d(4) }",
  }),
  "in-outside-block": entry({
    severity: "error",
    message: () => "`in` is the input of a block, and this is in none",
    explain: "A block's input has no name of its own and is called `in`. A model's inputs have names: use those, or `it`, the current tensor.",
    wrong: "model M { input x: [3, 8, 8] conv2d(3) add(in, it) }",
    right: "model M { input x: [3, 8, 8] conv2d(3) add(x, it) }",
  }),
  "no-output": entry<{ model: string }>({
    severity: "error",
    message: ({ model }) => `${model} has no output`,
    explain: "A model's output is what `output` names, or the last tensor. This one has neither.",
    wrong: "model M { let n = 3 }",
    right: "model M { input x: [3, 8, 8] relu }",
  }),
  "input-rank": entry<{ name: string; given: string; rank: number }>({
    severity: "error",
    message: ({ name, given, rank }) => `the size ${given} given for \`${name}\` has not its ${rank} sides`,
    explain: "`--input image=3x160x96` replaces channels, height and width of an input; the number of sides stays.",
  }),
};
