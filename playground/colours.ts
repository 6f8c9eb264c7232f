/** Words in colours, of the lines that are in sight. */
import type { Range } from "@codemirror/state";
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";

/** As the grammar has them. */
export const KEYWORDS = "import|from|model|block|let|first|ramp|step|input|output|shared|defaults|require|budget|target|maximize|minimize|if|else|for|and|or|not|in|it|true|false";
/** Comments, strings, keywords where they are no name, numbers with their units, names in front of a colon. */
const WORDS = new RegExp(String.raw`(//.*$)|("(?:[^"\\]|\\.)*"?)|\b(${KEYWORDS})\b(?!\s*[=:|](?!=))|\b(\d[\d_]*(?:\.\d+)?(?:e-?\d+)?[A-Za-z%]*)|\b([A-Za-z_]\w*)(?=\s*:)`, "gm");
const CLASSES = ["c", "s", "k", "n", "l"].map((name) => Decoration.mark({ class: `tok-${name}` }));

export const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = coloured(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = coloured(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function coloured({ state, visibleRanges }: EditorView): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const { from, to } of visibleRanges) {
    const start = state.doc.lineAt(from).from;
    for (const match of state.doc.sliceString(start, to).matchAll(WORDS)) {
      const kind = match.slice(1).findIndex((group) => group !== undefined);
      ranges.push(CLASSES[kind].range(start + match.index, start + match.index + match[0].length));
    }
  }
  return Decoration.set(ranges);
}
