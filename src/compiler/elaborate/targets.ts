/** Which profile of a device a target means. */
import { PRECISIONS, shownTarget, type DeviceTarget } from "../devices/device.ts";
import type { Span } from "../source.ts";
import type { Call } from "../syntax/ast.ts";
import type { DeviceValue, Frame, Value } from "./domains.ts";
import { evaluate } from "./evaluate.ts";
import { didYouMean, mistake } from "./report.ts";
import { isKind, isUnknown, typeName, UNKNOWN } from "./values.ts";

/** `stm32h747(precision=int8)`: the first profile that agrees with the arguments. */
export function chooseProfile(expr: Call, value: DeviceValue, frame: Frame): Value {
  const { device } = value;
  const given = new Map<string, string | number>();
  for (const arg of expr.args) {
    const key = arg.name?.name;
    if (key === undefined || !(key in CHOICES)) {
      return key === undefined ? mistake(frame, "too-many-arguments", arg.span, { of: device.name, most: 0 }) : mistake(frame, "unknown-argument", arg.name!.span, { name: key, of: device.name }, didYouMean(key, Object.keys(CHOICES), arg.name!.span));
    }
    const chosen = evaluate(arg.value, frame, key === "precision" ? { type: "enum", options: PRECISIONS } : undefined);
    if (isUnknown(chosen)) return UNKNOWN;
    const word = isKind(chosen, "enum") ? chosen.word : chosen;
    if (typeof word !== "string" && typeof word !== "number") return mistake(frame, "type-mismatch", arg.value.span, { expected: CHOICES[key], found: typeName(chosen) });
    given.set(key, word);
  }
  const profile = device.profiles.findIndex(
    ({ runtime, precision, threads }) =>
      (!given.has("precision") || given.get("precision") === precision) &&
      (!given.has("threads") || given.get("threads") === threads) &&
      (!given.has("runtime") || runtime.toLowerCase().includes(String(given.get("runtime")).toLowerCase())),
  );
  if (profile >= 0) return { kind: "device", device, profile };
  return mistake(frame, "no-such-profile", expr.span, { device: device.name }, { notes: device.profiles.map((each) => ({ message: `there is \`${shownTarget(device, each)}\`: ${each.runtime}, ${each.precision}, ${each.threads} thread${each.threads === 1 ? "" : "s"}` })) });
}

const CHOICES: Readonly<Record<string, string>> = { precision: "`float32`, `float16` or `int8`", threads: "an int", runtime: "a string, or part of it" };

/** What a `target` names; without a chosen profile, the device's first. */
export function targetOf({ device, profile }: DeviceValue, span: Span): DeviceTarget | undefined {
  const chosen = device.profiles[profile ?? 0];
  return chosen && { device, profile: chosen, shown: shownTarget(device, chosen), span };
}
