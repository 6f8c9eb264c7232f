/** `--over width=0.25..1.4:0.05`: a parameter and the values that it is to take. */
import { suggest } from "../../compiler/diagnostics/suggest.ts";
import type { Model, ModelParam } from "../../compiler/elaborate/model.ts";
import { countOf, stepCount, steps, valuesOf, type Axis, type Value } from "../../compiler/search/space.ts";
import { usage } from "../environment.ts";

/** The most values that one parameter takes. */
const MOST_VALUES = 100_000;

const NUMBER = "(-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)";
const RANGE = new RegExp(`^${NUMBER}\\.\\.${NUMBER}(?::${NUMBER})?$`);

/** @param text `width`, `width=0.25..1.4:0.05`, `width=0.35,0.5,1` or `reading=keras,timm` */
export function parseAxis(text: string, model: Model): Axis {
  const cut = text.indexOf("=");
  const name = (cut < 0 ? text : text.slice(0, cut)).trim();
  const param = model.params.find((each) => each.name === name) ?? unknown(name, model);
  const wrong = (why: string): never => {
    throw usage(`\`--over ${text}\`: ${why}`);
  };
  if (cut < 0) {
    const count = countOf(param);
    if (count === undefined) return wrong(`\`${name}\` has no range with a step; write it: ${name}=${typeof param.value === "number" ? `${param.value}..${2 * param.value}:${param.value / 4 || 1}` : "…"}`);
    if (count > MOST_VALUES) wrong(`its range has ${count.toLocaleString("en")} values; the limit is ${MOST_VALUES.toLocaleString("en")}`);
    return { name, values: valuesOf(param)! };
  }
  const given = text.slice(cut + 1).trim();
  const range = RANGE.exec(given);
  const values: readonly Value[] = range ? rangeValues(range, param, wrong) : given.split(",").map((word) => valueOf(word.trim(), param, wrong));
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) wrong(`${String(twice)} is there twice`);
  for (const value of values) if (!isOf(value, param)) wrong(`\`${name}\` takes ${described(param)}, not ${String(value)}`);
  return { name, values };
}

function unknown(name: string, { params, name: model }: Model): never {
  const names = params.map((each) => each.name);
  const near = suggest(name, names);
  throw usage(`${model} has no parameter \`${name}\`; ${near === undefined ? `it has ${names.map((each) => `\`${each}\``).join(", ") || "none"}` : `did you mean \`${near}\`?`}`);
}

function rangeValues([, from, to, by]: RegExpExecArray, { name, type, range }: ModelParam, wrong: (why: string) => never): readonly number[] {
  const low = Number(from);
  const high = Number(to);
  const step = by === undefined ? (range?.step ?? (type === "int" || type === "channels" ? 1 : undefined)) : Number(by);
  if (step === undefined) return wrong(`say the step as well: ${name}=${low}..${high}:${(high - low) / 4}`);
  if (!(step > 0)) return wrong("the step must be above 0");
  if (!(low <= high)) return wrong(`${low} is above ${high}`);
  const count = stepCount(low, high, step);
  if (count > MOST_VALUES) return wrong(`these are ${count.toLocaleString("en")} values; the limit is ${MOST_VALUES.toLocaleString("en")}`);
  return steps(low, high, step);
}

function valueOf(word: string, { name, type, options }: ModelParam, wrong: (why: string) => never): Value {
  if (word === "") return wrong(`write values behind \`${name}=\`: low..high:step, or a list with commas`);
  if (options) return word;
  if (type === "bool") return word === "true" ? true : word === "false" ? false : word;
  const number = Number(word);
  return Number.isFinite(number) ? number : word;
}

function isOf(value: Value, { type, range, options, value: now }: ModelParam): boolean {
  if (options) return typeof value === "string" && options.includes(value);
  if (type === "bool") return typeof value === "boolean";
  if (typeof value !== "number" || typeof now !== "number") return false;
  if ((type === "int" || type === "channels") && !Number.isSafeInteger(value)) return false;
  return !range || (value >= range.low && value <= range.high);
}

function described({ type, range, options, value }: ModelParam): string {
  if (options) return options.join(" or ");
  if (type === "bool") return "true or false";
  if (typeof value !== "number") return "nothing that can be searched";
  return `${type === "float" ? "numbers" : "whole numbers"}${range ? ` from ${range.low} to ${range.high}` : ""}`;
}
