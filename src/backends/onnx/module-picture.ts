/** The parts of the emitted module that see to pictures and classes. */
import type { GraphOutput } from "../../compiler/ir/graph.ts";

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A name as a property of an object literal: quoted only where it must be. */
export function propertyName(name: string): string {
  return identifier.test(name) ? name : JSON.stringify(name);
}

/** `.logits` */
function member(name: string): string {
  return identifier.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/**
 * `prepare`, for the input of this name: a picture of the input's size goes in as it is, another is scaled and cropped as networks of this kind are
 * evaluated, which is also what `lwmc run` does.
 */
export function pictureText(input: string): string {
  return `/**
 * A picture as a canvas gives it (\`ImageData\`): 4 bytes a pixel, red, green, blue, alpha, or 3 without alpha, row by row.
 * What is transparent is laid on white.
 */
export interface Picture {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

interface ImageFacts {
  readonly shape: readonly [number, number, number];
  readonly order?: string;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/**
 * The network's input for a picture: (value − mean) / std for each channel, in the order that the network was made for. A
 * picture of the input's size goes in as it is. Another is scaled until it covers the input 256/224 times, and its middle is
 * cut out; scaling is bilinear, with the filter as wide as the pixels that it joins, and rounds to whole numbers.
 */
export function prepare(picture: Picture): Float32Array {
  const { shape, order, mean, std }: ImageFacts = inputs${member(input)};
  const [channels, height, width] = shape;
  const rgb = fit(opaque(picture), picture.width, picture.height, width, height);
  const area = width * height;
  const tensor = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    const m = mean?.[c] ?? mean?.[0] ?? 0;
    const s = std?.[c] ?? std?.[0] ?? 255;
    const from = order === "bgr" ? 2 - c : c;
    for (let i = 0; i < area; i++) {
      const value = channels === 1 ? 0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]! : rgb[3 * i + from]!;
      tensor[c * area + i] = (value - m) / s;
    }
  }
  return tensor;
}

/** Red, green and blue of every pixel. */
function opaque({ data, width, height }: Picture): Uint8Array {
  const depth = data.length / (width * height);
  if (depth !== 3 && depth !== 4) throw new RangeError(\`a picture of \${width}×\${height} has 3 or 4 bytes a pixel, not \${depth}\`);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) {
    const pixel = Math.floor(i / 3) * depth;
    const alpha = depth === 4 ? data[pixel + 3]! : 255;
    rgb[i] = Math.round((data[pixel + (i % 3)]! * alpha + 255 * (255 - alpha)) / 255);
  }
  return rgb;
}

function fit(rgb: Uint8Array, fromWidth: number, fromHeight: number, width: number, height: number): Uint8Array {
  if (fromWidth === width && fromHeight === height) return rgb;
  const scale = (Math.max(width / fromWidth, height / fromHeight) * 256) / 224;
  const narrow = resample(rgb, fromHeight, fromWidth, 3, width, Math.max(width, Math.round(fromWidth * scale)));
  return resample(narrow, 1, fromHeight, width * 3, height, Math.max(height, Math.round(fromHeight * scale)));
}

/** \`lines\` × \`size\` × \`inner\` numbers, of which the middle axis is scaled to \`scaled\` places; the \`count\` in its middle are kept. */
function resample(source: Uint8Array, lines: number, size: number, inner: number, count: number, scaled: number): Uint8Array {
  const step = size / scaled;
  const reach = Math.max(1, step);
  const first = Math.floor((scaled - count) / 2);
  const made = new Uint8Array(lines * count * inner);
  for (let place = 0; place < count; place++) {
    const centre = (first + place + 0.5) * step - 0.5;
    const from = Math.max(0, Math.ceil(centre - reach));
    const to = Math.min(size - 1, Math.floor(centre + reach));
    const shares = Array.from({ length: to - from + 1 }, (_, k) => Math.max(0, 1 - Math.abs(from + k - centre) / reach));
    const total = shares.reduce((a, b) => a + b, 0);
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        shares.forEach((share, k) => (sum += share * source[(line * size + from + k) * inner + i]!));
        made[(line * count + place) * inner + i] = Math.round(sum / total);
      }
    }
  }
  return made;
}`;
}

/** `best`, over the scores of this output. Scores are probabilities already where the network ends in a softmax or a sigmoid. */
export function classifyText({ name, offset }: GraphOutput, hasNames: boolean, isProbability: boolean): string {
  const at = offset ? `i + ${offset}` : "i";
  return `export interface Classification {
  /** The element of the output. */
  readonly index: number;${hasNames ? "\n  readonly name: ClassName;" : ""}
  /** Between 0 and 1. */
  readonly probability: number;
}

function best(results: Outputs, k: number): readonly Classification[] {
  const scores = results${member(name)};
${isProbability ? "" : `  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
`}  const all = Array.from({ length: ${hasNames ? "classes.length" : `scores.length${offset ? ` - ${offset}` : ""}`} }, (_, i) => ({
    index: ${at},${hasNames ? "\n    name: classes[i]!," : ""}
    probability: ${isProbability ? `scores[${at}]!` : `Math.exp(scores[${at}]! - highest) / total`},
  }));
  return all.sort((a, b) => b.probability - a.probability || a.index - b.index).slice(0, k);
}`;
}
