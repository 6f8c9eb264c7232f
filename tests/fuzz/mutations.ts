/** Mutated `.lwm` texts: what a slipping hand, a bad merge or a hostile person could make of the library's and the examples' files. */
import { lwmFiles, readProject } from "../program.ts";

/** A small generator, so that a failure can be had again from its number: mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TOKEN = /\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*|\d[\w.%]*|\s+|->|\.\.|[<>=!]=|./gsu;

const NUMBERS = ["0", "1", "2", "3", "-1", "0.5", "1e9", "1e308", "9007199254740993", "0.0000001", "25%", "4MB", "1_000", "1e", "3.5M", "99999999999999999999"];
const WORDS = ["in", "it", "if", "else", "for", "let", "shared", "output", "input", "identity", "default", "relu", "conv2d", "add", "concat", "split", "scale", "repeat", "model", "block", "same", "true", "mbconv", "residual", "__proto__", "constructor", "toString", "and", "not", "max", "scaling"];
const MARKS = ["(", ")", "{", "}", "[", "]", "|", "->", ",", "=", ":", "..", "*", "/", "-", "?", '"', "<=", "==", "\u0000", "\u{1F600}", "\\", "///", "\n"];

const tokens = [...lwmFiles("stdlib"), ...lwmFiles("examples")].map((path): readonly string[] => readProject(path).match(TOKEN) ?? []);
/** Files with models are mutated; the others lend their tokens. */
const bases = tokens.filter((file) => file.includes("model"));

/** The mutated text of this number; the same for ever. */
export function mutated(number: number): string {
  const random = generator(number * 2654435761);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)];
  const result = [...pick(bases)];
  const gentle = random() < 0.5;
  const changes = 1 + below(gentle ? 3 : 8);
  if (gentle) {
    // Other numbers and other words where there were some: the text still parses, and means something else.
    const places = result.flatMap((token, i) => (/^\w/.test(token) ? [i] : []));
    for (let c = 0; c < changes; c++) {
      const at = pick(places);
      result[at] = /^\d/.test(result[at]) || random() < 0.5 ? replacement(result[at], pick) : result[pick(places)];
    }
    return result.join("");
  }
  for (let c = 0; c < changes; c++) {
    const at = below(result.length);
    const kind = random();
    if (kind < 0.3) result[at] = replacement(result[at], pick);
    else if (kind < 0.4) result.splice(at, 1 + below(3));
    else if (kind < 0.5) result.splice(at, 0, pick(WORDS), " ");
    else if (kind < 0.6) result.splice(at, 0, pick(MARKS));
    else if (kind < 0.7) result.splice(at, 0, ...result.slice(below(result.length)).slice(0, 1 + below(30)));
    else if (kind < 0.8) [result[at], result[below(result.length)]] = [pick(result), result[at]];
    else if (kind < 0.88) result.splice(at, 0, ...pick(tokens).slice(0, below(60)));
    else if (kind < 0.92) result.splice(at, below(40));
    else if (kind < 0.95) result[at] = String.fromCodePoint(below(0xd7ff));
    else if (kind < 0.97) result.splice(at, 0, pick(["(", "{ relu ", "[", "- ", "not "]).repeat(1 + below(3000)));
    else result.length = at + 1;
  }
  return result.join("");
}

/** A token of the same kind, mostly, so that the text often still parses. */
function replacement(token: string, pick: <T>(from: readonly T[]) => T): string {
  if (/^\d/.test(token)) return pick(NUMBERS);
  if (/^\w/.test(token)) return pick(WORDS);
  return /^\s/.test(token) ? token : pick(MARKS);
}
