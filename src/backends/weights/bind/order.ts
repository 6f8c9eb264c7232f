/**
 * The order of execution that a file's names tell. Numbers after one word count up; letters a, b, c after one another do too. Which of two
 * different words comes first (`stem` or `blocks`, `conv` or `downsample`) is learnt from layers whose place is known already, there or in
 * a like block. Numbers that go against what is known count for nothing.
 */
import { showToken, type LayerName, type Token } from "./names.ts";
import type { Module } from "./modules.ts";

/** Undefined where the names tell nothing. */
export interface Order {
  compare(a: Module, b: Module): number | undefined;
  /** Whether two names differ first in a number. */
  counted(a: Module, b: Module): boolean;
  /** Whether all that comparing has relied on so far is still right, given what is known by now. */
  holds(places: ReadonlyMap<Module, number>): boolean;
}

type Needs = (later: number, earlier: number) => boolean;

export function orderOf(modules: readonly Module[], places: ReadonlyMap<Module, number>, needs: Needs, reliedOn: Set<string>): Order {
  const letters = letteredNodes(modules);
  const spans = spansOf(places);
  const numbers = numbersOf(places);
  const steps = stepsOf(places);
  const wrong = contradicted(places, needs, letters);
  const words = new Map<string, number | undefined>();

  const compare = (a: Module, b: Module): number | undefined => {
    const at = firstDifference(a.name, b.name);
    const [x, y] = [a.name.tokens[at], b.name.tokens[at]];
    if (!x || !y) return undefined;
    const kind = treeOf(a.name).kinds[at];
    const counted = countedBy(x, y, kind, letters);
    if (counted === undefined) {
      const order = byWord(kind, x.word, y.word, spans, words);
      if (order !== undefined && covered(kind, order < 0 ? x : y, order < 0 ? y : x, numbers)) return order;
      return byStep(kind, x, y, steps);
    }
    if (wrong.has(counted.series)) return undefined;
    reliedOn.add(counted.series);
    return counted.order;
  };
  return {
    compare,
    counted(a, b) {
      const at = firstDifference(a.name, b.name);
      const [x, y] = [a.name.tokens[at], b.name.tokens[at]];
      return x !== undefined && y !== undefined && countedBy(x, y, treeOf(a.name).kinds[at], letters) !== undefined;
    },
    holds(later) {
      const now = contradicted(later, needs, letters);
      return ![...reliedOn].some((series) => now.has(series));
    },
  };
}

/** Where two names part. */
function firstDifference(a: LayerName, b: LayerName): number {
  let at = 0;
  while (at < a.tokens.length && at < b.tokens.length && a.tokens[at].word === b.tokens[at].word && a.tokens[at].number === b.tokens[at].number) at++;
  return at;
}

/** Where in the tree of names each token of a name stands. */
interface Places {
  /** Without the numbers: like blocks are alike in it. */
  readonly kinds: readonly string[];
  /** With them. */
  readonly nodes: readonly string[];
}

const known = new WeakMap<LayerName, Places>();

function treeOf(name: LayerName): Places {
  let places = known.get(name);
  if (!places) {
    const kinds = [""];
    const nodes = [""];
    for (const token of name.tokens) {
      kinds.push(`${kinds[kinds.length - 1]} ${token.number < 0 ? token.word : `${token.word}#`}`);
      nodes.push(`${nodes[nodes.length - 1]} ${showToken(token)}`);
    }
    known.set(name, (places = { kinds, nodes }));
  }
  return places;
}

/** A name without a number beside names with one is a series of its own: `expanded_conv` is the first of its kind, `conv_last` is not. */
const unnumbered = "|first";

function countedBy(x: Token, y: Token, kind: string, letters: ReadonlySet<string>): { readonly series: string; readonly order: number } | undefined {
  if (x.word === y.word) return { series: `${kind}|${x.word}${x.number < 0 || y.number < 0 ? unnumbered : ""}`, order: x.number - y.number };
  if (isLetter(x) && isLetter(y) && letters.has(kind)) return { series: `${kind}|a…z`, order: x.word < y.word ? -1 : 1 };
  return undefined;
}

function isLetter({ word, number }: Token): boolean {
  return word.length === 1 && number < 0;
}

/** The kinds of nodes whose single letters are a, b, c … without a gap. */
function letteredNodes(modules: readonly Module[]): ReadonlySet<string> {
  const found = new Map<string, Set<string>>();
  for (const { name } of modules) {
    name.tokens.forEach((token, at) => {
      if (!isLetter(token)) return;
      const kind = treeOf(name).kinds[at];
      found.set(kind, (found.get(kind) ?? new Set()).add(token.word));
    });
  }
  const inRow = ([, set]: readonly [string, ReadonlySet<string>]): boolean => [...set].sort().every((letter, i) => letter === String.fromCharCode(97 + i));
  return new Set([...found].filter(inRow).map(([kind]) => kind));
}

interface Span {
  first: number;
  last: number;
}

/** For each kind of node, for each node of it, the first and last place known under each word. */
function spansOf(places: ReadonlyMap<Module, number>): ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Span>>> {
  const kinds = new Map<string, Map<string, Map<string, Span>>>();
  for (const [{ name }, place] of places) {
    name.tokens.forEach(({ word }, at) => {
      const nodes = upsert(kinds, treeOf(name).kinds[at], () => new Map<string, Map<string, Span>>());
      const node = upsert(nodes, treeOf(name).nodes[at], () => new Map<string, Span>());
      const span = upsert(node, word, () => ({ first: place, last: place }));
      span.first = Math.min(span.first, place);
      span.last = Math.max(span.last, place);
    });
  }
  return kinds;
}

function upsert<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** The least and the greatest number known behind each word, by kind of node and word. */
function numbersOf(places: ReadonlyMap<Module, number>): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>();
  for (const { name } of places.keys()) {
    name.tokens.forEach(({ word, number }, at) => {
      const range = upsert(found, `${treeOf(name).kinds[at]}|${word}`, () => ({ first: number, last: number }));
      range.first = Math.min(range.first, number);
      range.last = Math.max(range.last, number);
    });
  }
  return found;
}

/** Whether what is known of two words holds for these numbers: `norm5` may run after what `norm0` runs before. */
function covered(kind: string, earlier: Token, later: Token, numbers: ReadonlyMap<string, Span>): boolean {
  const [a, b] = [numbers.get(`${kind}|${earlier.word}`), numbers.get(`${kind}|${later.word}`)];
  return (a === undefined || earlier.number <= a.last) && (b === undefined || later.number >= b.first);
}

/** For each kind of node, for each node of it, the first and last place known under each word and number. */
function stepsOf(places: ReadonlyMap<Module, number>): ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Step>>> {
  const kinds = new Map<string, Map<string, Map<string, Step>>>();
  for (const [{ name }, place] of places) {
    name.tokens.forEach((token, at) => {
      if (token.number < 0) return;
      const nodes = upsert(kinds, treeOf(name).kinds[at], () => new Map<string, Map<string, Step>>());
      const node = upsert(nodes, treeOf(name).nodes[at], () => new Map<string, Step>());
      const step = upsert(node, showToken(token), () => ({ token, first: place, last: place }));
      step.first = Math.min(step.first, place);
      step.last = Math.max(step.last, place);
    });
  }
  return kinds;
}

interface Step extends Span {
  readonly token: Token;
}

/** Known pairs that must agree before two words are taken to alternate. */
const ALTERNATIONS = 2;

/**
 * Two words that alternate: where `transition2` runs before `denseblock3` and `transition3` before `denseblock4`, `transition1` runs before
 * `denseblock2`, and before those after it. Two known pairs must say so, and none otherwise.
 */
function byStep(kind: string, x: Token, y: Token, steps: ReturnType<typeof stepsOf>): number | undefined {
  if (x.number < 0 || y.number < 0) return undefined;
  const wanted = x.number - y.number;
  let [before, after] = [0, 0];
  for (const node of steps.get(kind)?.values() ?? []) {
    const of = (word: string) => [...node.values()].filter(({ token }) => token.word === word);
    for (const a of of(x.word)) {
      for (const b of of(y.word)) {
        const apart = a.token.number - b.token.number;
        if (a.last < b.first && apart >= wanted) before++;
        else if (b.last < a.first && apart <= wanted) after++;
        else if (apart === wanted) return undefined;
      }
    }
  }
  if (before > 0 && after > 0) return undefined;
  return before >= ALTERNATIONS ? -1 : after >= ALTERNATIONS ? 1 : undefined;
}

/** Which word's layers run first, where all nodes that know both agree. */
function byWord(kind: string, x: string, y: string, spans: ReturnType<typeof spansOf>, known: Map<string, number | undefined>): number | undefined {
  const key = `${kind}|${x}|${y}`;
  if (known.has(key)) return known.get(key);
  const votes = new Set<number>();
  for (const node of spans.get(kind)?.values() ?? []) {
    const [a, b] = [node.get(x), node.get(y)];
    if (a && b) votes.add(a.last < b.first ? -1 : b.last < a.first ? 1 : 0);
  }
  const order = votes.size === 1 ? [...votes].find((vote) => vote !== 0) : undefined;
  known.set(key, order);
  return order;
}

/** The series in which a layer with a smaller number needs one with a larger. */
function contradicted(places: ReadonlyMap<Module, number>, needs: Needs, letters: ReadonlySet<string>): ReadonlySet<string> {
  const nodes = new Map<string, { readonly series: string; readonly members: Member[] }>();
  for (const [{ name }, place] of places) {
    name.tokens.forEach((token, at) => {
      const kind = treeOf(name).kinds[at];
      const counted = isLetter(token) && letters.has(kind) ? "a…z" : token.word;
      const path = `${treeOf(name).nodes[at]}|${counted}`;
      upsert(nodes, path, () => ({ series: `${kind}|${counted}`, members: [] })).members.push({ token, place });
    });
  }
  const wrong = new Set<string>();
  for (const { series, members } of nodes.values()) {
    const letter = series.endsWith("|a…z");
    members.sort((a, b) => (letter ? (a.token.word < b.token.word ? -1 : a.token.word > b.token.word ? 1 : 0) : a.token.number - b.token.number));
    if (letter) {
      if (!wrong.has(series) && runsBackwards(members, ({ word }) => word, needs)) wrong.add(series);
      continue;
    }
    if (!wrong.has(series) && runsBackwards(members.filter(({ token }) => token.number >= 0), ({ number }) => number, needs)) wrong.add(series);
    if (!wrong.has(series + unnumbered) && members[0].token.number < 0 && runsBackwards(members, ({ number }) => Math.min(number, 0), needs)) wrong.add(series + unnumbered);
  }
  return wrong;
}

interface Member {
  readonly token: Token;
  readonly place: number;
}

/** Whether one of the sorted members needs one after it, of another key. */
function runsBackwards(members: readonly Member[], key: (token: Token) => string | number, needs: Needs): boolean {
  let earlier = -1; // the latest place under the keys before this one
  let latest = -1;
  for (let j = 0; j < members.length; j++) {
    const { token, place } = members[j];
    if (j > 0 && key(members[j - 1].token) !== key(token)) earlier = latest;
    if (place < earlier && members.some((one, i) => i < j && place < one.place && key(one.token) !== key(token) && needs(one.place, place))) return true;
    latest = Math.max(latest, place);
  }
  return false;
}
