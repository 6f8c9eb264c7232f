/** `lwmc init`: what a project needs to import networks. Nothing that is there is overwritten. */
import { existsSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { problem, type Environment, type ExitCode } from "./environment.ts";
import { bundlers, configs, main, network, packageJson, page, tsconfig, type Bundler } from "./init-files.ts";
import { err, isTerminal, out } from "./output.ts";
import { writeAll } from "./write.ts";

export interface InitOptions {
  readonly bundler?: Bundler;
  readonly yes?: boolean;
}

interface Planned {
  readonly path: string;
  readonly text: string;
  /** What it adds to a file that is there, for the report; undefined where the file is new. */
  readonly adds?: string;
}

export async function init(folder: string, options: InitOptions, _environment: Environment): Promise<ExitCode> {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) throw problem(`\`${folder}\` is not a folder`);
  const bundler = options.bundler ?? found(folder) ?? (options.yes || !process.stdin.isTTY || !isTerminal("stderr") ? "vite" : asked());
  const { write, leave } = plan(folder, bundler);
  await writeAll(folder, write.map(({ path, text }) => ({ path, chunks: () => [new TextEncoder().encode(text)] })));
  for (const { path, adds } of write) out(`${join(folder, path)}${adds === undefined ? "" : `  (${adds})`}\n`);
  for (const line of leave) err(`left as it is: ${line}\n`);
  err(nextSteps(bundler));
  return 0;
}

/** The bundler that a project has already. */
function found(folder: string): Bundler | undefined {
  const manifest = read(folder, "package.json") ?? "";
  return (["vite", "webpack", "rollup", "esbuild"] as const).find((name) => new RegExp(`"${name}"\\s*:`).test(manifest));
}

function asked(): Bundler {
  for (;;) {
    err(`which bundler? ${bundlers.join(", ")} [vite] `);
    const room = Buffer.alloc(256);
    const answer = room.toString("utf8", 0, readSync(0, room)).trim();
    if (answer === "") return "vite";
    const known = bundlers.find((name) => name === answer.toLowerCase());
    if (known) return known;
  }
}

function plan(folder: string, bundler: Bundler): { readonly write: readonly Planned[]; readonly leave: readonly string[] } {
  const write: Planned[] = [];
  const leave: string[] = [];
  const fresh = (path: string, text: string, hint?: string): void => {
    const there = read(folder, path);
    if (there === undefined) write.push({ path, text });
    else if (there !== text) leave.push(hint === undefined ? path : `${path}; ${hint}`);
  };
  const added = (path: string, lines: readonly string[]): void => {
    const there = read(folder, path);
    const missing = lines.filter((line) => !(there ?? "").split(/\r?\n/).includes(line));
    if (missing.length === 0) return;
    const before = there === undefined || there === "" || there.endsWith("\n") ? (there ?? "") : `${there}\n`;
    write.push({ path, text: `${before}${missing.join("\n")}\n`, ...(there === undefined ? {} : { adds: missing.join(" ") }) });
  };
  fresh("net.lwm", network);
  fresh("main.ts", main(bundler));
  const config = read(folder, "tsconfig.json");
  if (config === undefined) write.push({ path: "tsconfig.json", text: tsconfig });
  else if (!/"allowArbitraryExtensions"\s*:\s*true/.test(config)) {
    const set = config.replace(/("compilerOptions"\s*:\s*\{)/, '$1\n    "allowArbitraryExtensions": true,');
    if (set === config || /"allowArbitraryExtensions"/.test(config)) leave.push('tsconfig.json; it needs `"allowArbitraryExtensions": true` in its compilerOptions');
    else write.push({ path: "tsconfig.json", text: set.replace(/,(\s*\})/, "$1"), adds: "allowArbitraryExtensions" });
  }
  const manifest = read(folder, "package.json");
  if (manifest === undefined) write.push({ path: "package.json", text: packageJson(bundler) });
  if (bundler !== "none") {
    fresh("index.html", page(bundler), "its script is main.ts");
    const name = bundler === "esbuild" ? "build.mjs" : `${bundler}.config.mjs`;
    const other = bundler === "esbuild" ? undefined : ["js", "ts", "cjs"].map((extension) => `${bundler}.config.${extension}`).find((path) => existsSync(join(folder, path)));
    if (other !== undefined) leave.push(`${other}; its plugins need \`lwm()\` from "lwm/${bundler}"`);
    else fresh(name, configs[bundler], `its plugins need \`lwm()\` from "lwm/${bundler}"`);
  }
  added(".gitignore", ["node_modules/", ...(bundler === "none" ? [] : ["dist/"]), "*.d.lwm.ts", "*.d.lwm.ts.map", "*.d.lwm\\?*.ts", "*.d.lwm\\?*.ts.map"]);
  return { write, leave };
}

function read(folder: string, path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), "utf8");
  } catch {
    return undefined;
  }
}

function nextSteps(bundler: Bundler): string {
  const install = { vite: "vite", esbuild: "esbuild", rollup: "rollup @rollup/plugin-commonjs @rollup/plugin-node-resolve rollup-plugin-esbuild esbuild", webpack: "webpack webpack-cli esbuild-loader", none: "" }[bundler];
  const run = { vite: "npx vite", esbuild: "node build.mjs", rollup: "npx rollup -c", webpack: "npx webpack", none: "npx lwmc compile net.lwm --target tfjs -o out" }[bundler];
  return `next: npm install${install === "" ? "" : ` -D ${install}`} typescript && npx lwmc types net.lwm && ${run}\n`;
}
