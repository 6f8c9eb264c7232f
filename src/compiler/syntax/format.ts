/** The one style that files are written in. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Source } from "../source.ts";
import { print } from "./doc.ts";
import { layFile } from "./layout-statements.ts";
import { read } from "./parse.ts";

/** Lines are broken where they would be wider. */
const WIDTH = 100;

export interface Formatted {
  /** Undefined for a file with syntax errors, which is left as it is. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A source in the one style: two blanks a level, tables in columns, at most one blank line, a chain or a list that is too wide
 * one link or item a line. Tokens and comments stay as they are, but for the comma after a last item. Formatting what comes
 * out changes nothing.
 */
export function format(source: Source): Formatted {
  let text = source.text;
  for (let round = 0; ; round++) {
    const { tree, comments, diagnostics } = read({ uri: source.uri, text });
    if (tree === undefined || diagnostics.length > 0) return { text: undefined, diagnostics };
    const printed = print(layFile({ text, comments, next: 0, end: 0, fresh: true }, tree), WIDTH);
    const next = printed.trim() === "" ? "" : printed;
    // A comment inside of a line moves to its end, and the line may fit without it: the second round sees that.
    if (next === text || round === SETTLED) return { text: next, diagnostics };
    text = next;
  }
}

const SETTLED = 4;
