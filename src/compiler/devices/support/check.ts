/**
 * Says at the written line which layers a target's kernels run elsewhere, or refuse: once for each place, not for each repetition; of a network of the
 * library, where nobody edits the places, once for all of them.
 */
import { binaryBytes, grouped } from "../../analyse/format-figures.ts";
import { diagnostic, type Diagnostic, type Note } from "../../diagnostics/diagnostic.ts";
import type { Graph, Node, Trail } from "../../ir/graph.ts";
import { elements } from "../../ir/shape.ts";
import { deployed } from "../../passes/index.ts";
import type { Span } from "../../source.ts";
import type { DeviceTarget, KernelSet } from "../device.ts";
import { ELEMENT_BYTES, fusedActivations, kernelsOf } from "../kernels.ts";
import { latencyOf } from "../latency.ts";
import { kernelSets, supportOf, type Support } from "./support.ts";

/** Layers of one place that share a verdict. */
interface Finding {
  readonly span: Span;
  readonly support: Support;
  readonly nodes: Node[];
}

/** So many layers are named. */
const NAMED = 4;
/** Sets whose fallback copies tensors to the CPU and back. */
const APART: ReadonlySet<KernelSet> = new Set(["ort_webgpu", "ort_webnn", "vela"]);

/**
 * @param graph as elaborated, every shape known
 * @param isLibrary whether a file belongs to the library: places in files that do not are preferred
 * @param together whether all places are told at the first
 */
export function checkSupport(graph: Graph, target: DeviceTarget, isLibrary: (uri: string) => boolean = () => false, together = false): readonly Diagnostic[] {
  const { kernels, precision } = target.profile;
  if (kernels === undefined) return [];
  const final = deployed(graph);
  const whole = kernelSets[kernels].at[precision];
  if ("status" in whole) {
    if (whole.status !== "fallback" && whole.status !== "unsupported") return [];
    const { title, source, date } = kernelSets[kernels];
    const notes = [{ message: `for every layer: ${title}; ${source} (${date})` }];
    const fixes = whole.way === undefined ? [] : [{ title: whole.way, edits: [] }];
    const holes = { op: graph.name, target: target.shown, reason: whole.reason };
    return [diagnostic(whole.status === "fallback" ? "operator-fallback" : "operator-unsupported", target.span, holes, { notes, fixes })];
  }
  const found = new Map<string, Finding>();
  for (const node of final.nodes) {
    const support = supportOf(kernels, precision, node);
    if (support.status !== "fallback" && support.status !== "unsupported") continue;
    const { span } = placeOf(node.trail, isLibrary);
    const { op } = support;
    const key = `${together ? "" : `${span.file} ${span.start} ${span.end}`} ${op} ${support.reason}`;
    const known = found.get(key);
    if (known) known.nodes.push(node);
    else found.set(key, { span, support, nodes: [node] });
  }
  const costOf = costsOn(final, target, kernels);
  const first = [...found.values()].find(({ support }) => support.status === "fallback");
  return [...found.values()].map((finding) => {
    const { span, support, nodes } = finding;
    const { op } = support;
    const notes: Note[] = [{ message: `${nodes.length === 1 ? "the layer" : `${grouped(nodes.length)} layers:`} ${named(nodes)}` }];
    const cost = support.status === "fallback" ? costOf(finding, finding === first) : undefined;
    if (cost !== undefined) notes.push({ message: cost });
    notes.push({ message: `${kernelSets[kernels].title}; ${support.source} (${support.date})` });
    const fixes = support.way === undefined ? [] : [{ title: support.way, edits: [] }];
    return diagnostic(support.status === "fallback" ? "operator-fallback" : "operator-unsupported", span, { op, target: target.shown, reason: support.reason }, { notes, fixes });
  });
}

/** The innermost call that stands in no library file; in a library network, the layer's own. */
export function placeOf(trail: Trail, isLibrary: (uri: string) => boolean): Trail {
  for (let at: Trail | undefined = trail; at; at = at.parent) if (!isLibrary(at.span.file)) return at;
  return trail;
}

function named(nodes: readonly Node[]): string {
  const shown = nodes.slice(0, NAMED).map(({ path }) => `\`${path}\``);
  return nodes.length > NAMED ? `${shown.join(", ")} and ${grouped(nodes.length - NAMED)} more` : shown.join(", ");
}

/** Says what layers that run elsewhere cost, as far as that is known; times are predicted when they are first asked for. */
function costsOn(graph: Graph, { profile }: DeviceTarget, kernels: KernelSet): (finding: Finding, isFirst: boolean) => string | undefined {
  let seconds: ReadonlyMap<string, number> | undefined;
  return ({ nodes, support }, isFirst) => {
    if (kernels === "edge_tpu") {
      // what comes later is on the CPU already
      if (!isFirst) return undefined;
      // an activation leaves the layer before it where it is
      const behind = graph.nodes.slice(graph.nodes.indexOf(nodes[0]) + (support.op === nodes[0].op.name ? 0 : 1));
      const share = macsOf(behind) / Math.max(1, macsOf(graph.nodes));
      return `the compiler maps the network up to the first such operator: that one and all behind it run on the CPU, ${grouped(behind.length)} of ${grouped(graph.nodes.length)} layers with ${percent(share)} of the MACs`;
    }
    if (APART.has(kernels)) {
      const bytes = ELEMENT_BYTES[profile.precision] * nodes.reduce((sum, node) => sum + [...node.inputs, ...node.outputs].reduce((n, { shape }) => n + elements(shape ?? []), 0), 0);
      return `${binaryBytes(bytes)} cross to the CPU and back for ${nodes.length === 1 ? "it" : "them"}`;
    }
    seconds ??= new Map(latencyOf(kernelsOf(graph, { precision: profile.precision, fused: fusedActivations(kernels) }), profile)?.layers.map((layer) => [layer.path, layer.seconds]));
    const known = seconds;
    const all = [...known.values()].reduce((a, b) => a + b, 0);
    const these = nodes.reduce((sum, { path, activation }) => sum + (known.get(path) ?? 0) + (activation ? (known.get(activation.path) ?? 0) : 0), 0);
    return all > 0 ? `${percent(these / all)} of the predicted latency, were such kernels as fast as those that were measured` : undefined;
  };
}

function macsOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { op, inputs, outputs, attrs }) => sum + (op.macs?.(inputs.map(({ shape }) => shape ?? []), outputs.map(({ shape }) => shape ?? []), attrs) ?? 0), 0);
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? "less than 1 %" : `${Math.round(share * 100)} %`;
}
