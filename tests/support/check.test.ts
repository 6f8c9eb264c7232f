/** What `check` says of a target's operators, and the model written for integers. */
import { describe, expect, test } from "vitest";
import type { Diagnostic, TextEdit } from "../../src/compiler/diagnostics/diagnostic.ts";
import { checkSupport } from "../../src/compiler/devices/support/check.ts";
import { supportOf } from "../../src/compiler/devices/support/support.ts";
import type { KernelSet } from "../../src/compiler/devices/device.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { compileText, network } from "../library/network.ts";

const device = (kernels: KernelSet, precision = "int8") => `let board = device("Board", family=mcu, profiles=[profile(runtime="R", precision=${precision}, kernels=${kernels})])\n`;

async function found(text: string): Promise<readonly Diagnostic[]> {
  return (await compileText(text)).diagnostics;
}

const codes = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ code, message }) => `${code}: ${message}`);

describe("check on a target", () => {
  test("a layer that falls back is told at its line, once for all its repetitions, with the way out", async () => {
    const text = `${device("edge_tpu")}model M {\n  input x: [3, 32, 32]\n  conv(8) -> hardswish\n  mbconv(8, act=relu6, se=0) * 4\n  conv(8, act=elu) * 3\n  target board\n}`;
    const all = (await found(text)).filter(({ code }) => code === "operator-fallback");
    expect(codes(all)).toEqual([
      "operator-fallback: `hardswish` runs elsewhere than meant on `board(precision=int8)`: HARD_SWISH is not in the Edge TPU compiler's table",
      "operator-fallback: `elu` runs elsewhere than meant on `board(precision=int8)`: ELU is not in the Edge TPU compiler's table",
    ]);
    expect(text.slice(all[0].span.start, all[0].span.end)).toBe("hardswish");
    expect(text.slice(all[1].span.start, all[1].span.end)).toBe("conv(8, act=elu)");
    expect(all[1].notes[0].message).toMatch(/^3 layers: /);
    expect(all.map(({ fixes }) => fixes.map(({ title }) => title))).toEqual([["use `relu6`"], ["use `relu6`"]]);
    // The first of them takes all that follows with it.
    expect(all[0].notes[1].message).toMatch(/behind it run on the CPU, 20 of 21 layers with 97 % of the MACs/);
    expect(all[0].notes.at(-1)!.message).toMatch(/Google Coral.*20\d\d-\d\d/);
  });

  test("what a target refuses is an error", async () => {
    const text = `${device("cmsis_nn")}model M { input x: [3, 8, 8] conv2d(8) -> gelu target board }`;
    expect((await found(text)).map(({ code, severity }) => [code, severity])).toEqual([["operator-unsupported", "error"]]);
  });

  test("a precision that the kernels lack is told once, at the target", async () => {
    const text = `${device("tfjs_wasm")}model M { input x: [3, 8, 8] conv2d(8) -> relu -> conv2d(8) -> relu target board }`;
    const [one, ...more] = await found(text);
    expect(more).toEqual([]);
    expect(one.code).toBe("operator-unsupported");
    expect(text.slice(one.span.start, one.span.end)).toContain("board");
  });

  test("what is in a library block is told at the user's line", async () => {
    const text = `${device("cmsis_nn")}model M { input x: [3, 8, 8] conv(8) -> squeeze_excite(4) target board }`;
    const all = (await found(text)).filter(({ code }) => code === "operator-fallback");
    expect(new Set(all.map(({ span }) => text.slice(span.start, span.end)))).toEqual(new Set(["squeeze_excite(4)"]));
    expect(codes(all).join("\n")).toMatch(/`mul`.*one shape only/);
  });

  test("kernels of which nothing is known say nothing", async () => {
    expect(await found(`${device("cmsis_nn").replace(", kernels=cmsis_nn", "")}model M { input x: [3, 8, 8] conv2d(8) -> gelu target board }`)).toEqual([]);
  });

  // MobileNetEdgeTPU and EfficientNet-Lite were made for the Edge TPU; Google's own table has both map wholly.
  test.each(["EfficientNetLite0(reading=keras)", "MobileNetV2(reading=keras)", "MobileNetV1(reading=keras)"])("%s is mapped wholly onto Edge TPU, Ethos-U55 and CMSIS-NN", async (call) => {
    const { model } = await network(call);
    for (const kernels of ["edge_tpu", "vela", "cmsis_nn"] as const) {
      const statuses = deployed(model.graph).nodes.map((node) => supportOf(kernels, "int8", node)).filter(({ status }) => status !== "native");
      expect(statuses.map(({ op, reason }) => `${kernels} ${op}: ${reason}`)).toEqual([]);
    }
  });

  test("PyTorch's padding costs a Pad where the stride is 2 and the side even", async () => {
    const { model } = await network("MobileNetV2");
    const padded = deployed(model.graph).nodes.filter((node) => supportOf("cmsis_nn", "int8", node).status === "decomposed");
    expect(padded.map(({ attrs }) => attrs.stride)).toEqual([[2, 2], [2, 2], [2, 2], [2, 2], [2, 2]]);
  });
});

function edited(text: string, edits: readonly TextEdit[]): string {
  return edits.toReversed().reduce((at, { span, text: added }) => at.slice(0, span.start) + added + at.slice(span.end), text);
}

describe("a model written for integers", () => {
  const integers = 'let board = device("Board", family=mcu, profiles=[profile(runtime="R", precision=int8, costs=[cost(any, mac=2ns)])])\n';
  const written = async (body: string) => {
    const text = integers + body;
    const before = await compileText(text);
    const remark = before.diagnostics.find(({ code }) => code === "fragile-in-integers")!;
    const after = edited(text, remark.fixes[0].edits);
    return { before: before.models.at(-1)!, remark, after, made: await compileText(after) };
  };

  test("beside a hole too, with the value that was found", async () => {
    const { diagnostics, models } = await compileText(`${integers}model M(width: float in 0.5..1 step 0.25) { target board input image: [3, 32, 32] conv(16 * width, act=swish) classifier(2) }\nmodel Mine = M(width=?) { budget { params <= 600 } }\n`);
    expect(models.map(({ found }) => found)).toEqual([[{ name: "width", shown: "1" }]]);
    expect(diagnostics.map(({ code }) => code)).toContain("fragile-in-integers");
  });

  test("by its calls' arguments, defaults, tables and own blocks; the title tells the change", async () => {
    const { before, remark, after, made } = await written(`block mine(out: channels, act: layer = swish) {
  conv(out, act=act)
  squeeze_excite(8)
}
model M {
  input image: [3, 32, 32]
  stem: conv(16, stride=2, act=swish)
  stages: mbconv {
    | out | stride | repeat |
    |  24 |      2 |      2 |
  }
  mine(32) -> mbconv(40, stride=2) -> bneck(48, se=true, act=hardswish)
  output logits: classifier(10)
  target board
}`);
    expect(after.slice(integers.length)).toBe(`block mine(out: channels, act: layer = relu6) {
  conv(out, act=act)
  identity
}
model M {
  input image: [3, 32, 32]
  stem: conv(16, stride=2, act=relu6)
  stages: mbconv(se=0, act=relu6) {
    | out | stride | repeat |
    |  24 |      2 |      2 |
  }
  mine(32) -> mbconv(40, stride=2, se=0, act=relu6) -> bneck(48, se=false, act=relu6)
  output logits: classifier(10)
  target board
}`);
    expect(made.diagnostics).toEqual([]);
    const [{ cost, prices }] = made.models;
    const shown = (n: number) => n.toLocaleString("en");
    expect(remark.fixes[0].title).toContain(`params ${shown(before.cost.params)} → ${shown(cost.params)}, macs ${shown(before.cost.macs)} → ${shown(cost.macs)}`);
    expect(remark.fixes[0].title).toMatch(/latency .* → /);
    expect(prices[0].latency!.value).toBeLessThan(before.prices[0].latency!.value);
    expect(made.models[0].model.graph.nodes.some(({ op }) => /swish|sigmoid/.test(op.name))).toBe(false);
  });

  test("in a table's column, and for a block that stands without parentheses", async () => {
    const { after, made } = await written(`model M {
  input image: [3, 32, 32]
  ghost_bottleneck {
    | exp | out |   se | stride |
    |  16 |  16 |    - |      1 |
    |  48 |  24 | 0.25 |      2 |
  }
  conv(16, act=swish) -> mbconv(16)
  output logits: classifier(10)
  target board
}`);
    expect(after).toContain("|  48 |  24 | 0 |      2 |");
    expect(after).toContain("mbconv(16, se=0, act=relu6)");
    expect(made.diagnostics).toEqual([]);
  });

  test("a network of the library gives way to its sister", async () => {
    const { after, made } = await written("model M = EfficientNetB0(classes=10) { target board }");
    expect(after).toContain("model M = EfficientNetLite0(classes=10)");
    expect(made.diagnostics).toEqual([]);
  });

  test("EfficientNet by its trunk becomes EfficientNet-Lite: the library's own count", async () => {
    const { made } = await written("model M { input image: [3, 224, 224] features: efficientnet() head: conv(1280, kernel=1, act=swish) output logits: classifier(1000, drop=20%) target board }");
    const lite = await network("EfficientNetLite0");
    expect([made.models[0].cost.params, made.models[0].cost.macs]).toEqual([lite.cost.params, lite.cost.macs]);
  });

  test("hard-swish alone is no reason where nothing is known of the kernels, nor for float32", async () => {
    expect(await found(`${integers}model M { input x: [3, 8, 8] conv(8, act=hardswish) target board }`)).toEqual([]);
    expect(await found(`${integers.replace("int8", "float32")}model M { input x: [3, 8, 8] conv(8, act=swish) target board }`)).toEqual([]);
  });
});

describe("a time in which layers run elsewhere", () => {
  const device = 'let board = device("Board", family=accelerator, profiles=[profile(runtime="R", precision=int8, kernels=edge_tpu, costs=[cost(any, mac=2ns)], mix=[share(conv, 0%, 100%), share(activation, 0%, 100%)], error=5%, power=1W)])\n';
  const latency = async (body: string) => (await compileText(`${device}model M { input x: [4, 8, 8] ${body} target board budget { latency <= 1s, energy <= 1J } }`)).diagnostics.filter(({ code }) => code === "budget-uncertain").map(({ notes }) => notes.map(({ message }) => message));

  test("decides no budget silently", async () => {
    expect(await latency("conv(4, act=relu)")).toEqual([]);
    const doubt = "is not certain: `hardswish` in 2 layers runs elsewhere than meant, and what that costs is not known";
    expect(await latency("conv(4, act=hardswish) * 2")).toEqual([[`latency ${doubt}`], [`energy ${doubt}`]]);
  });

  test("a network of the library is told once for each operator and reason", async () => {
    const { model } = await network("MobileNetV3Small");
    const { targets } = (await compileText(`${device}model M { input x: [4, 8, 8] conv(4) target board }`)).models[0].model;
    const all = checkSupport(model.graph, targets[0], () => false, true);
    expect(all.map(({ message }) => message)).toEqual(["`hardswish` runs elsewhere than meant on `board(precision=int8)`: HARD_SWISH is not in the Edge TPU compiler's table"]);
    expect(all[0].notes[0].message).toMatch(/^19 layers: .* and 15 more$/);
  });
});
