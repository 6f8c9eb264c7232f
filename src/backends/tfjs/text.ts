/** Numbers and names as they stand in generated TypeScript. */

/** The number to 15 digits, so that 0.1 · 3 reads 0.3; far finer than float32, in which TF.js computes. */
export function numberText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(15))) : value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN";
}

/** `[1, 2]`, `["a"]`, nested lists and objects as a person would write them on one line. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "number") return numberText(value);
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return members.length === 0 ? "{}" : `{ ${members.map(([key, member]) => `${property(key)}: ${literal(member)}`).join(", ")} }`;
  }
  return JSON.stringify(value) ?? "undefined";
}

const WORD = /^[A-Za-z_$][\w$]*$/;

/** A key of an object, quoted where it is not a word. */
export function property(name: string): string {
  return WORD.test(name) ? name : JSON.stringify(name);
}

/** A name that is free to use as a variable: what is not a letter or digit goes, words of the language get an underscore. */
export function identifier(name: string): string {
  const word = name.replaceAll(/[^A-Za-z0-9_$]+/g, "_").replace(/^(?=\d)/, "_");
  return RESERVED.has(word) ? `${word}_` : word;
}

/** Words of TypeScript, and the names that a generated module uses itself. */
const RESERVED = new Set(
  ("arguments await batch break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null " +
    "package private protected public return static super switch this throw true try typeof undefined var void while with yield tf w conv depthwise cut sides he weights inputs outputs costs classes on").split(" "),
);

/** A doc comment of these lines, long ones broken between words; the text cannot end the comment. */
export function docComment(lines: readonly string[]): string {
  const safe = lines.flatMap((line) => broken(line.replaceAll("*/", "*\\/")));
  return safe.length === 1 ? `/** ${safe[0]} */` : `/**\n${safe.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */`;
}

function broken(line: string): readonly string[] {
  if (line.length <= 132 || line.startsWith(" ")) return [line];
  const cut = line.lastIndexOf(" ", 132);
  return cut <= 0 ? [line] : [line.slice(0, cut), ...broken(line.slice(cut + 1))];
}
