/** The checkpoint that was chosen or dropped, for runs and artifacts; without one, weights are random. */
import { button, el, say } from "./elements.ts";

let chosen: { readonly name: string; readonly bytes: Uint8Array } | undefined;
const listeners = new Set<() => void>();

export function weights(): typeof chosen {
  return chosen;
}

export async function takeWeights(file: File): Promise<void> {
  chosen = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  say(`weights: ${file.name}`);
  for (const listener of listeners) listener();
}

export function weightsPicker(): HTMLElement {
  const input = el("input", { type: "file", accept: ".safetensors", id: "weights" });
  input.addEventListener("change", () => input.files?.[0] && void takeWeights(input.files[0]));
  const state = el("span", { class: "quiet" });
  const forget = button("Random again", () => {
    chosen = undefined;
    input.value = "";
    draw();
  });
  const draw = (): void => {
    state.textContent = chosen ? `${chosen.name} is used` : "Random weights (seed 0): what comes out means nothing.";
    forget.hidden = !chosen;
  };
  listeners.clear();
  listeners.add(draw);
  draw();
  return el("div", { class: "bar" }, el("label", {}, "Weights (.safetensors) ", input), state, forget);
}
