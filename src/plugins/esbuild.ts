/** `lwm/esbuild`: imports of `.lwm` files in esbuild. Weights go through its `file` loader, under the names of its `assetNames`. */
import { dirname, join } from "node:path";
import type { Location, Message, PartialMessage, Plugin, PluginBuild } from "esbuild";
import { createEsbuildPlugin } from "unplugin";
import type { Problem } from "./networks.ts";
import type { LwmOptions } from "./options.ts";
import { imports } from "./plugin.ts";
import { LWM_FILE, requestOf } from "./request.ts";

export type { LwmOptions } from "./options.ts";

const MODULE = "lwm";
const PLACE = "lwm-place";

const plugin: (options?: LwmOptions) => Plugin = createEsbuildPlugin((options: LwmOptions | undefined) => ({
  name: "lwm",
  esbuild: { setup: (build) => setup(build as PluginBuild, options ?? {}) },
}));

export default plugin;

function setup(build: PluginBuild, options: LwmOptions): void {
  const root = build.initialOptions.absWorkingDir ?? process.cwd();
  const ours = imports(options, () => ({ root, placesRuntime: true }));
  build.onResolve({ filter: LWM_FILE }, async ({ path, importer, resolveDir, namespace, kind, pluginData }) => {
    if (pluginData === MODULE) return undefined;
    const id = await ours.resolve(path, namespace === MODULE ? importer : join(resolveDir, "importer"), async (specifier) => {
      const found = await build.resolve(specifier, { resolveDir, kind, pluginData: MODULE });
      return found.errors.length === 0 ? found.path : undefined;
    });
    if (id === undefined) return undefined;
    return { path: id, namespace: MODULE, sideEffects: false };
  });
  build.onLoad({ filter: /./, namespace: MODULE }, async ({ path }) => {
    const request = requestOf(path);
    const isPlace = request.part === "weights" || request.part === "runtime";
    const { code, asset, problems, files } = await ours.load(path);
    const messages = { errors: messagesOf(problems, "error", root), warnings: messagesOf(problems, "warning", root), watchFiles: [...files], resolveDir: dirname(request.file) };
    if (isPlace && asset) return { ...messages, contents: placeCode(join(request.file, asset.name), here(build.initialOptions)), loader: "js", pluginData: asset.bytes };
    return { ...messages, contents: code ?? "", loader: "js" };
  });
  build.onResolve({ filter: /^lwm-place:/ }, ({ path, pluginData }) => ({ path: path.slice("lwm-place:".length), namespace: PLACE, pluginData, sideEffects: false }));
  build.onLoad({ filter: /./, namespace: PLACE }, ({ pluginData }) => ({ contents: pluginData as Uint8Array, loader: "file" }));
}

/** esbuild names a file relative to the code that it writes. */
function placeCode(path: string, base: string): string {
  return `import path from ${JSON.stringify(`lwm-place:${path}`)};\nexport default new URL(path, ${base});\n`;
}

/** Where the code runs that esbuild writes, which only modules know by themselves. */
function here({ format, bundle, platform }: PluginBuild["initialOptions"]): string {
  const written = format ?? (!bundle || platform === "neutral" ? "esm" : platform === "node" ? "cjs" : "iife");
  if (written === "esm") return "import.meta.url";
  return written === "cjs" ? 'require("node:url").pathToFileURL(__filename)' : "globalThis.document?.currentScript?.src || globalThis.location?.href";
}

function messagesOf(problems: readonly Problem[], severity: Problem["severity"], root: string): PartialMessage[] {
  return problems
    .filter((problem) => problem.severity === severity)
    .map(({ text, frame, place }) => ({
      text,
      ...(place === undefined ? {} : { location: locationOf(place, root) }),
      notes: notesOf(frame),
    }));
}

/** Remarks stand below the line with what is underlined. */
function notesOf(frame: string): Partial<Message["notes"][number]>[] {
  return frame
    .split("\n")
    .filter((line) => /^ +=/.test(line))
    .map((line) => ({ text: line.replace(/^ +=\s*/, "") }));
}

/** esbuild counts columns and lengths in bytes of UTF-8, columns from 0. */
function locationOf({ file, line, column, length, lineText }: NonNullable<Problem["place"]>, root: string): Partial<Location> {
  const bytes = (text: string): number => Buffer.byteLength(text);
  const name = file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;
  return { file: name, line, column: bytes(lineText.slice(0, column - 1)), length: bytes(lineText.slice(column - 1, column - 1 + length)), lineText };
}
