/** Every other command, on small files. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { encode } from "jpeg-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, plan, toBytes } from "../../src/backends/weights/safetensors.ts";
import { built, folder, lwmc, startLwmc } from "./lwmc.ts";

const tiny = `model Tiny {
  input image(order=rgb, mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5]): [3, 8, 8]
  conv(4, stride=2) -> global_avgpool
  output logits: dense(3)
}
`;

const work = folder({ "tiny.lwm": tiny, "ugly.lwm": "model   Ugly{input x:[1,4,4] conv( 2 )}", "bad.lwm": "model {", "two.lwm": `${tiny}${tiny.replace("Tiny", "Other")}` });
const at = { cwd: work.path };
const path = (...parts: readonly string[]): string => join(work.path, ...parts);

beforeAll(built, 120_000);
afterAll(work.remove);

describe("summary", () => {
  test("JSON, schema 1", () => {
    const { models } = JSON.parse(lwmc(["summary", "MobileNetV2", "--json"]).out);
    expect(models[0]).toMatchObject({
      name: "MobileNetV2",
      reading: "torchvision",
      inputs: [{ name: "image", shape: [3, 224, 224], dtype: "float32" }],
      outputs: [{ name: "logits", shape: [1000] }],
      params: 3504872,
      buffers: 34112,
      macs: 300774272,
      flops: 614612552,
      weights: 13951264,
      activations: 6021120,
      activations_by: { onnx: 6021120, tfjs: 6021120 },
    });
    expect(models[0].layers[0]).toMatchObject({ op: "conv2d", input: [[3, 224, 224]], output: [32, 112, 112], params: 864, macs: 10838016 });
    expect(models[0].layers[0].at).toMatch(/mobilenet_v2\.lwm:\d+:\d+$/);
  });

  test("every sum is the same, however it is grouped", () => {
    const macs = (by: string): number =>
      lwmc(["summary", "MobileNetV3Small", "--csv", "--by", by]).out.trimEnd().split("\n").slice(1).reduce((sum, row) => sum + Number(row.split(",").at(-3)), 0);
    expect(["layer", "block", "stage", "model"].map(macs)).toEqual([56510400, 56510400, 56510400, 56510400]);
  });

  test("the table ends with the totals", () => {
    const { code, out } = lwmc(["summary", "tiny.lwm", "--by", "stage"], at);
    expect(code).toBe(0);
    expect(out).toMatch(/params +131 /);
  });

  test("conventions", () => {
    expect(lwmc(["summary", "MobileNetV2", "--conventions"]).out).toContain("314,130,496");
    expect(lwmc(["summary", "MobileNetV2", "--conventions", "--csv"]).out).toContain("\nMobileNetV2,fvcore,,,314130496\n");
    const { models } = JSON.parse(lwmc(["summary", "MobileNetV2", "--conventions", "--json"]).out);
    expect(models[0].conventions.find(({ name }: { name: string }) => name === "thop").macs).toBe(327486720);
  });

  test("a reader that goes away is no fault", () => {
    const started = startLwmc(["summary", "EfficientNetB7"], work.path);
    let said = "";
    started.stderr!.on("data", (text) => (said += text));
    started.stdout!.destroy();
    return new Promise<void>((resolve) =>
      started.on("close", () => {
        expect(said).toBe("");
        resolve();
      }),
    );
  });
});

describe("compile", () => {
  test("an interrupt leaves nothing behind", async () => {
    const started = startLwmc(["compile", "EfficientNetB5", "--target", "onnx", "-o", "interrupted"], work.path);
    const done = new Promise<number | null>((resolve) => started.on("close", resolve));
    // The folder is made when the first file is begun, and 122 MB are on their way.
    while (!existsSync(path("interrupted")) && started.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
    started.kill("SIGINT");
    expect(await done).toBe(130);
    expect(existsSync(path("interrupted"))).toBe(false);
  });

  test("both backends, a folder each, the same bytes every time", () => {
    const files = (to: string): readonly (readonly [string, string])[] => {
      const { code, out } = lwmc(["compile", "tiny.lwm", "--target", "onnx", "tfjs", "--seed", "3", "-o", to], at);
      expect(code).toBe(0);
      expect(out).toContain(join(to, "onnx", "Tiny.onnx"));
      return readdirSync(path(to), { recursive: true, encoding: "utf8" })
        .sort()
        .filter((name) => statSync(path(to, name)).isFile())
        .map((name) => [name, readFileSync(path(to, name), "latin1")]);
    };
    expect(files("first")).toEqual(files("second"));
  });

  test("lists files, and writes nothing on a dry run", () => {
    const { code, out } = lwmc(["compile", "tiny.lwm", "--target", "onnx", "-o", "dry", "--dry-run", "--list-files"], at);
    expect({ code, out: out.split("\n")[0] }).toEqual({ code: 0, out: join("dry", "Tiny.onnx") });
    expect(existsSync(path("dry"))).toBe(false);
  });

  test("nothing is written where one file cannot be", () => {
    mkdirSync(path("blocked", "Tiny.ts"), { recursive: true });
    const { code, err } = lwmc(["compile", "tiny.lwm", "--target", "onnx", "-o", "blocked"], at);
    expect(code).toBe(1);
    expect(err).toContain("it is a folder; nothing was written");
    expect(readdirSync(path("blocked"))).toEqual(["Tiny.ts"]);
  });

  test("a file in the place of the folder", () => {
    const { code, err } = lwmc(["compile", "tiny.lwm", "--target", "onnx", "-o", "tiny.lwm"], at);
    expect(code).toBe(1);
    expect(err).toContain("cannot write");
  });

  test("weights for several models need a choice", () => {
    expect(lwmc(["compile", "two.lwm", "--target", "onnx", "-o", "x", "--weights", "w.safetensors"], at)).toMatchObject({ code: 2 });
    expect(lwmc(["compile", "two.lwm", "--target", "onnx", "-o", "both"], at).code).toBe(0);
    expect(existsSync(path("both", "Other.onnx"))).toBe(true);
  });

  test("a checkpoint that is absent, or none", () => {
    expect(lwmc(["compile", "tiny.lwm", "--target", "onnx", "-o", "x", "--weights", "none.safetensors"], at)).toMatchObject({ code: 1, out: "" });
    expect(lwmc(["compile", "tiny.lwm", "--target", "onnx", "-o", "x", "--weights", "tiny.lwm"], at)).toMatchObject({ code: 1, out: "" });
    expect(existsSync(path("x"))).toBe(false);
  });
});

describe("weights", () => {
  const names: Readonly<Record<string, readonly number[]>> = { "a.weight": [2, 3], "b\u001b[31m": [1] };

  test("inspect lists tensors with their ranges, and lets no name act on the terminal", () => {
    const planned = plan(Object.entries(names).map(([name, shape]) => ({ name, dtype: "F32" as const, shape })));
    writeFileSync(path("some.safetensors"), toBytes(planned, (name) => bytesOf(name === "a.weight" ? new Float32Array([1, 2, 3, 4, 5, -6]) : new Float32Array([0.5]))));
    const { code, out } = lwmc(["weights", "inspect", "some.safetensors"], at);
    expect(code).toBe(0);
    expect(out).toMatch(/a\.weight +F32 +2×3 +-6 +5 +1\.5/);
    expect(out).not.toContain("\u001b");
    expect(JSON.parse(lwmc(["weights", "inspect", "some.safetensors", "--json"], at).out).tensors).toHaveLength(2);
    expect(lwmc(["weights", "inspect", "tiny.lwm"], at).code).toBe(1);
  });
});

describe("weights bind", () => {
  test("writes a checkpoint under our own names, which is then taken as it is", () => {
    expect(lwmc(["compile", "tiny.lwm", "--target", "tfjs", "--seed", "2", "-o", "trained"], at).code).toBe(0);
    const bound = lwmc(["weights", "bind", "tiny.lwm", "trained/Tiny.safetensors", "-o", "bound.safetensors"], at);
    expect(bound).toMatchObject({ code: 0, err: "bound: 7 as they are\n" });
    expect(lwmc(["compile", "tiny.lwm", "--target", "tfjs", "--weights", "bound.safetensors", "-o", "again"], at).code).toBe(0);
    expect(readFileSync(path("again", "Tiny.bin"))).toEqual(readFileSync(path("trained", "Tiny.bin")));
  });

  test("weights of another network are refused, and nothing is written", () => {
    const { code, out, err } = lwmc(["weights", "bind", "SqueezeNet11", "trained/Tiny.safetensors", "-o", "wrong.safetensors"], at);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("features.stem.conv2d.weight");
    expect(existsSync(path("wrong.safetensors"))).toBe(false);
  });
});

describe("run", () => {
  const picture = (width: number, height: number): PNG => {
    const png = new PNG({ width, height });
    for (let i = 0; i < width * height; i++) png.data.set([(i * 7) % 256, (i * 3) % 256, i % 256, 255], 4 * i);
    return png;
  };

  beforeAll(() => {
    writeFileSync(path("exact.png"), PNG.sync.write(picture(8, 8)));
    writeFileSync(path("large.png"), PNG.sync.write(picture(50, 30)));
    const { width, height, data } = picture(8, 8);
    writeFileSync(path("photo.jpg"), encode({ width, height, data }, 90).data);
    writeFileSync(path("cut.png"), readFileSync(path("large.png")).subarray(0, 100));
  });

  test.each(["exact.png", "large.png", "photo.jpg"])("%s gives the same answer in both runtimes", (image) => {
    const top = (runtime: string): readonly { readonly score: number }[] => JSON.parse(lwmc(["run", "tiny.lwm", "--seed", "5", "--image", image, "--runtime", runtime, "--json"], at).out).outputs[0].top;
    const [onnx, tfjs] = [top("onnx"), top("tfjs")];
    expect(onnx).toHaveLength(3);
    onnx.forEach(({ score }, i) => expect(tfjs[i].score).toBeCloseTo(score, 4));
  }, 60_000);

  test("pictures that cannot be had", () => {
    expect(lwmc(["run", "tiny.lwm", "--image", "none.png"], at)).toMatchObject({ code: 1, err: "lwmc: cannot read the picture `none.png`: it does not exist\n" });
    expect(lwmc(["run", "tiny.lwm", "--image", "tiny.lwm"], at)).toMatchObject({ code: 1, err: "lwmc: `tiny.lwm` is neither a PNG nor a JPEG\n" });
    expect(lwmc(["run", "tiny.lwm", "--image", "cut.png"], at)).toMatchObject({ code: 1 });
  });
});

describe("what other programs read", () => {
  const json = (...args: string[]) => {
    const { code, out } = lwmc([...args, "--json"], at);
    return { code, ...JSON.parse(out) };
  };

  test("compile: which files, of how many bytes", () => {
    const { files, ...rest } = json("compile", "tiny.lwm", "--target", "onnx", "-o", "listed");
    expect(rest).toEqual({ code: 0, schema: 1, models: ["Tiny"], made: [{ model: "Tiny", backend: "onnx", precision: "float32", weightsAs: "float32" }], weights: "random weights, seed 0", written: true });
    expect(files.map(({ path }: { path: string }) => path)).toEqual([join("listed", "Tiny.onnx"), join("listed", "Tiny.ts")]);
    for (const { path: file, bytes } of files) expect(readFileSync(path(file)).length).toBe(bytes);
  });

  test("fmt: what was changed, and what cannot be read", () => {
    writeFileSync(path("loose.lwm"), "let  x=1\n");
    writeFileSync(path("broken.lwm"), "let x = f(a b)\n");
    const { diagnostics, ...rest } = json("fmt", "loose.lwm", "broken.lwm", "--check");
    expect(rest).toEqual({ code: 1, schema: 1, ok: false, written: false, changed: ["loose.lwm"] });
    expect(diagnostics.map(({ code }: { code: string }) => code)).toEqual(["missing-comma"]);
    expect(json("fmt", "loose.lwm")).toEqual({ code: 0, schema: 1, ok: true, written: true, changed: ["loose.lwm"], diagnostics: [] });
    expect(readFileSync(path("loose.lwm"), "utf8")).toBe("let x = 1\n");
  });

  test("explain: each meaning of a word, or all words", () => {
    expect(json("explain", "macs")).toMatchObject({ code: 0, schema: 1, word: "macs", meanings: [{ kind: "word" }] });
    expect(json("explain").words.Operators).toContain("conv2d");
  });

  test("weights that cannot be read are said once", () => {
    expect(lwmc(["run", "tiny.lwm", "--weights", "none.safetensors", "--image", "exact.png"], at).err).toBe("error[unreadable-weights-file]: cannot read none.safetensors: it does not exist\n  --> none.safetensors\n\n1 error\n");
  });
});

describe("verify", () => {
  test("the backends agree", () => {
    const { code, out } = lwmc(["verify", "tiny.lwm"], at);
    expect(code).toBe(0);
    expect(out).toContain("the backends agree");
  }, 60_000);
});

describe("fmt", () => {
  test("names what would change, changes it, and then has nothing to do", () => {
    expect(lwmc(["fmt", "--check", "ugly.lwm", "tiny.lwm"], at)).toMatchObject({ code: 1, out: "ugly.lwm\n" });
    symlinkSync(path("ugly.lwm"), path("link.lwm"));
    expect(lwmc(["fmt", "link.lwm"], at)).toMatchObject({ code: 0, out: "link.lwm\n" });
    expect(lwmc(["fmt", "--check", "ugly.lwm", "link.lwm"], at)).toMatchObject({ code: 0, out: "" });
    rmSync(path("link.lwm"));
  });

  test("stdin to stdout, as editors do it", () => {
    expect(lwmc(["fmt", "-"], { ...at, stdin: tiny })).toMatchObject({ code: 0, out: tiny });
    expect(lwmc(["fmt", "--stdin-filepath", "src/net.lwm"], { ...at, stdin: "model {" })).toMatchObject({ code: 1, out: "" });
    expect(lwmc(["fmt", "--stdin-filepath", "src/net.lwm"], { ...at, stdin: "model {" }).err).toContain("src/net.lwm:1:");
    expect(lwmc(["fmt", "--stdin-filepath", "x.lwm", "--check"], at).code).toBe(2);
  });

  test("a file with syntax errors stays as it is", () => {
    expect(lwmc(["fmt", "bad.lwm"], at)).toMatchObject({ code: 1, out: "" });
    expect(readFileSync(path("bad.lwm"), "utf8")).toBe("model {");
  });
});

describe("explain and devices", () => {
  test.each(["conv2d", "mbconv", "MobileNetV2", "shape-mismatch", "activations", "keras", "divisible"])("%s", (word) => {
    const { code, out, err } = lwmc(["explain", word]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.length).toBeGreaterThan(40);
  });

  test("a word that nothing is called", () => {
    expect(lwmc(["explain", "mbconf"])).toMatchObject({ code: 1, out: "" });
    expect(lwmc(["explain", "mbconf"]).err).toContain("did you mean `mbconv`?");
  });

  test("all words", () => {
    expect(lwmc(["explain"]).out).toContain("Diagnostics");
    for (const word of ["half_range", "table", "padding"]) expect(lwmc(["explain"]).out).toContain(word);
    expect(lwmc(["explain", "relu"]).out).toContain("max(x, 0). An operator");
  });
});
