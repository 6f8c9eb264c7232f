import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { byteLength, dtypes, elementCount } from "../../src/backends/weights/dtype.ts";
import { bytesOf, chunks, memoryBytes, open, plan, toBytes, type Bytes, type TensorSpec } from "../../src/backends/weights/safetensors.ts";
import { fileStore, memoryStore } from "../../src/backends/weights/store.ts";
import { openWeights } from "../../src/workspace/node-files.ts";
import { describeShared, readShared, sharedExists, sharedNames, sharedPath } from "../shared.ts";

/** A file with the given header text and data, whatever they are. */
function fileOf(header: string | Uint8Array, data: Uint8Array = new Uint8Array(0), claimed?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

function opened(file: Uint8Array) {
  return open(memoryBytes(file), "w.safetensors");
}

function messages(file: Uint8Array): readonly string[] {
  const { store, diagnostics } = opened(file);
  expect(store === undefined).toBe(diagnostics.some((d) => d.severity === "error"));
  return diagnostics.map((d) => `${d.code}: ${d.message}`);
}

const entry = (shape: string, start: number | string, end: number | string, dtype = "F32"): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}`;

describe("reading", () => {
  test("a file with metadata, a scalar, an empty tensor, and keys in another order than the bytes", () => {
    const data = new Float32Array([1, 2, 3, 7]);
    const header = `{"b":${entry("[]", 12, 16)},"__metadata__":{"format":"pt","ä":"\\u00e9\\n"},"none":${entry("[3,0]", 12, 12)},"a":${entry("[3,1]", 0, 12)}}  `;
    const { store, diagnostics } = opened(fileOf(header, bytesOf(data)));
    expect(diagnostics).toEqual([]);
    expect([...store!.tensors.keys()]).toEqual(["a", "none", "b"]);
    expect([...store!.metadata]).toEqual([["format", "pt"], ["ä", "é\n"]]);
    expect([...store!.readFloat32("a")]).toEqual([1, 2, 3]);
    expect([...store!.readFloat32("b")]).toEqual([7]);
    expect([...store!.readFloat32("none")]).toEqual([]);
    expect(store!.tensors.get("b")).toEqual({ name: "b", dtype: "F32", shape: [], offset: 8 + new TextEncoder().encode(header).length + 12, bytes: 4 });
  });

  test("an empty header is a file without tensors", () => {
    expect(opened(fileOf("{}")).store!.tensors.size).toBe(0);
  });

  test("names that objects give a meaning are ordinary names", () => {
    const header = `{"__proto__":${entry("[1]", 0, 4)},"constructor":${entry("[1]", 4, 8)},"toString":${entry("[]", 8, 12)},"":${entry("[]", 12, 16)}}`;
    const { store, diagnostics } = opened(fileOf(header, bytesOf(new Float32Array([1, 2, 3, 4]))));
    expect(diagnostics).toEqual([]);
    expect([...store!.tensors.keys()]).toEqual(["__proto__", "constructor", "toString", ""]);
    expect(fileStore(store!).get("__proto__")[0]).toBe(1);
    expect(fileStore(store!).has("hasOwnProperty")).toBe(false);
    expect(messages(fileOf(`{"a":${entry("[]", 0, 1, "constructor")}}`, new Uint8Array(1)))[0]).toMatch(/^unknown-dtype/);
  });

  test("keys of a tensor that are not ours are skipped, whatever they hold", () => {
    const header = `{"a":{"dtype":"U8","note":{"x":["},\\"",{}],"y":null},"shape":[1],"n":-1.5e3 ,"data_offsets":[0,1]}}`;
    expect(opened(fileOf(header, new Uint8Array(1))).store!.tensors.size).toBe(1);
    const deep = `{"a":{"x":${"[".repeat(200_000)}${"]".repeat(200_000)},"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`;
    expect(messages(fileOf(deep, new Uint8Array(1))).length).toBeLessThan(2);
  });

  test("a tensor is read when it is asked for, and nothing else is", () => {
    const file = toBytes(plan([{ name: "a", dtype: "F32", shape: [1000] }, { name: "b", dtype: "F32", shape: [10] }]), (name) => new Uint8Array(name === "a" ? 4000 : 40));
    const reads: [number, number][] = [];
    const counted: Bytes = { size: file.length, read: (at, length) => (reads.push([at, length]), file.subarray(at, at + length)) };
    const { store } = open(counted, "w");
    const headerEnd = file.length - 4040;
    expect(reads).toEqual([[0, 8], [8, headerEnd - 8]]);
    store!.readFloat32("b");
    expect(reads[2]).toEqual([headerEnd + 4000, 40]);
  });
});

describe("what is refused, and how it is said", () => {
  const cases: readonly (readonly [title: string, file: Uint8Array, said: string])[] = [
    ["an empty file", new Uint8Array(0), "truncated-weights-file: w.safetensors ends too early: the length of the header needs 8 bytes, 0 are there"],
    ["a zip", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 8, 8]), "not-safetensors: w.safetensors is no safetensors file: it looks like a zip archive, as PyTorch (.pth) and Keras (.keras) write"],
    ["text", new TextEncoder().encode("<!DOCTYPE html>"), "not-safetensors: w.safetensors is no safetensors file: it looks like text"],
    ["noise", new Uint8Array(20).fill(200), "not-safetensors: w.safetensors is no safetensors file"],
    ["a header past the end", fileOf("{}", undefined, 100n), "truncated-weights-file: w.safetensors ends too early: the header needs 100 bytes, 2 are there"],
    ["a huge header", fileOf("{}", undefined, 2n ** 64n - 1n), "weights-header-too-large: w.safetensors claims a header of 18446744073709551615 bytes; the limit is 100000000"],
    ["no JSON", fileOf("PK12"), 'bad-weights-header: w.safetensors: bad header at byte 8: it must begin with "{"'],
    ["no header", fileOf(""), 'bad-weights-header: w.safetensors: bad header at byte 8: it must begin with "{"'],
    ["a space in front", fileOf(" {}"), 'bad-weights-header: w.safetensors: bad header at byte 8: it must begin with "{"'],
    ["no UTF-8", fileOf(new Uint8Array([0x7b, 0x22, 0xff, 0x22])), "bad-weights-header: w.safetensors: bad header at byte 8: it is not UTF-8"],
    ["text behind", fileOf("{} x"), "bad-weights-header: w.safetensors: bad header at byte 11: nothing but spaces may follow the closing brace"],
    ["an open object", fileOf('{"ä":'), 'bad-weights-header: w.safetensors: bad header at byte 14: expected "{"'],
    ["a comma too many", fileOf("{,}"), "bad-weights-header: w.safetensors: bad header at byte 9: expected a key in double quotes"],
    ["a name twice", fileOf(`{"a":${entry("[]", 0, 4)},"\\u0061":${entry("[]", 0, 4)}}`, new Uint8Array(4)), 'repeated-tensor-name: w.safetensors: bad header at byte 61: "a" is given twice'],
    ["a field twice", fileOf('{"a":{"dtype":"U8","dtype":"F32"}}'), 'repeated-tensor-name: w.safetensors: bad header at byte 27: "dtype" is given twice'],
    ["a fraction", fileOf(`{"a":${entry("[1.5]", 0, 4)}}`), "bad-weights-header: w.safetensors: bad header at byte 37: expected a whole number from 0"],
    ["a negative size", fileOf(`{"a":${entry("[-1]", 0, 4)}}`), "bad-weights-header: w.safetensors: bad header at byte 37: expected a whole number from 0"],
    ["an exponent", fileOf(`{"a":${entry("[1e3]", 0, 4)}}`), "bad-weights-header: w.safetensors: bad header at byte 37: expected a whole number from 0"],
    ["a size beyond counting", fileOf(`{"a":${entry("[9007199254740993]", 0, 4)}}`), "bad-weights-header: w.safetensors: bad header at byte 37: a number of 2^53 or more"],
    ["a hundred dimensions", fileOf(`{"a":${entry(`[${"1,".repeat(99)}1]`, 0, 4)}}`), "bad-weights-header: w.safetensors: bad header at byte 165: more than 64 dimensions"],
    ["a product beyond counting", fileOf(`{"a":${entry("[4294967296,4294967296]", 0, 4)}}`, new Uint8Array(4)), 'bad-tensor-shape: w.safetensors: tensor "a" is too large to count: F32 [4294967296, 4294967296]'],
    ["half a byte", fileOf(`{"a":${entry("[3]", 0, 1, "F4")}}`, new Uint8Array(1)), 'bad-tensor-shape: w.safetensors: tensor "a" does not fill whole bytes: F4 [3] is 1.5 bytes'],
    ["offsets that do not fit the shape", fileOf(`{"a":${entry("[2]", 0, 4)}}`, new Uint8Array(4)), 'bad-tensor-offsets: w.safetensors: tensor "a" is 8 bytes by its shape, F32 [2], and 4 by its offsets, 0 to 4'],
    ["offsets backwards", fileOf(`{"a":${entry("[1]", 4, 0)}}`, new Uint8Array(4)), 'bad-tensor-offsets: w.safetensors: tensor "a" begins at byte 4 and ends before it, at 0'],
    ["a tensor past the end", fileOf(`{"a":${entry("[1000000000]", 0, 4_000_000_000)}}`, new Uint8Array(9)), 'truncated-weights-file: w.safetensors ends too early: tensor "a" needs 4000000000 bytes, 9 are there'],
    ["an overlap", fileOf(`{"a":${entry("[2]", 0, 8)},"b":${entry("[1]", 4, 8)}}`, new Uint8Array(8)), 'overlapping-tensors: w.safetensors: tensors "a" and "b" overlap at byte 4 of the data'],
    ["a hole", fileOf(`{"a":${entry("[1]", 0, 4)},"b":${entry("[1]", 8, 12)}}`, new Uint8Array(12)), 'unused-weight-bytes: w.safetensors: bytes 4 to 8 of the data, before tensor "b", belong to no tensor'],
    ["bytes behind", fileOf(`{"a":${entry("[1]", 0, 4)}}`, new Uint8Array(5)), "unused-weight-bytes: w.safetensors: bytes 4 to 5 of the data, at the end of the file, belong to no tensor"],
    ["metadata that is no string", fileOf('{"__metadata__":{"n":1}}'), "bad-weights-header: w.safetensors: bad header at byte 29: expected a string; metadata maps strings to strings"],
    ["no shape", fileOf('{"a":{"dtype":"U8","data_offsets":[0,0]}}'), 'bad-weights-header: w.safetensors: bad header at byte 13: tensor "a" has no "shape"'],
    ["one offset", fileOf('{"a":{"dtype":"U8","shape":[],"data_offsets":[0]}}'), 'bad-weights-header: w.safetensors: bad header at byte 13: tensor "a" needs two "data_offsets"'],
    ["half a surrogate pair", fileOf('{"\\ud800":1}'), "bad-weights-header: w.safetensors: bad header at byte 9: a string with half of a surrogate pair"],
    ["a bad escape", fileOf('{"\\x":1}'), "bad-weights-header: w.safetensors: bad header at byte 9: a string with a bad escape or a control character"],
    ["a string without end", fileOf('{"a\\"'), "bad-weights-header: w.safetensors: bad header at byte 9: a string that does not end"],
    ["a name for a terminal", fileOf(`{"\\u001b[31m\\u202e${"x".repeat(200)}":${entry("[]", 0, 1, "Q8")}}`, new Uint8Array(1)), `unknown-dtype: w.safetensors: tensor "\\u001b[31m\\u202e${"x".repeat(71)}…" has the unknown dtype "Q8"; known are ${dtypes.join(", ")}`],
  ];
  for (const [title, file, said] of cases) test(title, () => expect(messages(file)).toEqual([said]));

  test("every tensor that is wrong, up to 20", () => {
    const wrong = Array.from({ length: 30 }, (_, i) => `"t${i}":${entry("[]", 0, 4, "Q8")}`);
    expect(messages(fileOf(`{${wrong.slice(0, 10).join(",")}}`)).length).toBe(10);
    expect(messages(fileOf(`{${wrong.join(",")}}`)).length).toBe(20);
  });

  test("complex tensors are listed, and left out of a store with a warning", () => {
    const { store, diagnostics } = opened(fileOf(`{"c":${entry("[1]", 0, 8, "C64")},"r":${entry("[1]", 8, 12)}}`, new Uint8Array(12)));
    expect(diagnostics.map((d) => [d.severity, d.message])).toEqual([["warning", 'w.safetensors: tensor "c" holds complex numbers (C64) and is left out']]);
    expect([...store!.tensors.keys()]).toEqual(["c", "r"]);
    expect(fileStore(store!).names()).toEqual(["r"]);
  });
});

describe("writing", () => {
  const specs: readonly TensorSpec[] = [
    { name: "b", dtype: "F32", shape: [2] },
    { name: "half", dtype: "F16", shape: [3] },
    { name: "__proto__", dtype: "F32", shape: [] },
    { name: "count", dtype: "I64", shape: [1] },
    { name: "packed", dtype: "F4", shape: [2, 3] },
    { name: "none", dtype: "U8", shape: [0, 9] },
  ];
  const raw = (name: string): Uint8Array => {
    const spec = specs.find((s) => s.name === name)!;
    return Uint8Array.from({ length: byteLength(spec.dtype, spec.shape) }, (_, i) => (name.length * 31 + i * 7) & 255);
  };

  test("the widest dtypes first, then by name; padded; the same bytes from any order of tensors and keys", () => {
    const planned = plan(specs, { z: "1", a: "\u2028" });
    const file = toBytes(planned, raw);
    expect(file.length).toBe(planned.totalBytes);
    expect(planned.header.length % 8).toBe(0);
    expect(planned.order.map((t) => t.name)).toEqual(["count", "__proto__", "b", "half", "none", "packed"]);
    expect(new TextDecoder().decode(planned.header.subarray(8))).toMatch(/^\{"__metadata__":\{"a":"\u2028","z":"1"\},"count":\{"dtype":"I64","shape":\[1\],"data_offsets":\[0,8\]\},.*\} *$/);
    expect(toBytes(plan([...specs].reverse(), { a: "\u2028", z: "1" }), raw)).toEqual(file);
    expect([...chunks(planned, raw)].map((piece) => piece.length)).toEqual([planned.header.length, 8, 4, 8, 6, 0, 3]);
  });

  test("what is written is read back", () => {
    const { store, diagnostics } = opened(toBytes(plan(specs, { k: "v" }), raw));
    expect(diagnostics).toEqual([]);
    expect([...store!.metadata]).toEqual([["k", "v"]]);
    for (const { name, dtype, shape } of specs) {
      expect(store!.tensors.get(name)).toMatchObject({ dtype, shape });
      expect(store!.read(name)).toEqual(raw(name));
    }
  });

  test("what cannot be a file is a fault of the caller", () => {
    expect(() => plan([specs[0], specs[0]])).toThrow("twice");
    expect(() => plan([{ ...specs[0], name: "__metadata__" }])).toThrow("twice");
    expect(() => plan([{ name: "a", dtype: "F4", shape: [1] }])).toThrow("whole bytes");
    expect(() => toBytes(plan([specs[0]]), () => new Uint8Array(3))).toThrow("8 bytes");
  });
});

describe("stores", () => {
  test("in memory and in a file they answer alike", () => {
    const values = new Float32Array([1, -2, 3.5, 0]);
    const memory = memoryStore([{ name: "stem.conv2d.weight", shape: [2, 2], values }]);
    const file = fileStore(opened(toBytes(plan([{ name: "stem.conv2d.weight", dtype: "F32", shape: [2, 2] }]), () => bytesOf(values))).store!);
    for (const store of [memory, file]) {
      expect(store.names()).toEqual(["stem.conv2d.weight"]);
      expect(store.shape("stem.conv2d.weight")).toEqual([2, 2]);
      expect(store.get("stem.conv2d.weight")).toEqual(values);
      expect([store.has("x"), store.shape("x")]).toEqual([false, undefined]);
      expect(() => store.get("x")).toThrow('"x"');
    }
    expect(() => memoryStore([{ name: "a", shape: [3], values }])).toThrow("4 values");
  });
});

describe("files on disk", () => {
  const folder = mkdtempSync(join(tmpdir(), "lwm-weights-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("made in pieces, read tensor by tensor", () => {
    const path = join(folder, "a.safetensors");
    const values = Float32Array.from({ length: 5000 }, (_, i) => i / 7);
    writeFileSync(path, Buffer.concat([...chunks(plan([{ name: "a", dtype: "F32", shape: [50, 100] }, { name: "n", dtype: "U8", shape: [3] }]), (name) => (name === "a" ? bytesOf(values) : new Uint8Array([1, 2, 3])))]));
    const { store, diagnostics, close } = openWeights(path);
    expect(diagnostics).toEqual([]);
    expect(store!.readFloat32("a")).toEqual(values);
    expect([...store!.readFloat32("n")]).toEqual([1, 2, 3]);
    close();
  });

  test("a short file and one that is not there", () => {
    const path = join(folder, "b.safetensors");
    writeFileSync(path, "old");
    expect(openWeights(path).diagnostics[0].message).toContain("needs 8 bytes, 3 are there");
    expect(openWeights(`${path}.partial`).diagnostics[0].message).toBe(`cannot read ${path}.partial: it does not exist`);
  });

  test("a folder is not a file", () => {
    expect(openWeights(folder).diagnostics.map((d) => d.message)).toEqual([`cannot read ${folder}: it is a folder`]);
  });
});

describeShared("checkpoints from elsewhere", () => {
  const files = ["parity", "weights"].flatMap((kind) =>
    sharedNames(kind).flatMap((name) => ["state_dict", "io", "model", "reference"].map((part) => [kind, name, `${part}.safetensors`] as const).filter((path) => sharedExists(...path))),
  );

  test("there are some", () => expect(files.length).toBeGreaterThan(20));

  for (const path of files) {
    test(path.join("/"), () => {
      const { store, diagnostics, close } = openWeights(sharedPath(...path));
      expect(diagnostics).toEqual([]);
      let elements = 0;
      for (const { name, shape, dtype } of store!.tensors.values()) {
        const values = store!.readFloat32(name);
        expect(values.length).toBe(elementCount(shape));
        if (dtype === "F32") expect(Buffer.compare(bytesOf(values), store!.read(name))).toBe(0);
        elements += values.length;
      }
      expect(elements).toBeGreaterThan(0);
      close();
    });
  }

  test("a round trip keeps every tensor, and a second one every byte", () => {
    const path = ["parity", "mini_mobilenet_v2_w0.35_c10", "state_dict.safetensors"];
    const first = opened(readShared(...path)).store!;
    const again = toBytes(plan([...first.tensors.values()], Object.fromEntries(first.metadata)), first.read);
    const second = opened(again).store!;
    expect(new Map(second.metadata)).toEqual(new Map(first.metadata));
    for (const { name, dtype, shape } of first.tensors.values()) {
      expect(second.tensors.get(name)).toMatchObject({ dtype, shape });
      expect(Buffer.compare(second.read(name), first.read(name))).toBe(0);
    }
    expect(Buffer.compare(toBytes(plan([...second.tensors.values()], Object.fromEntries(second.metadata)), second.read), again)).toBe(0);
  });
});
