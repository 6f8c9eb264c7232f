/** `lwm/vite`: imports of `.lwm` files in Vite. Its server hands out weights, and loads modules anew when one of their `.lwm` files changes. */
import { createVitePlugin } from "unplugin";
import type { Plugin, ResolvedConfig, ViteDevServer } from "vite";
import type { Asset } from "./networks.ts";
import type { LwmOptions } from "./options.ts";
import { imports } from "./plugin.ts";
import { rollupHooks } from "./rollup-hooks.ts";

export type { LwmOptions } from "./options.ts";

/** Below the base of the server's URLs. */
const SERVED = "@lwm/";

const plugin: (options?: LwmOptions) => Plugin = createVitePlugin((options: LwmOptions | undefined) => {
  let config: ResolvedConfig | undefined;
  const served = new Map<string, Asset>();
  // Vite sees to onnxruntime's wasm itself
  const ours = imports(options ?? {}, () => ({ root: config?.root ?? process.cwd(), placesRuntime: false }));
  const url = (asset: Asset): string | undefined => {
    if (config?.command !== "serve") return undefined;
    const name = `${asset.hash}/${asset.name}`;
    served.set(name, asset);
    return `${config.base}${SERVED}${name}`;
  };
  return {
    name: "lwm",
    enforce: "pre" as const,
    vite: {
      ...rollupHooks(ours, url),
      // made one file beforehand, onnxruntime would look for its wasm beside that
      config: () => ({ optimizeDeps: { exclude: ["onnxruntime-web"], include: ["@tensorflow/tfjs"] } }),
      configResolved(resolved: ResolvedConfig) {
        config = resolved;
      },
      configureServer({ middlewares }: ViteDevServer) {
        middlewares.use((request, response, next) => {
          const at = request.url?.indexOf(`/${SERVED}`) ?? -1;
          const asset = at < 0 ? undefined : served.get(request.url!.slice(at + SERVED.length + 1).split("?")[0]);
          if (!asset) return next();
          response.writeHead(200, { "content-type": "application/octet-stream", "content-length": asset.bytes.length, "cache-control": "no-cache" }).end(asset.bytes);
        });
      },
      hotUpdate({ file, modules }: { readonly file: string; readonly modules: readonly { readonly id: string | null }[] }) {
        const graph = (this as unknown as { environment: { moduleGraph: { getModulesByFile(file: string): Iterable<{ readonly id: string | null }> | undefined } } }).environment.moduleGraph;
        const changed = ours.madeOf(file).flatMap((entry) => [...(graph.getModulesByFile(entry) ?? [])]);
        return changed.length === 0 ? undefined : [...new Set([...modules, ...changed])];
      },
    } as Partial<Plugin>,
  };
}) as (options?: LwmOptions) => Plugin;

export default plugin;
