/** The part of the emitted module that opens the file and runs it. */
import { propertyName } from "./module-picture.ts";
import type { Batch } from "./target.ts";

/** `open`, and what it needs; with the picture's way in where an input of this name takes pictures. */
export function openText(batch: Batch, pictureInput: string | undefined, classifies: boolean): string {
  const members = [
    "session,",
    ...(batch === 1 ? runOne : runMany),
    ...(pictureInput === undefined ? [] : [`runOnPicture: (picture) => network.run({ ${propertyName(pictureInput)}: prepare(picture) }),`]),
    ...(classifies ? ["classify: async (picture, k = 5) => best(await network.runOnPicture(picture), k),"] : []),
    "close: () => session.release(),",
  ];
  return [...opening, ...members.map((line) => `    ${line}`), ...helpers].join("\n");
}

const opening = `/**
 * Opens the network. \`model\` is the ONNX file: where it lies (to be fetched), or its bytes. \`runtime\` is onnxruntime-web in
 * the flavour and with the settings that you want; its wasm flavour is loaded otherwise.
 */
export async function open(
  model: string | URL | ArrayBufferLike | Uint8Array,
  runtime?: typeof Runtime,
  options?: Runtime.InferenceSession.SessionOptions,
): Promise<Network> {
  const ort = runtime ?? (await wasm());
  const bytes = typeof model === "string" || model instanceof URL ? await fetched(model) : model;
  const session = await ort.InferenceSession.create(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), options);
  const network: Network = {`.split("\n");

const runOne = `async run(given) {
      const feeds: Record<string, Runtime.Tensor> = {};
      for (const input of Object.keys(inputs) as Input[]) {
        const { shape } = inputs[input];
        check(input, given[input], elements(shape));
        feeds[input] = new ort.Tensor("float32", given[input], [1, ...shape]);
      }
      return named(await session.run(feeds));
    },`.split("\n    ");

const runMany = `async run(given) {
      const [first] = Object.keys(inputs) as Input[];
      const batch = Math.max(1, Math.floor(given[first!].length / elements(inputs[first!].shape)));
      const feeds: Record<string, Runtime.Tensor> = {};
      for (const input of Object.keys(inputs) as Input[]) {
        const { shape } = inputs[input];
        check(input, given[input], batch * elements(shape));
        feeds[input] = new ort.Tensor("float32", given[input], [batch, ...shape]);
      }
      return named(await session.run(feeds));
    },`.split("\n    ");

const helpers = `  };
  return network;
}

async function wasm(): Promise<typeof Runtime> {
  const ort = await import("onnxruntime-web/wasm");
  // in Node it has no threads of its own
  if ("process" in globalThis) ort.env.wasm.numThreads = 1;
  return ort;
}

async function fetched(url: string | URL): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(\`cannot fetch \${url}: \${response.status} \${response.statusText}\`);
  return response.arrayBuffer();
}

function check(input: Input, given: Float32Array, wanted: number): void {
  if (given.length !== wanted) throw new RangeError(\`\${input} takes \${wanted} numbers, not \${given.length}\`);
}

function named(results: Runtime.InferenceSession.OnnxValueMapType): Outputs {
  return Object.fromEntries(Object.keys(outputs).map((output) => [output, results[output]!.data as Float32Array])) as Outputs;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}`.split("\n");
