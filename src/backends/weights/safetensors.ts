/**
 * The safetensors format (https://huggingface.co/docs/safetensors): a u64 length, little-endian; a JSON header of that many bytes; the
 * tensors' elements, little-endian and row-major, each byte in exactly one tensor. Opening reads only the header; a tensor is read
 * when it is asked for. Typed arrays are taken to be little-endian, as they are wherever JavaScript runs today.
 */
import { diagnostic, type Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Code, Holes } from "../../compiler/diagnostics/catalogue.ts";
import { span } from "../../compiler/source.ts";
import { byteLength, decodeFloat32, dtypes, elementCount, isDtype, type Dtype } from "./dtype.ts";
import { maximumTensors, parseHeader, quoted, type Header, type HeaderTensor } from "./header.ts";

/** Bytes that can be read anywhere: memory, an open file. */
export interface Bytes {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. A range outside 0…size is the caller's bug. */
  read(offset: number, length: number): Uint8Array;
}

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Of the first element, from the start of the file. */
  readonly offset: number;
  /** How many there are in the file. */
  readonly bytes: number;
}

export interface WeightFile {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes in the file, whatever the order of the header's keys. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The elements as they are stored. A name that `tensors` lacks is the caller's bug. */
  read(name: string): Uint8Array;
  /** The elements as float32 (`decodeFloat32` says how each dtype is read). C64 and a name that `tensors` lacks are the caller's bugs. */
  readFloat32(name: string): Float32Array;
}

export interface Opened {
  /** Absent where a diagnostic is an error. */
  readonly store: WeightFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Bytes of the header that the format allows. */
const maximumHeader = 100_000_000;

/** More problems than this are not listed: they have one cause. */
const maximumProblems = 20;

/** Reads and checks the header of a file that diagnostics call `file`. Allocates in proportion to bytes that are there, never to a claim. */
export function open(bytes: Bytes, file: string): Opened {
  const diagnostics: Diagnostic[] = [];
  const say: Say = (code, holes) => {
    if (diagnostics.length < maximumProblems) diagnostics.push(diagnostic(code, span(file, 0, 0), holes));
  };
  const text = headerText(bytes, file, say);
  const header = text && checkedHeader(text.text, file, say);
  if (!header) return { store: undefined, diagnostics };

  const dataStart = 8 + text.length;
  const dataSize = bytes.size - dataStart;
  const found = header.tensors.map((tensor) => checkedTensor(tensor, dataStart, dataSize, file, say)).filter((info) => info !== undefined);
  found.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  if (diagnostics.length === 0) checkLayout(found, dataStart, dataSize, file, say);
  if (diagnostics.length > 0) return { store: undefined, diagnostics };

  for (const { name, dtype } of found) if (dtype === "C64") say("complex-weights", { file, tensor: quoted(name) });
  return { store: weightFile(bytes, header.metadata, found), diagnostics };
}

type Say = <C extends Code>(code: C, holes: Holes<C>) => void;

/** The header's text and its length in bytes. */
function headerText(bytes: Bytes, file: string, say: Say): { readonly text: string; readonly length: number } | undefined {
  if (bytes.size < 8) {
    say("truncated-weights-file", { file, what: "the length of the header", needed: "8", present: String(bytes.size) });
    return undefined;
  }
  const first = bytes.read(0, 8);
  const claimed = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(maximumHeader) || claimed > BigInt(bytes.size - 8)) {
    const start = bytes.read(0, Math.min(bytes.size, 16));
    if (start[8] !== OPENING_BRACE) {
      say("not-safetensors", { file, looks: formatOf(start) });
      return undefined;
    }
  }
  if (claimed > BigInt(maximumHeader)) {
    say("weights-header-too-large", { file, bytes: String(claimed), limit: String(maximumHeader) });
    return undefined;
  }
  const length = Number(claimed);
  if (length > bytes.size - 8) {
    say("truncated-weights-file", { file, what: "the header", needed: String(length), present: String(bytes.size - 8) });
    return undefined;
  }
  const text = decodeUtf8(bytes.read(8, length));
  if (text === undefined) say("bad-weights-header", { file, at: 8, problem: "it is not UTF-8" });
  return text === undefined ? undefined : { text, length };
}

const OPENING_BRACE = 0x7b;

/** Formats that are taken for safetensors, by the bytes that they begin with. */
const formats: readonly (readonly [begins: readonly number[], looks: string])[] = [
  [[0x50, 0x4b, 3, 4], "a zip archive, as PyTorch (.pth) and Keras (.keras) write"],
  [[0x89, 0x48, 0x44, 0x46], "HDF5, as Keras writes (.h5)"],
  [[0x80, 2], "a Python pickle, as PyTorch wrote before 1.6"],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "a NumPy array (.npy)"],
  [[0x08, 0x07, 0x12], "an ONNX file"],
  [[0x08, 0x08, 0x12], "an ONNX file"],
  [[0x08, 0x0a, 0x12], "an ONNX file"],
  [[0x89, 0x50, 0x4e, 0x47], "a PNG picture"],
  [[0xff, 0xd8, 0xff], "a JPEG picture"],
  [[0x1f, 0x8b], "a gzip archive"],
  [[0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x20], "a Git LFS pointer, in place of the file that it stands for"],
];

/** What a file looks like that is not of this format; empty where that is not known. */
function formatOf(start: Uint8Array): string {
  const known = formats.find(([begins]) => begins.every((byte, i) => start[i] === byte));
  if (known) return known[1];
  return start.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127)) ? "text" : "";
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function checkedHeader(text: string, file: string, say: Say): Header | undefined {
  const header = parseHeader(text);
  if ("tensors" in header) return header;
  const at = 8 + new TextEncoder().encode(text.slice(0, header.at)).length;
  if (header.repeated === undefined) say("bad-weights-header", { file, at, problem: header.problem });
  else say("repeated-tensor-name", { file, at, name: quoted(header.repeated) });
  return undefined;
}

/** Checks one entry by itself: its dtype, its shape, its place. */
function checkedTensor(entry: HeaderTensor, dataStart: number, dataSize: number, file: string, say: Say): TensorInfo | undefined {
  const { name, dtype, shape, start, end } = entry;
  const tensor = quoted(name);
  if (!isDtype(dtype)) {
    say("unknown-dtype", { file, tensor, dtype: quoted(dtype), known: dtypes.join(", ") });
    return undefined;
  }
  const bytes = byteLength(dtype, shape);
  const size = `${dtype} [${shape.join(", ")}]`;
  if (!(elementCount(shape) <= Number.MAX_SAFE_INTEGER) || bytes > Number.MAX_SAFE_INTEGER) {
    say("bad-tensor-shape", { file, tensor, problem: `is too large to count: ${size}` });
  } else if (!Number.isInteger(bytes)) {
    say("bad-tensor-shape", { file, tensor, problem: `does not fill whole bytes: ${size} is ${bytes} bytes` });
  } else if (start > end) {
    say("bad-tensor-offsets", { file, tensor, problem: `begins at byte ${start} and ends before it, at ${end}` });
  } else if (end - start !== bytes) {
    say("bad-tensor-offsets", { file, tensor, problem: `is ${bytes} bytes by its shape, ${size}, and ${end - start} by its offsets, ${start} to ${end}` });
  } else if (end > dataSize) {
    say("truncated-weights-file", { file, what: `tensor ${tensor}`, needed: String(end), present: String(dataSize) });
  } else {
    return { name, dtype, shape, offset: dataStart + start, bytes };
  }
  return undefined;
}

/** Checks that the tensors, sorted by place, cover the data once and whole. */
function checkLayout(sorted: readonly TensorInfo[], dataStart: number, dataSize: number, file: string, say: Say): void {
  let covered = 0;
  let before = "";
  for (const { name, offset, bytes } of sorted) {
    const start = offset - dataStart;
    if (start < covered) {
      say("overlapping-tensors", { file, first: quoted(before), second: quoted(name), at: start });
    } else if (start > covered) {
      say("unused-weight-bytes", { file, start: covered, end: start, where: `before tensor ${quoted(name)}` });
    }
    if (start + bytes >= covered) {
      covered = start + bytes;
      before = name;
    }
  }
  if (covered < dataSize) say("unused-weight-bytes", { file, start: covered, end: dataSize, where: "at the end of the file" });
}

function weightFile(bytes: Bytes, metadata: ReadonlyMap<string, string>, sorted: readonly TensorInfo[]): WeightFile {
  const tensors = new Map(sorted.map((info) => [info.name, info]));
  const infoOf = (name: string): TensorInfo => {
    const info = tensors.get(name);
    if (!info) throw new Error(`no tensor ${quoted(name)} to read`);
    return info;
  };
  const read = (name: string): Uint8Array => {
    const info = infoOf(name);
    return bytes.read(info.offset, info.bytes);
  };
  const readFloat32 = (name: string): Float32Array => {
    const { dtype, shape } = infoOf(name);
    if (dtype === "C64") throw new Error(`tensor ${quoted(name)} is complex`);
    return decodeFloat32(dtype, read(name), elementCount(shape));
  };
  return { metadata, tensors, read, readFloat32 };
}

/** Bytes in memory; reads are views of it. */
export function memoryBytes(memory: Uint8Array): Bytes {
  return { size: memory.length, read: (offset, length) => memory.subarray(offset, offset + length) };
}

export interface TensorSpec {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** A file laid out and not yet written. */
export interface Plan {
  /** The length and the header, as they open the file; a multiple of 8 bytes, so aligned tensors stay aligned. */
  readonly header: Uint8Array;
  /** The tensors in the order in which their bytes follow. */
  readonly order: readonly TensorSpec[];
  /** Of the whole file. */
  readonly totalBytes: number;
}

/**
 * Lays out a file as the reference implementation does: the widest dtypes first, then by name, spaces behind the header up to a
 * multiple of 8. Metadata comes sorted by key, where the reference leaves the order to chance: the same tensors give the same bytes. Names
 * must differ and not be `__metadata__`, packed tensors must fill whole bytes; anything else is the caller's bug.
 */
export function plan(tensors: readonly TensorSpec[], metadata: Readonly<Record<string, string>> = {}): Plan {
  const order = [...tensors].sort((a, b) => dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || compare(a.name, b.name));
  const members: string[] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) members.push(`"__metadata__":{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`).join(",")}}`);

  const names = new Set(["__metadata__"]);
  let end = 0;
  for (const { name, dtype, shape } of order) {
    const start = end;
    end += byteLength(dtype, shape);
    if (names.has(name)) throw new Error(`tensor ${quoted(name)} cannot be written twice`);
    if (!Number.isSafeInteger(end)) throw new Error(`tensor ${quoted(name)} does not fill whole bytes`);
    names.add(name);
    members.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":[${start},${end}]}`);
  }
  const header = headerBytes(`{${members.join(",")}}`);
  if (header.length - 8 > maximumHeader || order.length > maximumTensors) throw new Error("a header beyond the limits of the format");
  return { header, order, totalBytes: header.length + end };
}

function headerBytes(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20, 8);
  new DataView(header.buffer).setUint32(0, padded, true);
  header.set(text, 8);
  return header;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The pieces of a planned file, one after another. `get` gives a tensor's elements and is called when its turn comes. */
export function* chunks(planned: Plan, get: (name: string) => Uint8Array): Generator<Uint8Array> {
  yield planned.header;
  for (const { name, dtype, shape } of planned.order) {
    const piece = get(name);
    const expected = byteLength(dtype, shape);
    if (piece.length !== expected) throw new Error(`tensor ${quoted(name)} should have ${expected} bytes, not ${piece.length}`);
    yield piece;
  }
}

/** A planned file as one array. */
export function toBytes(planned: Plan, get: (name: string) => Uint8Array): Uint8Array {
  const whole = new Uint8Array(planned.totalBytes);
  let at = 0;
  for (const piece of chunks(planned, get)) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The bytes of typed elements, in place. */
export function bytesOf(elements: ArrayBufferView): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}
