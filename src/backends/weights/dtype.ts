/**
 * The element types of safetensors, and how each is read as float32. The table stands in the reference implementation's order, which is
 * the order by alignment that its writer sorts by.
 */
import { fromBfloat16, fromFloat16 } from "./float16.ts";
import { fromMinifloat } from "./minifloat.ts";

/** Bits of one element. Elements smaller than a byte are packed; a tensor of them fills whole bytes. */
const dtypeBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type Dtype = keyof typeof dtypeBits;

/** Every dtype, from the least aligned to the most. */
export const dtypes = Object.keys(dtypeBits) as readonly Dtype[];

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(dtypeBits, name);
}

/** The product of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Bytes of a tensor; not a whole number when packed elements do not fill their last byte. */
export function byteLength(dtype: Dtype, shape: readonly number[]): number {
  return (elementCount(shape) * dtypeBits[dtype]) / 8;
}

/**
 * Reads the little-endian elements in `raw` as float32: to nearest where float32 is narrower, false as 0 and any other byte of a BOOL
 * as 1. F32 is a view of `raw` where its place in memory is a multiple of 4, else a copy; everything else is new. Complex numbers have
 * no such reading: a caller checks for C64 before.
 */
export function decodeFloat32(dtype: Exclude<Dtype, "C64">, raw: Uint8Array, count: number): Float32Array {
  switch (dtype) {
    case "F32":
      return view(Float32Array, raw, count);
    case "F16":
      return fromFloat16(view(Uint16Array, raw, count));
    case "BF16":
      return fromBfloat16(view(Uint16Array, raw, count));
    case "F64":
      return new Float32Array(view(Float64Array, raw, count));
    case "I8":
      return new Float32Array(view(Int8Array, raw, count));
    case "U8":
      return new Float32Array(raw.subarray(0, count));
    case "I16":
      return new Float32Array(view(Int16Array, raw, count));
    case "U16":
      return new Float32Array(view(Uint16Array, raw, count));
    case "I32":
      return new Float32Array(view(Int32Array, raw, count));
    case "U32":
      return new Float32Array(view(Uint32Array, raw, count));
    case "I64":
      return Float32Array.from(view(BigInt64Array, raw, count), Number);
    case "U64":
      return Float32Array.from(view(BigUint64Array, raw, count), Number);
    case "BOOL":
      return Float32Array.from(raw.subarray(0, count), (byte) => (byte === 0 ? 0 : 1));
    default:
      return fromMinifloat(dtype, raw, count);
  }
}

interface TypedArrayMaker<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): A;
}

/** The bytes as an array of another type: in place where aligned, copied where not. */
function view<A>(type: TypedArrayMaker<A>, raw: Uint8Array, count: number): A {
  const bytes = raw.byteOffset % type.BYTES_PER_ELEMENT === 0 ? raw : new Uint8Array(raw);
  return new type(bytes.buffer, bytes.byteOffset, count);
}
