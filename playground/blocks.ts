/** The network by its blocks: what feeds what, the share of the MACs as colour. A part opens into its own; a click leads to its line. */
import { Graph, layout } from "@dagrejs/dagre";
import { button, el } from "./elements.ts";
import { grouped, short } from "./figures.ts";
import type { ModelCosts } from "./protocol.ts";

type Part = ModelCosts["network"]["parts"][number];

const WIDTH = 216;
const HEIGHT = 42;
/** Parts of a drawing: larger ones take the layout too long. */
const MOST = 160;

/** Paths of the parts that are open, by model. */
const opened = new Map<string, Set<string>>();

export function blocksPanel(panel: HTMLElement, model: ModelCosts, go: (offset: number) => void): void {
  const open = opened.get(model.name) ?? new Set<string>();
  opened.set(model.name, open);

  const draw = (focus?: string): void => {
    const { width, height, nodes, clusters, edges } = laidOut(model, open);
    const graph = el("div", { id: "graph" });
    graph.style.width = `${width}px`;
    graph.style.height = `${height}px`;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", String(width));
    svg.setAttribute("height", String(height));
    svg.setAttribute("aria-hidden", "true");
    for (const points of edges) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join(""));
      svg.append(path);
    }
    graph.append(svg);
    for (const { part, x, y, width: w, height: h } of clusters) {
      const close = button(`− ${part.path}`, () => (open.delete(part.path), draw(part.path)), { "aria-expanded": "true", "data-path": part.path });
      graph.append(placed(el("div", { class: "cluster" }, close), x, y, w, h));
    }
    for (const { part, x, y } of nodes) {
      const share = model.macs > 0 ? part.macs / model.macs : 0;
      const work = [part.macs > 0 ? `${short(part.macs)} MACs` : "", part.params > 0 ? `${short(part.params)} params` : ""].filter(Boolean).join(", ");
      const reveal = button("", () => part.span && go(part.span.start), { "data-path": part.path, title: `${part.path}: ${work || "no weights"}${share > 0 ? `, ${(100 * share).toFixed(1)} % of the MACs` : ""}` });
      reveal.append(el("b", {}, part.name), ` ${part.what === part.name ? "" : part.what}`, el("br"), el("span", { class: "quiet" }, `${part.shape.join("×")}${part.macs > 0 ? ` · ${short(part.macs)} MACs` : ""}`));
      const more = part.parts.length > 0 && button("+", () => (open.add(part.path), draw(part.path)), { class: "more", "aria-expanded": "false", "aria-label": `open ${part.path}` });
      const node = placed(el("div", { class: "node" }, reveal, more), x - WIDTH / 2, y - HEIGHT / 2, WIDTH, HEIGHT);
      node.style.background = `color-mix(in srgb, var(--heat) ${Math.round(100 * Math.sqrt(Math.min(1, share * 2.5)))}%, var(--paper))`;
      graph.append(node);
    }
    const parts = model.network.inputs.length + model.network.parts.length;
    const cut = parts > MOST ? ` Of its ${grouped(parts)} parts the first ${MOST} are drawn.` : "";
    panel.replaceChildren(el("p", { class: "quiet" }, `The darker, the more of the ${short(model.macs)} MACs. + opens a part, a click goes to its line.${cut}`), el("div", { class: "scroll" }, graph));
    if (focus) panel.querySelector<HTMLElement>(`[data-path="${CSS.escape(focus)}"]`)?.focus();
  };
  draw();
}

function placed(element: HTMLElement, x: number, y: number, width: number, height: number): HTMLElement {
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  return element;
}

interface Box {
  readonly part: Part;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function laidOut({ network, edges }: ModelCosts, open: ReadonlySet<string>): { readonly width: number; readonly height: number; readonly nodes: readonly Box[]; readonly clusters: readonly Box[]; readonly edges: readonly (readonly { readonly x: number; readonly y: number }[])[] } {
  const graph = new Graph({ compound: true });
  graph.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 22, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  const nodes: Part[] = [];
  const clusters: Part[] = [];
  const add = (part: Part, parent: string | undefined): void => {
    const shown = open.has(part.path) && part.parts.length > 0 && nodes.length + part.parts.length < MOST;
    const id = shown ? `in ${part.path}` : part.path;
    graph.setNode(id, shown ? {} : { width: WIDTH, height: HEIGHT });
    if (parent !== undefined) graph.setParent(id, parent);
    (shown ? clusters : nodes).push(part);
    if (shown) for (const inner of part.parts) add(inner, id);
  };
  const inputs = network.inputs.map(({ name, shape }): Part => ({ name, path: name, what: "input", shape: shape ?? [], params: 0, macs: 0, span: undefined, parts: [] }));
  for (const part of [...inputs, ...network.parts].slice(0, MOST)) add(part, undefined);
  const ids = new Set(nodes.map(({ path }) => path));
  const shownIn = new Map<string, string>();
  /** The part that a layer is drawn in: its own path, or the longest above it. */
  const owner = (path: string): string | undefined => {
    if (shownIn.has(path)) return shownIn.get(path);
    for (let at = path; at !== ""; at = at.slice(0, Math.max(at.lastIndexOf("."), 0))) {
      if (!ids.has(at)) continue;
      shownIn.set(path, at);
      return at;
    }
    return undefined;
  };
  for (const [from, to] of edges) {
    const [a, b] = [owner(from), owner(to)];
    if (a !== undefined && b !== undefined && a !== b) graph.setEdge(a, b);
  }
  layout(graph);
  const box = (part: Part, id: string): Box => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(id) as Partial<Box>;
    return { part, x, y, width, height };
  };
  const size = graph.graph() as { readonly width?: number; readonly height?: number };
  return {
    width: Math.ceil(size.width ?? 0),
    height: Math.ceil(size.height ?? 0),
    nodes: nodes.map((part) => box(part, part.path)),
    clusters: clusters.map((part) => {
      const at = box(part, `in ${part.path}`);
      return { ...at, x: at.x - at.width / 2, y: at.y - at.height / 2 };
    }),
    edges: graph.edges().map((edge) => (graph.edge(edge) as { readonly points: readonly { readonly x: number; readonly y: number }[] }).points),
  };
}
