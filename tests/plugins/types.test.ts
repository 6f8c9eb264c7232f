/** Declarations as TypeScript sees them: what is right passes, what is wrong is an error, and a name leads into the `.lwm` file. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, lwmc, startLwmc } from "../cli/lwmc.ts";
import { compilers, emptyProject, root, typeErrors, type Project } from "./project.ts";

const net = `/// Two inputs of one shape.
model Pair {
  input left: [3, 8, 8]
  input right(mean=[1, 2, 3]): [3, 8, 8]
  joined: concat(left, right)
  output joined_out: joined
  output ten: global_avgpool -> dense(10)
}

model Tiny {
  input image(mean=[127.5, 127.5, 127.5]): [3, 16, 16]
  conv(8, stride=2)
  output logits(labels="cifar10"): global_avgpool -> dense(10)
}
`;

const tsconfig = (options: object = {}): string =>
  JSON.stringify({ compilerOptions: { strict: true, target: "es2022", module: "esnext", moduleResolution: "bundler", allowArbitraryExtensions: true, noEmit: true, types: [], lib: ["es2022", "dom"], ...options }, files: ["use.ts"] });

/** Each line that is marked must be an error, and no other. */
const use = `import { Pair, Tiny } from "./net.lwm";
import { Tiny as Onnx } from "./net.lwm?onnx";
type Shaped<S extends readonly number[]> = { readonly shape: S; readonly dtype: string; dispose(): void };
declare const picture: Shaped<[1, 16, 16, 3]>;
declare const any4: Shaped<[number, number, number, number]>;
declare const any3: Shaped<[number, number, number]>;
declare const small: Shaped<[1, 8, 8, 3]>;
const params: PARAMS = Tiny.costs.params;
const network = await Tiny.load();
const { logits } = network.predict(picture);
network.predict(any4);
const ten: 10 = logits.shape[1];
const cat: "cat" = Tiny.classes[3];
const name: Tiny.ClassName = "frog";
const values: number[][] = await logits.array();
const pair: Pair.Outputs = Pair.loadInference(new Uint8Array()).predict({ left: small, right: any4 });
const order: readonly [8, 8, 6] = Pair.outputs.joined_out.shape;
const results = await (await Onnx.load()).run({ image: new Float32Array(768) });
const planes: readonly [3, 16, 16] = Onnx.inputs.image.shape;
console.log(params, ten, cat, name, values, pair.ten, order, results.logits, planes, Tiny.createModel({ seed: 1 }).name);
network.predict(small); // wrong: shape
network.predict(any3); // wrong: rank
network.predict(picture).logit; // wrong: output
Pair.loadInference(new Uint8Array()).predict({ left: small, write: small }); // wrong: input
Pair.loadInference(new Uint8Array()).predict({ left: small, right: picture }); // wrong: shape of the second
Tiny.inputs.picture; // wrong: input
const wide: readonly [16, 16, 1] = Tiny.inputs.image.shape; // wrong: channels
const dog: Tiny.ClassName = "wolf"; // wrong: class
await (await Onnx.load()).run({ picture: new Float32Array(768) }); // wrong: onnx input
results.logit; // wrong: onnx output
`;

interface Place {
  readonly line: number;
  readonly offset: number;
}

/** Where TypeScript's server, which editors ask, finds the definitions of what stands in `use.ts`. */
async function definitions(folder: string, text: string, places: readonly Place[]): Promise<readonly { readonly file: string; readonly start: Place }[]> {
  const file = join(folder, "use.ts");
  const server = spawn(process.execPath, [join(root, "node_modules/typescript6/lib/tsserver.js"), "--disableAutomaticTypingAcquisition"], { stdio: ["pipe", "pipe", "ignore"] });
  try {
    let answers = "";
    server.stdout.setEncoding("utf8");
    const request = (command: string, args: object, seq: number): void => void server.stdin.write(`${JSON.stringify({ seq, type: "request", command, arguments: args })}\n`);
    request("open", { file, fileContent: text }, 1);
    places.forEach((place, i) => request("definitionAndBoundSpan", { file, ...place }, i + 2));
    const results: { readonly request_seq: number; readonly body: { readonly definitions: readonly { readonly file: string; readonly start: Place }[] } }[] = [];
    for await (const piece of server.stdout) {
      answers += piece;
      results.length = 0;
      for (const line of answers.split("\n")) {
        if (!line.startsWith("{") || !line.trimEnd().endsWith("}")) continue;
        const message = JSON.parse(line);
        if (message.type === "response" && message.command === "definitionAndBoundSpan") results.push(message);
      }
      if (results.length === places.length) break;
    }
    return results.sort((a, b) => a.request_seq - b.request_seq).map(({ body }) => body.definitions[0]);
  } finally {
    server.kill();
  }
}

describe("lwmc types", () => {
  let project: Project;
  let text: string;
  beforeAll(async () => {
    await built();
    project = emptyProject("types", { "net.lwm": net, "tsconfig.json": tsconfig() });
    const { code, out } = lwmc(["types", "net.lwm"], { cwd: project.path });
    expect([code, out]).toEqual([0, "net.d.lwm.ts\nnet.d.lwm.ts.map\nnet.d.lwm?onnx.ts\nnet.d.lwm?onnx.ts.map\n"]);
    const [{ params }] = JSON.parse(lwmc(["summary", "net.lwm#Tiny", "--json"], { cwd: project.path }).out).models;
    text = use.replace("PARAMS", String(params));
    writeFileSync(join(project.path, "use.ts"), text);
  });
  afterAll(() => project.remove());

  test.each(compilers)("%s accepts what fits and refuses what does not, without skipLibCheck", async (compiler) => {
    const wrong = text.split("\n").flatMap((line, i) => (line.includes("// wrong") ? [i + 1] : []));
    const found = (await typeErrors(project, compiler)).match(/^use\.ts\(\d+/gm)!.map((place) => Number(place.slice("use.ts(".length)));
    expect([...new Set(found)]).toEqual(wrong);
  });

  test.each(compilers)("%s says which flag is missing, since no wildcard hides it", async (compiler) => {
    writeFileSync(join(project.path, "tsconfig.json"), tsconfig({ allowArbitraryExtensions: false }));
    try {
      expect(await typeErrors(project, compiler)).toMatch(/TS6263.*net\.d\.lwm\.ts.*allowArbitraryExtensions/);
    } finally {
      writeFileSync(join(project.path, "tsconfig.json"), tsconfig());
    }
  });

  test("with lwm/tfjs, tensors and models are those of TensorFlow.js", async () => {
    const own = emptyProject("types-tfjs", { "net.lwm": net, "tsconfig.json": tsconfig({ skipLibCheck: true }) });
    try {
      lwmc(["types", ".", "--onnx", "dot"], { cwd: own.path });
      lwmc(["compile", "net.lwm#Tiny", "--target", "tfjs", "-o", "tfjs"], { cwd: own.path });
      lwmc(["compile", "net.lwm#Tiny", "--target", "onnx", "-o", "onnx"], { cwd: own.path });
      writeFileSync(
        join(own.path, "use.ts"),
        `import type {} from "lwm/tfjs";
import type {} from "lwm/onnxruntime";
import * as tf from "@tensorflow/tfjs";
import { Tiny } from "./net.lwm";
import { Tiny as Onnx } from "./net.onnx.lwm";
import * as real from "./tfjs/Tiny";
import * as realOnnx from "./onnx/Tiny";
const logits: tf.Tensor2D = (await Tiny.load()).predict(tf.zeros([1, 16, 16, 3]) as tf.Tensor4D).logits;
const model: tf.LayersModel = Tiny.createModel();
console.log(tf.argMax(logits, -1), model);
// what is declared is what the modules have: the same facts, and functions of the same parameters
const facts: Pick<typeof Tiny, "costs" | "outputs" | "classes"> = real;
const size: typeof Tiny.inputs.image.shape = real.inputs.image.shape;
const create: typeof Tiny.createModel = real.createModel;
const read: typeof Tiny.loadWeights = real.loadWeights;
const saved: typeof Tiny.saveWeights = real.saveWeights;
const infer: (weights: Uint8Array) => { classify: Tiny.Inference["classify"]; dispose: Tiny.Inference["dispose"] } = real.loadInference;
const onnxFacts: Pick<typeof Onnx, "name" | "costs" | "inputs" | "outputs" | "classes"> = realOnnx;
const open: typeof Onnx.open = realOnnx.open as (model: string | URL | ArrayBuffer | Uint8Array, runtime?: never, options?: never) => Promise<realOnnx.Network> as never;
const run: Onnx.Network["run"] = (null! as realOnnx.Network).run;
const session: realOnnx.Network["session"] = (null! as Onnx.Network).session;
console.log(facts, size, create, read, saved, infer, onnxFacts, open, run, session);
`,
      );
      for (const compiler of compilers) expect(await typeErrors(own, compiler)).toBe("");
    } finally {
      own.remove();
    }
  });

  test("going to a definition lands in the .lwm file", async () => {
    const places = ["Tiny.costs", "Pair.Outputs", "inputs.image.shape", "outputs.joined_out"].map((word) => {
      const at = text.indexOf(word) + (word.startsWith("inputs.") || word.startsWith("outputs.") ? word.indexOf(".") + 1 : 0);
      const lines = text.slice(0, at).split("\n");
      return { line: lines.length, offset: lines.at(-1)!.length + 1 };
    });
    const found = await definitions(project.path, text, places);
    const lines = net.split("\n");
    expect(found.map(({ file, start }) => [file.replace(/^.*\//, ""), lines[start.line - 1].slice(start.offset - 1)])).toEqual([
      ["net.lwm", "Tiny {"],
      ["net.lwm", "Pair {"],
      ["net.lwm", "image(mean=[127.5, 127.5, 127.5]): [3, 16, 16]"],
      ["net.lwm", "joined_out: joined"],
    ]);
  });

  test("--check names what is stale", () => {
    expect(lwmc(["types", ".", "--check"], { cwd: project.path })).toMatchObject({ code: 0, out: "" });
    const file = join(project.path, "net.d.lwm.ts");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, before.replace("readonly params: ", "readonly params: 1"));
    expect(lwmc(["types", ".", "--check"], { cwd: project.path })).toMatchObject({ code: 1, out: "net.d.lwm.ts\n" });
    expect(lwmc(["types", "."], { cwd: project.path }).code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("a budget that is exceeded leaves the types alone; a mistake leaves the files alone", () => {
    const own = emptyProject("types-wrong", { "net.lwm": net.replace("  joined:", "  budget { params <= 1 }\n  joined:") });
    try {
      expect(lwmc(["types", "net.lwm"], { cwd: own.path }).code).toBe(0);
      const before = readFileSync(join(own.path, "net.d.lwm.ts"), "utf8");
      writeFileSync(join(own.path, "net.lwm"), net.replace("concat", "concatt"));
      const { code, err } = lwmc(["types", "net.lwm"], { cwd: own.path });
      expect(code).toBe(1);
      expect(err).toContain("concatt");
      expect(readFileSync(join(own.path, "net.d.lwm.ts"), "utf8")).toBe(before);
    } finally {
      own.remove();
    }
  });

  test.each([
    ["types", ["types", "net.lwm", "--watch"], "net.d.lwm.ts"],
    ["compile", ["compile", "net.lwm", "--target", "onnx", "-o", "out", "--watch"], "out/Net.onnx"],
  ])("%s --watch outlives broken files, from its first run on", { timeout: 60_000 }, async (_, args, made) => {
    const own = emptyProject("watch", {});
    const child = startLwmc(args, own.path);
    let said = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stdout!.resume();
    const until = async (what: string, met: () => boolean): Promise<void> => {
      for (let i = 0; i < 300 && !met(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
      if (!met()) throw new Error(`${what}\n${said}`);
    };
    const waits = async (): Promise<void> => {
      await until("it waits", () => /watching .*\n$/.test(said));
      said = "";
    };
    const path = join(own.path, made);
    const text = "model Net {\n  input x: [1, 8, 8]\n  conv(4)\n  output y: flatten\n}\n";
    const saved = (content: string): void => {
      writeFileSync(join(own.path, "net.lwm.new"), content);
      renameSync(join(own.path, "net.lwm.new"), join(own.path, "net.lwm"));
    };
    try {
      await waits();
      writeFileSync(join(own.path, "net.lwm"), "model Net {");
      await waits();
      expect(existsSync(path)).toBe(false);
      saved(text);
      await until("it is made", () => existsSync(path));
      await waits();
      const first = readFileSync(path, "utf8");
      saved(text.replace("conv(4)", "conv(4"));
      await until("it says what is wrong", () => said.includes("error["));
      await waits();
      expect(readFileSync(path, "utf8")).toBe(first);
      saved(text.replace("conv(4)", "conv(5)"));
      await until("it is made anew", () => readFileSync(path, "utf8") !== first);
      expect(child.exitCode).toBe(null);
    } finally {
      child.kill();
      own.remove();
    }
  });
});
