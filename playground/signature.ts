/** Above a call that is being written: what it takes, and what is said of the parameter at the cursor. */
import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { EditorView, keymap, showTooltip } from "@codemirror/view";
import { ask } from "./ask.ts";
import { el } from "./elements.ts";
import { markdown } from "./markdown.ts";
import type { Signature } from "./protocol.ts";

interface Shown {
  readonly at: number;
  readonly signature: Signature;
}

const show = StateEffect.define<Shown | null>();

const shown = StateField.define<Shown | null>({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return value && { ...value, at: transaction.changes.mapPos(value.at) };
  },
  provide: (from) => showTooltip.from(from, (value) => value && { pos: value.at, above: true, create: () => ({ dom: tip(value.signature) }) }),
});

function tip({ text, parameters, active, doc }: Signature): HTMLElement {
  const current = active === undefined ? undefined : parameters[active];
  const [start, end] = current?.place ?? [0, 0];
  const said = current?.doc ?? (current ? undefined : doc);
  return el("div", { class: "tip", id: "signature" }, el("pre", {}, text.slice(0, start), end > start && el("b", {}, text.slice(start, end)), text.slice(end)), said !== undefined && markdown(said));
}

/** From the bracket or the comma until the call ends or is closed. */
let wanted = false;

async function look(view: EditorView): Promise<void> {
  wanted = true;
  const { doc, selection: { main: { head } } } = view.state;
  const signature = await ask("signature", { text: doc.toString(), at: head }).catch(() => undefined);
  if (!wanted || view.state.doc !== doc || view.state.selection.main.head !== head) return;
  if (signature) view.dispatch({ effects: show.of({ at: head, signature }) });
  else close(view);
}

function close(view: EditorView): boolean {
  wanted = false;
  if (!view.state.field(shown)) return false;
  view.dispatch({ effects: show.of(null) });
  return true;
}

const asking = EditorView.updateListener.of(({ view, state, startState, docChanged, selectionSet, focusChanged, transactions }) => {
  if (focusChanged && !view.hasFocus) close(view);
  else if (docChanged || selectionSet) {
    const typed = transactions.some((transaction) => transaction.isUserEvent("input") && /[(,]/.test(state.sliceDoc(startState.selection.main.from, state.selection.main.head)));
    if (wanted || typed) void look(view);
  }
});

export function signatures(): Extension {
  return [shown, asking, keymap.of([{ key: "Mod-Shift-Space", run: (view) => (void look(view), true) }, { key: "Escape", run: close }])];
}
