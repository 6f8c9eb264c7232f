/** Operators on several tensors. */
import type { AttrsOf } from "../../../compiler/ops/index.ts";
import { ints, result, step, withBatch, type Site, type Value } from "../target.ts";

export const add = arithmetic("Add");
export const sub = arithmetic("Sub");
export const mul = arithmetic("Mul");
export const div = arithmetic("Div");

/** ONNX aligns shapes at their ends, batch included; so a tensor of lower rank first gets its sides of 1 behind the batch. */
function arithmetic(opType: string) {
  return (site: Site, [a, b]: readonly Value[]): Value => {
    const rank = Math.max(a.shape.length, b.shape.length);
    return result(site, opType, [raised(site, "a", a, rank), raised(site, "b", b, rank)]);
  };
}

function raised(site: Site, role: string, x: Value, rank: number): Value {
  if (x.shape.length === rank) return x;
  const shape = [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape];
  return step(site, role, shape, "Reshape", [x, ints(site, [-1, ...shape])]);
}

export function concat(site: Site, inputs: readonly Value[], { axis }: AttrsOf<"concat">): Value {
  const like = inputs.find((x) => x.batched);
  const parts = like ? inputs.map((x, i) => withBatch(site, `part${i}`, x, like)) : inputs;
  return result(site, "Concat", parts, { axis: { int: axis + 1 } });
}
