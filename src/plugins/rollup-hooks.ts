/** What Rollup, and Vite after it, do for imports of `.lwm` files: weights are written once the code that needs them is known. */
import { posix } from "node:path";
import type { Asset, Problem } from "./networks.ts";
import type { Imports } from "./plugin.ts";
import { LWM_FILE } from "./request.ts";

/** What the hooks use of their context. */
interface Context {
  resolve(source: string, importer: string | undefined, options: { skipSelf: boolean }): Promise<{ id: string } | null>;
  addWatchFile(file: string): void;
  error(problem: object): never;
  warn(problem: object): void;
  emitFile(file: { type: "asset"; fileName: string; source: Uint8Array }): string;
}

interface OutputOptions {
  readonly assetFileNames?: unknown;
}

/** Stands in the code for the path to an asset until it is known which file the code is in. */
const PLACE = /__lwm_place_([0-9a-f]{16})__/g;

/** Bundlers that know filters ask about no other modules, as those must that do not. */
const filter = { id: LWM_FILE };

/** @param served gives the URL of an asset that a development server hands out */
export function rollupHooks(ours: Imports, served: (asset: Asset) => string | undefined) {
  const assets = new Map<string, Asset>();
  const used = new Map<string, Asset>();
  return {
    resolveId: {
      filter,
      async handler(this: unknown, source: string, importer: string | undefined) {
        const context = this as Context;
        const id = await ours.resolve(source, importer, async (path) => (await context.resolve(path, importer, { skipSelf: true }))?.id);
        return id === undefined ? null : { id, moduleSideEffects: false };
      },
    },

    load: {
      filter,
      async handler(this: unknown, id: string) {
        if (!LWM_FILE.test(id)) return null;
        const context = this as Context;
        const { code, asset, problems, files } = await ours.load(id);
        for (const file of files) context.addWatchFile(file);
        for (const problem of problems) if (problem.severity === "warning") context.warn(messageOf(problem));
        const errors = problems.filter(({ severity }) => severity === "error");
        if (errors.length > 0) context.error(messageOf(errors[0], errors.slice(1)));
        if (!asset) return { code: code ?? "", map: { mappings: "" as const }, moduleSideEffects: false };
        assets.set(asset.hash, asset);
        const url = served(asset);
        const path = JSON.stringify(url ?? `__lwm_place_${asset.hash}__`);
        // two statements: what is one `new URL` of a text, Vite takes for a file of the sources
        return { code: `const here = import.meta.url;\nexport default new URL(${path}, here);\n`, map: { mappings: "" as const }, moduleSideEffects: false };
      },
    },

    renderStart(): void {
      used.clear();
    },

    renderChunk(code: string, chunk: { readonly fileName: string }, options: OutputOptions) {
      if (!code.includes("__lwm_place_")) return null;
      const placed = code.replaceAll(PLACE, (_, hash: string) => {
        const asset = assets.get(hash)!;
        used.set(fileName(asset, options), asset);
        return `./${posix.relative(posix.dirname(chunk.fileName), fileName(asset, options))}`.replace(/^\.\/\.\.\//, "../");
      });
      return { code: placed, map: null };
    },

    generateBundle(this: unknown): void {
      for (const [fileName, { bytes }] of used) (this as Context).emitFile({ type: "asset", fileName, source: bytes });
    },
  };
}

/** As Rollup names assets, by a pattern; where it is a function, as it does by default. */
function fileName({ name, hash }: Asset, { assetFileNames }: OutputOptions): string {
  const pattern = typeof assetFileNames === "string" ? assetFileNames : "assets/[name]-[hash][extname]";
  const ext = posix.extname(name);
  return pattern
    .replaceAll("[name]", () => name.slice(0, name.length - ext.length))
    .replaceAll(/\[hash(?::(\d+))?\]/g, (_, length?: string) => hash.slice(0, length === undefined ? 8 : Number(length)))
    .replaceAll("[extname]", ext)
    .replaceAll("[ext]", ext.slice(1));
}

function messageOf({ text, frame, place }: Problem, others: readonly Problem[] = []): object {
  const more = others.map((other) => `${other.place ? `${other.place.file}:${other.place.line}:${other.place.column}: ` : ""}${other.text}`);
  return {
    message: [text, ...more].join("\n"),
    ...(place === undefined ? {} : { id: place.file, loc: { file: place.file, line: place.line, column: place.column - 1 }, frame }),
  };
}

