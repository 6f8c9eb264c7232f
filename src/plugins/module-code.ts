/** The modules around those that the backends write: which models a file has, and where the weights of each lie. */
import { partName, type Request } from "./request.ts";

/** Each model as a namespace, so that what is not imported is not bundled. */
export function modelsCode(request: Request, models: readonly string[]): string {
  if (models.length === 0) return "export {};\n";
  return models.map((model) => `export * as ${model} from ${JSON.stringify(partName(request, "model", model))};\n`).join("");
}

/** The model's module, and `load`, which takes the weights from where the build places them. `placesRuntime` as in `Setting`. */
export function modelCode(request: Request, model: string, placesRuntime: boolean): string {
  const code = JSON.stringify(partName(request, "code", model));
  const weights = JSON.stringify(partName(request, "weights", model));
  if (request.backend === "tfjs") {
    return `import { loadInference } from ${code};
import place from ${weights};
export * from ${code};
export const name = ${JSON.stringify(model)};
export async function load() {
  return loadInference(await bytesAt(place));
}
${bytesAt}`;
  }
  return `import { open as openWith } from ${code};
import place from ${weights};
${placesRuntime ? `import runtimePlace from ${JSON.stringify(partName(request, "runtime"))};\n` : ""}export * from ${code};
export async function load(runtime, options) {
  return open(await bytesAt(place), runtime, options);
}
export async function open(model, runtime, options) {
  return openWith(model, runtime${placesRuntime ? " ?? (await placed())" : ""}, options);
}
${placesRuntime ? placed : ""}${bytesAt}`;
}

/** In Node, onnxruntime finds its wasm, and has no threads of its own. */
const placed = `async function placed() {
  const ort = await import("onnxruntime-web/wasm");
  if ("process" in globalThis) ort.env.wasm.numThreads = 1;
  else ort.env.wasm.wasmPaths ??= { wasm: String(runtimePlace) };
  return ort;
}
`;

const bytesAt = `async function bytesAt(place) {
  const fs = place.protocol === "file:" && globalThis.process?.getBuiltinModule?.("node:fs");
  if (fs) return fs.promises.readFile(place);
  const response = await fetch(place);
  if (!response.ok) throw new Error(\`cannot fetch \${place}: \${response.status} \${response.statusText}\`);
  return new Uint8Array(await response.arrayBuffer());
}
`;
