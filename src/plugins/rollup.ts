/** `lwm/rollup`: imports of `.lwm` files in Rollup. */
import type { Plugin } from "rollup";
import { createRollupPlugin } from "unplugin";
import type { LwmOptions } from "./options.ts";
import { imports } from "./plugin.ts";
import { rollupHooks } from "./rollup-hooks.ts";

export type { LwmOptions } from "./options.ts";

const plugin: (options?: LwmOptions) => Plugin = createRollupPlugin((options: LwmOptions | undefined) => {
  const ours = imports(options ?? {}, () => ({ root: process.cwd(), placesRuntime: true }));
  return { name: "lwm", rollup: rollupHooks(ours, () => undefined) };
}) as (options?: LwmOptions) => Plugin;

export default plugin;
