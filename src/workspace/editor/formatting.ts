/** The one style as edits: only what differs, line by line. */
import type { TextEdit } from "../../compiler/diagnostics/diagnostic.ts";
import { lineStarts, span as spanOf, type Source } from "../../compiler/source.ts";
import { format } from "../../compiler/syntax/format.ts";

/** Edits that bring a file, or the lines of a range of it, into the one style; none for a file with syntax errors. Line breaks stay those of its first line. */
export function formatEdits(source: Source, range?: { readonly start: number; readonly end: number }): readonly TextEdit[] {
  const text = format(source).text?.replaceAll("\n", /\r\n|\r|\n/.exec(source.text)?.[0] ?? "\n");
  if (text === undefined || text === source.text) return [];
  const edits = changes(source, text);
  return range ? edits.filter(({ span }) => span.start <= range.end && range.start <= span.end) : edits;
}

/** Above this many pairs of lines the whole difference is one edit. */
const MOST_PAIRS = 4_000_000;

/** Runs of lines that differ, by a longest common subsequence of lines (Hunt & McIlroy 1976). */
function changes(source: Source, after: string): readonly TextEdit[] {
  const starts = lineStarts(source);
  const old = starts.map((start, i) => source.text.slice(start, starts[i + 1] ?? source.text.length));
  const fresh = lineStarts({ uri: source.uri, text: after }).map((start, i, all) => after.slice(start, all[i + 1] ?? after.length));
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail++;
  const a = old.slice(head, old.length - tail);
  const b = fresh.slice(head, fresh.length - tail);
  const offset = (line: number): number => starts[line] ?? source.text.length;
  const edit = (from: number, to: number, text: string): TextEdit => ({ span: spanOf(source.uri, offset(head + from), offset(head + to)), text });
  if (a.length * b.length > MOST_PAIRS) return [edit(0, a.length, b.join(""))];
  const common = longest(a, b);
  const edits: TextEdit[] = [];
  let i = 0;
  let j = 0;
  for (const [x, y] of [...common, [a.length, b.length] as const]) {
    if (x > i || y > j) edits.push(edit(i, x, b.slice(j, y).join("")));
    i = x + 1;
    j = y + 1;
  }
  return edits;
}

function longest(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) length[i * width + j] = a[i] === b[j] ? length[(i + 1) * width + j + 1] + 1 : Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) i++;
    else j++;
  }
  return pairs;
}
