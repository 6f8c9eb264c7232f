/** What was measured, as a device of the language. */
import type { KernelCost, KernelSet } from "../../compiler/devices/device.ts";
import { format } from "../../compiler/syntax/format.ts";
import type { Calibration } from "./calibration.ts";

export interface MeasuredHost {
  /** The name under which it is declared. */
  readonly name: string;
  /** The processor, and what runs on it: `AMD EPYC 7B13, Node 20.20.2`. */
  readonly title: string;
  readonly family: "host" | "browser";
  /** When: part of the text, and of nothing else that lwmc writes. */
  readonly date: string;
  readonly profiles: readonly MeasuredProfile[];
}

export interface MeasuredProfile {
  /** `onnxruntime-web 1.30.0, wasm` */
  readonly runtime: string;
  readonly kernels: KernelSet;
  readonly backend: "onnx" | "tfjs";
  readonly calibration: Calibration;
}

export function deviceFile(host: MeasuredHost): string {
  const { name, title, family, date, profiles } = host;
  const text = `/// Measured by lwmc calibrate on ${date}: what kernels of light networks cost on this machine.
let ${name} = device(
  title=${quoted(title)},
  family=${family},
  profiles=[${profiles.map((profile) => profileText(profile, host)).join(", ")},],
)
`;
  const { text: formatted } = format({ uri: `${name}.lwm`, text });
  return formatted ?? text;
}

function profileText({ runtime, kernels, backend, calibration }: MeasuredProfile, { title, date }: MeasuredHost): string {
  const { call, costs, anchor, heldOut, error, rounds, benchmarks } = calibration;
  const seen = [...new Set(costs.map(({ of }) => of))];
  const apart = `${heldOut.length} networks that had no part in the fit`;
  const named = heldOut.map(({ model, seconds, predicted }) => `${model} ${signed(predicted / seconds - 1)}`).join("; ");
  return `profile(
    runtime=${quoted(runtime)}, precision=float32, threads=1, backend=${backend}, kernels=${kernels},
    costs=[${costs.map(costText).join(", ")},],
    call=${duration(call.call)},
    cost_source=${quoted(`lwmc calibrate on ${date}, ${title}: ${benchmarks} benchmarks in ${rounds} rounds, 10th percentile. On ${apart} it was off by ${percent(error.mean)} on average.`)},
    error=cited(${percent(error.max)}, ${quoted(`the worst of ${apart}: ${named}`)}),
    family_error=cited(${percent(error.max)}, ${quoted("none of these families had a part in the fit")}),
    mix=[${seen.map((of) => `share(${of}, 0%, 100%)`).join(", ")},],
    measured=[${[anchor, ...heldOut].map(({ model, seconds }, i) => `run(${quoted(model)}, latency=${duration(seconds)}, source=${quoted(i === 0 ? "the anchor, timed in turns with the benchmarks" : "timed in turns with the benchmarks")})`).join(", ")},],
  )`;
}

function costText({ of, op, window, stride, mac, byte, weightByte, row, kernel, tile }: KernelCost): string {
  const parts = [
    op === undefined ? undefined : `op=${quoted(op)}`,
    window === undefined ? undefined : `window=${window}`,
    stride === undefined ? undefined : `stride=${stride}`,
    coefficient("mac", mac),
    coefficient("byte", byte),
    coefficient("weight_byte", weightByte),
    coefficient("row", row),
    coefficient("kernel", kernel),
    tile === undefined ? undefined : `tile=${tile}`,
  ];
  return `cost(${[of, ...parts.filter((part) => part !== undefined)].join(", ")})`;
}

function coefficient(name: string, seconds: number | undefined): string | undefined {
  return seconds ? `${name}=${duration(seconds)}` : undefined;
}

const UNITS = [["s", 1], ["ms", 1e-3], ["us", 1e-6], ["ns", 1e-9]] as const;

/** Four digits in the unit that shows them best: `13.07ms`, `0.08437ns`. */
export function duration(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= each) ?? UNITS[UNITS.length - 1];
  const value = seconds / size;
  const digits = value === 0 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(value)));
  return `${value.toFixed(Math.min(digits, 9)).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")}${unit}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function signed(share: number): string {
  return `${share < 0 ? "−" : "+"}${percent(Math.abs(share))}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.replaceAll(/[\r\n\t]+/g, " "));
}

/** The name that a file's device has: `my-host.lwm` declares `my_host`. */
export function deviceName(path: string): string {
  const base = path.split(/[\\/]/).at(-1)!.replace(/\.lwm$/, "");
  const name = base.toLowerCase().replaceAll(/[^a-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(name) ? name : `host_${name}`.replace(/_$/, "");
}
