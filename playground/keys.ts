/** The keys, listed. */
import { button, el } from "./elements.ts";
import { APPLE } from "./follow.ts";

const KEYS = [
  ["Ctrl+Space", "what can stand here"],
  ["Ctrl+Shift+Space", "what the call takes"],
  ["Ctrl+.", "takes the fix of a mistake on the line"],
  ["F8", "to the next mistake"],
  ["F12, Ctrl+click", "to where a name is declared, in the library as well"],
  ["Shift+F12", "where a name stands"],
  ["F2", "gives a name another"],
  ["Shift+Alt+F", "formats the text"],
  ["Ctrl+F", "finds"],
  ["Ctrl+/", "comments lines out, and in again"],
  ["Alt+↑, Alt+↓", "moves lines"],
  ["Ctrl+], Ctrl+[", "indents lines more or less"],
  ["Tab, Shift+Tab", "out of the text"],
  ["←, →", "between the views, on their tabs"],
  ["Escape", "closes what is open; back from the library"],
] as const;

export function showKeys(): void {
  const rows = KEYS.map(([key, does]) => el("tr", {}, el("th", { scope: "row" }, el("kbd", {}, APPLE ? key.replace(/Ctrl(?!\+Space)/g, "⌘") : key)), el("td", { class: "wrap" }, does)));
  const dialog = el("dialog", { id: "keys-list", "aria-label": "Keys" }, el("h2", {}, "Keys"), el("table", {}, el("tbody", {}, ...rows)), button("Close", () => dialog.close()));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
