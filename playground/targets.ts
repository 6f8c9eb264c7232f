/** What the network needs on its targets. */
import { el } from "./elements.ts";
import type { ModelCosts } from "./protocol.ts";

export function targetsPanel(panel: HTMLElement, model: ModelCosts): void {
  if (model.targets.length === 0) {
    panel.replaceChildren(el("p", { class: "quiet" }, "No target: choose one above, or write one in the model, as in "), el("pre", { class: "mono" }, "target stm32h747(precision=int8)"));
    return;
  }
  panel.replaceChildren(
    ...model.targets.flatMap(({ title, profile, rows, doubts, sources }) => [
      el("h3", {}, title),
      el("p", { class: "quiet" }, profile),
      el("div", { class: "scroll" }, el("table", {}, el("tbody", {}, ...rows.map(({ name, value, note }) => el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "n" }, value), el("td", { class: "wrap" }, note)))))),
      ...(doubts.length > 0 ? [el("h3", {}, "Not certain"), el("ul", {}, ...doubts.map((doubt) => el("li", { class: "warning" }, doubt)))] : []),
      el("details", {}, el("summary", {}, "Where the figures come from"), el("ul", { class: "quiet" }, ...sources.map((source) => el("li", {}, source)))),
    ]),
  );
}
