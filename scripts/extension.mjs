/**
 * Makes the VS Code extension: bundles it with the language server and the standard library into editors/vscode/dist, and packages it as a .vsix.
 * Needs dist/ (`npm run build`). `--no-package` stops before packaging.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "editors", "vscode");
const dist = join(folder, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const own = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
if (own.version !== version) throw new Error(`editors/vscode/package.json has version ${own.version}, the compiler has ${version}`);

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await build({
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  external: ["vscode"],
  define: { LWM_VERSION: JSON.stringify(version) },
  entryPoints: { extension: "editors/vscode/src/extension.ts", server: "editors/vscode/src/server.ts" },
  outdir: dist,
  outExtension: { ".js": ".cjs" },
  legalComments: "none",
  logLevel: "warning",
});
cpSync(join(root, "dist", "library"), join(dist, "library"), { recursive: true });
copyFileSync(join(root, "grammar", "lwm.tmLanguage.json"), join(folder, "syntaxes", "lwm.tmLanguage.json"));

if (!process.argv.includes("--no-package")) {
  const { url, directory } = own.repository;
  const bases = ["--baseContentUrl", `${url}/blob/HEAD/${directory}`, "--baseImagesUrl", `${url}/raw/HEAD/${directory}`];
  const out = join(folder, `lwm-${version}.vsix`);
  const run = spawnSync(process.execPath, [join(root, "node_modules", "@vscode", "vsce", "vsce"), "package", "--no-dependencies", "--skip-license", ...bases, "--out", out], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
