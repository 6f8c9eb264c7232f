/**
 * Where a target computes with integers, says what loses accuracy there, and offers the model written without it.
 *
 * The reasons are measured: EfficientNet-Lite0 with swish kept 46 % of ImageNet's top-1 after quantisation to int8, with ReLU6 74.4 %, of 75.1 % in float32 (Liu 2020);
 * its outputs reached from −168 to 204. MobileNetV3-Large goes from 75.2 % to 73.9 %, without gates and hard-swish from 72.3 % to 71.3 % (tensorflow/models,
 * research/slim/nets/mobilenet).
 */
import { analyse } from "../../analyse/cost.ts";
import { binaryBytes, grouped, seconds } from "../../analyse/format-figures.ts";
import { diagnostic, hasErrors, type Diagnostic, type Fix } from "../../diagnostics/diagnostic.ts";
import { elaborate, type Selection } from "../../elaborate/index.ts";
import type { Model } from "../../elaborate/model.ts";
import type { Program } from "../../elaborate/domains.ts";
import type { Graph, Node, Tensor, Trail } from "../../ir/graph.ts";
import { deployed, unfused } from "../../passes/index.ts";
import type { Span } from "../../source.ts";
import type { DeviceTarget } from "../device.ts";
import { fusedActivations, kernelsOf } from "../kernels.ts";
import { latencyOf } from "../latency.ts";
import { weightBytes } from "../memory/weight-bytes.ts";
import { placeOf } from "./check.ts";
import { liteNetwork, liteText } from "./lite.ts";
import { supportOf } from "./support.ts";

/** Values of parameters by name. */
type Values = Readonly<Record<string, number | string | boolean>>;

/** Layers that integers do not take well. */
interface Fragile {
  readonly smooth: readonly { readonly name: string; readonly node: Node }[];
  /** The products of squeeze-excites. */
  readonly gates: readonly Node[];
}

/**
 * Reported once, for the model's first target with integers.
 *
 * @param selection with which the model was elaborated
 * @param values what its holes were filled with
 */
export function checkLite(program: Program, entry: string, selection: Selection, model: Model, values: Values | undefined): readonly Diagnostic[] {
  const target = model.targets.find(({ profile }) => profile.precision === "int8");
  if (!target) return [];
  const fragile = fragileOf(model.graph);
  if (!harms(fragile, model.graph, target)) return [];
  const span = target.span.file === model.file ? target.span : model.span;
  return [diagnostic("fragile-in-integers", span, { what: described(fragile), target: target.shown }, { notes: reasons(fragile).map((message) => ({ message })), fixes: fixes(program, entry, selection, model, values, target, fragile) })];
}

/** Swish always does; hard-swish and gates where the target's kernels do not have them. */
function harms({ smooth, gates }: Fragile, graph: Graph, { profile: { kernels, precision } }: DeviceTarget): boolean {
  if (smooth.some(({ name }) => name === "swish")) return true;
  if (kernels === undefined || smooth.length + gates.length === 0) return false;
  const final = deployed(graph).nodes;
  return final.some((node) => {
    const { status, op } = supportOf(kernels, precision, node);
    return status === "fallback" && (op === "hardswish" || gates.some(({ path }) => path === node.path));
  });
}

function fragileOf(graph: Graph): Fragile {
  const { nodes } = unfused(graph);
  return {
    smooth: nodes.flatMap((node) => (node.op.name === "swish" || node.op.name === "hardswish" ? [{ name: node.op.name, node }] : [])),
    gates: nodes.filter((node) => node.op.name === "mul" && gateOf(node) !== undefined),
  };
}

/** The layers from the pooling to the product's factor, where that is a squeeze-excite (Hu et al. 2018): a pooling, two dense layers, a sigmoid. */
function gateOf({ inputs: [a, b] }: Node): readonly Node[] | undefined {
  for (const [x, factor] of [[a, b], [b, a]] as const) {
    const chain: Node[] = [];
    for (let at: Tensor = factor; at.node && chain.length < 12; [at] = at.node.inputs) {
      chain.push(at.node);
      const pools = at.node.op.name === "global_avgpool" || at.node.op.name === "reduce_mean";
      if (pools) return at.node.inputs[0] === x && /sigmoid/.test(chain[0].op.name) ? chain : undefined;
      if (at.node.inputs.length !== 1) break;
    }
  }
  return undefined;
}

function described({ smooth, gates }: Fragile): string {
  const counts = [...new Set(smooth.map(({ name }) => name))].map((name) => `\`${name}\` in ${many(smooth.filter((one) => one.name === name).length, "layer")}`);
  if (gates.length > 0) counts.push(many(gates.length, "squeeze-excite gate"));
  return counts.length > 2 ? `${counts.slice(0, -1).join(", ")} and ${counts[counts.length - 1]}` : counts.join(" and ");
}

function many(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? "" : "s"}`;
}

function reasons({ smooth }: Fragile): readonly string[] {
  const swish = smooth.some(({ name }) => name === "swish");
  return swish
    ? ["EfficientNet-Lite0 with swish kept 46 % of ImageNet's top-1 after quantisation, with relu6 74.4 %, of 75.1 % in float32 (Liu 2020)"]
    : ["MobileNetV3-Large goes from 75.2 % to 73.9 % at int8, without gates and hard-swish from 72.3 % to 71.3 %, and faster (tensorflow/models, slim/nets/mobilenet)"];
}

function fixes(program: Program, entry: string, selection: Selection, model: Model, values: Values | undefined, target: DeviceTarget, { gates }: Fragile): readonly Fix[] {
  if (program.isLibrary(entry)) {
    const other = liteNetwork(program, model.name);
    return other === undefined ? [] : [{ title: `take the library's \`${other}\``, edits: [] }];
  }
  const text = liteText(program, entry, model.name, aloneAt(gates, model.graph, program));
  if (!text) return [];
  const written: Program = { ...program, file: (uri) => (uri === entry ? text.file : program.file(uri)) };
  const { models, diagnostics } = elaborate(written, entry, { ...selection, model: model.name });
  const other = values ? models[0]?.vary(values) : models[0];
  if (!other?.complete || hasErrors(diagnostics)) return [];
  const left = fragileOf(other.graph);
  const rest = left.smooth.length + left.gates.length === 0 ? "" : `, but for ${described(left)}, which the library has no word for`;
  return [{ title: `write it for integers, with relu6 and without gates${rest}${values ? `, at ${Object.entries(values).map(([name, value]) => `${name}=${String(value)}`).join(", ")}` : ""}: ${change(model, other, target)}; it is trained anew`, edits: text.edits }];
}

/** The user's calls that make gates and nothing else. */
function aloneAt(gates: readonly Node[], graph: Graph, program: Program): readonly Span[] {
  const members = new Set(gates.flatMap((gate) => [gate, ...(gateOf(gate) ?? [])]));
  const places = gates.map((gate) => placeOf(gate.trail, program.isLibrary).span).filter(({ file }) => !program.isLibrary(file));
  return places.filter((place) => unfused(graph).nodes.every((node) => members.has(node) || !isWithin(node.trail, place)));
}

function isWithin(trail: Trail | undefined, { file, start, end }: Span): boolean {
  for (let at = trail; at; at = at.parent) if (at.span.file === file && at.span.start === start && at.span.end === end) return true;
  return false;
}

/** `params 4.65 M → 3.41 M, …` as far as it differs. */
function change(before: Model, after: Model, target: DeviceTarget): string {
  const [a, b] = [analyse(before.graph), analyse(after.graph)];
  const parts = (["params", "macs"] as const).map((name) => `${name} ${grouped(a[name])} → ${grouped(b[name])}`);
  const [from, to] = [before, after].map(({ graph }) => weightBytes(deployed(graph), "int8"));
  parts.push(`weights ${binaryBytes(from)} → ${binaryBytes(to)}`);
  const [slow, fast] = [before, after].map(({ graph }) => latencyOf(kernelsOf(deployed(graph), { precision: "int8", fused: fusedActivations(target.profile.kernels) }), target.profile)?.seconds);
  if (slow !== undefined && fast !== undefined) parts.push(`latency ${seconds(slow)} → ${seconds(fast)}`);
  return parts.join(", ");
}
