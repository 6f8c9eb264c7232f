/**
 * The JSON header of a safetensors file, read strictly. `JSON.parse` alone would not do: it merges repeated keys and takes 1e3, 1.5 and
 * 2^60 for numbers. The reader is a loop over the few forms that may occur, so its depth does not depend on the input.
 *
 *     header   = "{" [ member { "," member } ] "}" ;
 *     member   = "__metadata__" ":" "{" [ STRING ":" STRING … ] "}" | STRING ":" tensor ;
 *     tensor   = "{" "dtype" ":" STRING "," "shape" ":" naturals "," "data_offsets" ":" naturals … "}" ;  (in any order; other keys are skipped)
 *     naturals = "[" [ NATURAL { "," NATURAL } ] "]" ;
 */

export interface HeaderTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one after the last, from the end of the header; not yet checked against anything. */
  readonly start: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of the text; names are unique. */
  readonly tensors: readonly HeaderTensor[];
}

/** What is wrong, and at which UTF-16 offset of the text. `repeated` names a key that stands twice. */
export interface HeaderProblem {
  readonly at: number;
  readonly problem: string;
  readonly repeated?: string;
}

const maximumRank = 64;
export const maximumTensors = 2 ** 20;

/** How a name from a file is shown: as a JSON string, so nothing in it acts on a terminal, and cut when long. */
export function quoted(name: string): string {
  const shown = name.length > 80 ? `${name.slice(0, 77)}…` : name;
  return JSON.stringify(shown).replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Reads the text of a header; the first problem ends it. */
export function parseHeader(text: string): Header | HeaderProblem {
  const reader: Reader = { text, at: 0, problem: undefined };
  const header = parseObjects(reader);
  skipSpace(reader);
  if (reader.at < text.length) fail(reader, "nothing but spaces may follow the closing brace");
  return reader.problem ?? header;
}

interface Reader {
  readonly text: string;
  at: number;
  problem: HeaderProblem | undefined;
}

/** Keeps the first problem and goes to the end of the text, where every function below stops on its own. */
function fail(reader: Reader, problem: string, at = reader.at, repeated?: string): void {
  reader.problem ??= { at, problem, ...(repeated === undefined ? {} : { repeated }) };
  reader.at = reader.text.length;
}

function parseObjects(reader: Reader): Header {
  const metadata = new Map<string, string>();
  const tensors: HeaderTensor[] = [];
  if (reader.text[0] !== "{") fail(reader, 'it must begin with "{"');
  eachMember(reader, (name) => {
    if (name === "__metadata__") {
      eachMember(reader, (key) => void metadata.set(key, parseString(reader, "a string; metadata maps strings to strings")));
    } else {
      if (tensors.length === maximumTensors) fail(reader, `more than ${maximumTensors} tensors`);
      tensors.push(parseTensor(reader, name));
    }
  });
  return { metadata, tensors };
}

function parseTensor(reader: Reader, name: string): HeaderTensor {
  const start = reader.at;
  let dtype: string | undefined;
  let shape: readonly number[] | undefined;
  let offsets: readonly number[] | undefined;
  eachMember(reader, (key) => {
    if (key === "dtype") dtype = parseString(reader, "the name of a dtype");
    else if (key === "shape") shape = parseNaturals(reader, maximumRank, "dimensions");
    else if (key === "data_offsets") offsets = parseNaturals(reader, 2, "offsets");
    else skipValue(reader);
  });
  if (dtype === undefined) fail(reader, `tensor ${quoted(name)} has no "dtype"`, start);
  if (shape === undefined) fail(reader, `tensor ${quoted(name)} has no "shape"`, start);
  if (offsets?.length !== 2) fail(reader, `tensor ${quoted(name)} needs two "data_offsets"`, start);
  return { name, dtype: dtype ?? "", shape: shape ?? [], start: offsets?.[0] ?? 0, end: offsets?.[1] ?? 0 };
}

/** Reads `{ key: … }`; `value` is called behind each colon and reads what stands there. A repeated key fails. */
function eachMember(reader: Reader, value: (key: string) => void): void {
  expect(reader, "{");
  if (accept(reader, "}")) return;
  const seen = new Set<string>();
  do {
    skipSpace(reader);
    const at = reader.at;
    const key = parseString(reader, "a key in double quotes");
    if (seen.has(key)) fail(reader, `${quoted(key)} is given twice`, at, key);
    seen.add(key);
    expect(reader, ":");
    if (reader.problem) return;
    value(key);
  } while (accept(reader, ","));
  expect(reader, "}");
}

function parseNaturals(reader: Reader, limit: number, what: string): readonly number[] {
  const numbers: number[] = [];
  expect(reader, "[");
  if (accept(reader, "]")) return numbers;
  do {
    if (numbers.length === limit) fail(reader, `more than ${limit} ${what}`);
    numbers.push(parseNatural(reader));
  } while (accept(reader, ","));
  expect(reader, "]");
  return numbers;
}

/** Digits without sign, fraction, exponent or leading zero, below 2^53. */
function parseNatural(reader: Reader): number {
  skipSpace(reader);
  const { text, at } = reader;
  let end = at;
  while (isDigit(text.charCodeAt(end))) end++;
  const next = text[end] ?? " ";
  const value = end - at > 16 ? Infinity : Number(text.slice(at, end));
  reader.at = end;
  if (end === at || ".eE".includes(next) || (end > at + 1 && text[at] === "0")) fail(reader, "expected a whole number from 0", at);
  if (value > Number.MAX_SAFE_INTEGER) fail(reader, "a number of 2^53 or more", at);
  return value;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

function parseString(reader: Reader, expected: string): string {
  skipSpace(reader);
  const { text, at } = reader;
  if (text[at] !== '"') {
    fail(reader, `expected ${expected}`);
    return "";
  }
  const end = stringEnd(text, at);
  reader.at = end ?? at;
  const value = end === undefined ? undefined : jsonValue(text.slice(at, end));
  if (end === undefined) fail(reader, "a string that does not end", at);
  else if (typeof value !== "string") fail(reader, "a string with a bad escape or a control character", at);
  else if (/\p{Surrogate}/u.test(value)) fail(reader, "a string with half of a surrogate pair", at);
  return typeof value === "string" ? value : "";
}

/** The offset behind the closing quote of the string that opens at `at`. */
function stringEnd(text: string, at: number): number | undefined {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
  return undefined;
}

/** Skips one JSON value of any kind. V8's and every other current JSON.parse checks it without recursion on the input's depth. */
function skipValue(reader: Reader): void {
  skipSpace(reader);
  const { text, at } = reader;
  let end = at;
  for (let depth = 0; end < text.length; ) {
    const c = text[end];
    if (c === '"') {
      end = stringEnd(text, end) ?? text.length;
      continue;
    }
    if (c === "{" || c === "[") depth++;
    else if (depth === 0 && (c === "," || c === "}")) break;
    else if (c === "}" || c === "]") depth--;
    end++;
  }
  reader.at = end;
  if (jsonValue(text.slice(at, end)) === undefined) fail(reader, "expected a JSON value", at);
}

/** The value of a piece of JSON, undefined where it is none. */
function jsonValue(token: string): unknown {
  try {
    return JSON.parse(token) as unknown;
  } catch {
    return undefined;
  }
}

function skipSpace(reader: Reader): void {
  const { text } = reader;
  for (; reader.at < text.length; reader.at++) {
    const c = text.charCodeAt(reader.at);
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
  }
}

function accept(reader: Reader, mark: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at++;
  return true;
}

function expect(reader: Reader, mark: string): void {
  if (!accept(reader, mark)) fail(reader, `expected "${mark}"`);
}
