/** Devices, targets, and what is priced for them. */
import { entry } from "../entry.ts";

export const deviceMessages = {
  "no-target": entry<{ metric: string }>({
    severity: "error",
    message: ({ metric }) => `\`${metric}\` is a figure of a device, and this model names none`,
    explain: "RAM, flash, latency and energy belong to a device. Name it with `target`, or on the command line with `--target`.",
    wrong: "model M { input x: [3, 8, 8] budget { latency <= 30ms } relu }",
    right: "model M { input x: [3, 8, 8] budget { macs <= 30M } relu }",
  }),
};
