/** `lwmc check`, and the conventions that all commands share: exit codes, streams, operands. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, folder, lwmc } from "./lwmc.ts";

const small = `model Small(width: float in 0.5..2 step 0.5 = 1) {
  input image: [3, 32, 32]
  conv(8, stride=2) -> global_avgpool
  output logits: dense(10)
}
`;

const work = folder({
  "small.lwm": small,
  "broken.lwm": "model Broken {\n  input image: [3, 32, 32]\n  convv(8)\n  output logits: dense(10\n}\n",
  "over.lwm": small.replace("}\n", "  budget { params <= 100 }\n}\n"),
  "uses.lwm": 'import { stem } from "./parts/stem.lwm"\nmodel Uses { input image: [3, 32, 32] stem output logits: dense(2) }\n',
  "parts/stem.lwm": "block stem { conv(4) global_avgpool }\n",
  "lost.lwm": 'import { stem } from "./nowhere.lwm"\nmodel Lost { input image: [3, 8, 8] stem }\n',
  "dir.lwm/keep": "",
  "importsfolder.lwm": 'import { stem } from "./parts"\nmodel F { input image: [3, 8, 8] stem }\n',
  "bom.lwm": `\ufeff${small}`,
  "empty.lwm": "",
  "binary.lwm": new Uint8Array([0x6d, 0x00, 0xff, 0x80]),
  "latin.lwm": new Uint8Array([0x2f, 0x2f, 0xe9, 0x0a]),
  "utf16.lwm": new Uint8Array([0xff, 0xfe, 0x6d, 0x00]),
  "two.lwm": "model One { input x: [1, 4, 4] conv(2) }\nmodel Two { input x: [1, 4, 4] conv(3) }\n",
});
const at = { cwd: work.path };

beforeAll(built, 120_000);
afterAll(work.remove);

describe("what check says", () => {
  test("a sound file: one line a model on stdout, nothing on stderr, 0", () => {
    expect(lwmc(["check", "small.lwm"], at)).toMatchObject({ code: 0, err: "", out: "Small: 5 layers, no problems\n" });
  });

  test("a library model by name, with arguments", () => {
    expect(lwmc(["check", "MobileNetV2", "SqueezeNet11(resolution=96)"]).out).toMatch(/^MobileNetV2: \d+ layers, no problems\nSqueezeNet11: \d+ layers, no problems\n$/);
  });

  test("the same budget, kept", () => {
    expect(lwmc(["check", "-"], { stdin: small.replace("}\n", "  budget { params <= 322, macs <= 55_376, activations <= 20KiB }\n}\n") })).toMatchObject({ code: 0, out: "Small: 5 layers, within its budget\n" });
  });

  test("errors on stderr with their places, nothing on stdout, 1", () => {
    const { code, out, err } = lwmc(["check", "broken.lwm"], at);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("broken.lwm:3:3");
    expect(err).toContain("did you mean `conv`?");
    expect(err).not.toContain("\u001b[");
  });

  test("FORCE_COLOR colours, NO_COLOR does not", () => {
    expect(lwmc(["check", "broken.lwm"], { ...at, env: { FORCE_COLOR: "1" } }).err).toContain("\u001b[");
    expect(lwmc(["check", "broken.lwm"], { ...at, env: { FORCE_COLOR: "1", NO_COLOR: "1" } }).err).not.toContain("\u001b[");
  });

  test("a model over its budget does not pass", () => {
    const { code, err } = lwmc(["check", "over.lwm"], at);
    expect(code).toBe(1);
    expect(err).toContain("budget-exceeded");
    expect(err).toContain("222 too many");
  });

  test("JSON: schema 1, places from 1", () => {
    const { code, out, err } = lwmc(["check", "broken.lwm", "--json"], at);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    const data = JSON.parse(out);
    expect(data).toMatchObject({ schema: 1, ok: false });
    expect(data.diagnostics[0]).toMatchObject({ severity: "error", file: "broken.lwm", line: 3, column: 3 });
  });
});

describe("operands", () => {
  test("one model of a file, and one with arguments", () => {
    expect(lwmc(["check", "two.lwm#Two"], at).out).toMatch(/^Two: [^\n]*\n$/);
    expect(lwmc(["check", "small.lwm#Small(width=0.5)"], at).code).toBe(0);
  });

  test("an argument outside its range is shown on the command line's own text", () => {
    const { code, err } = lwmc(["check", "small.lwm#Small(width=9)"], at);
    expect(code).toBe(1);
    expect(err).toContain("Small(width=9)");
  });

  test("arguments that do not parse", () => {
    const { code, err } = lwmc(["check", "small.lwm#Small(width=)"], at);
    expect(code).toBe(1);
    expect(err).toContain("Small(width=)");
  });

  test("another input size", () => {
    expect(JSON.parse(lwmc(["check", "MobileNetV2", "--input", "image=3x96x96", "--json"]).out).models[0].macs).toBe(56289152);
    const { code, err } = lwmc(["check", "MobileNetV2", "--input", "image=big"]);
    expect(code).toBe(2);
    expect(err).toBe("lwmc: `--input image=big` is not of the form `name=3x224x224` (channels, height, width)\n");
  });

  test("stdin", () => {
    expect(lwmc(["check", "-"], { ...at, stdin: small })).toMatchObject({ code: 0, err: "" });
    expect(lwmc(["check", "-"], { ...at, stdin: "model" }).err).toContain("<stdin>:1:");
    expect(lwmc(["check", "-"], { ...at, stdin: 'import { stem } from "./parts/stem.lwm"\nmodel M { input x: [1, 8, 8] stem }' }).code).toBe(0);
  });

  test("imports, a byte order mark, an empty file", () => {
    expect(lwmc(["check", "uses.lwm", "bom.lwm", "empty.lwm"], at)).toMatchObject({ code: 0, err: "", out: expect.stringMatching(/empty\.lwm: no model to compile as it stands, no problems\n$/) });
  });

  test.each([
    ["nothing.lwm", "there is no file `nothing.lwm`"],
    ["dir.lwm", "cannot read `dir.lwm`: it is a folder"],
    ["binary.lwm", "cannot read `binary.lwm`: it is no text"],
    ["latin.lwm", "cannot read `latin.lwm`: it is not in UTF-8"],
    ["utf16.lwm", "cannot read `utf16.lwm`: it is in UTF-16; save it in UTF-8"],
    ["lost.lwm", "nowhere.lwm"],
    ["importsfolder.lwm", "cannot read `parts`: it is a folder"],
    ["MobileNetV22", "did you mean `MobileNetV2`?"],
    ["two.lwm#Tvo", "did you mean `Two`?"],
  ])("%s is refused in words", (operand, words) => {
    const { code, out, err } = lwmc(["check", operand], at);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(words);
    expect(err).not.toMatch(/\bat .*:\d+:\d+\)/);
  });
});

describe("usage", () => {
  test("help and version on stdout", () => {
    expect(lwmc(["--help"])).toMatchObject({ code: 0, err: "" });
    expect(lwmc(["help", "compile"]).out).toContain("--weights-as");
    expect(lwmc(["help", "weights", "bind"]).out).toContain("the safetensors file to write");
    expect(lwmc(["check", "--help"])).toMatchObject({ code: 0, err: "" });
    expect(lwmc(["--version"]).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [["chekc", "x"], "unknown command 'chekc'\n(Did you mean check?)"],
    [["summary", "MobileNetV2", "--jsno"], "unknown option '--jsno'\n(Did you mean --json?)"],
    [["compile", "MobileNetV2", "--target", "onx", "-o", "x"], "unknown target `onx`; did you mean `onnx`?"],
    [["compile", "MobileNetV2", "-o", "x"], "--target"],
    [["check"], "missing required argument"],
    [["summary", "MobileNetV2", "--by", "row"], "layer, block, stage, model"],
    [["run", "MobileNetV2"], "run needs one of --image and --tensor"],
    [["run", "MobileNetV2", "--image", "x.png", "--seed", "1.5"], "`1.5` is not a whole number"],
    [["fmt"], "fmt needs a file"],
    [["run", "MobileNetV2", "--image", "x.png", "--top", "0"], "`0` is too few"],
    [["check", "small.lwm", "--input", "picture=3x64x64"], "`small.lwm` has no input `picture`; there is `image`"],
    [["check", "MobileNetV2", "--target", "none.lwm#board"], "there is no file `none.lwm`"],
    [[], "Usage: lwmc"],
  ])("lwmc %j is wrong usage", (args, words) => {
    const { code, out, err } = lwmc(args, at);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(words);
  });
});
