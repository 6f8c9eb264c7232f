/** The layers of the code: a module imports from its own rank or lower, and third-party packages only where they belong. */
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** The longest prefix of a path decides. */
const ranks: readonly (readonly [string, number])[] = [
  ["src/compiler/source.ts", 0],
  ["src/compiler/diagnostics/", 0],
  ["grammar/", 1],
  ["src/compiler/syntax/", 2],
  ["src/compiler/ir/", 3],
  ["src/compiler/ops/", 4],
  ["src/compiler/devices/", 6],
  ["src/compiler/devices/device.ts", 4],
  ["src/compiler/search/", 6],
  ["src/compiler/elaborate/", 5],
  ["src/compiler/checks/", 5],
  ["src/compiler/analyse/", 6],
  ["src/compiler/budget/", 6],
  ["src/compiler/passes/", 6],
  ["src/compiler/fill-holes.ts", 7],
  ["src/compiler/compile.ts", 7],
  ["src/backends/", 8],
  ["src/workspace/", 9],
  ["src/index.ts", 10],
  ["src/cli/", 10],
  ["src/server/", 10],
  ["src/plugins/", 10],
];

/** Where a package may be imported. Node's own modules stand for the world outside, which only the Node host and the command line touch. */
const allowed: readonly (readonly [RegExp, RegExp])[] = [
  [/^chevrotain$/, /^(grammar|src\/compiler\/syntax)\//],
  [/^ts-morph$/, /^src\/(backends\/tfjs|plugins)\//],
  [/^(@tensorflow\/|onnxruntime-(web|node))/, /^src\/cli\/runtimes\//],
  [/^playwright-core$/, /^src\/cli\/runtimes\/chromium/],
  // in the text of the modules that backends emit
  [/^onnxruntime-web\/wasm$/, /^src\/backends\/onnx\/module/],
  [/^@tensorflow\/tfjs$/, /^src\/backends\/tfjs\//],
  [/^(commander|pngjs|jpeg-js)$/, /^src\/cli\//],
  [/^fastest-levenshtein$/, /^src\/compiler\/diagnostics\/suggest\.ts$/],
  [/^vscode-languageserver/, /^src\/server\//],
  [/^(unplugin|esbuild|rollup|vite|webpack)$/, /^src\/plugins\//],
  // as types only, or in the text of the modules that bundlers get
  [/^(@tensorflow\/tfjs|onnxruntime-web)(\/wasm)?$/, /^src\/plugins\/(tfjs|onnxruntime|module-code)\.ts$/],
  [/^node:/, /^src\/(workspace\/node-|cli\/|server\/node|plugins\/)/],
];

/** The files that import each other: walks down trees whose kinds hold each other, as expressions hold bodies, and bodies expressions. */
const descents: readonly string[] = [
  ...["apply", "call", "evaluate", "record-call", "statements", "table", "targets"].map((name) => `src/compiler/elaborate/${name}.ts`),
  ...["expressions", "statements", "table"].map((name) => `src/compiler/syntax/${name}.ts`),
  ...["layout", "layout-statements", "layout-table"].map((name) => `src/compiler/syntax/${name}.ts`),
];

/** Backends know the compiler and what is common to backends, and nothing of each other. */
const shared = /^src\/backends\/(weights\/|[^/]+\.ts$)/;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly lazy: boolean;
}

const files = ["src", "grammar"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort(),
);

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(join(root, from), "utf8");
  const found: Import[] = [];
  const add = (pattern: RegExp, lazy: boolean): void => {
    for (const [, specifier] of text.matchAll(pattern)) found.push({ from, to: target(from, specifier), lazy });
  };
  add(/^import\s+(?!type\b)(?:[\w*\s{},]+\sfrom\s+)?"([^"]+)"/gm, false);
  add(/^export\s+(?!type\b)[*{][\w\s,*{}]*from\s+"([^"]+)"/gm, false);
  add(/\bimport\("([^"]+)"\)/g, true);
  add(/^(?:import|export)\s+type\s[\w\s,*{}]*from\s+"([^"]+)"/gm, true);
  return found;
});

function target(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier;
}

function rank(path: string): number | undefined {
  return ranks.findLast(([prefix]) => path.startsWith(prefix))?.[1];
}

const own = imports.filter(({ to }) => to.endsWith(".ts"));
const foreign = imports.filter(({ to }) => !to.endsWith(".ts"));
const importsOf = new Map(files.map((file) => [file, own.filter(({ from }) => from === file).map(({ to }) => to)]));

/** What a file imports, by itself or through others; types count. */
function reach(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const to of importsOf.get(file) ?? []) if (!seen.has(to)) reach(to, seen.add(to));
  return seen;
}

describe("architecture", () => {
  test("every file has a rank", () => {
    expect(files.filter((file) => rank(file) === undefined)).toEqual([]);
  });

  test("no file imports from a higher rank", () => {
    expect(own.filter(({ from, to }) => rank(to)! > rank(from)!)).toEqual([]);
  });

  test("a backend imports nothing of another", () => {
    const backend = (path: string): string => path.split("/").slice(0, 3).join("/");
    const crossings = own.filter(({ from, to }) => from.startsWith("src/backends/") && to.startsWith("src/backends/") && backend(from) !== backend(to) && !shared.test(to));
    expect(crossings).toEqual([]);
  });

  test("files import each other only where they walk down a tree together", () => {
    expect(files.filter((file) => reach(file).has(file))).toEqual(descents.toSorted());
  });

  test("packages are imported where they belong", () => {
    const misplaced = foreign.filter(({ from, to }) => !allowed.some(([name, place]) => name.test(to) && place.test(from)));
    expect(misplaced).toEqual([]);
  });

  test("what is heavy is loaded when it is needed", () => {
    expect(foreign.filter(({ to, lazy }) => /^(ts-morph|@tensorflow\/|onnxruntime-(web|node)|pngjs|jpeg-js)/.test(to) && !lazy)).toEqual([]);
  });

  test("there are imports to look at", () => {
    expect(own.length).toBeGreaterThan(100);
    expect(foreign.length).toBeGreaterThan(10);
  });
});
