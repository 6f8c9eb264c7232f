/** Names: where one is declared, where else it stands, and another for it. */
import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { EditorView, keymap, showPanel, type Command, type PanelConstructor } from "@codemirror/view";
import { ask } from "./ask.ts";
import { button, el, say } from "./elements.ts";
import { follow } from "./follow.ts";

const open = StateEffect.define<PanelConstructor | null>();

/** What is asked of a name, above or below the text; gone with the next change. */
const panel = StateField.define<PanelConstructor | null>({
  create: () => null,
  update: (value, { effects, docChanged }) => effects.findLast((effect) => effect.is(open))?.value ?? (docChanged || effects.some((effect) => effect.is(open)) ? null : value),
  provide: (from) => showPanel.from(from),
});

function close(view: EditorView): boolean {
  if (!view.state.field(panel)) return false;
  view.dispatch({ effects: open.of(null) });
  view.focus();
  return true;
}

function mark(view: EditorView, from: number, to: number): void {
  view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}

async function define(view: EditorView, at: number): Promise<void> {
  const { doc } = view.state;
  const found = await ask("definition", { text: doc.toString(), uri: undefined, at });
  if (view.state.doc !== doc) return;
  if ("refused" in found) say(found.refused);
  else if ("uri" in found) (await import("./reader.ts")).read(found, view);
  else mark(view, found.from, found.to);
}

async function list(view: EditorView): Promise<void> {
  const { doc, selection } = view.state;
  const found = await ask("references", { text: doc.toString(), at: selection.main.head });
  if (view.state.doc !== doc) return;
  if ("refused" in found) return say(found.refused);
  const items = found.map(({ from, to }) => {
    const line = doc.lineAt(from);
    const go = button(`${line.number}: `, () => mark(view, from, to), { class: "go" });
    go.append(line.text.slice(0, from - line.from).trimStart(), el("b", {}, doc.sliceString(from, to)), line.text.slice(to - line.from));
    return el("li", {}, go);
  });
  const name = doc.sliceString(found[0].from, found[0].to);
  const dom = el("div", { class: "names", id: "references", role: "region", "aria-label": `Where ${name} stands` }, el("div", { class: "bar" }, el("span", {}, `${name}: ${items.length === 1 ? "one place" : `${items.length} places`}`), button("Close", () => close(view))), el("ul", {}, ...items));
  dom.addEventListener("keydown", (event) => event.key === "Escape" && close(view));
  view.dispatch({ effects: open.of(() => ({ dom, mount: () => dom.querySelector("button")?.focus() })) });
}

async function rename(view: EditorView): Promise<void> {
  const { doc, selection: { main: { head: at } } } = view.state;
  const text = doc.toString();
  const found = await ask("renamable", { text, at });
  if (view.state.doc !== doc) return;
  if ("refused" in found) return say(found.refused);
  const input = el("input", { value: doc.sliceString(found.from, found.to), id: "name", spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  const refused = el("span", { class: "error", role: "alert" });
  const form = el("form", { class: "names bar" }, el("label", {}, "New name ", input), el("button", { type: "submit" }, "Rename"), button("Cancel", () => close(view)), refused);
  form.addEventListener("keydown", (event) => event.key === "Escape" && close(view));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask("rename", { text, at, name: input.value }).then((changes) => {
      if ("refused" in changes) return void (refused.textContent = changes.refused);
      if (view.state.doc === doc) view.dispatch({ changes, userEvent: "input.rename" });
      view.focus();
    });
  });
  view.dispatch({ effects: open.of(() => ({ dom: form, top: true, mount: () => input.select() })) });
}

const command = (act: (view: EditorView) => Promise<void>): Command => (view) => {
  act(view).catch((error: Error) => say(error.message));
  return true;
};

export function names(): Extension {
  return [panel, follow(define), keymap.of([{ key: "Shift-F12", run: command(list) }, { key: "F2", run: command(rename) }, { key: "Escape", run: close }])];
}
