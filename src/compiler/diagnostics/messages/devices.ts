/** Devices, targets, and what is priced for them. */
import { entry } from "../entry.ts";

export const deviceMessages = {
  "no-such-profile": entry<{ device: string }>({
    severity: "error",
    message: ({ device }) => `\`${device}\` is not known to run networks like that`,
    explain: "A device is priced for the runtimes, precisions and numbers of threads that it was measured with. `lwmc explain` with the device's name lists them.",
    wrong: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d(precision=float32) relu }',
    right: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d(precision=int8) relu }',
  }),
  "unsearchable-hole": entry<{ name: string; type: string; ranged: boolean }>({
    severity: "error",
    message: ({ name, ranged }) => (ranged ? `the range of \`${name}\` has no step, so \`${name} = ?\` has endlessly many values` : `\`${name} = ?\` has no values to choose from`),
    explain: "A hole is filled with one of finitely many values: the parameter is a bool, an enum, or has a range with a step: `width: float in 0.25..2 step 0.05 = 1`.",
    wrong: "model N(width: float = 1) { input x: [3, 8, 8] conv2d(width * 8) } model M = N(width=?)",
    right: "model N(width: float in 1..4 step 1 = 1) { input x: [3, 8, 8] conv2d(width * 8) } model M = N(width=?) { budget { macs <= 1M } }",
  }),
  "no-target": entry<{ metric: string }>({
    severity: "error",
    message: ({ metric }) => `\`${metric}\` is a figure of a device, and this model names none`,
    explain: "RAM, flash, latency and energy belong to a device. Name it with `target`, or on the command line with `--target`.",
    wrong: "model M { input x: [3, 8, 8] budget { latency <= 30ms } relu }",
    right: "model M { input x: [3, 8, 8] budget { macs <= 30M } relu }",
  }),
};
