/** A file that is not being edited, in front of the text: the library's, or an example's that is imported. Leads on to others, and back. */
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { standardKeymap } from "@codemirror/commands";
import { ask } from "./ask.ts";
import { colours } from "./colours.ts";
import { button, el, say, the } from "./elements.ts";
import { follow } from "./follow.ts";
import type { Elsewhere } from "./protocol.ts";

/** @param over the text that stands behind it, which has the focus again at the end */
export function read(first: Elsewhere, over: EditorView): void {
  const visited: Elsewhere[] = [];
  const title = el("h2", { class: "mono" });
  const place = el("div", { class: "text" });
  const leave = (): void => {
    view.destroy();
    pane.remove();
    the("editor").hidden = false;
    over.focus();
  };
  const back = (): void => {
    visited.pop();
    const before = visited.at(-1);
    if (before) draw(before);
    else leave();
  };
  const pane = el("section", { id: "reader", "aria-label": "Another file" }, el("div", { class: "bar" }, button("Back", back, { title: "Escape" }), title, el("span", { class: "quiet" }, "read only")), place);

  const define = async (_: EditorView, at: number): Promise<void> => {
    const { uri } = visited.at(-1)!;
    const found = await ask("definition", { text: over.state.doc.toString(), uri, at });
    if ("refused" in found) return say(found.refused);
    if ("uri" in found) return open(found);
    leave();
    over.dispatch({ selection: { anchor: found.from, head: found.to }, scrollIntoView: true });
  };
  const view = new EditorView({ parent: place });
  const draw = ({ uri, text, from, to }: Elsewhere): void => {
    title.textContent = uri;
    view.setState(EditorState.create({
      doc: text,
      selection: { anchor: from, head: to },
      extensions: [
        lineNumbers(), drawSelection(), highlightActiveLine(), colours,
        EditorState.readOnly.of(true),
        follow(define),
        keymap.of([{ key: "Escape", run: () => (back(), true) }, ...standardKeymap]),
        EditorView.contentAttributes.of({ "aria-label": uri, "aria-readonly": "true" }),
      ],
    }));
    view.dispatch({ effects: EditorView.scrollIntoView(from, { y: "center" }) });
    view.focus();
  };
  const open = (next: Elsewhere): void => {
    visited.push(next);
    draw(next);
  };
  document.getElementById("reader")?.remove();
  the("editor").hidden = true;
  the("editor").before(pane);
  open(first);
}
