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
};
