/** The text: coloured, with costs behind its lines and mistakes underlined. */
import { Compartment, EditorState, StateEffect, StateField, type Range } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, WidgetType, type DecorationSet } from "@codemirror/view";
import { ask } from "./ask.ts";
import { colours } from "./colours.ts";
import { button, el } from "./elements.ts";
import { markdown } from "./markdown.ts";
import type { Edit, Hint, Problem, State } from "./protocol.ts";

export interface Editor {
  readonly view: EditorView;
  readonly text: () => string;
  readonly setText: (text: string) => void;
  /** What the compiler said of the text as it stands. */
  readonly show: (state: State) => void;
  readonly apply: (edits: readonly Edit[]) => void;
  readonly go: (offset: number) => void;
}

interface Shown {
  readonly problems: readonly Problem[];
  readonly marks: DecorationSet;
}

const shown = StateEffect.define<State>();

const field = StateField.define<Shown>({
  create: () => ({ problems: [], marks: Decoration.none }),
  update(value, transaction) {
    let { problems, marks } = value;
    if (transaction.docChanged) {
      marks = marks.map(transaction.changes);
      problems = problems.map((problem) => ({ ...problem, from: transaction.changes.mapPos(problem.from), to: transaction.changes.mapPos(problem.to), fixes: [] }));
    }
    for (const effect of transaction.effects) if (effect.is(shown)) ({ problems, marks } = { problems: effect.value.problems, marks: marksOf(effect.value, transaction.state) });
    return { problems, marks };
  },
  provide: (from) => EditorView.decorations.from(from, ({ marks }) => marks),
});

function marksOf({ problems, hints }: State, { doc }: EditorState): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const { from, to, severity } of problems) {
    const end = Math.min(Math.max(to, from + 1), doc.length);
    const start = Math.min(from, Math.max(end - 1, 0));
    if (start < end) ranges.push(Decoration.mark({ class: `cm-squiggle-${severity}` }).range(start, end));
  }
  for (const hint of hints) if (hint.at <= doc.length) ranges.push(Decoration.widget({ widget: new HintWidget(hint), side: 1 }).range(doc.lineAt(hint.at).to));
  return Decoration.set(ranges, true);
}

class HintWidget extends WidgetType {
  readonly hint: Hint;
  constructor(hint: Hint) {
    super();
    this.hint = hint;
  }
  override eq(other: HintWidget): boolean {
    return other.hint.label === this.hint.label && other.hint.tooltip === this.hint.tooltip;
  }
  toDOM(): HTMLElement {
    return el("span", { class: "cm-hint", title: this.hint.tooltip, "aria-hidden": "true" }, this.hint.label);
  }
}

export function editor(parent: HTMLElement, changed: () => void, format: () => void): Editor {
  const typing = new Compartment();
  let typed: Promise<void> | undefined;
  let searching = false;

  const apply = (edits: readonly Edit[]): void => view.dispatch({ changes: edits.map(({ from, to, insert }) => ({ from, to, insert })), userEvent: "input.fix" });

  const fixAtCursor = (): boolean => {
    const { head } = view.state.selection.main;
    const line = view.state.doc.lineAt(head);
    const near = view.state.field(field).problems.filter(({ from, to, fixes }) => fixes.length > 0 && from <= line.to && to >= line.from);
    const best = near.find(({ from, to }) => from <= head && head <= to) ?? near[0];
    if (!best) return false;
    apply(best.fixes[0].edits);
    return true;
  };

  const nextProblem = (): boolean => {
    const { problems } = view.state.field(field);
    const { head } = view.state.selection.main;
    const next = problems.find(({ from }) => from > head) ?? problems[0];
    if (!next) return false;
    go(next.from);
    return true;
  };

  const tips = hoverTooltip(async (at, position) => {
    const problems = at.state.field(field).problems.filter(({ from, to }) => from <= position && position <= Math.max(to, from + 1));
    const found = await ask("hover", { at: position }).catch(() => undefined);
    if (problems.length === 0 && !found) return null;
    return {
      pos: problems[0]?.from ?? found!.from,
      end: problems[0]?.to ?? found!.to,
      create: () => {
        const dom = el("div");
        for (const problem of problems) dom.append(el("div", { class: "tip" }, el("p", { class: problem.severity }, problem.message), ...problem.fixes.map(({ title, edits }) => button(title, () => apply(edits)))));
        if (found) dom.append(markdown(found.text));
        return { dom };
      },
    };
  });

  const view = new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        lineNumbers(),
        drawSelection({ cursorBlinkRate: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 1200 }),
        highlightActiveLine(),
        colours,
        field,
        tips,
        typing.of([]),
        keymap.of([
          { key: "Mod-.", run: fixAtCursor },
          { key: "F8", run: nextProblem },
          { key: "Shift-Alt-f", run: () => (format(), true) },
          { key: "Mod-f", run: () => (void search(), true) },
        ]),
        EditorView.contentAttributes.of({ "aria-label": "The network's text", spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed();
          if (update.focusChanged && update.view.hasFocus) typed ??= import("./typing.ts").then((loaded) => view.dispatch({ effects: typing.reconfigure(loaded.typing()) }));
        }),
      ],
    }),
  });

  const search = async (): Promise<void> => {
    const { openSearchPanel, search: searchPanel, searchKeymap } = await import("@codemirror/search");
    if (!searching) view.dispatch({ effects: StateEffect.appendConfig.of([searchPanel({ top: true }), keymap.of(searchKeymap)]) });
    searching = true;
    openSearchPanel(view);
  };

  const go = (offset: number): void => {
    view.dispatch({ selection: { anchor: Math.min(offset, view.state.doc.length) }, effects: EditorView.scrollIntoView(Math.min(offset, view.state.doc.length), { y: "center" }) });
    view.focus();
  };

  return {
    view,
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } }),
    show: (state) => view.dispatch({ effects: shown.of(state) }),
    apply,
    go,
  };
}
