/** `lwm/webpack`: imports of `.lwm` files in webpack. Weights lie where `publicPath` says. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createWebpackPlugin } from "unplugin";
import type { Compiler, NormalModule, WebpackError, WebpackPluginInstance } from "webpack";
import type { Asset, Problem } from "./networks.ts";
import type { LwmOptions } from "./options.ts";
import { imports } from "./plugin.ts";

export type { LwmOptions } from "./options.ts";

/** What the load hook uses of its context. */
interface Context {
  addWatchFile(file: string): void;
  getNativeBuildContext(): { readonly compiler: Compiler; readonly loaderContext: { readonly _module: NormalModule; cacheable(flag: boolean): void; addMissingDependency(file: string): void } };
}

const plugin: (options?: LwmOptions) => WebpackPluginInstance = createWebpackPlugin((options: LwmOptions | undefined) => {
  let root = process.cwd();
  const ours = imports(options ?? {}, () => ({ root, placesRuntime: false }));
  const assets = new Map<string, Asset>();
  return {
    name: "lwm",
    loadInclude: (id) => /\.lwm$/.test(id.replace(/\?.*$/, "")),
    async load(id) {
      const context = this as unknown as Context;
      const { compiler, loaderContext } = context.getNativeBuildContext();
      // what weights a module has is known to this plugin alone, and made anew only where a file changed
      loaderContext.cacheable(false);
      const { code, asset, problems, files } = await ours.load(id);
      for (const file of files) {
        if (existsSync(file)) context.addWatchFile(file);
        else loaderContext.addMissingDependency(file);
      }
      for (const problem of problems) {
        const error = errorOf(compiler, problem, loaderContext._module);
        if (problem.severity === "error") loaderContext._module.addError(error);
        else loaderContext._module.addWarning(error);
      }
      if (!asset) return { code: code ?? "export {};", map: null };
      const name = `${asset.name.replace(/(?=\.[^.]*$)/, `-${asset.hash}`)}`;
      assets.set(name, asset);
      return { code: `export default new URL(__webpack_public_path__ + ${JSON.stringify(name)}, __webpack_base_uri__);\n`, map: null };
    },
    webpack(compiler) {
      root = compiler.context;
      compiler.options.module.rules.push({ test: /\.lwm$/, sideEffects: false });
      compiler.hooks.normalModuleFactory.tap("lwm", (factory) => {
        factory.hooks.beforeResolve.tap("lwm", (data) => {
          if (/\.onnx\.lwm$/.test(data.request) && !existsSync(join(data.context, data.request))) data.request = data.request.replace(/\.onnx\.lwm$/, ".lwm?onnx");
        });
      });
      compiler.hooks.thisCompilation.tap("lwm", (compilation) => {
        compilation.hooks.processAssets.tap({ name: "lwm", stage: compiler.webpack.Compilation.PROCESS_ASSETS_STAGE_ADDITIONAL }, (written) => {
          const texts = Object.entries(written).flatMap(([name, source]) => (/\.[cm]?js$/.test(name) ? [source.source().toString()] : []));
          for (const [name, { bytes }] of assets) {
            if (!texts.some((text) => text.includes(name)) || compilation.getAsset(name)) continue;
            compilation.emitAsset(name, new compiler.webpack.sources.RawSource(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)), { immutable: true });
          }
        });
      });
    },
  };
}) as (options?: LwmOptions) => WebpackPluginInstance;

export default plugin;

function errorOf(compiler: Compiler, { text, frame, place }: Problem, module: NormalModule): WebpackError {
  const at = place && `${place.file}:${place.line}:${place.column}`;
  const error = new compiler.webpack.WebpackError([at === undefined ? text : `${at}: ${text}`, ...(frame === "" ? [] : [frame])].join("\n"));
  error.name = "LwmError";
  error.hideStack = true;
  error.module = module;
  if (place) {
    error.file = place.file;
    error.loc = { start: { line: place.line, column: place.column - 1 }, end: { line: place.line, column: place.column - 1 + place.length } };
  }
  return error;
}
