/** The table of costs: by stage, block or layer, sorted by any column; a path leads to its line. And who else counts how. */
import { ask } from "./ask.ts";
import { button, el } from "./elements.ts";
import { binaryBytes, grouped } from "./figures.ts";
import { LEVELS, type Level, type ModelCosts, type Row } from "./protocol.ts";

const COLUMNS = [
  { key: "path", title: "part", shown: (row: Row) => row.path },
  { key: "what", title: "has", shown: (row: Row) => row.what },
  { key: "shape", title: "output", shown: (row: Row) => row.shape },
  { key: "params", title: "params", shown: (row: Row) => (row.params === 0 ? "–" : grouped(row.params)) },
  { key: "macs", title: "MACs", shown: (row: Row) => (row.macs === 0 ? "–" : grouped(row.macs)) },
  { key: "weights", title: "weights", shown: (row: Row) => (row.weights === 0 ? "–" : binaryBytes(row.weights)) },
] as const;
type Key = (typeof COLUMNS)[number]["key"];
/** A path may go on in a next line after each of its dots. */
const breakable = (path: string): readonly Node[] => path.split(/(?<=\.)/).flatMap((part) => [new Text(part), el("wbr")]);
const FIGURES: readonly Key[] = ["params", "macs", "weights"];
/** Rows of the table: with many more a page no longer keeps up with typing. */
const MOST = 1000;

let level: Level = "stage";
/** Undefined: in the order of the network. */
let order: { readonly key: Key; readonly down: boolean } | undefined;

export function costsPanel(panel: HTMLElement, model: ModelCosts, go: (offset: number) => void): void {
  const draw = (focus?: string): void => {
    const by = el("select", { id: "level" }, ...LEVELS.map((each) => el("option", { value: each, selected: each === level }, each)));
    by.addEventListener("change", () => {
      level = by.value as Level;
      draw("#level");
    });
    panel.replaceChildren(el("div", { class: "bar" }, el("label", {}, "By ", by)), el("div", { class: "scroll" }, table()), conventionsOf(model));
    if (focus) panel.querySelector<HTMLElement>(focus)?.focus();
  };
  const leading = (path: string, from: number): HTMLElement => {
    const to = button("", () => go(from), { class: "go", title: "to its line" });
    to.append(...breakable(path));
    return to;
  };
  const table = (): HTMLElement => {
    const all = sorted(model.rows[level]);
    const rows = all.slice(0, MOST);
    const most = Object.fromEntries(FIGURES.map((key) => [key, all.reduce((largest, row) => Math.max(largest, row[key] as number), 1)]));
    const head = COLUMNS.map(({ key, title }) => {
      const sort = button(title, () => {
        order = order?.key !== key ? { key, down: FIGURES.includes(key) } : order.down === FIGURES.includes(key) ? { key, down: !order.down } : undefined;
        draw(`[data-sort="${key}"]`);
      }, { "data-sort": key });
      return el("th", { class: FIGURES.includes(key) && "n", scope: "col", "aria-sort": order?.key === key ? (order.down ? "descending" : "ascending") : "none" }, sort);
    });
    const body = rows.map((row) =>
      el("tr", {}, ...COLUMNS.map(({ key, shown }) => {
        if (key === "path") return el("td", { class: "path" }, row.from === undefined ? el("span", {}, ...breakable(row.path)) : leading(row.path, row.from));
        if (!FIGURES.includes(key)) return el("td", {}, shown(row));
        const bar = el("i");
        bar.style.width = `calc(${((100 * (row[key] as number)) / most[key]).toFixed(1)}% - 8px)`;
        return el("td", { class: "n" }, (row[key] as number) > 0 && bar, shown(row));
      })),
    );
    const more = all.length - rows.length;
    if (more > 0) body.push(el("tr", {}, el("td", { class: "quiet", colspan: String(COLUMNS.length) }, `and ${grouped(more)} more; a click on a title brings the largest first`)));
    const total: Row = { path: "all", what: "", shape: "", params: model.params, macs: model.macs, weights: model.weights, from: undefined };
    return el("table", { id: "costs", "aria-label": "Costs" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body), el("tfoot", {}, el("tr", {}, ...COLUMNS.map(({ key, shown }) => el("td", { class: FIGURES.includes(key) && "n" }, shown(total))))));
  };
  draw();
}

function sorted(rows: readonly Row[]): readonly Row[] {
  if (!order) return rows;
  const { key, down } = order;
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => sign * (FIGURES.includes(key) ? (a[key] as number) - (b[key] as number) : String(a[key]).localeCompare(String(b[key]), "en", { numeric: true })));
}

/** Worked out when it is opened. */
function conventionsOf(model: ModelCosts): HTMLElement {
  const made = el("details", {}, el("summary", {}, "As other tools count it"));
  made.addEventListener("toggle", () => {
    if (!made.open || made.children.length > 1) return;
    void ask("conventions", { model: model.name }).then((all) => {
      const figure = (value: number | undefined): string => (value === undefined ? "–" : grouped(value));
      const rows = all.map(({ name, params, macs, flops, rule, source }) => el("tr", {}, el("td", {}, name), el("td", { class: "n" }, figure(params)), el("td", { class: "n" }, figure(macs)), el("td", { class: "n" }, figure(flops)), el("td", { class: "wrap", title: source }, rule)));
      made.append(el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "counted by"), el("th", { class: "n" }, "params"), el("th", { class: "n" }, "MACs"), el("th", { class: "n" }, "FLOPs"), el("th", {}, "rule"))), el("tbody", {}, ...rows))));
    });
  });
  return made;
}
