/** What the plugins share: which imports are ours, and the modules for them, made by code that is loaded with the first of them. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Loaded, Networks, Setting } from "./networks.ts";
import type { LwmOptions } from "./options.ts";
import { LWM_FILE, requestOf, splitQuery } from "./request.ts";

export interface Imports {
  /** Names a module for an import; undefined for what is not ours, or does not exist. `find` looks for what is neither a relative path nor an absolute one. */
  readonly resolve: (specifier: string, importer: string | undefined, find: (path: string) => Promise<string | undefined>) => Promise<string | undefined>;
  readonly load: (id: string) => Promise<Loaded>;
  /** The `.lwm` files whose modules are made of this file. */
  readonly madeOf: (file: string) => readonly string[];
}

export function imports(options: LwmOptions, setting: () => Setting): Imports {
  let made: Promise<Networks> | undefined;
  let loaded: Networks | undefined;
  const entries = new Set<string>();
  const networks = async (): Promise<Networks> => {
    made ??= import("./networks.ts").then((module) => module.networks(options, setting));
    return (loaded = await made);
  };
  return {
    resolve: async (specifier, importer, find) => {
      if (!LWM_FILE.test(specifier)) return undefined;
      const [path, query] = splitQuery(specifier);
      const place = /^\.\.?[/\\]/.test(path) ? importer && join(dirname(splitQuery(importer)[0]), path) : isAbsolute(path) && existsSync(path) ? path : undefined;
      const onnx = place !== undefined && !existsSync(place) ? place.replace(/\.onnx\.lwm$/, ".lwm") : place;
      const file = onnx ?? (await find(path));
      if (file === undefined || !existsSync(splitQuery(file)[0])) return undefined;
      const asked = onnx === place ? query : "onnx";
      return `${splitQuery(file)[0]}${asked === "" ? "" : `?${asked}`}`;
    },
    load: async (id) => {
      const request = requestOf(id);
      entries.add(request.file);
      return (await networks()).load(request);
    },
    madeOf: (file) => (loaded ? [...entries].filter((entry) => loaded!.filesOf(entry).includes(file)) : []),
  };
}
