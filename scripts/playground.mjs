/**
 * Builds the playground, a folder of static files that any host can serve from any path:
 *
 *   node scripts/playground.mjs [folder]     dist-playground/ without one
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const from = join(root, "playground");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Of onnxruntime-web and TensorFlow.js, beside their bundled code: loaded when something is run. */
const runtimes = [
  ["onnxruntime-web/dist", ["ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"]],
  ["@tensorflow/tfjs-backend-wasm/dist", ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"]],
];

const common = { absWorkingDir: root, bundle: true, platform: "browser", target: "es2022", format: "esm", splitting: true, minify: true, charset: "utf8", legalComments: "none", logLevel: "warning" };

export async function buildPlayground(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "runtimes"), { recursive: true });
  const examples = examplesOf();
  const define = { LWM_VERSION: JSON.stringify(manifest.version), LWM_EXAMPLES: JSON.stringify(examples.map(({ name, group, file }) => ({ name, group, id: file }))) };
  await build({ ...common, define, entryPoints: ["playground/page.ts"], outdir: folder, chunkNames: "page-[hash]" });
  await build({ ...common, define, entryPoints: ["playground/worker.ts"], outdir: folder, chunkNames: "worker-[hash]", plugins: [shortCatalogue, namedTsMorph] });
  writeFileSync(join(folder, "examples.json"), JSON.stringify(examples.map(({ file, text }) => ({ file, text }))));
  await writeLibrary(folder);
  writeFileSync(join(folder, "style.css"), (await build({ absWorkingDir: root, entryPoints: ["playground/style.css"], minify: true, write: false })).outputFiles[0].contents);
  copyFileSync(join(from, "index.html"), join(folder, "index.html"));
  copyFileSync(join(root, "examples", "picture.png"), join(folder, "picture.png"));
  for (const [at, names] of runtimes) for (const name of names) copyFileSync(join(root, "node_modules", at, name), join(folder, "runtimes", name));
  const files = readdirSync(folder).filter((name) => /\.(js|json|css|html|png)$/.test(name)).sort();
  // TypeScript, which writes the module for TensorFlow.js, is kept when it was asked for, as the runtimes are
  const core = files.filter((name) => name !== "index.html" && statSync(join(folder, name)).size < 2 ** 20);
  const hash = createHash("sha256");
  for (const name of files) hash.update(readFileSync(join(folder, name)));
  const worker = readFileSync(join(from, "offline.js"), "utf8").replace("LWM_BUILD", hash.digest("hex").slice(0, 12)).replace("LWM_CORE", JSON.stringify(["./", ...core]));
  writeFileSync(join(folder, "offline.js"), worker);
}

/** The page shows a diagnostic's message; its long explanation and its examples, which `lwmc explain` prints, are left out. */
const shortCatalogue = {
  name: "short-catalogue",
  setup(builder) {
    builder.onLoad({ filter: /diagnostics\/messages\/[\w-]+\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8").replace(/^ {4}(wrong|right|explain):\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`),$/gm, (_, key) => (key === "explain" ? '    explain: "",' : "")),
    }));
  },
};

/** ts-morph, a CommonJS package with a TypeScript in it, as a module of the names that the backend imports: a chunk of its own, loaded by the first TensorFlow.js download. */
const namedTsMorph = {
  name: "named-ts-morph",
  setup(builder) {
    builder.onResolve({ filter: /^ts-morph$/ }, ({ importer }) => (importer.includes("named-ts-morph") || importer.includes("node_modules") ? undefined : { path: "named-ts-morph", namespace: "named-ts-morph" }));
    builder.onLoad({ filter: /.*/, namespace: "named-ts-morph" }, () => ({ contents: 'export { IndentationText, Project, QuoteKind, StructureKind } from "ts-morph";', resolveDir: root }));
  },
};

function lwmFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".lwm")).map((name) => name.replaceAll("\\", "/")).sort();
}

/** Examples of the repository, and the library's networks, under the name of their first model. */
function examplesOf() {
  const one = (folder, name, group, prefix) => {
    const text = readFileSync(join(folder, name), "utf8");
    const models = [...text.matchAll(/^model (\w+)/gm)].map(([, model]) => model);
    return { file: prefix + name, name: models.length === 0 ? name.replace(".lwm", "") : models.length > 2 ? `${models[0]} … ${models.at(-1)}` : models.join(", "), group, text };
  };
  const networks = join(root, "stdlib", "networks");
  return [
    ...lwmFiles(join(root, "examples")).map((name) => one(join(root, "examples"), name, "Examples", "")),
    ...lwmFiles(networks).map((name) => one(networks, name, "Library", "lwm:networks/")),
  ];
}

/** The library's index and texts; its devices apart, since few need them. */
async function writeLibrary(folder) {
  const module = join(folder, "library-data.mjs");
  await build({ absWorkingDir: root, bundle: true, platform: "node", target: "node20", format: "esm", entryPoints: ["src/workspace/library-data.ts"], outfile: module, logLevel: "warning" });
  const { libraryData } = await import(pathToFileURL(module).href);
  rmSync(module);
  const stdlib = join(root, "stdlib");
  const files = lwmFiles(stdlib).map((path) => ({ path, text: readFileSync(join(stdlib, path), "utf8") }));
  const texts = (wanted) => Object.fromEntries(files.filter(({ path }) => path.startsWith("devices/") === wanted).map(({ path, text }) => [path, text]));
  writeFileSync(join(folder, "library.json"), JSON.stringify({ index: JSON.parse(libraryData(files).index), files: texts(false) }));
  writeFileSync(join(folder, "devices.json"), JSON.stringify(texts(true)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? join(root, "dist-playground"));
  await buildPlayground(folder);
  process.stdout.write(`${relative(process.cwd(), folder) || "."}: serve it as it is\n`);
}
