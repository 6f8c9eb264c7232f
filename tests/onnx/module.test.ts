/** The TypeScript module beside an ONNX file: it type-checks as a user would have it, opens the file and takes pictures. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fit, pictureTensor } from "../../src/cli/picture.ts";
import { run } from "../reference-ops.ts";
import { network, noise, noisyWeights } from "./networks.ts";
import { emitted } from "./sessions.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lwm-onnx-"));
  mkdirSync(join(folder, "src"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const classifier = network(
  { image: [3, 4, 6] },
  ({ op }, x) => ({ logits: op("dense", [op("global_avgpool", [op("conv2d", [x], { out: 8 })])], { out: 4 }), pooled: op("maxpool", [x], { kernel: [2, 2] }) }),
  { name: "Tiny", input: { order: "bgr", mean: [100, 110, 120], std: [50, 60, 70] } },
);
const labelled = { ...classifier, doc: "A network for tests.\nIts doc ends */ early.", outputs: classifier.outputs.map((output) => (output.name === "logits" ? { ...output, labels: "animals", offset: 1 } : output)) };
const labels = () => ["ant", 'the "bee"', "cat"];
const siamese = network({ a: [5], b: [2, 5] }, ({ op }, a, b) => ({ distance: op("reduce_sum", [op("sub", [b, a])], { axes: [0, 1], keepdims: false }), same: a }), { name: "Siamese" });
const gray = network({ image: [1, 4, 4] }, ({ op }, x) => ({ scores: op("softmax", [op("flatten", [op("avgpool", [x], { kernel: [2, 2] })])]) }), { name: "Gray" });

/** The module as JavaScript, loaded. */
async function load(name: string, text: string): Promise<any> {
  const entry = join(folder, "src", `${name}.ts`);
  writeFileSync(entry, text);
  const outfile = join(folder, `${name}.mjs`);
  await build({ entryPoints: [entry], outfile, bundle: true, format: "esm", platform: "node", external: ["onnxruntime-web"] });
  return import(pathToFileURL(outfile).href);
}

const wasm = () => import("onnxruntime-web");

describe("the module beside an ONNX file", () => {
  test("reads well", async () => {
    const { module } = await emitted(labelled, noisyWeights(labelled), {}, { reading: "keras", labels });
    await expect(module).toMatchFileSnapshot("golden/Tiny.ts.txt");
  });

  test("type-checks under strict, with names, shapes and classes as types", async () => {
    const options = { reading: "keras", labels };
    writeFileSync(join(folder, "src", "Tiny.ts"), (await emitted(labelled, noisyWeights(labelled), { batch: "N" }, options)).module);
    writeFileSync(join(folder, "src", "Siamese.ts"), (await emitted(siamese, noisyWeights(siamese))).module);
    writeFileSync(join(folder, "src", "Gray.ts"), (await emitted(gray, noisyWeights(gray))).module);
    writeFileSync(
      join(folder, "src", "use.ts"),
      `import * as ort from "onnxruntime-web/wasm";
      import { costs, inputs, open, prepare, type ClassName, type Network } from "./Tiny.ts";
      import { open as openPair } from "./Siamese.ts";
      const params: 1234567 = costs.params;
      const width: 6 = inputs.image.shape[2];
      const animal: ClassName = 'the "bee"';
      // @ts-expect-error no such class
      const plant: ClassName = "rose";
      export async function use(picture: ImageData): Promise<ClassName> {
        const network: Network = await open("Tiny.onnx", ort);
        const { logits, pooled } = await network.run({ image: prepare(picture) });
        // @ts-expect-error no such input
        await network.run({ picture: logits });
        const pair = await openPair(new Uint8Array(1));
        const { distance } = await pair.run({ a: pooled, b: logits });
        // @ts-expect-error two inputs take no picture
        pair.classify(picture);
        console.log(params, width, animal, plant, distance);
        return (await network.classify(picture, 1))[0]!.name;
      }`,
    );
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true, noUnusedLocals: true, noUnusedParameters: true, noImplicitReturns: true, noPropertyAccessFromIndexSignature: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true,
          target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2023", "dom"], types: [], allowImportingTsExtensions: true, verbatimModuleSyntax: true, erasableSyntaxOnly: true, isolatedModules: true, noEmit: true, skipLibCheck: true,
        },
        include: ["src"],
      }),
    );
    const { stdout, status } = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test("opens the file, runs it and classifies a picture of the input's size through the input facts", async () => {
    const weights = noisyWeights(labelled);
    const { model, module } = await emitted(labelled, weights, {}, { labels });
    const tiny = await load("Tiny", module);
    const picture = { width: 6, height: 4, data: Uint8ClampedArray.from(noise("picture", 6 * 4 * 4), (v, i) => (i % 4 === 3 ? 255 : (v + 2) * 60)) };
    const pixel = (i: number, c: number) => picture.data[i * 4 + c];
    const image = [2, 1, 0].flatMap((channel, c) => Array.from({ length: 24 }, (_, i) => (pixel(i, channel) - [100, 110, 120][c]) / [50, 60, 70][c]));
    const prepared = tiny.prepare(picture) as Float32Array;
    prepared.forEach((v, i) => expect(v).toBeCloseTo(image[i], 5));

    const network = await tiny.open(model);
    const results = await network.run({ image: prepared });
    const expected = run(labelled, { image: prepared }, weights);
    for (const name of ["logits", "pooled"]) expected[name].data.forEach((v, i) => expect(results[name][i]).toBeCloseTo(v, 4));
    const guesses = await network.classify(picture);
    const scores = expected.logits.data;
    const total = scores.reduce((sum, v) => sum + Math.exp(v), 0);
    const order = [1, 2, 3].sort((a, b) => scores[b] - scores[a]);
    expect(guesses.map((g: { name: string }) => g.name)).toEqual(order.map((i) => labels()[i - 1]));
    expect(guesses[0]).toMatchObject({ index: order[0] });
    expect(guesses[0].probability).toBeCloseTo(Math.exp(scores[order[0]]) / total, 4);
    expect(await network.classify(picture, 1)).toHaveLength(1);
    await expect(network.run({ image: new Float32Array(5) })).rejects.toThrow("image takes 72 numbers, not 5");
    await network.close();
  });

  test("scales another picture as the command line does, and takes its middle", async () => {
    const { module } = await emitted(labelled, noisyWeights(labelled), {}, { labels });
    const { prepare } = await load("Scaled", module);
    for (const [width, height] of [[31, 17], [5, 3], [6, 40], [24, 4]]) {
      const data = Uint8Array.from(noise(`${width}`, width * height * 3), (v) => (v + 2) * 60);
      const expected = pictureTensor(fit({ width, height, rgb: data }, 6, 4), labelled.inputs[0], 3);
      expect(prepare({ width, height, data }), `${width}×${height}`).toEqual(expected);
    }
    expect(() => prepare({ width: 4, height: 4, data: new Uint8Array(16) })).toThrow("3 or 4 bytes a pixel, not 1");
  });

  test("lays transparency on white, and takes the luma for a gray input", async () => {
    const { prepare } = await load("Gray", (await emitted(gray, noisyWeights(gray))).module);
    const data = Uint8Array.from({ length: 64 }, (_, i) => [255, 0, 0, i < 32 ? 255 : 0][i % 4]);
    const found = [...prepare({ width: 4, height: 4, data })];
    expect(found).toEqual([...Array(8).fill(Math.fround((0.299 * 255) / 255)), ...Array(8).fill(1)]);
  });

  test("takes any number of examples where the batch is symbolic, and several inputs", async () => {
    const weights = noisyWeights(siamese);
    const { model, module } = await emitted(siamese, weights, { batch: "N" });
    const pair = await (await load("Siamese", module)).open(model, await wasm());
    const a = noise("a", 15);
    const b = noise("b", 30);
    const { distance, same } = await pair.run({ a, b });
    expect(same).toEqual(a);
    for (let i = 0; i < 3; i++) expect(distance[i]).toBeCloseTo(run(siamese, { a: a.slice(5 * i, 5 * i + 5), b: b.slice(10 * i, 10 * i + 10) }, weights).distance.data[0], 4);
    await expect(pair.run({ a, b: a })).rejects.toThrow("b takes 30 numbers, not 15");
    await pair.close();
  });
});
