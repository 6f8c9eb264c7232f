/** The functions of the language: arithmetic, and scalings. They work on numbers and make no layers. */
import type { Scaling, Value } from "./domains.ts";
import { isKind, isList } from "./values.ts";

export interface Builtin {
  readonly signature: string;
  readonly doc: string;
  /** Names for named arguments, in positional order. */
  readonly params: readonly string[];
  readonly required: number;
  /** Takes any number of positional arguments. */
  readonly variadic?: true;
  /** The result, or a sentence saying what is wrong with the arguments. */
  readonly call: (args: readonly (Value | undefined)[]) => Value | { readonly problem: string };
}

/**
 * Rounds to a multiple of `divisor`, to the nearest (halves up), never more than 10 % below the value, at least one divisor: `make_divisible` of
 * the MobileNet implementations (tensorflow/models, slim/nets/mobilenet/conv_blocks.py; torchvision models/_utils.py).
 */
export function divisible(value: number, divisor: number): number {
  const rounded = Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

/** To the nearest whole number, halves to the even one, as Python and IEEE 754 round. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

function numeric(signature: string, doc: string, call: (...x: number[]) => number, options: { variadic?: true; params?: readonly string[] } = {}): Builtin {
  const params = options.params ?? ["x"];
  return {
    signature,
    doc,
    params,
    required: params.length,
    ...(options.variadic ? { variadic: true } : {}),
    call: (args) => {
      if (!args.every((a) => typeof a === "number")) return { problem: "takes numbers" };
      const result = call(...(args as number[]));
      return Number.isFinite(result) ? result : { problem: `has no finite result for ${args.join(", ")}` };
    },
  };
}

export const builtins: Readonly<Record<string, Builtin>> = {
  floor: numeric("floor(x)", "the next whole number down", Math.floor),
  ceil: numeric("ceil(x)", "the next whole number up", Math.ceil),
  round: numeric("round(x)", "the nearest whole number, halves to the even one, as the implementations round", roundHalfEven),
  abs: numeric("abs(x)", "the number without its sign", Math.abs),
  sqrt: numeric("sqrt(x)", "the square root", Math.sqrt),
  min: numeric("min(a, b, …)", "the smallest", Math.min, { variadic: true }),
  max: numeric("max(a, b, …)", "the largest", Math.max, { variadic: true }),
  pow: numeric("pow(x, y)", "x to the power y", (x, y) => x ** y, { params: ["x", "y"] }),
  mod: numeric("mod(x, n)", "the remainder of x by n, with the sign of n", (x, n) => x - n * Math.floor(x / n), { params: ["x", "n"] }),
  divisible: numeric("divisible(x, divisor)", "the nearest multiple of the divisor, never more than 10 % below x (MobileNet's make_divisible)", divisible, { params: ["x", "divisor"] }),
  len: {
    signature: "len(list)",
    doc: "the number of items",
    params: ["list"],
    required: 1,
    call: ([list]) => (isList(list!) ? list.length : { problem: "takes a list" }),
  },
  scaling: {
    signature: "scaling(width=1, depth=1, resolution=1, divisor=8, truncate=false)",
    doc: "factors for channels, repeats and input sides; channels are rounded to multiples of the divisor, with `truncate` after they were cut to whole numbers, as Keras does",
    params: ["width", "depth", "resolution", "divisor", "truncate"],
    required: 0,
    call: ([width = 1, depth = 1, resolution = 1, divisor = 8, truncate = false]) => makeScaling(width, depth, resolution, divisor, truncate),
  },
  compound: {
    signature: "compound(phi, alpha=1.2, beta=1.1, gamma=1.15, divisor=8)",
    doc: "compound scaling: depth alpha^phi, width beta^phi, resolution gamma^phi (Tan & Le 2019, section 3.3)",
    params: ["phi", "alpha", "beta", "gamma", "divisor"],
    required: 1,
    call: ([phi, alpha = 1.2, beta = 1.1, gamma = 1.15, divisor = 8]) => {
      if (![phi, alpha, beta, gamma, divisor].every((a) => typeof a === "number")) return { problem: "takes numbers" };
      const power = (base: Value) => (base as number) ** (phi as number);
      return makeScaling(power(beta), power(alpha), power(gamma), divisor);
    },
  },
};

function makeScaling(width: Value, depth: Value, resolution: Value, divisor: Value, truncate: Value = false): Scaling | { readonly problem: string } {
  const factors = [width, depth, resolution];
  if (!factors.every((f) => typeof f === "number" && f > 0 && f <= 1000)) return { problem: "takes factors above 0, up to 1000" };
  if (typeof divisor !== "number" || !Number.isInteger(divisor) || divisor < 1 || divisor > 4096) return { problem: "takes a whole divisor from 1 to 4096" };
  if (typeof truncate !== "boolean") return { problem: "takes `truncate` as true or false" };
  return { kind: "scaling", width: width as number, depth: depth as number, resolution: resolution as number, divisor, truncate };
}

/** Channels under a scaling; a factor of 1 changes nothing, not even by rounding. */
export function scaleChannels(channels: Value, scale: Value | undefined): Value {
  if (typeof channels !== "number" || scale === undefined || !isKind(scale, "scaling") || scale.width === 1) return channels;
  const wide = channels * scale.width;
  return divisible(scale.truncate ? Math.floor(wide) : wide, scale.divisor);
}

/** Repeats under a scaling: ⌈n · depth⌉. */
export function scaleRepeats(count: number, scale: Value | undefined): number {
  if (scale === undefined || !isKind(scale, "scaling") || scale.depth === 1) return count;
  return Math.ceil(count * scale.depth);
}
