/**
 * Numbers that tell networks apart. Two networks are the same if their deployed layers are: the same operators with the same arguments, on tensors of the
 * same shapes, in the same order. What they are called, and how they train, does not count.
 *
 * A fingerprint has 52 bits, in two lanes: among 100,000 networks two that differ are taken for the same with a probability of about 10⁻⁶.
 */
import type { Graph } from "../ir/graph.ts";

/** The first lane with a number mixed in (multiplicative hashing; the factor is 2³² over the golden ratio, Knuth, volume 3, section 6.4). */
export function mixFirst(lane: number, value: number): number {
  const mixed = Math.imul(lane ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** The second lane (a round of MurmurHash3's finaliser). */
export function mixSecond(lane: number, value: number): number {
  const mixed = Math.imul(lane + value, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

export interface Lanes {
  readonly first: number;
  readonly second: number;
}

export function fingerprint(first: number, second: number): number {
  return (first >>> 6) * 2 ** 26 + (second >>> 6);
}

/** What a network is made of, the sizes of its images aside. */
export function structureOf(graph: Graph): Lanes {
  const numberOf = new Map<number, number>();
  graph.inputs.forEach(({ tensor }, i) => numberOf.set(tensor.id, i));
  let first = graph.inputs.length;
  let second = graph.outputs.length;
  const mix = (value: number): void => {
    first = mixFirst(first, value);
    second = mixSecond(second, value);
  };
  const words = (text: string): void => {
    for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
    mix(-1);
  };
  for (const { op, given, attrs, inputs, outputs, activation } of graph.nodes) {
    words(op.name);
    words(args(given ?? attrs));
    if (activation) {
      words(activation.op.name);
      words(args(activation.attrs));
    }
    for (const { id } of inputs) mix(numberOf.get(id)!);
    for (const { id, shape } of outputs) {
      numberOf.set(id, numberOf.size);
      mix(shape?.length === 3 ? shape[0] : -1);
    }
  }
  for (const { tensor } of graph.outputs) mix(numberOf.get(tensor.id)!);
  return { first, second };
}

/** Structure and sizes: what a resized network has as its fingerprint, for a network as it stands. */
export function fingerprintOf(graph: Graph): number {
  let { first, second } = structureOf(graph);
  for (const { op, outputs } of graph.nodes) {
    if (op.kind === "source") continue;
    for (const { shape = [] } of outputs) {
      for (let side = shape.length === 3 ? 1 : 0; side < shape.length; side++) {
        first = mixFirst(first, shape[side]);
        second = mixSecond(second, shape[side]);
      }
    }
  }
  return fingerprint(first, second);
}

/** Arguments as text, those aside by which training starts. */
function args(given: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const name in given) if (name !== "init" && name !== "init_std") text += `${name}=${String(given[name])};`;
  return text;
}
