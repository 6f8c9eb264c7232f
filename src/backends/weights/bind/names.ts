/**
 * The names of a checkpoint's tensors, taken apart: which layer, and what the tensor is to it. The layer's name is a list of words with
 * numbers, `blocks.2.0.conv_pw` → blocks, 2, 0, conv, pw, by which layers can be put in order: `block_2` before `block_10`, and
 * `expanded_conv` before `expanded_conv_1`.
 */
import { normWords, operation, repeatsOperation, roleWords, type TensorRole } from "./words.ts";

/** A word and the number that follows it; `word` is empty for a number alone, `number` −1 for a word alone. */
export interface Token {
  readonly word: string;
  readonly number: number;
}

export interface LayerName {
  /** Tensors of one layer agree in it. */
  readonly text: string;
  readonly tokens: readonly Token[];
}

export interface TensorName {
  /** The layer's name in pieces, for `layerName`; tensors of one layer agree in them. */
  readonly segments: readonly string[];
  readonly role: TensorRole | undefined;
}

/** Of names that an exporter joined by `;`, the first is the tensor's own. */
export function tensorName(name: string): TensorName {
  const own = name
    .split(";", 1)[0]
    .replace(/:\d+$/, "")
    .replace(/^(arg|aux):/, "")
    .replace(/[/.]ExponentialMovingAverage$/, "");
  const segments = own.split(/[/.]/).filter((segment) => segment !== "");
  let role: TensorRole | undefined;
  while (segments.length > 0) {
    const last = segments[segments.length - 1];
    if (operation.test(last)) {
      segments.pop();
      continue;
    }
    if (role !== undefined) break;
    const taken = roleAtEnd(last, segments);
    if (taken === undefined) break;
    role = taken.role;
    segments.pop();
    if (taken.rest !== "" && !repeatsOperation.test(taken.rest)) segments.push(taken.rest);
  }
  return { segments, role };
}

/** The role that a segment ends with, and the segment without it. */
function roleAtEnd(segment: string, segments: readonly string[]): { readonly role: TensorRole; readonly rest: string } | undefined {
  if (/^\d+$/.test(segment) && segments[segments.length - 2] === "vars") return { role: `slot${Number(segment)}`, rest: "" };
  const text = segment.replace(/_quant$/, "");
  const lower = text.toLowerCase();
  for (const [words, role] of roleWords) {
    if (lower === words) return { role, rest: "" };
    if (lower.endsWith(`_${words}`)) return { role, rest: text.slice(0, -words.length - 1).replace(/_(Conv2D|MatMul|BiasAdd)(_[Ff]old)?$/, "") };
  }
  return undefined;
}

export function layerName(segments: readonly string[]): LayerName {
  const kept = segments.filter((segment) => segment !== "vars" && segment !== "_layers");
  const text = kept.join("/").toLowerCase();
  return { text, tokens: kept.flatMap((segment) => tokensOf(segment.toLowerCase())) };
}

function tokensOf(segment: string): readonly Token[] {
  const tokens: Token[] = [];
  const plain = segment.replace(normWords, "bn").replace(/(conv|norm|bn|pool|dense)[123]d/g, "$1");
  for (const piece of plain.split(/[^a-z0-9]+/)) {
    for (const part of isHash(piece) ? [piece] : (piece.match(/\d+x\d+|\d+|[a-z]+/g) ?? [])) {
      const last = tokens[tokens.length - 1];
      if (!/^\d+$/.test(part)) tokens.push({ word: part, number: -1 });
      else if (last && last.number < 0 && last.word !== "") tokens[tokens.length - 1] = { word: last.word, number: Number(part) };
      else tokens.push({ word: "", number: Number(part) });
    }
  }
  return tokens;
}

/** Hexadecimal digits in which letters and figures take turns more than once: an identifier, whose figures count nothing. */
function isHash(piece: string): boolean {
  if (piece.length < 4 || !/^[0-9a-f]+$/.test(piece)) return false;
  return (piece.match(/[a-f]+|\d+/g) ?? []).length > 2;
}

/** The name without the words for batch normalisation: `block_1_expand_bn` → `block_1_expand`. */
export function withoutNorm(layer: LayerName): LayerName {
  const text = layer.text
    .replace(normWords, "")
    .replace(/[_/-]{2,}/g, (marks) => (marks.includes("/") ? "/" : "_"))
    .replace(/^[_/-]+|[_/-]+$/g, "");
  return { text, tokens: layer.tokens.filter((token) => token.word !== "bn" || token.number >= 0).map((token) => (token.word === "bn" ? { word: "", number: token.number } : token)) };
}

export function showToken({ word, number }: Token): string {
  return number < 0 ? word : `${word}#${number}`;
}

/** A fixed order in which nothing is implied: numbers by size, words by letters. */
export function inNaturalOrder(a: LayerName, b: LayerName): number {
  const length = Math.min(a.tokens.length, b.tokens.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.tokens[i], b.tokens[i]];
    if (x.word !== y.word) return x.word < y.word ? -1 : 1;
    if (x.number !== y.number) return x.number - y.number;
  }
  return a.tokens.length - b.tokens.length || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
}
