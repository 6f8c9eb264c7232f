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

/** `prepare`, for the input of this name: a picture of the input's size goes in as it is, another is scaled and cropped. */
export function pictureText(input: string): string {
  return `/**
 * A picture as a canvas gives it (\`ImageData\`): 4 bytes a pixel, red, green, blue, alpha, or 3 without alpha, row by row.
 * Alpha is not looked at.
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
 * picture of the input's size goes in as it is. Another is scaled, bilinear with the filter widened where it shrinks, until
 * it just covers the input, and its middle is taken.
 */
export function prepare(picture: Picture): Float32Array {
  const facts: ImageFacts = inputs${member(input)};
  const [channels, height, width] = facts.shape;
  const depth = picture.data.length / (picture.width * picture.height);
  if (depth !== 3 && depth !== 4) throw new RangeError(\`a picture of \${picture.width}×\${picture.height} has 3 or 4 bytes a pixel, not \${depth}\`);
  const scale = Math.min(picture.width / width, picture.height / height);
  const columns = taps(width, picture.width, scale);
  const rows = taps(height, picture.height, scale);
  const narrow = new Float32Array(picture.height * width * 3);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (const [at, share] of columns[x]) sum += share * picture.data[(y * picture.width + at) * depth + c];
        narrow[(y * width + x) * 3 + c] = sum;
      }
    }
  }
  const colours = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const planes = channels === 1 ? [[0.299, 0.587, 0.114]] : facts.order === "bgr" ? colours.reverse() : colours;
  const tensor = new Float32Array(channels * height * width);
  for (let c = 0; c < channels; c++) {
    const [red, green, blue] = planes[c];
    const mean = facts.mean?.[c % facts.mean.length] ?? 0;
    const std = facts.std?.[c % facts.std.length] ?? 1;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (const [at, share] of rows[y]) {
          const i = (at * width + x) * 3;
          sum += share * (red * narrow[i] + green * narrow[i + 1] + blue * narrow[i + 2]);
        }
        tensor[(c * height + y) * width + x] = (sum - mean) / std;
      }
    }
  }
  return tensor;
}

/**
 * For each of \`size\` places in the middle of a side: which of the \`side\` elements it is made of, and their shares.
 * \`scale\` elements make one.
 */
function taps(size: number, side: number, scale: number): readonly (readonly (readonly [number, number])[])[] {
  const reach = Math.max(scale, 1);
  return Array.from({ length: size }, (_, i) => {
    const centre = (i + 0.5 - size / 2) * scale + side / 2 - 0.5;
    const found: [number, number][] = [];
    for (let at = Math.max(0, Math.ceil(centre - reach)); at <= Math.min(side - 1, Math.floor(centre + reach)); at++) {
      const share = 1 - Math.abs(at - centre) / reach;
      if (share > 0) found.push([at, share]);
    }
    const total = found.reduce((sum, [, share]) => sum + share, 0);
    return found.map(([at, share]) => [at, share / total] as const);
  });
}`;
}

/** `best`, over the scores of this output. Scores are probabilities already where the network ends in a softmax. */
export function classifyText({ name, offset }: GraphOutput, hasNames: boolean, isProbability: boolean): string {
  const counted = hasNames ? "classes.length" : `scores.length${offset ? ` - ${offset}` : ""}`;
  const at = offset ? `index + ${offset}` : "index";
  return `export interface Guess {
  /** Counted from the first class${offset ? `, which is element ${offset} of the output` : ""}. */
  readonly index: number;${hasNames ? "\n  readonly label: Class;" : ""}
  /** Between 0 and 1. */
  readonly probability: number;
}

function best(results: Outputs, k: number): readonly Guess[] {
  const scores = results${member(name)};
${isProbability ? "" : `  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
`}  const guesses = Array.from({ length: ${counted} }, (_, index) => ({
    index,${hasNames ? "\n    label: classes[index]," : ""}
    probability: ${isProbability ? `scores[${at}]` : `Math.exp(scores[${at}] - highest) / total`},
  }));
  return guesses.sort((a, b) => b.probability - a.probability || a.index - b.index).slice(0, k);
}`;
}
