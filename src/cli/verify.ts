/** `lwmc verify`: every backend on the same inputs, compared; where they part, the first layer at which they do. */
import { compare, showDifference, type Difference } from "./compare.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import type { Graph, GraphOutput, Node, Tensor } from "../compiler/ir/graph.ts";
import { backendNames, type BackendName } from "../workspace/backends.ts";
import type { Snapshot } from "../workspace/workspace.ts";
import type { WeightStore } from "../backends/weights/store.ts";
import { artifacts, openSound } from "./emit.ts";
import type { Environment, ExitCode } from "./environment.ts";
import { pictureFeed, seededFeed } from "./runtimes/feeds.ts";
import { onlyModel } from "./open.ts";
import { err, out } from "./output.ts";
import { runtime } from "./runtimes/index.ts";
import type { Runtime, Values } from "./runtimes/runtime.ts";
import { weightsFor, type WeightOptions } from "./weight-source.ts";

export interface VerifyOptions extends WeightOptions {
  readonly image?: string;
  readonly json?: boolean;
  readonly input?: readonly string[];
}

/** The largest difference that still counts as agreement, as a share of the output's largest value. */
export const TOLERANCE = 1e-4;
const ROUNDS = 2;

export async function verify(operand: string, options: VerifyOptions, environment: Environment): Promise<ExitCode> {
  const snapshot = await openSound(operand, options, environment);
  if (snapshot === undefined) return 1;
  const compiled = onlyModel(snapshot, operand);
  const { graph } = compiled.model;
  const weights = await weightsFor(graph, options, snapshot.source);
  try {
    const feeds = options.image !== undefined ? [await pictureFeed(graph, options.image)] : Array.from({ length: ROUNDS }, (_, round) => seededFeed(graph, options.seed ?? 0, round));
    const agreement = await agree(snapshot, compiled, weights.store, feeds);
    if (agreement === undefined) return 1;
    if (options.json) out(`${JSON.stringify({ schema: 1, model: graph.name, weights: weights.origin, tolerance: TOLERANCE, ...agreement }, null, 2)}\n`);
    else {
      err(`${graph.name}, ${weights.origin}, ${feeds.length} ${options.image === undefined ? "seeded inputs" : "picture"}\n`);
      for (const difference of agreement.differences) out(`${showDifference(difference)}\n`);
      out(agreement.agree ? `the backends agree (within ${TOLERANCE} of the largest value)\n` : parting(agreement));
    }
    return agreement.agree ? 0 : 1;
  } finally {
    weights.close();
  }
}

export interface Agreement {
  readonly agree: boolean;
  readonly runtimes: readonly string[];
  /** The largest of all inputs, for each output and each pair of backends. */
  readonly differences: readonly Difference[];
  /** Where they part: the first layer whose results differ. */
  readonly firstLayer?: { readonly path: string; readonly op: string } | undefined;
}

/** Undefined where a backend cannot express the model, which is then reported. */
export async function agree(snapshot: Snapshot, compiled: CompiledModel, store: WeightStore, feeds: readonly Values[]): Promise<Agreement | undefined> {
  const { graph } = compiled.model;
  const runtimes = await load(snapshot, compiled, store, graph);
  if (runtimes === undefined) return undefined;
  const differences = await compareAll(runtimes, graph.outputs, feeds);
  for (const { loaded } of runtimes) await loaded.dispose();
  const names = runtimes.map(({ loaded }) => loaded.name);
  const agreed = differences.every(({ relative }) => relative <= TOLERANCE);
  return { agree: agreed, runtimes: names, differences, ...(agreed ? {} : { firstLayer: await firstParting(snapshot, compiled, store, feeds) }) };
}

interface Loaded {
  readonly backend: BackendName;
  readonly loaded: Runtime;
}

async function load(snapshot: Snapshot, compiled: CompiledModel, store: WeightStore, graph: Graph): Promise<readonly Loaded[] | undefined> {
  const all: Loaded[] = [];
  for (const backend of backendNames) {
    const made = await artifacts(snapshot, { model: { ...compiled.model, graph }, cost: compiled.cost, prices: [], found: [] }, store, backend, {});
    if (made === undefined) return undefined;
    all.push({ backend, loaded: await runtime(backend, graph, made) });
  }
  return all;
}

/** What lies in 0…1 or −1…1: where it saturates, runtimes cut it off at different depths, and only its size beside 1 means something. */
const BOUNDED: ReadonlySet<string> = new Set(["sigmoid", "softmax", "hardsigmoid", "tanh"]);

async function compareAll(runtimes: readonly Loaded[], outputs: readonly GraphOutput[], feeds: readonly Values[]): Promise<readonly Difference[]> {
  const worst = new Map<string, Difference>();
  for (const feed of feeds) {
    const results: (readonly [BackendName, Values])[] = [];
    for (const { backend, loaded } of runtimes) results.push([backend, await loaded.run(feed)]);
    for (const { name: output, tensor } of outputs) {
      const least = BOUNDED.has(tensor.node?.op.name ?? "") ? 1 : 0;
      for (let i = 1; i < results.length; i++) {
        const [[a, left], [b, right]] = [results[0], results[i]];
        const found: Difference = { output, backends: [a, b], ...compare(left.get(output)!, right.get(output)!, least) };
        const key = `${output}\u0000${b}`;
        const before = worst.get(key);
        if (!before || !(found.relative <= before.relative)) worst.set(key, found);
      }
    }
  }
  return [...worst.values()];
}

/** Compiles once more with the result of every layer as an output, those excepted that backends merge into the layer after them. */
async function firstParting(snapshot: Snapshot, compiled: CompiledModel, store: WeightStore, feeds: readonly Values[]): Promise<{ readonly path: string; readonly op: string } | undefined> {
  const { graph } = compiled.model;
  const probes = graph.nodes.filter((node) => node.outputs.length === 1 && !merges(graph, node));
  const outputs: readonly GraphOutput[] = probes.map((node, i) => ({ name: `layer_${i}`, tensor: node.outputs[0], span: node.trail.span, labels: undefined, offset: 0 }));
  const runtimes = await load(snapshot, compiled, store, { ...graph, outputs });
  if (runtimes === undefined) return undefined;
  const differences = await compareAll(runtimes, outputs, feeds);
  for (const { loaded } of runtimes) await loaded.dispose();
  const first = probes.find((_, i) => differences.some(({ output, relative }) => output === `layer_${i}` && !(relative <= TOLERANCE)));
  return first === undefined ? undefined : { path: first.path, op: first.op.name };
}

const MERGED = new Set(["normalization", "activation", "regularization"]);

/** Whether the only reader of a node's result is a layer that may become a part of it. */
function merges(graph: Graph, node: Node): boolean {
  const [result] = node.outputs;
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(result as Tensor));
  return node.op.kind === "source" || (readers.length === 1 && MERGED.has(readers[0].op.kind) && !graph.outputs.some(({ tensor }) => tensor === result));
}

function parting({ firstLayer }: Agreement): string {
  return firstLayer === undefined ? "the backends disagree\n" : `the backends disagree; the first layer where they do is ${firstLayer.path} (${firstLayer.op})\n`;
}
