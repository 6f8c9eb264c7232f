/** The parts of the emitted module that see to pictures and classes. */
import type { GraphOutput } from "../../compiler/ir/graph.ts";
import { fittingSource, pictureSource } from "../picture-source.ts";

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
  return `${pictureSource}

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

${fittingSource}`;
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
