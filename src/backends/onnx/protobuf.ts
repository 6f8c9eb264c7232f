/**
 * Protocol buffers, written: the wire format of https://protobuf.dev/programming-guides/encoding, as lists of small buffers and of large ones
 * that are made when their turn comes. A message's length stands before it, so all that is needed beforehand is how long each part will be.
 */

/** Bytes that are made when they are written, and may be made again. They hold until others are made. */
export interface Lazy {
  readonly length: number;
  readonly make: () => Uint8Array;
}

/** A message, or some fields of one: its parts in order, and their length in bytes. */
export interface Encoded {
  readonly length: number;
  readonly parts: readonly (Uint8Array | Lazy)[];
}

/** No message may be longer: readers keep lengths in 32 bits with a sign. */
export const MAX_MESSAGE = 2 ** 31 - 1;

const VARINT = 0;
const DELIMITED = 2;
const FIXED32 = 5;
const utf8 = new TextEncoder();

/** Fields one after the other. */
export function fields(...all: readonly (Encoded | Uint8Array | undefined)[]): Encoded {
  const parts: (Uint8Array | Lazy)[] = [];
  let length = 0;
  for (const one of all) {
    if (!one) continue;
    length += one.length;
    if (one instanceof Uint8Array) parts.push(one);
    else for (const part of one.parts) parts.push(part);
  }
  return { length, parts };
}

/** An integer: int32, int64 or enum, exact up to 2^53. Negative ones take ten bytes, as the format has it. */
export function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(key(field, VARINT)), ...varint(value)]);
}

/** A repeated integer, one key each (unpacked), as onnx.proto3's readers all take it. */
export function integers(field: number, values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [...varint(key(field, VARINT)), ...varint(value)]));
}

/** A float32. */
export function float(field: number, value: number): Uint8Array {
  const tag = varint(key(field, FIXED32));
  const bytes = new Uint8Array(tag.length + 4);
  bytes.set(tag);
  new DataView(bytes.buffer).setFloat32(tag.length, value, true);
  return bytes;
}

export function text(field: number, value: string): Uint8Array {
  const bytes = utf8.encode(value);
  const head = [...varint(key(field, DELIMITED)), ...varint(bytes.length)];
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}

/** Bytes that are made later. */
export function bytes(field: number, value: Lazy): Encoded {
  const head = Uint8Array.from([...varint(key(field, DELIMITED)), ...varint(value.length)]);
  return { length: head.length + value.length, parts: [head, value] };
}

/** A message within a message. One without large parts is laid into a single buffer. */
export function message(field: number, value: Encoded): Encoded {
  const head = Uint8Array.from([...varint(key(field, DELIMITED)), ...varint(value.length)]);
  const length = head.length + value.length;
  if (!value.parts.every((part) => part instanceof Uint8Array)) return { length, parts: [head, ...value.parts] };
  return { length, parts: [lay(length, [head, ...value.parts])] };
}

const GATHERED = 1 << 16;
const LARGE = 1 << 14;

/** The bytes in order: large parts each by itself, small ones gathered into pieces of up to 64 KiB. A piece holds until the next is asked for. */
export function* chunks(value: Encoded): Generator<Uint8Array> {
  const gathered = new Uint8Array(GATHERED);
  let size = 0;
  for (const part of value.parts) {
    if (size > 0 && (part.length >= LARGE || size + part.length > GATHERED)) {
      yield gathered.subarray(0, size);
      size = 0;
    }
    const made = part instanceof Uint8Array ? part : part.make();
    if (made.length !== part.length) throw new Error(`${made.length} bytes were made where ${part.length} were announced`);
    if (part.length >= LARGE) {
      yield made;
    } else {
      gathered.set(made, size);
      size += made.length;
    }
  }
  if (size > 0) yield gathered.subarray(0, size);
}

function lay(length: number, parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function key(field: number, wire: number): number {
  return field * 8 + wire;
}

/** Seven bits a byte, the lowest first; a negative number as its 64-bit two's complement. */
function varint(value: number): readonly number[] {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is no integer that protobuf's writer can hold`);
  const digits: number[] = [];
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) digits.push(Number(rest & 127n) | 128);
    digits.push(Number(rest));
    return digits;
  }
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 128);
  digits.push(rest);
  return digits;
}
