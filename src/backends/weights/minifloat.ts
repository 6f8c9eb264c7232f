/**
 * Floating-point numbers of 4, 6 and 8 bits: OCP Microscaling Formats 1.0 (section 5.3), OCP 8-bit Floating Point 1.0, and the
 * "FNUZ" pair (no infinities, no negative zero, one NaN) of Noune et al., arXiv:2206.02915.
 */

/** The value of every code of a format: 2 to the power of its bits of them. */
export type CodeValues = Float32Array;

/** What the codes with the largest exponent, and minus zero, mean. */
type Specials = "ieee" | "one-nan" | "fnuz" | "none";

function codeValues(exponentBits: number, mantissaBits: number, bias: number, specials: Specials): CodeValues {
  const half = 1 << (exponentBits + mantissaBits);
  const values = new Float32Array(2 * half);
  for (let code = 0; code < half; code++) {
    const exponent = code >> mantissaBits;
    const fraction = (code & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
    let value = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
    if (specials === "ieee" && exponent === (1 << exponentBits) - 1) value = fraction === 0 ? Infinity : NaN;
    if (specials === "one-nan" && code === half - 1) value = NaN;
    values[code] = value;
    values[half + code] = -value;
  }
  if (specials === "fnuz") values[half] = NaN;
  return values;
}

/** F8_E8M0: a power of two and nothing else, the scale of a block. */
function powersOfTwo(): CodeValues {
  return Float32Array.from({ length: 256 }, (_, code) => (code === 255 ? NaN : 2 ** (code - 127)));
}

const makers = {
  F4: () => codeValues(2, 1, 1, "none"),
  F6_E2M3: () => codeValues(2, 3, 1, "none"),
  F6_E3M2: () => codeValues(3, 2, 3, "none"),
  F8_E4M3: () => codeValues(4, 3, 7, "one-nan"),
  F8_E5M2: () => codeValues(5, 2, 15, "ieee"),
  F8_E4M3FNUZ: () => codeValues(4, 3, 8, "fnuz"),
  F8_E5M2FNUZ: () => codeValues(5, 2, 16, "fnuz"),
  F8_E8M0: powersOfTwo,
};

export type MinifloatFormat = keyof typeof makers;

const made = new Map<MinifloatFormat, CodeValues>();

/** The values of a format's codes, made when first asked for. */
export function minifloatValues(format: MinifloatFormat): CodeValues {
  let values = made.get(format);
  if (!values) made.set(format, (values = makers[format]()));
  return values;
}

/**
 * Decodes `count` codes packed without gaps, the first in the lowest bits: for 4 bits the low nibble first, as PyTorch's
 * float4_e2m1fn_x2 has it; for 6 bits the same rule carried over, since neither specification lays down another.
 */
export function fromMinifloat(format: MinifloatFormat, packed: Uint8Array, count: number): Float32Array {
  const table = minifloatValues(format);
  const width = Math.log2(table.length);
  const values = new Float32Array(count);
  if (width === 8) {
    for (let i = 0; i < count; i++) values[i] = table[packed[i]];
    return values;
  }
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    const at = Math.floor(bit / 8);
    const two = packed[at] | ((packed[at + 1] ?? 0) << 8);
    values[i] = table[(two >> (bit % 8)) & (table.length - 1)];
  }
  return values;
}
