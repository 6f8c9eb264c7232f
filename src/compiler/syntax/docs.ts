/** Documentation comments: the `///` lines right in front of what they document. */
import { endOf } from "../../../grammar/tokens.ts";
import type { Reading } from "./reading.ts";

/** The `///` lines that end right before an offset, without their slashes; undefined where there are none. */
export function docBefore(r: Reading, offset: number): string | undefined {
  const lines: string[] = [];
  let at = offset;
  for (let i = lastBefore(r, offset); i >= 0; i--) {
    const comment = r.comments[i];
    const between = r.text.slice(endOf(comment), at);
    if (!isDoc(comment.image) || between.trim() !== "" || !opensLine(r.text, comment.startOffset)) break;
    // A blank line between two of them parts the documentation from a remark above it.
    if (lines.length > 0 && /\n[ \t]*\r?\n/.test(between)) break;
    lines.push(comment.image.slice(3).replace(/^ /, "").trimEnd());
    at = comment.startOffset;
  }
  return lines.length === 0 ? undefined : lines.reverse().join("\n");
}

function isDoc(image: string): boolean {
  return image.startsWith("///") && !image.startsWith("////");
}

/** Index of the last comment that starts before an offset, or -1. */
function lastBefore(r: Reading, offset: number): number {
  let low = 0;
  let high = r.comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (r.comments[middle].startOffset < offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function opensLine(text: string, offset: number): boolean {
  let i = offset - 1;
  while (i >= 0 && (text[i] === " " || text[i] === "\t" || text[i] === "\ufeff")) i--;
  return i < 0 || text[i] === "\n" || text[i] === "\r";
}
