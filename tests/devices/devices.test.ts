/** The devices of the library: figures have sources and make sense, costs are what the runs beside them say, and published runs lie in the bands. */
import { beforeAll, describe, expect, test } from "vitest";
import { refitDevices, type Refitted } from "../../scripts/fit-devices.ts";
import type { Figure } from "../../src/compiler/devices/device.ts";
import { energyOf } from "../../src/compiler/devices/energy.ts";
import { fusedActivations, kernelsOf } from "../../src/compiler/devices/kernels.ts";
import { latencyOf } from "../../src/compiler/devices/latency.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { format } from "../../src/compiler/syntax/format.ts";
import { network } from "../library/network.ts";
import { lwmFiles, readProject } from "../program.ts";
import { describeShared, readJson } from "../shared.ts";
import { device, deviceFiles, devicesOf, kernelsFor, libraryDevices } from "./texts.ts";

let refitted: readonly Refitted[] = [];
beforeAll(() => {
  refitted = refitDevices(Object.fromEntries([...lwmFiles("stdlib"), ...lwmFiles("examples")].map((path) => [path, readProject(path)])));
}, 120_000);

/** Least and most that a figure of its kind can sensibly be. */
const sensible: Readonly<Record<string, readonly [number, number]>> = {
  clock: [16e6, 6e9], cores: [1, 64], ram: [64 * 1024, 64 * 2 ** 30], flash: [128 * 1024, 64 * 2 ** 30],
  error: [0.001, 100], familyError: [0.001, 100], runtimeRam: [128, 64 * 2 ** 20], codeFlash: [1024, 64 * 2 ** 20],
  peakMacs: [1e6, 1e14], bandwidth: [1e6, 1e12], weightMemory: [1e6, 1e8], weightBandwidth: [1e6, 1e12], power: [1e-3, 100], macEnergy: [1e-15, 1e-8], byteEnergy: [1e-15, 1e-7], call: [1e-6, 1],
  latency: [1e-5, 20], energy: [1e-6, 100], bytes: [1024, 2 ** 40],
};

function figuresIn(value: unknown, path: string): readonly (readonly [string, string, Figure])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const at = `${path}.${key}`;
    return typeof each === "object" && each !== null && "verified" in each ? [[at, key, each as Figure] as const] : figuresIn(each, at);
  });
}

test("a file is named after its device", () => {
  expect(deviceFiles.map((path) => path.replace(/^.*\/|\.lwm$/g, ""))).toEqual([...libraryDevices().keys()]);
  expect(deviceFiles.length).toBeGreaterThan(25);
});

describe("figures", () => {
  test("each has a source, and lies where such figures lie", () => {
    let seen = 0;
    for (const each of libraryDevices().values()) {
      for (const [path, key, { value, source }] of figuresIn({ ...each, span: undefined }, each.name)) {
        seen++;
        expect(source.length, path).toBeGreaterThan(4);
        expect(source, `${path} is stated without a source`).not.toMatch(/^stated in/);
        // RAM and flash of a run are those of its tensors alone
        const [least, most] = path.includes(".measured.") && (key === "ram" || key === "flash") ? [10 * 1024, 2 ** 30] : sensible[key];
        expect(value, path).toBeGreaterThanOrEqual(least);
        expect(value, path).toBeLessThanOrEqual(most);
      }
    }
    expect(seen).toBeGreaterThan(500);
  });

  test("profiles with costs say where these come from, and what a network is that they hold for", () => {
    for (const { name, profiles } of libraryDevices().values()) {
      for (const { runtime, costs, costSource, mix, scaledFrom, error, familyError } of profiles) {
        if (costs.length === 0) continue;
        expect(costSource, `${name}: ${runtime}`).not.toBe("");
        if (scaledFrom === undefined) expect([mix.length > 0, error !== undefined], `${name}: ${runtime}`).toEqual([true, true]);
        else expect(familyError?.value, `${name}: ${runtime}`).toBeGreaterThanOrEqual(1);
      }
    }
  });
});

describe("costs", () => {
  test("every file is what its runs say", () => {
    expect(refitted.map(({ path }) => path).sort()).toEqual([...deviceFiles]);
    for (const { path, text } of refitted) expect(text === readProject(path), `${path}: run node scripts/fit-devices.mjs`).toBe(true);
  });

  test("every fitted run lies within the band that is printed for it", () => {
    let runs = 0;
    for (const { name, profiles } of libraryDevices().values()) {
      for (const profile of profiles) {
        if (profile.scaledFrom !== undefined) continue;
        for (const { model, latency } of profile.measured.filter((run) => run.fitted)) {
          const found = latencyOf(kernelsFor(model, profile), profile)!;
          const label = `${name}, ${profile.runtime}, ${model}`;
          expect(found.extrapolated, label).toBeUndefined();
          // costs are written to four digits
          expect(found.low * 0.999, label).toBeLessThanOrEqual(latency!.value);
          expect(found.high * 1.001, label).toBeGreaterThanOrEqual(latency!.value);
          runs++;
        }
      }
    }
    expect(runs).toBeGreaterThan(300);
  });

  test("STM32H747: 15 networks with two runtimes to 5.3 % and 4.1 % at worst, 2.2 % and 1.4 % on average, each predicted by the others", () => {
    const profiles = refitted.find(({ path }) => path.endsWith("stm32h747.lwm"))!.profiles;
    expect(profiles.map(({ fitted: { fit, error } }) => [fit.leftOut.length, (100 * fit.loo!.mean).toFixed(1), (100 * error!).toFixed(1)])).toEqual([[15, "2.2", "5.3"], [15, "1.4", "4.1"]]);
  });

  test("what is scaled takes as long as the run that it was scaled to", () => {
    for (const name of ["stm32f746", "stm32h7a3", "stm32l4r5", "stm32u575", "nrf52840", "rp2040", "esp32_s3"]) {
      for (const profile of device(name).profiles) {
        for (const { model, latency } of profile.measured.filter((run) => run.fitted)) {
          const found = latencyOf(kernelsFor(model, profile), profile)!;
          expect(found.seconds / latency!.value, name).toBeCloseTo(1, 3);
          expect(found.extrapolated).toMatch(/scaled from/);
        }
      }
    }
  });

  test("Espressif's kernel benchmarks alone give person detection in 50.4 ms; 54 ms were measured", () => {
    const [profile] = device("esp32_s3").profiles;
    const ticks = { ...profile, costs: profile.costs.map((cost) => ({ ...cost, mac: cost.mac && { conv: 24.25e-9, pointwise: 4.694e-9, depthwise: 21.69e-9, dense: 23.27e-9 }[cost.of as "conv"] })) };
    expect(1000 * latencyOf(kernelsFor("PersonDetection", profile), ticks)!.seconds).toBeCloseTo(50.4, 0);
    // all costs were raised by the same factor
    const factors = profile.costs.flatMap(({ mac }, i) => (mac === undefined ? [] : [mac / ticks.costs[i].mac!]));
    for (const factor of factors) expect(factor / factors[0]).toBeCloseTo(1, 2);
  });

  test("predictions of others are not taken for measurements", () => {
    const predicted = device("pixel_4").profiles.filter(({ runtime }) => runtime.includes("nn-Meter"));
    expect(predicted).toHaveLength(2);
    for (const profile of predicted) {
      const { unverified } = latencyOf(kernelsFor("MobileNetV2", profile), profile)!;
      expect(unverified.some((source) => source.includes("not a measurement"))).toBe(true);
    }
  });
});

describe("docs/devices.md", () => {
  const page = readProject("docs/devices.md");

  test("gives the errors that the fits have", () => {
    const percent = (value: number | undefined): string => (value === undefined ? "" : `${(100 * value).toFixed(1)} %`);
    const rows = refitted.flatMap(({ profiles }) =>
      profiles.map(({ device: { name }, profile, fitted, familyError }) => {
        const what = `${profile.runtime}, ${profile.precision}, ${profile.threads}`;
        return `| \`${name}\` | ${what} | ${fitted.fit.leftOut.length} | ${percent(fitted.fit.loo?.mean)} | ${percent(fitted.error)} | ${percent(familyError)} |`;
      }),
    );
    expect(page.split("\n").filter((line) => /^\| `\w+` \| .* \| \d+ \|/.test(line))).toEqual(rows);
  });

  test("the board on the bench takes as long as it says", () => {
    const [, text] = /^```lwm\n(\/\/\/ Cortex-M7[^]*?)^```$/m.exec(page)!;
    const [profile] = devicesOf(text)[0].profiles;
    const [run] = profile.measured;
    expect(latencyOf(kernelsFor(run.model, profile), profile)!.seconds / run.latency!.value).toBeCloseTo(1, 1);
    expect(format({ uri: "sample.lwm", text }).text).toBe(text);
  });
});

describe("networks unlike those that were measured", () => {
  const [h747] = device("stm32h747").profiles;
  test.each([
    ["MobileNetV3Large", /activation takes .* of the time/],
    ["ResNet18", /conv takes .* of the time/],
    ["KeywordSpotter", /far smaller/],
  ])("%s on an STM32H747 is extrapolated", (model, reason) => {
    const found = latencyOf(kernelsFor(model, h747), h747)!;
    expect(found.extrapolated).toMatch(reason);
    expect(found.error).toBe(h747.familyError!.value);
  });

  test.each(["MobileNetV1(width=0.35, resolution=160, classes=10)", "MobileNetV2(width=0.5, resolution=160, classes=10)", "VisualWakeWords", "SqueezeNet11(resolution=160, classes=10)"])("%s is not", (model) => {
    expect(latencyOf(kernelsFor(model, h747), h747)!.extrapolated).toBeUndefined();
  });
});

test("Coral: ResNet-50 at 299 pixels, whose weights do not stay on the chip, took 49 and 56 ms (coral.ai/docs/edgetpu/benchmarks): within the band, and extrapolated", async () => {
  const { model } = await network("resnet.lwm#ResNet50", [3, 299, 299]);
  const measured = [0.049, 0.056];
  device("coral_edge_tpu").profiles.forEach((profile, i) => {
    const { low, high, extrapolated } = latencyOf(kernelsOf(deployed(model.graph), { precision: "int8", fused: fusedActivations(profile.kernels) }), profile)!;
    expect([low < measured[i], measured[i] < high]).toEqual([true, true]);
    expect(extrapolated).toMatch(/of weights do not stay on the chip/);
    const onChip = latencyOf(kernelsOf(deployed(model.graph), { precision: "int8", fused: fusedActivations(profile.kernels) }), { ...profile, weightMemory: undefined })!;
    expect(onChip.seconds * (1 + profile.error!.value)).toBeLessThan(measured[i]);
  });
});

describe("energy", () => {
  test("STM32H7A3: power times time is what MLPerf Tiny measured", () => {
    const [profile] = device("stm32h7a3").profiles;
    const { seconds, low, high } = latencyOf(kernelsFor("VisualWakeWords", profile), profile)!;
    expect(energyOf([], { value: seconds, low, high, doubts: [] }, profile)!.value * 1e6).toBeCloseTo(profile.measured[0].energy!.value * 1e6, -1);
  });

  test("two rounds of MLPerf Tiny on the same board: half the time, half the energy", () => {
    const runs = device("stm32h7a3").profiles[0].measured;
    const power = runs.map(({ latency, energy }) => energy!.value / latency!.value);
    for (const watts of power) expect(watts / power[0]).toBeGreaterThan(0.95);
    for (const watts of power) expect(watts / power[0]).toBeLessThan(1.35);
    expect(Math.max(...runs.map(({ latency }) => latency!.value)) / runs[0].latency!.value).toBeGreaterThan(2.5);
  });
});

describeShared("the rows of the reference", () => {
  interface Row { readonly model: string; readonly ms?: number; readonly config?: string }
  const configs: readonly (readonly [string, string, string, number, string])[] = [
    ["rpi4", "raspberry_pi_4", "cpu_1t", 1, "ncnn"], ["rpi4", "raspberry_pi_4", "cpu_4t", 4, "ncnn"], ["rpi5", "raspberry_pi_5", "cpu_1t", 1, "ncnn"], ["rpi3bplus", "raspberry_pi_3b_plus", "cpu_4t", 4, "ncnn"],
    ["jetson-nano", "jetson_nano", "gpu", 1, "ncnn with Vulkan, GPU"], ["jetson-orin-nano", "jetson_orin_nano", "cpu_6t", 6, "ncnn"], ["snapdragon-8gen2", "snapdragon_8_gen_2", "cpu_4t", 4, "ncnn"], ["snapdragon-855plus", "snapdragon_855_plus", "gpu", 1, "ncnn with Vulkan, GPU"],
  ];
  test.each(configs)("%s: %s, %s", (id, name, config, threads, runtime) => {
    const { targets } = readJson<{ readonly targets: readonly { readonly id: string; readonly measured: readonly Row[] }[] }>("reference", "devices.json");
    const rows = targets.find((target) => target.id === id)!.measured.filter((row) => row.config === config);
    const written = device(name).profiles.find((profile) => profile.runtime === runtime && profile.threads === threads)!.measured.map(({ latency }) => Number((1000 * latency!.value).toFixed(2)));
    expect(written.length).toBe(8);
    for (const ms of written) expect(rows.map((row) => row.ms)).toContain(ms);
  });
});
