/** What calibration looks at: pictures by name or by folder, or tensors of a safetensors file. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileStore } from "../../backends/weights/store.ts";
import { elements, sameShape, showShape } from "../../compiler/ir/shape.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { openWeights } from "../../workspace/node-files.ts";
import { systemProblem } from "../../workspace/node-host.ts";
import { problem } from "../environment.ts";
import { pictureOf, pictureRemark } from "../runtimes/feeds.ts";
import { err } from "../output.ts";
import { report } from "../report.ts";
import type { Values } from "../runtimes/runtime.ts";

/** One example; its values are read each time they are asked for. */
export interface Sample {
  /** What messages call it. */
  readonly name: string;
  readonly values: () => Promise<Values>;
}

export interface Samples {
  readonly list: readonly Sample[];
  /** `12 pictures` */
  readonly shown: string;
  readonly close: () => void;
}

const PICTURE = /\.(png|jpe?g)$/i;

/** Ends the command, in words, where something named cannot be used. What a folder or file holds beside examples is said. */
export async function samplesFrom(graph: Graph, paths: readonly string[]): Promise<Samples> {
  const list: Sample[] = [];
  const closers: (() => void)[] = [];
  let pictures = 0;
  const add = (path: string): void => {
    list.push({ name: path, values: () => pictureOf(graph, path) });
    pictures++;
  };
  try {
    for (const path of paths) {
      if (isFolder(path)) {
        const names = readdirSync(path).sort();
        const found = names.filter((name) => PICTURE.test(name));
        if (found.length === 0) throw problem(`\`${path}\` has no PNG and no JPEG`);
        if (found.length < names.length) err(`\`${path}\`: ${found.length} of ${names.length} files are pictures; the others are left out\n`);
        for (const name of found) add(join(path, name));
      } else if (path.endsWith(".safetensors")) {
        const { samples, close } = await tensorSamples(graph, path);
        closers.push(close);
        list.push(...samples);
      } else add(path);
    }
  } catch (error) {
    for (const close of closers) close();
    throw error;
  }
  if (pictures > 0) pictureRemark(graph);
  const kind = pictures === list.length ? "picture" : "example";
  return { list, shown: `${list.length} ${kind}${list.length === 1 ? "" : "s"}`, close: () => closers.forEach((close) => close()) };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const known = systemProblem(error);
    if (known) throw problem(`cannot read \`${path}\`: ${known.words}`);
    throw error;
  }
}

/**
 * Each tensor of an input's shape is an example, and each entry of one with a batch in front. Where the network has several inputs, the file's tensors
 * bear their names.
 */
async function tensorSamples(graph: Graph, path: string): Promise<{ readonly samples: readonly Sample[]; readonly close: () => void }> {
  const opened = openWeights(path);
  try {
    if ((await report(opened.diagnostics, () => undefined)) || !opened.store) throw problem(`\`${path}\` cannot be used`);
    const store = fileStore(opened.store);
    const [only] = graph.inputs;
    const wanted = graph.inputs.map(({ name, tensor }) => ({ name, shape: tensor.shape! }));
    const batch = (tensor: string, shape: readonly number[]): number => {
      const found = store.shape(tensor)!;
      return sameShape(found, shape) ? 1 : sameShape(found.slice(1), shape) ? found[0] : 0;
    };
    const entry = (tensor: string, i: number, shape: readonly number[]): Float32Array => store.get(tensor).slice(i * elements(shape), (i + 1) * elements(shape));
    const samples: Sample[] = [];
    if (wanted.length === 1) {
      const [{ shape }] = wanted;
      const fitting = store.names().filter((tensor) => batch(tensor, shape) > 0);
      if (fitting.length === 0) throw problem(`\`${path}\` has no tensor of the input's shape, ${showShape(shape)}`);
      if (fitting.length < store.names().length) err(`\`${path}\`: ${fitting.length} of ${store.names().length} tensors have the input's shape; the others are left out\n`);
      for (const tensor of fitting) {
        for (let i = 0; i < batch(tensor, shape); i++) samples.push({ name: `${tensor} of ${path}`, values: async () => new Map([[only.name, entry(tensor, i, shape)]]) });
      }
    } else {
      const counts = wanted.map(({ name, shape }) => (store.has(name) ? batch(name, shape) : 0));
      const wrong = counts.findIndex((count) => count === 0 || count !== counts[0]);
      if (wrong >= 0) throw problem(`\`${path}\` has no tensor \`${wanted[wrong].name}\` of the shape ${showShape(wanted[wrong].shape)}, with as many examples in front as the others`);
      for (let i = 0; i < counts[0]; i++) samples.push({ name: `example ${i} of ${path}`, values: async () => new Map(wanted.map(({ name, shape }) => [name, entry(name, i, shape)])) });
    }
    return { samples, close: opened.close };
  } catch (error) {
    opened.close();
    throw error;
  }
}
