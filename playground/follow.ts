/** F12 on a name, or a click on it with Ctrl (⌘ on a Mac), asks where it is declared. */
import type { Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { say } from "./elements.ts";

export const APPLE = /Mac|iP/.test(navigator.platform);
const CONTROL = APPLE ? "metaKey" : "ctrlKey";

export function follow(define: (view: EditorView, at: number) => Promise<void>): Extension {
  const ask = (view: EditorView, at: number): true => {
    define(view, at).catch((error: Error) => say(error.message));
    return true;
  };
  return [
    keymap.of([{ key: "F12", run: (view) => ask(view, view.state.selection.main.head) }]),
    EditorView.domEventHandlers({
      mousedown(event, view) {
        const at = event.button === 0 && event[CONTROL] ? view.posAtCoords(event) : null;
        if (at === null) return false;
        event.preventDefault();
        return ask(view, at);
      },
    }),
  ];
}
