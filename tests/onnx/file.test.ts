/** The bytes of the file, read back by a decoder that others wrote. */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type ModelProto, type TypeProto } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/backends/onnx/index.ts";
import { bytes, chunks, finish, integer, MAX_MESSAGE, message, repeated, text, writer, type Encoded, type Writer } from "../../src/backends/onnx/protobuf.ts";
import { weightValues } from "../reference-ops.ts";
import { cases } from "./cases.ts";
import { network, noisyWeights } from "./networks.ts";
import { bytesOf, emitted, opened, plain, requestFor, runSession } from "./sessions.ts";

const decoded = (model: Uint8Array): ModelProto => fromBinary(ModelProtoSchema, model);
const floatsOf = (raw: Uint8Array): Float32Array => new Float32Array(raw.slice().buffer);

const classifier = () =>
  network(
    { image: [3, 8, 8] },
    ({ op }, x) => {
      const stem = op("relu6", [op("batchnorm", [op("conv2d", [x], { out: 8, bias: false }, "stem.conv2d")], {}, "stem.batchnorm")], {}, "stem.relu6");
      const gate = op("mul", [stem, op("sigmoid", [op("conv2d", [op("global_avgpool", [stem], {}, "gate.pool")], { out: 8, kernel: [1, 1] }, "gate.conv2d")], {}, "gate.sigmoid")], {}, "gate.mul");
      return { logits: op("dense", [op("global_avgpool", [gate], {}, "head.pool")], { out: 4 }, "head.dense") };
    },
    { name: "Tiny", input: { order: "bgr", mean: [1, 2, 3], std: [4, 5, 6] }, output: { labels: "animals", offset: 1 } },
  );

describe("protobuf", () => {
  const written = (write: (to: Writer) => void) => {
    const to = writer();
    write(to);
    return finish(to);
  };
  const flat = (encoded: Encoded) => [...chunks(encoded)].flatMap((piece) => [...piece]);

  test("integers take seven bits a byte, negative ones ten bytes", () => {
    expect(flat(written((to) => integer(to, 1, 300)))).toEqual([8, 0xac, 2]);
    expect(flat(written((to) => integer(to, 20, 2 ** 40)))).toEqual([160, 1, 128, 128, 128, 128, 128, 32]);
    expect(flat(written((to) => integer(to, 1, -1)))).toEqual([8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  });

  test("text of any length and script comes back", () => {
    const texts = ["", "plain", "größer ✓ 🦜", "x".repeat(200_000)];
    const model = Uint8Array.from(flat(written((to) => repeated(texts, (one) => message(to, 14, () => text(to, 1, one))))));
    expect(decoded(model).metadataProps.map(({ key }) => key)).toEqual(texts);
  });

  test("large parts are made when their turn comes, one at a time, and small ones gathered", () => {
    let made = 0;
    const large = () => ({ length: 100_000, make: () => (made++, new Uint8Array(100_000).fill(7)) });
    const whole = written((to) => {
      text(to, 1, "c");
      bytes(to, 9, large());
      text(to, 1, "b");
      message(to, 2, () => {
        bytes(to, 9, large());
        integer(to, 1, 5);
      });
      text(to, 1, "a");
    });
    const found = chunks(whole);
    expect(found.next().value).toHaveLength(3 + 4 + 2 + 4);
    expect(made).toBe(0);
    expect([...found].map((chunk) => chunk.length)).toEqual([100_000, 3 + 4, 100_000, 3]);
    expect(made).toBe(2);
    expect([...chunks(whole)].reduce((sum, chunk) => sum + chunk.length, 0)).toBe(whole.length);
  });
});

describe("an ONNX file", () => {
  test("bears the names of the source, its places, figures and input facts", async () => {
    const graph = classifier();
    const labels = ["ant", "bee", "cat"];
    const { model } = await emitted(graph, noisyWeights(graph), {}, { reading: "keras", labels: () => labels });
    const { irVersion, opsetImport, producerName, graph: found, metadataProps } = decoded(model);
    expect([irVersion, opsetImport.map(({ domain, version }) => [domain, version]), producerName]).toEqual([10n, [["", 21n]], "lwm"]);
    expect(found!.name).toBe("Tiny");
    expect(found!.node.map(({ opType, name, docString }) => `${opType} ${name}: ${docString}`)).toMatchInlineSnapshot(`
      [
        "Conv stem.conv2d: conv2d at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "Clip stem.relu6: relu6 after conv2d at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "GlobalAveragePool gate.pool: global_avgpool at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "Conv gate.conv2d: conv2d at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "Sigmoid gate.sigmoid: sigmoid after conv2d at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "Mul gate.mul: mul at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "GlobalAveragePool head.pool: global_avgpool at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "Flatten head.dense/flatten: dense at net.lwm:1:1, row 2, in block at net.lwm:1:1",
        "Gemm head.dense: dense at net.lwm:1:1, row 2, in block at net.lwm:1:1",
      ]
    `);
    expect(found!.initializer.map(({ name, dims }) => `${name} [${dims.join(", ")}]`)).toMatchInlineSnapshot(`
      [
        "stem.conv2d.weight [8, 3, 3, 3]",
        "stem.conv2d.bias [8]",
        "floats[]/0 []",
        "floats[]/6 []",
        "gate.conv2d.weight [8, 8, 1, 1]",
        "gate.conv2d.bias [8]",
        "head.dense.weight [4, 8]",
        "head.dense.bias [4]",
      ]
    `);
    expect(Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]))).toMatchInlineSnapshot(`
      {
        "activations": "6",
        "buffers": "2",
        "flops": "4",
        "input.image.mean": "1, 2, 3",
        "input.image.order": "bgr",
        "input.image.std": "4, 5, 6",
        "macs": "3",
        "model": "Tiny",
        "output.logits.classes": "["ant","bee","cat"]",
        "output.logits.labels": "animals",
        "output.logits.offset": "1",
        "params": "1234567",
        "reading": "keras",
        "weights": "5",
      }
    `);
    expect([...found!.input, ...found!.output, ...found!.valueInfo].map(({ name, type }) => `${name} [${shapeOf(type)}]`)).toMatchInlineSnapshot(`
      [
        "image [1, 3, 8, 8]",
        "logits [1, 4]",
        "stem.relu6 [1, 8, 8, 8]",
        "gate.pool [1, 8, 1, 1]",
        "gate.sigmoid [1, 8, 1, 1]",
        "gate.mul [1, 8, 8, 8]",
        "head.pool [1, 8, 1, 1]",
      ]
    `);
  });

  test("has a symbolic batch on request", async () => {
    const graph = classifier();
    const { graph: found } = decoded((await emitted(graph, noisyWeights(graph), { batch: "N" })).model);
    expect([...found!.input, ...found!.output].map(({ type }) => shapeOf(type))).toEqual(["N, 3, 8, 8", "N, 4"]);
  });

  test("keeps batch norm on request, under the weights' own names", async () => {
    const graph = classifier();
    const weights = noisyWeights(graph);
    const { graph: found } = decoded((await emitted(graph, weights, { fold: false })).model);
    expect(found!.node.map(({ opType }) => opType)).toContain("BatchNormalization");
    const stored = new Map(found!.initializer.map(({ name, rawData }) => [name, rawData]));
    for (const name of weights.names()) expect(floatsOf(stored.get(name)!), name).toEqual(weights.get(name));
  });

  test("decodes for every operator, with inputs made before they are read, unique names, and the numbers of its weights", async () => {
    for (const [title, build] of Object.entries(cases)) {
      const graph = build();
      const weights = noisyWeights(graph);
      for (const batch of [1, "N"] as const) {
        const { graph: found } = decoded((await emitted(graph, weights, { batch, fold: false })).model);
        const known = new Set<string>();
        const make = (name: string) => {
          expect(known.has(name), `${title}: ${name} is made twice`).toBe(false);
          known.add(name);
        };
        for (const { name } of [...found!.input, ...found!.initializer]) make(name);
        for (const node of found!.node) {
          for (const name of node.input) expect(name === "" || known.has(name), `${title}: ${node.name} reads ${name}`).toBe(true);
          for (const name of node.output) make(name);
        }
        for (const { name } of found!.output) expect(known.has(name)).toBe(true);
        expect(new Set(found!.node.map(({ name }) => name)).size).toBe(found!.node.length);
        const declared = new Map(graph.nodes.flatMap((node) => node.weights.map((weight) => [weight.name, weight] as const)));
        for (const { name, rawData } of found!.initializer) if (declared.has(name)) expect(floatsOf(rawData)).toEqual(Float32Array.from(weightValues(declared.get(name)!, weights)));
      }
    }
  });

  test("is the same bytes each time", async () => {
    const graph = classifier();
    const request = requestFor(graph, noisyWeights(graph));
    const first = (await onnx.emit(request, plain)).artifacts;
    const second = (await onnx.emit({ ...request, graph: classifier() }, plain)).artifacts;
    expect(first.map(bytesOf)).toEqual(second.map(bytesOf));
    expect(first.map(bytesOf)).toEqual(first.map(bytesOf));
  });

  test("above 2 GiB is refused, unless half precision makes it fit", async () => {
    const graph = network({ x: [40_000] }, ({ op }, x) => ({ y: op("dense", [x], { out: 20_000 }) }));
    const weights = { has: () => true, get: () => new Float32Array(0), shape: () => undefined, names: () => [] };
    const { artifacts, diagnostics } = await onnx.emit(requestFor(graph, weights), plain);
    expect(artifacts).toEqual([]);
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toMatchInlineSnapshot(`
      [
        "onnx-too-large: \`Net\` would be an ONNX file of 3,200,080,369 bytes; a file may have 2,147,483,647 at most",
      ]
    `);
    const half = await onnx.emit(requestFor(graph, weights), { ...plain, weightsAs: "float16" });
    expect(half.artifacts[0].bytes).toBeLessThan(MAX_MESSAGE);
  });
});

describe("half-precision storage", () => {
  test("halves the kernels, leaves vectors and what it cannot hold, and computes nearly the same", async () => {
    const graph = network({ x: [16, 8, 8] }, ({ op }, x) => ({ y: op("conv2d", [op("relu6", [op("conv2d", [x], { out: 64 }, "a")], {}, "b")], { out: 8, kernel: [1, 1] }, "c") }));
    const noisy = noisyWeights(graph);
    const weights = { ...noisy, get: (name: string) => (name === "c.weight" ? noisy.get(name).map((v, i) => (i === 0 ? 70_000 : v)) : noisy.get(name)) };
    const whole = (await emitted(graph, weights)).model;
    const half = (await emitted(graph, weights, { weightsAs: "float16" })).model;
    expect(decoded(half).graph!.initializer.map(({ name, dataType, rawData }) => [name, dataType, rawData.length])).toEqual([
      ["a.weight", 10, 64 * 16 * 9 * 2],
      ["a.bias", 1, 64 * 4],
      ["floats[]/0", 1, 4],
      ["floats[]/6", 1, 4],
      ["c.weight", 1, 64 * 8 * 4],
      ["c.bias", 1, 8 * 4],
    ]);
    expect(whole.length - half.length).toBeGreaterThan(64 * 16 * 9 * 2 - 200);
    const x = { shape: [16, 8, 8], data: Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i)) };
    const [a, b] = await Promise.all([whole, half].map(async (model) => (await runSession(await opened(model), 1, { x })).y.data as Float32Array));
    const scale = a.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(a.some((v, i) => v !== b[i])).toBe(true);
    expect(a.every((v, i) => Math.abs(v - b[i]) < 2e-3 * scale)).toBe(true);
  });
});

function shapeOf(type: TypeProto | undefined): string {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  return tensor!.shape!.dim.map(({ value }) => String(value.value)).join(", ");
}
