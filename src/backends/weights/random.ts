/**
 * Seeded weights. A tensor's values depend on the seed, its name, its distribution and its length and on nothing else: a layer added
 * elsewhere changes no other layer, and the order of asking does not matter. The bytes are the same on every engine, so the logarithm
 * and the exponential are computed here, from operations that IEEE 754 rounds exactly; `Math.exp` may differ from engine to engine.
 *
 * The generator is sfc32 (C. Doty-Humphrey, PractRand), seeded with 96 bits of a hash of seed and name. Normal numbers come from the
 * ziggurat with 256 layers (G. Marsaglia & W. W. Tsang, The Ziggurat Method for Generating Random Variables, J. Stat. Software 5(8), 2000),
 * with layer and position taken from different bits (J. A. Doornik, An Improved Ziggurat Method, 2005).
 */

export type Distribution =
  | { readonly kind: "constant"; readonly value: number }
  /** From `low`, included, to `high`. */
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly std: number; readonly mean?: number }
  /** Normal, with what lies further than two deviations from the mean drawn again. `std` is that of the normal that is cut. */
  | { readonly kind: "truncated-normal"; readonly std: number; readonly mean?: number };

/**
 * He et al., Delving Deep into Rectifiers, 2015, section 2.2: normal with deviation √(2/n), where n is the inputs of one response (kernel area
 * times input channels of its group; forward case, eq. 10) or the outputs that one input feeds (backward case, eq. 14).
 */
export function heNormal(fan: number): Distribution {
  return { kind: "normal", std: Math.sqrt(2 / Math.max(1, fan)) };
}

/** `length` values of a tensor. The seed is a whole number; seeds and names that differ give unrelated values. */
export function fill(distribution: Distribution, name: string, seed: number, length: number): Float32Array {
  const values = new Float32Array(length);
  switch (distribution.kind) {
    case "constant":
      return values.fill(distribution.value);
    case "uniform":
      fillUniform(values, seededState(seed, name), distribution.low, distribution.high);
      return values;
    case "normal":
      fillNormal(values, seededState(seed, name), seededState(seed, `${name}\u0000rare`), distribution.mean ?? 0, distribution.std, Infinity);
      return values;
    case "truncated-normal":
      fillNormal(values, seededState(seed, name), seededState(seed, `${name}\u0000rare`), distribution.mean ?? 0, distribution.std, 2);
      return values;
  }
}

/**
 * The generator's state for (seed, name): three lanes, each of which absorbs every UTF-16 unit with a multiplier of its own and
 * MurmurHash3's finaliser, and the counter; the first words are thrown away, as the generator's author does.
 */
function seededState(seed: number, name: string): Int32Array {
  const lanes = new Int32Array(4);
  const multipliers = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d];
  const units = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, name.length];
  for (let i = 0; i < name.length; i++) units.push(name.charCodeAt(i));
  for (let lane = 0; lane < 3; lane++) {
    let h = multipliers[lane];
    for (const unit of units) h = mix(Math.imul(h ^ unit, multipliers[lane]));
    lanes[lane] = h;
  }
  lanes[3] = 1;
  for (let i = 0; i < 12; i++) nextWord(lanes);
  return lanes;
}

function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The generator's next 32 bits, as a signed number. */
function nextWord(state: Int32Array): number {
  const a = state[0];
  const b = state[1];
  const c = state[2];
  const counter = state[3];
  const word = (a + b + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + word) | 0;
  state[3] = (counter + 1) | 0;
  return word;
}

/** A number in (0, 1): never 0, so that it has a logarithm. */
function nextUnit(state: Int32Array): number {
  return ((nextWord(state) >>> 0) + 0.5) * 2 ** -32;
}

function fillUniform(values: Float32Array, state: Int32Array, low: number, high: number): void {
  const step = (high - low) * 2 ** -24;
  for (let i = 0; i < values.length; i++) values[i] = low + (nextWord(state) >>> 8) * step;
}

/**
 * A word gives the layer (8 bits) and a signed position in it (24 bits). Inside the part of the layer that lies wholly under the curve, 98.8 % of
 * all cases, position times width is the number. `limit` is in deviations; what lies beyond is drawn again. The loop is `nextWord` written out, so that
 * its state stays in registers; the other cases draw from `rare`, a stream of their own.
 */
function fillNormal(values: Float32Array, state: Int32Array, rare: Int32Array, mean: number, std: number, limit: number): void {
  const { widths, inside: whole } = (ziggurat ??= makeZiggurat());
  const inside = limit === Infinity ? whole : whole.map((k, layer) => Math.min(k, Math.floor(limit / widths[layer])));
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let counter = state[3];
  for (let i = 0; i < values.length; ) {
    const word = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    const layer = word & 255;
    const position = word >> 8;
    let x = (position + 0.5) * widths[layer];
    if (position >= inside[layer] || position < -inside[layer]) {
      x = outside(rare, layer, x);
      if (!(Math.abs(x) <= limit)) continue;
    }
    values[i++] = mean + std * x;
  }
}

/** The other cases: a number from the tail (layer 0); or `x`, if a point above it lies under the curve, else NaN, which asks for another draw. */
function outside(state: Int32Array, layer: number, x: number): number {
  const { heights } = (ziggurat ??= makeZiggurat());
  if (layer > 0) {
    const y = heights[layer] + nextUnit(state) * (heights[layer + 1] - heights[layer]);
    return y < bell(x) ? x : NaN;
  }
  for (;;) {
    const beyond = -logarithm(nextUnit(state)) / tailStart;
    const y = -logarithm(nextUnit(state));
    if (2 * y >= beyond * beyond) return x < 0 ? -tailStart - beyond : tailStart + beyond;
  }
}

interface Ziggurat {
  /** Of each layer, per unit of position. */
  readonly widths: Float64Array;
  /** Positions nearer to 0 than this lie under the curve at every height of the layer. */
  readonly inside: Int32Array;
  /** The curve at each layer's outer edge, and 1 behind the last. */
  readonly heights: Float64Array;
}

/** Where the tail begins, and the area of each of the 256 layers under exp(-x²/2), x ≥ 0. */
const tailStart = 3.6541528853610088;
const layerArea = 0.004928673233974658;

let ziggurat: Ziggurat | undefined;

function makeZiggurat(): Ziggurat {
  const edges = new Float64Array(257);
  edges[0] = layerArea / bell(tailStart);
  edges[1] = tailStart;
  for (let i = 1; i < 255; i++) edges[i + 1] = Math.sqrt(-2 * logarithm(bell(edges[i]) + layerArea / edges[i]));
  const unit = 2 ** 23;
  return {
    widths: edges.slice(0, 256).map((edge) => edge / unit),
    inside: Int32Array.from(edges.subarray(0, 256), (edge, i) => Math.floor((edges[i + 1] / edge) * unit)),
    heights: edges.map(bell),
  };
}

/** exp(-x²/2) for |x| ≤ 4: the series of a sixteenth of the exponent, then four squarings. */
function bell(x: number): number {
  const t = (-x * x) / 32;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 18; n++) {
    term = (term * t) / n;
    sum += term;
  }
  for (let i = 0; i < 4; i++) sum *= sum;
  return sum;
}

/** The natural logarithm for 0 < x ≤ 1: powers of two taken out, then 2·artanh((x - 1)/(x + 1)). */
function logarithm(x: number): number {
  let twos = 0;
  for (; x < 0.5; x *= 2) twos++;
  const z = (x - 1) / (x + 1);
  let power = z;
  let sum = 0;
  for (let n = 1; n <= 39; n += 2) {
    sum += power / n;
    power *= z * z;
  }
  return 2 * sum - twos * Math.LN2;
}
