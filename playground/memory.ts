/** The memory plan: which tensor lies where, and how long. */
import { ask } from "./ask.ts";
import { el } from "./elements.ts";
import type { ModelCosts } from "./protocol.ts";

export async function memoryPanel(panel: HTMLElement, model: ModelCosts): Promise<void> {
  const svg = await ask("memory", { model: model.name });
  const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `The memory plan of ${model.name}`);
  panel.replaceChildren(el("p", { class: "quiet" }, model.targets.length === 0 ? "In float32, every output made anew. A target sets the precision and the runtime's own rules." : `As ${model.targets[0].profile} lays out memory.`), el("div", { class: "plan", tabindex: "0", role: "group", "aria-label": "The memory plan, to scroll" }, drawn));
}
