/** Calibration finds what was planted: costs, calls, fusion; the file that it writes is a device that predicts it. */
import { beforeAll, describe, expect, test } from "vitest";
import { ANCHOR, HELD_OUT, type Calibration } from "../../src/cli/measure/calibration.ts";
import { benchmarks, composites, FUSABLE } from "../../src/cli/measure/benchmarks.ts";
import { deviceFile, deviceName, duration } from "../../src/cli/measure/device-file.ts";
import { savedShare } from "../../src/cli/measure/laws.ts";
import type { KernelCost, Profile } from "../../src/compiler/devices/device.ts";
import { kernelsOf, fusedActivations } from "../../src/compiler/devices/kernels.ts";
import { latencyOf } from "../../src/compiler/devices/latency.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { format } from "../../src/compiler/syntax/format.ts";
import { elaborateText, listed } from "../program.ts";
import { CALL, calibratePlanted, graphsOf, PLANTED, plantedSeconds } from "./planted.ts";

const PROFILE = { runtime: "onnxruntime-web 1.30.0, wasm", kernels: "ort_wasm", backend: "onnx" } as const;

function fileOf(calibration: Calibration): string {
  return deviceFile({ name: "my_host", title: 'A "machine" of ours, Node 20', family: "host", date: "2026-01-02", profiles: [{ ...PROFILE, calibration }] });
}

/** The profile of the file's device, and the graph of a network that names it. */
function priced(text: string, call: string) {
  const { models, diagnostics } = elaborateText(`import { my_host } from "./my-host.lwm"\nmodel M = ${call} {\n  target my_host\n}\n`, {}, { "my-host.lwm": text });
  expect(listed(diagnostics.filter(({ severity }) => severity === "error"))).toEqual([]);
  return { profile: models[0].targets[0].profile, graph: models[0].graph };
}

describe("a machine whose costs are known", () => {
  let found: Calibration;
  beforeAll(async () => {
    found = await calibratePlanted();
  }, 60_000);

  const close = (a: number | undefined, b: number): void => expect(Math.abs((a ?? 0) - b)).toBeLessThanOrEqual(0.03 * b + 1e-13);

  test("what every call takes", () => {
    close(found.call.call, CALL.call);
    close(found.call.input, CALL.input);
    close(found.call.output, CALL.output);
  });

  test("the costs of a law that only its own kernels tell", () => {
    const planted = (cost: KernelCost): KernelCost => PLANTED.find(({ of, op, window, stride }) => of === cost.of && op === cost.op && window === cost.window && stride === cost.stride)!;
    const same = found.costs.filter((cost) => cost.of === "pointwise" || (cost.of === "activation" && cost.op !== undefined && cost.kernel !== 0 && planted(cost)));
    expect(same.length).toBeGreaterThanOrEqual(4);
    for (const cost of same) {
      close(cost.mac, planted(cost).mac!);
      close(cost.byte, planted(cost).byte!);
      expect(cost.tile).toBe(planted(cost).tile);
    }
  });

  test("networks that had no part in the fit", () => {
    expect(found.heldOut.map(({ model }) => model)).toEqual([...HELD_OUT]);
    expect(found.error.max).toBeLessThan(0.02);
    expect(found.anchor).toMatchObject({ model: ANCHOR });
  });

  test("what runs inside a convolution is found, also where nobody expected it", () => {
    expect(found.fusions.map(({ op }) => op)).toEqual([...FUSABLE]);
    for (const { op, fused } of found.fusions) expect([op, fused]).toEqual([op, ["relu", "relu6", "hardswish"].includes(op)]);
    expect(found.fusions.find(({ op }) => op === "hardswish")).toMatchObject({ fused: true, expected: false });
    expect(found.costs.filter(({ op }) => op === "hardswish").at(-1)).toMatchObject({ of: "activation", byte: 0, kernel: 0 });
  });

  test("the file is a device of the language, in its one style, and predicts what was planted", () => {
    const text = fileOf(found);
    expect(format({ uri: "my-host.lwm", text }).text).toBe(text);
    for (const call of ["MobileNetV1(resolution=192)", "MobileNetV3Large(resolution=96)", "SqueezeNet11(resolution=224)", "EfficientNetB0(resolution=192)"]) {
      const { profile, graph } = priced(text, call);
      const latency = latencyOf(kernelsOf(deployed(graph), { precision: "float32", fused: fusedActivations(profile.kernels) }), profile)!;
      expect(Math.abs(latency.seconds / plantedSeconds(graph) - 1), call).toBeLessThan(0.03);
      expect(latency.extrapolated).toBeUndefined();
    }
  });

  test("the profile says how it was made and how far it is off", () => {
    const { profile } = priced(fileOf(found), "MobileNetV2(resolution=96)");
    expect(profile).toMatchObject({ ...PROFILE, precision: "float32", threads: 1 } satisfies Partial<Profile>);
    expect(profile.costSource).toContain("2026-01-02");
    expect(profile.error!.value).toBeCloseTo(found.error.max, 3);
    expect(profile.error!.source).toContain(HELD_OUT[0]);
    expect(profile.measured.map(({ model }) => model)).toEqual([ANCHOR, ...HELD_OUT]);
    expect(profile.measured.some(({ fitted }) => fitted)).toBe(false);
    expect(profile.measured[0].latency!.value / found.anchor.seconds).toBeCloseTo(1, 3);
    expect(profile.call!.value / found.call.call).toBeCloseTo(1, 3);
  });

  test("caches that help what is repeated change nothing: a round runs every network once", async () => {
    expect(fileOf(await calibratePlanted(0.5))).toBe(fileOf(found));
  }, 60_000);

  test("the same measurements give the same bytes", async () => {
    expect(fileOf(await calibratePlanted())).toBe(fileOf(found));
  }, 60_000);
});

test("benchmarks are networks of the language with names of their own, over the sizes of light networks", () => {
  const all = [...benchmarks(), ...composites()];
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  const graphs = graphsOf(all.map(({ text }) => text).join("\n"));
  expect(graphs.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
  // a law's benchmark consists of kernels of that kind, besides activations inside them
  const fused = fusedActivations("ort_wasm");
  all.forEach(({ law, name }, i) => {
    if (!law) return;
    for (const kernel of kernelsOf(deployed(graphs[i]), { precision: "float32", fused })) {
      expect([name, kernel.of]).toEqual([name, law.of]);
      if (law.op !== undefined) expect([name, kernel.op]).toEqual([name, law.op]);
      if (law.window !== undefined) expect([name, kernel.window, kernel.stride]).toEqual([name, law.window, law.stride]);
    }
  });
});

test("nn-Meter's rule on planted times", () => {
  expect(savedShare(4, 1, 4)).toBeCloseTo(1);
  expect(savedShare(4, 1, 5)).toBeCloseTo(0);
  expect(savedShare(1, 4, 4.4)).toBeCloseTo(0.6);
  expect(savedShare(1, 0, 1)).toBe(0);
});

test("durations have four digits in the unit that suits them", () => {
  expect([0.01307, 0.00008437, 8.437e-11, 1.2e-5, 2, 0, 0.9999e-3, 1e-3].map(duration)).toEqual(["13.07ms", "84.37us", "0.08437ns", "12us", "2s", "0ns", "999.9us", "1ms"]);
});

test("a device is called what its file is called", () => {
  expect(["my-host.lwm", "/tmp/My Laptop.lwm", "a\\b.lwm", "2nd.lwm", "--.lwm"].map(deviceName)).toEqual(["my_host", "my_laptop", "b", "host_2nd", "host"]);
});
