/**
 * Protocol buffers, written: the wire format of https://protobuf.dev/programming-guides/encoding. A message's length stands before it, so we write from
 * the end to the beginning: when a message's head is due, its length is known. Callers therefore write the last field first.
 *
 * Large byte fields are not copied: they are made when their turn comes, one at a time, and only their length is needed beforehand.
 */

/** Bytes that are made when they are written, and may be made again. They hold until others are made. */
export interface Lazy {
  readonly length: number;
  readonly make: () => Uint8Array;
}

/** A whole message: its parts in order, and their length in bytes. */
export interface Encoded {
  readonly length: number;
  readonly parts: readonly (Uint8Array | Lazy)[];
}

/** What has been written so far: the end of the message. */
export interface Writer {
  /** Finished parts, the last first. */
  readonly parts: (Uint8Array | Lazy)[];
  /** The buffer that is being filled from its end, and where its content starts. */
  bytes: Uint8Array;
  start: number;
  /** Bytes written in all. */
  length: number;
}

/** No message may be longer: readers keep lengths in 32 bits with a sign. */
export const MAX_MESSAGE = 2 ** 31 - 1;

const VARINT = 0;
const DELIMITED = 2;
const FIXED32 = 5;
const BUFFER = 1 << 16;
const utf8 = new TextEncoder();

export function writer(): Writer {
  return { parts: [], bytes: new Uint8Array(BUFFER), start: BUFFER, length: 0 };
}

export function finish(to: Writer): Encoded {
  cut(to);
  return { length: to.length, parts: to.parts.toReversed() };
}

/** An integer: int32, int64 or enum, exact up to 2^53. Negative ones take ten bytes, as the format has it. */
export function integer(to: Writer, field: number, value: number): void {
  varint(to, value);
  varint(to, field * 8 + VARINT);
}

/** A float32. */
export function float(to: Writer, field: number, value: number): void {
  reserve(to, 4);
  new DataView(to.bytes.buffer).setFloat32(to.start, value, true);
  varint(to, field * 8 + FIXED32);
}

export function text(to: Writer, field: number, value: string): void {
  const { length } = value;
  let plain = true;
  for (let i = 0; i < length && plain; i++) plain = value.charCodeAt(i) < 128;
  const encoded = plain ? undefined : utf8.encode(value);
  const size = encoded?.length ?? length;
  reserve(to, size);
  if (encoded) to.bytes.set(encoded, to.start);
  else for (let i = 0; i < length; i++) to.bytes[to.start + i] = value.charCodeAt(i);
  varint(to, size);
  varint(to, field * 8 + DELIMITED);
}

/** Bytes that are made later. */
export function bytes(to: Writer, field: number, value: Lazy): void {
  cut(to);
  to.parts.push(value);
  to.length += value.length;
  varint(to, value.length);
  varint(to, field * 8 + DELIMITED);
}

/** A message within the message; `body` writes its fields, the last first. */
export function message(to: Writer, field: number, body: () => void): void {
  const before = to.length;
  body();
  varint(to, to.length - before);
  varint(to, field * 8 + DELIMITED);
}

/** A repeated field: `write` is called for every item, the last first. */
export function repeated<T>(items: readonly T[], write: (item: T) => void): void {
  for (let i = items.length - 1; i >= 0; i--) write(items[i]);
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

/** Makes room for so many bytes before what is written, and counts them as written. */
function reserve(to: Writer, count: number): void {
  if (to.start < count) {
    cut(to);
    if (to.start < count) {
      to.bytes = new Uint8Array(Math.max(BUFFER, count));
      to.start = to.bytes.length;
    }
  }
  to.start -= count;
  to.length += count;
}

/** Ends the part that is being filled; what is free of its buffer serves for the next. */
function cut(to: Writer): void {
  const filled = to.bytes.subarray(to.start);
  if (filled.length > 0) to.parts.push(filled);
  to.bytes = new Uint8Array(to.bytes.buffer, 0, to.start);
}

/** Seven bits a byte, the lowest first; a negative number as its 64-bit two's complement. */
function varint(to: Writer, value: number): void {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is no integer that protobuf's writer can hold`);
  if (value < 0) return negative(to, value);
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++;
  reserve(to, length);
  let at = to.start;
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) to.bytes[at++] = (rest % 128) | 128;
  to.bytes[at] = rest;
}

function negative(to: Writer, value: number): void {
  reserve(to, 10);
  let rest = BigInt.asUintN(64, BigInt(value));
  let at = to.start;
  for (; rest > 127n; rest >>= 7n) to.bytes[at++] = Number(rest & 127n) | 128;
  to.bytes[at] = Number(rest);
}
