/** What is needed once somebody types: keys, undoing, completion. Loaded with the first focus. */
import { autocompletion, closeBrackets, closeBracketsKeymap, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { history, historyKeymap, indentLess, indentMore, moveLineDown, moveLineUp, standardKeymap, toggleLineComment } from "@codemirror/commands";
import { indentService } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";
import { keymap, type EditorView } from "@codemirror/view";
import { ask } from "./ask.ts";
import { markdown } from "./markdown.ts";
import { names } from "./names.ts";
import type { Suggestion } from "./protocol.ts";
import { signatures } from "./signature.ts";

/** Behind an open bracket a line goes on two columns further in. */
const indentation = indentService.of(({ state, unit }, at) => {
  const { from, text } = state.doc.lineAt(at);
  return /^ */.exec(text)![0].length + (/[([{]\s*$/.test(text.slice(0, at - from)) ? unit : 0);
});

export function typing(): Extension {
  return [
    history(),
    autocompletion({ override: [source], icons: false }),
    closeBrackets(),
    indentation,
    EditorState.languageData.of(() => [{ commentTokens: { line: "//" } }]),
    signatures(),
    names(),
    keymap.of([
      { key: "Mod-/", run: toggleLineComment },
      { key: "Mod-]", run: indentMore },
      { key: "Mod-[", run: indentLess },
      { key: "Alt-ArrowUp", run: moveLineUp },
      { key: "Alt-ArrowDown", run: moveLineDown },
      ...closeBracketsKeymap, ...historyKeymap, ...standardKeymap,
    ]),
  ];
}

async function source(context: CompletionContext): Promise<CompletionResult | null> {
  if (!context.explicit && !context.matchBefore(/[\w.(,=|:>]$/)) return null;
  const { from, to, items } = await ask("complete", { text: context.state.doc.toString(), at: context.pos });
  if (items.length === 0 || (!context.explicit && from === to && context.matchBefore(/[\w]$/))) return null;
  return { from, to, options: items.map(option), validFor: /^\w*$/ };
}

const PLACES = /\$\{\d+:([^}]*)\}|\$\d/;

function option({ label, detail, doc, insert, rank }: Suggestion): Completion {
  return {
    label,
    detail: detail.length > 40 ? `${detail.slice(0, 39)}…` : detail,
    boost: -Math.min(rank, 99),
    ...(doc === undefined ? {} : { info: () => markdown(doc) }),
    apply: (view: EditorView, _: Completion, from: number, to: number) => {
      const first = PLACES.exec(insert)?.index;
      const text = insert.replace(new RegExp(PLACES, "g"), "$1");
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + (first ?? text.length) }, userEvent: "input.complete" });
    },
  };
}
