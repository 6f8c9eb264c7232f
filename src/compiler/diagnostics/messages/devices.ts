/** Devices, targets, and what is priced for them. */
import { entry } from "../entry.ts";

export const deviceMessages = {
  "unknown-device": entry<{ name: string }>({
    severity: "error",
    message: ({ name }) => `there is no device \`${name}\`; \`lwmc devices\` lists those of the library`,
    explain: "A target is a device of the library, of the file, or imported. A device of your own is a `let` with `device(…)`; `lwmc explain device` says what it takes.",
    wrong: "model M { input x: [3, 8, 8] target stm32h747x conv2d(8) }",
    right: 'let mine = device("Mine", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target mine conv2d(8) }',
  }),
  "no-such-profile": entry<{ device: string }>({
    severity: "error",
    message: ({ device }) => `\`${device}\` is not known to run networks like that`,
    explain: "A device is priced for the runtimes, precisions and numbers of threads that it was measured with. `lwmc explain` with the device's name lists them.",
    wrong: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d(precision=float32) relu }',
    right: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d(precision=int8) relu }',
  }),
  "figure-unknown": entry<{ metric: string; target: string; model: string }>({
    severity: "error",
    message: ({ metric, target, model }) => `the ${metric} of ${model} on \`${target}\` is not known, so its budget cannot be held`,
    explain: "Nothing was measured that would give this figure for the target: another runtime or precision of the device may be known, and `lwmc calibrate` measures the machine at hand.",
    wrong: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d budget { latency <= 30ms } conv2d(8) }',
    right: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8, costs=[cost(any, mac=2ns)], error=10%)]) model M { input x: [3, 8, 8] target d budget { latency <= 30ms } conv2d(8) }',
  }),
  "budget-uncertain": entry<{ model: string }>({
    severity: "warning",
    message: ({ model }) => `${model} keeps this budget only by a figure that is not certain`,
    explain: "The best estimate keeps the limit, but the figure's band reaches beyond it, or the estimate rests on something that was not verified, not measured on this device, or measured for networks of another kind. The notes say which.",
    wrong: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8, costs=[cost(any, mac=2ns)], mix=[share(conv, 0%, 100%)], error=50%)]) model M { input x: [3, 8, 8] target d budget { latency <= 30us } conv2d(8) }',
    right: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8, costs=[cost(any, mac=2ns)], mix=[share(conv, 0%, 100%)], error=50%)]) model M { input x: [3, 8, 8] target d budget { latency <= 60us } conv2d(8) }',
  }),
  "does-not-fit": entry<{ model: string; target: string; what: string; has: string }>({
    severity: "error",
    message: ({ model, target, what, has }) => `${model} does not fit \`${target}\`: it needs ${what}, and there is ${has}`,
    explain: "The memory plan of the activations and the runtime must fit the device's RAM, weights and code its flash. A narrower network or a smaller input needs less; `lwmc memory` shows who needs it and when.",
    wrong: 'let d = device("D", family=mcu, ram=256B, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d conv2d(8) }',
    right: 'let d = device("D", family=mcu, ram=1KiB, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d conv2d(8) }',
  }),
  "no-setting-fits": entry<{ names: string; settings: number }>({
    severity: "error",
    message: ({ names, settings }) => `none of the ${settings.toLocaleString("en")} settings of ${names} keeps the budget`,
    explain: "A hole is filled with the best value that keeps every limit, and here no value does. The note names the setting that comes closest: raise that limit, or leave another parameter to be found as well.",
    wrong: "model N(width: int in 1..4 = 1) { input x: [3, 8, 8] conv2d(width) } model M = N(width=?) { budget { params <= 20 } }",
    right: "model N(width: int in 1..4 = 1) { input x: [3, 8, 8] conv2d(width) } model M = N(width=?) { budget { params <= 60 } }",
  }),
  "too-many-settings": entry<{ names: string; settings: number; most: number }>({
    severity: "error",
    message: ({ names, settings, most }) => `${names} ${names.includes(",") ? "have" : "has"} ${settings.toLocaleString("en")} settings; at most ${most.toLocaleString("en")} are searched`,
    explain: "Holes are filled exactly: every setting is looked at. Narrow a range, take a larger step, or fill one hole by hand.",
    wrong: "model N(width: int in 1..400000 = 1) { input x: [3, 8, 8] conv2d(width) } model M = N(width=?)",
    right: "model N(width: int in 1..400000 step 20000 = 1) { input x: [3, 8, 8] conv2d(width) } model M = N(width=?)",
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
  "operator-fallback": entry<{ op: string; target: string; reason: string }>({
    severity: "warning",
    message: ({ op, target, reason }) => `\`${op}\` runs elsewhere than meant on \`${target}\`: ${reason}`,
    explain:
      "The target's kernels do not have this operator, or not with these attributes, shapes or numbers. The network still runs: on the CPU beside the accelerator, in float32 among integers, or in " +
      "a reference kernel of plain loops, which is slower, sometimes by far, and which predicted latencies do not contain. The note names the document or the probe that says so, and its date. " +
      "Where the help names another operator, that one stays on the target.",
    wrong: 'let d = device("D", family=accelerator, profiles=[profile(runtime="R", precision=int8, kernels=edge_tpu)]) model M { input x: [3, 8, 8] target d conv2d(8) -> hardswish }',
    right: 'let d = device("D", family=accelerator, profiles=[profile(runtime="R", precision=int8, kernels=edge_tpu)]) model M { input x: [3, 8, 8] target d conv2d(8) -> relu6 }',
  }),
  "operator-unsupported": entry<{ op: string; target: string; reason: string }>({
    severity: "error",
    message: ({ op, target, reason }) => `\`${op}\` does not run on \`${target}\`: ${reason}`,
    explain:
      "The target refuses the network: its kernels do not have this operator, or not with these attributes, shapes or numbers, and nothing stands in for it. " +
      "The note names the document or the probe that says so, and its date; the help says what to write instead.",
    wrong: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8, kernels=cmsis_nn)]) model M { input x: [3, 8, 8] target d conv2d(8) -> gelu }',
    right: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8, kernels=cmsis_nn)]) model M { input x: [3, 8, 8] target d conv2d(8) -> relu6 }',
  }),
  "fragile-in-integers": entry<{ what: string; target: string }>({
    severity: "warning",
    message: ({ what, target }) => `accuracy is lost in the integers of \`${target}\` by ${what}`,
    explain:
      "Swish has no upper bound and a short negative tail, and a squeeze-excite multiplies whole channels: with 8 bits for a tensor most values fall on few integers. EfficientNet-Lite0 with swish kept 46 % of " +
      "ImageNet's top-1 after quantisation, of 75.1 % in float32; with ReLU6 it kept 74.4 % (Liu 2020). Hard-swish and gates lose less, and are reported where the target's kernels do not have them. " +
      "The fix writes the model as EfficientNet-Lite was written: ReLU6 in their place, no gates, widths as they are. It is another network, whose weights are trained anew.",
    wrong: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d conv(8, act=swish) }',
    right: 'let d = device("D", family=mcu, profiles=[profile(runtime="R", precision=int8)]) model M { input x: [3, 8, 8] target d conv(8, act=relu6) }',
  }),
};
