/** The weights file: a program's constants as they are stored, made one tensor at a time. */
import { evaluate } from "../weights/evaluate.ts";
import { toFloat16 } from "../weights/float16.ts";
import { roundKeepingSums } from "../weights/quantisation.ts";
import type { WeightStore } from "../weights/store.ts";
import { constantValues } from "./constant-values.ts";
import type { Constant, Program } from "./program.ts";
import { LEVELS, type IntegersAs, type Stored } from "./stored.ts";
import { applyLayout } from "./weight-layout.ts";

/** The bytes of all constants, one after another, in the program's order. */
export function* constantChunks(program: Program, store: WeightStore, stored: Stored): Generator<Uint8Array> {
  for (const constant of program.constants) {
    const as = stored.get(constant.name);
    const numbers = as && as.dtype !== "float16" ? integers(constant, store, as) : as ? toFloat16(constantValues(constant, store)) : constantValues(constant, store);
    yield new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  }
}

/** Rounded in the weight's own layout, whose rows are output channels, and then laid out as TF.js has it. The rows of a transposed convolution are no channels. */
function integers({ source, name }: Constant, store: WeightStore, { dtype, scale, min }: IntegersAs): Uint8Array | Uint16Array {
  if (source.kind !== "weight" || source.shift !== 0) throw new Error(`${name} is no kernel`);
  const zero = Math.round(-min / scale);
  const values = evaluate(source.weight, store);
  const [rows] = source.weight.shape;
  const centred = roundKeepingSums(values, rows, () => scale / source.scale, -zero, LEVELS[dtype] - zero, new Float32Array(values.length), source.layout.kind !== "convTranspose");
  const laid = applyLayout(source.layout, centred);
  const made = dtype === "uint8" ? new Uint8Array(laid.length) : new Uint16Array(laid.length);
  for (let i = 0; i < laid.length; i++) made[i] = laid[i] + zero;
  return made;
}
