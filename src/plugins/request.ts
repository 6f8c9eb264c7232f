/** What an import of a `.lwm` file asks for, as a module's name: the file, and the rest as a query. */
import type { BackendName } from "../workspace/backends.ts";

/**
 * `models`: all models of the file, each as a namespace. Of one model: `model`, its module with where its weights lie; `code`, the module alone;
 * `weights`, the weights' place. `runtime`: the place of onnxruntime's wasm.
 */
export type Part = "models" | "model" | "code" | "weights" | "runtime";

export interface Request {
  readonly file: string;
  readonly backend: BackendName;
  readonly part: Part;
  /** Of the parts of one model. */
  readonly model: string | undefined;
}

/** Whether a module's name is one of ours. */
export const LWM_FILE = /\.lwm(?:\?.*)?$/;

/** `net.lwm`, `net.lwm?onnx`, and what modules made of these import. */
export function requestOf(id: string): Request {
  const [file, query] = splitQuery(id);
  const given = new URLSearchParams(query);
  const model = given.get("model") ?? undefined;
  const part = (given.get("part") as Part | null) ?? (model === undefined ? "models" : "model");
  return { file, backend: given.has("onnx") ? "onnx" : "tfjs", part, model };
}

/** How a module made of this file names a part of it. */
export function partName(request: Request, part: Part, model?: string): string {
  const base = request.file.slice(Math.max(request.file.lastIndexOf("/"), request.file.lastIndexOf("\\")) + 1);
  return `./${base}?${request.backend}${model === undefined ? "" : `&model=${model}`}${part === "model" ? "" : `&part=${part}`}`;
}

export function splitQuery(id: string): readonly [file: string, query: string] {
  const at = id.indexOf("?");
  return at < 0 ? [id, ""] : [id.slice(0, at), id.slice(at + 1)];
}
