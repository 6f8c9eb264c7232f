/** How many mistakes of one file are shown. */
import { diagnostic, type Diagnostic } from "./diagnostic.ts";
import { span } from "../source.ts";

/** More diagnostics than this of one phase are not shown; a last one says so. */
export const SHOWN_LIMIT = 100;

/** The first ones in their order and, where there are more, a remark at the next one's place. */
export function limited(all: readonly Diagnostic[]): readonly Diagnostic[] {
  if (all.length <= SHOWN_LIMIT) return all;
  const next = all[SHOWN_LIMIT].span;
  return [...all.slice(0, SHOWN_LIMIT), diagnostic("too-many-errors", span(next.file, next.start, next.start), { shown: SHOWN_LIMIT })];
}
