/** The page that calibrates the browser it is opened in: one HTML file, and the runtimes' own files in a folder beside it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import type { PageLibrary } from "./measure/page.ts";
import { out } from "./output.ts";
import { PAGE_FILES, PAGE_RUNTIMES, type PageRuntime } from "./runtimes/page.ts";
import { writeAll } from "./write.ts";

const TITLES: Readonly<Record<PageRuntime, string>> = {
  ort_wasm: "onnxruntime-web, wasm",
  ort_webgpu: "onnxruntime-web, WebGPU",
  tfjs_wasm: "TensorFlow.js, wasm",
  tfjs_webgl: "TensorFlow.js, WebGL",
  tfjs_cpu: "TensorFlow.js, plain JavaScript",
};

export async function calibratePage(path: string, given: readonly string[], environment: Environment): Promise<ExitCode> {
  if (!/\.html?$/.test(path)) throw usage(`\`--page ${path}\`: a page ends in .html, as in calibrate.html`);
  const runtimes = pageRuntimes(given);
  const html = new TextEncoder().encode(pageText(runtimes, environment));
  const files = pageFiles(runtimes, environment).map(({ name, path: from }) => ({ path: join(dirname(path), "lwm-runtimes", name), chunks: () => [readFileSync(from)] }));
  await writeAll(".", [{ path, chunks: () => [html] }, ...files]);
  out(`${path}, and ${files.length} files of the runtimes in ${join(dirname(path), "lwm-runtimes")}: serve the folder (\`npx http-server\`) and open the page\n`);
  return 0;
}

export function pageRuntimes(given: readonly string[]): readonly PageRuntime[] {
  const names = given.flatMap((name) => (name === "all" ? PAGE_RUNTIMES : [name]));
  const unknown = names.find((name) => !(PAGE_RUNTIMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw usage(`unknown runtime \`${unknown}\` (in a browser: ${PAGE_RUNTIMES.join(", ")}, all)`);
  return [...new Set(names)] as readonly PageRuntime[];
}

/** Where the runtimes' files are among the installed packages. */
export function pageFiles(runtimes: readonly PageRuntime[], { dist }: Environment): readonly { readonly name: string; readonly path: string }[] {
  const { resolve } = createRequire(join(dist, "lwmc.cjs"));
  const folders = { ort: "onnxruntime-web", wasm: "@tensorflow/tfjs-backend-wasm", tf: "@tensorflow/tfjs" };
  const folder = (name: string): string => (name.startsWith("ort") ? folders.ort : name.includes("backend-wasm") ? folders.wasm : folders.tf);
  return [...new Set(runtimes.flatMap((runtime) => PAGE_FILES[runtime]))].map((name) => {
    try {
      return { name, path: join(dirname(resolve(folder(name))), name) };
    } catch {
      throw problem(`${folder(name)} is not installed`);
    }
  });
}

export function pageText(runtimes: readonly PageRuntime[], environment: Environment): string {
  const library = environment.library();
  const script = readFileSync(join(environment.dist, "calibrate-page.js"), "utf8");
  const carried: PageLibrary = { index: JSON.parse(readFileSync(join(environment.dist, "library", "index.json"), "utf8")), texts: {} };
  const texts: Record<string, string> = {};
  for (const { path } of carried.index.files) if (!path.startsWith("devices/")) texts[path] = library.source(`lwm:${path}`)?.text ?? "";
  const choices = runtimes.map((name, i) => `<label><input type="checkbox" name="runtime" value="${name}"${i < 2 ? " checked" : ""}> ${TITLES[name]}</label>`).join("\n    ");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>lwm: calibrate this browser</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1c2330; background: #fff; }
  fieldset { border: 1px solid #c8d0dc; border-radius: 6px; padding: .75rem 1rem; display: grid; gap: .25rem; }
  progress { width: 100%; height: 1rem; margin-top: 1rem; accent-color: #2458c5; }
  button, a.button { font: inherit; padding: .4rem 1rem; border: 1px solid #2458c5; border-radius: 6px; background: #2458c5; color: #fff; text-decoration: none; }
  button:disabled { opacity: .5; }
  input[type=number] { font: inherit; width: 4rem; }
  pre { background: #f4f6f9; border-radius: 6px; padding: 1rem; overflow: auto; max-height: 24rem; font-size: 13px; }
  @media (prefers-color-scheme: dark) { body { background: #14181f; color: #dfe5ee; } pre { background: #1e242e; } fieldset { border-color: #3a4454; } }
</style>
<h1>Calibrate this browser</h1>
<p>Small networks are run in turns, and what their kernels take becomes a device file, with which <code>lwmc</code> predicts other networks in this browser.
Nothing leaves the page. Close what else is busy; a laptop should be plugged in.</p>
<fieldset>
    <legend>Runtimes</legend>
    ${choices}
    <label><input type="number" id="seconds" min="5" max="600" value="40"> seconds of timing for each</label>
</fieldset>
<p><button id="start">Calibrate</button></p>
<progress id="progress" max="1" value="0"></progress>
<p id="note"></p>
<section id="result" hidden>
<p><a class="button" id="download" download="my-browser.lwm">Download my-browser.lwm</a></p>
<pre id="file"></pre>
</section>
<script type="application/json" id="library">${JSON.stringify({ ...carried, texts }).replaceAll("<", "\\u003c")}</script>
<script>${script.replaceAll("</script", "<\\/script")}</script>
</html>
`;
}
