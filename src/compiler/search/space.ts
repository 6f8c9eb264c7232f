/** The settings that a model can have: values of parameters, and all their combinations in an order. */
import type { ModelParam } from "../elaborate/model.ts";

export type Value = number | string | boolean;

/** Values of parameters by name. */
export type Values = Readonly<Record<string, Value>>;

/** A parameter and the values that it is to take, in order. */
export interface Axis {
  readonly name: string;
  readonly values: readonly Value[];
}

/** The values from `low` to `high`, both ends included where the step meets them; decimals are those of the step, without what binary fractions add. */
export function steps(low: number, high: number, step: number): readonly number[] {
  const count = Math.floor((high - low) / step + 1e-6);
  return Array.from({ length: count + 1 }, (_, i) => Number((low + i * step).toFixed(10)));
}

/** How many values `steps` gives. */
export function stepCount(low: number, high: number, step: number): number {
  return Math.floor((high - low) / step + 1e-6) + 1;
}

/** How many values a parameter can take: by its range and step, as a word of its enum, as a bool. Undefined where they cannot be counted up. */
export function countOf({ type, range, options }: ModelParam): number | undefined {
  if (options) return options.length;
  if (type === "bool") return 2;
  const step = range && stepOf(type, range.step);
  return step === undefined ? undefined : stepCount(range!.low, range!.high, step);
}

/** Every value that a parameter can take, in order. */
export function valuesOf(param: ModelParam): readonly Value[] | undefined {
  const { type, range, options } = param;
  if (options) return options;
  if (type === "bool") return [false, true];
  const step = range && stepOf(type, range.step);
  return step === undefined ? undefined : steps(range!.low, range!.high, step);
}

function stepOf(type: string, step: number | undefined): number | undefined {
  const own = step ?? (type === "int" || type === "channels" ? 1 : undefined);
  return own !== undefined && own > 0 ? own : undefined;
}

/** How many combinations there are. */
export function sizeOf(axes: readonly { readonly values: readonly Value[] }[]): number {
  return axes.reduce((product, { values }) => product * values.length, 1);
}

/** The combination at a place in their order, from 0; the last axis changes fastest. */
export function combination(axes: readonly Axis[], rank: number): Values {
  const values: Record<string, Value> = {};
  let stride = sizeOf(axes);
  for (const { name, values: all } of axes) {
    stride /= all.length;
    values[name] = all[Math.floor(rank / stride) % all.length];
  }
  return values;
}

/** `width=0.75, resolution=160` */
export function showValues(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(", ");
}
