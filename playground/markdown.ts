/** The Markdown that hovers use: paragraphs, code, bold, links. */
import { el } from "./elements.ts";

export function markdown(text: string): HTMLElement {
  const made = el("div", { class: "tip" });
  for (const [i, part] of text.split(/^```\w*\n?/m).entries()) {
    if (i % 2 === 1) made.append(el("pre", {}, part.trimEnd()));
    else for (const paragraph of part.split(/\n{2,}/)) if (paragraph.trim() !== "") made.append(el("p", {}, ...inline(paragraph.trim())));
  }
  return made;
}

function inline(text: string): (Node | string)[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\(https?:[^)\s]+\))/).map((part) => {
    if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return el("b", {}, part.slice(2, -2));
    const link = /^\[([^\]]+)\]\((https?:[^)]+)\)$/.exec(part);
    return link ? el("a", { href: link[2], target: "_blank", rel: "noreferrer" }, link[1]) : part;
  });
}
