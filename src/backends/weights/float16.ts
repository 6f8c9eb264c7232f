/**
 * Half-precision numbers as whole arrays: IEEE 754 binary16 both ways, and bfloat16 to float32.
 * Bit patterns are moved as integers, so NaN payloads and the sign of zero survive on every engine.
 */

/**
 * Rounds float32 to binary16, to nearest, ties to even (IEEE 754-2019 §4.3.1). From 65,520 on the result is infinite; below 2^-24 the
 * subnormals end, and up to 2^-25 the result is zero. A NaN stays a NaN, made quiet.
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i];
    const sign = (x >>> 16) & 0x8000;
    const m = x & 0x7fffffff;
    if (m >= 0x38800000 && m < 0x47800000) {
      // A normal half: move the exponent's bias from 127 to 15, add half a unit (less one if even), cut. A carry climbs into the exponent.
      halves[i] = sign | ((m - 0x38000000 + 0xfff + ((m >>> 13) & 1)) >>> 13);
    } else if (m >= 0x47800000) {
      halves[i] = sign | (m > 0x7f800000 ? 0x7e00 | ((m >>> 13) & 0x3ff) : 0x7c00);
    } else {
      halves[i] = sign | subnormalHalf(m);
    }
  }
  return halves;
}

/** The magnitude `m` (float32 bits, below 2^-14) in units of 2^-24, rounded to nearest even. */
function subnormalHalf(m: number): number {
  const exponent = m >>> 23;
  if (exponent < 102) return 0;
  const significand = (m & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** Widens binary16 to float32, exactly. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const h = halves[i];
    const exponent = h & 0x7c00;
    const sign = (h & 0x8000) << 16;
    if (exponent !== 0 && exponent !== 0x7c00) bits[i] = sign | (((h & 0x7fff) << 13) + 0x38000000);
    else if (exponent === 0x7c00) bits[i] = sign | 0x7f800000 | ((h & 0x3ff) << 13);
    else if ((h & 0x7fff) === 0) bits[i] = sign;
    else values[i] = (sign === 0 ? 1 : -1) * (h & 0x3ff) * 2 ** -24;
  }
  return values;
}

/** Widens bfloat16, the upper half of a float32, exactly. */
export function fromBfloat16(uppers: Uint16Array): Float32Array {
  const values = new Float32Array(uppers.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < uppers.length; i++) bits[i] = uppers[i] << 16;
  return values;
}
