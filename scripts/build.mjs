/**
 * Builds dist/: the command line as one script with its code cache, the API, and the standard library with its syntax trees.
 *
 *   node scripts/build.mjs              builds everything
 *   node scripts/build.mjs --generate   also rewrites the grammar's committed derivatives
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Made here, and moved to dist/ when everything is there. */
const dist = join(root, `dist.partial-${process.pid}`);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Loaded from node_modules, and only when first needed. */
const heavy = ["ts-morph", "@tensorflow/*", "onnxruntime-web", "onnxruntime-web/*", "onnxruntime-node", "playwright-core"];

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  external: heavy,
  define: { LWM_VERSION: JSON.stringify(manifest.version) },
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
};

/** Every .lwm file below a folder, in the order of their names. */
function lwmFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".lwm"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** The library as data: what each file declares, its text, and its syntax tree, one file each, read when first needed. */
async function buildLibrary() {
  const folder = join(dist, "library");
  mkdirSync(folder, { recursive: true });
  const compiler = join(dist, "build-library.mjs");
  await build({ ...common, entryPoints: ["src/workspace/library-data.ts"], outfile: compiler, format: "esm" });
  const { libraryData } = await import(pathToFileURL(compiler).href);
  rmSync(compiler);
  const stdlib = join(root, "stdlib");
  const files = lwmFiles(stdlib).map((path) => ({ path: relative(stdlib, path).replaceAll("\\", "/"), text: readFileSync(path, "utf8") }));
  const data = libraryData(files);
  writeFileSync(join(folder, "index.json"), data.index);
  for (const [name, text] of data.files) writeFileSync(join(folder, name), text);
}

/** One script: `(require, folder) => its exports`. What start.ts imports dynamically is evaluated when it is asked for. */
async function buildCli() {
  await build({
    ...common,
    entryPoints: { lwmc: "src/cli/start.ts" },
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    minify: true,
    // a script from a code cache has no import() of its own
    supported: { "dynamic-import": false },
  });
  const outfile = join(dist, "lwmc.cjs");
  const code = readFileSync(outfile, "latin1");
  writeFileSync(outfile, `(function(require,lwmFolder){var module={exports:{}},exports=module.exports;${code}\nreturn module.exports})`);
}

/** The language server: a script that `lwmc lsp` starts, and one for a web worker, with the library in it. */
async function buildServer() {
  await build({ ...common, entryPoints: ["src/server/node.ts"], outfile: join(dist, "server.cjs"), format: "cjs", minify: true });
  const folder = join(dist, "library");
  const files = readdirSync(folder).filter((name) => name !== "index.json").sort();
  const library = { index: readFileSync(join(folder, "index.json"), "utf8"), files: files.map((name) => [name, readFileSync(join(folder, name), "utf8")]) };
  await build({
    ...common,
    platform: "browser",
    target: "es2022",
    entryPoints: ["src/server/browser.ts"],
    outfile: join(dist, "server.worker.js"),
    format: "iife",
    minify: true,
    banner: { js: `var LWM_LIBRARY=${JSON.stringify(library)};` },
  });
}

async function buildApi() {
  const bundlers = ["esbuild", "vite", "rollup", "webpack"].map((name) => [name, `src/plugins/${name}.ts`]);
  const entryPoints = { index: "src/index.ts", node: "src/workspace/node-workspace.ts", ...Object.fromEntries(bundlers), "types-only": "src/plugins/types-only.ts" };
  await build({ ...common, entryPoints, outdir: dist, format: "esm", splitting: true, chunkNames: "chunk-[hash]", external: [...heavy, "chevrotain", "unplugin"] });
  const { status } = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json", "--noCheck", "--outDir", join(dist, "types")], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("the package's types could not be made");
}

/** What the page of `lwmc calibrate --page` runs: the compiler and its measurements for a browser. */
async function buildPage() {
  await build({ ...common, platform: "browser", target: "es2022", entryPoints: { "calibrate-page": "src/cli/measure/page.ts" }, outdir: dist, format: "iife", minify: true });
}

/** Runs representative checks and keeps what V8 compiled for them. Without it the command only starts more slowly. */
function buildCodeCache() {
  const run = spawnSync(process.execPath, [join(root, "scripts", "warm.cjs"), dist], { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (run.status !== 0) process.stderr.write(`lwmc will start without a code cache: ${run.stderr.trim()}\n`);
}

if (process.argv.includes("--generate")) await import("./generate.mjs");
mkdirSync(dist);
try {
  await buildLibrary();
  await buildCli();
  await buildServer();
  await buildApi();
  await buildPage();
  buildCodeCache();
  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(dist, join(root, "dist"));
} finally {
  rmSync(dist, { recursive: true, force: true });
}
