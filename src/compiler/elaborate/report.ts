/** How elaboration says what is wrong: at the user's own line where there is one, with the chain of blocks that led there. */
import type { Code, Holes } from "../diagnostics/catalogue.ts";
import { diagnostic, type Extra, type Fix, type Note } from "../diagnostics/diagnostic.ts";
import { suggest } from "../diagnostics/suggest.ts";
import type { Trail } from "../ir/graph.ts";
import type { Span } from "../source.ts";
import type { Elaboration, Frame, Special } from "./domains.ts";
import { LIMITS } from "./scope.ts";
import { UNKNOWN } from "./values.ts";

/** Reports at a span of the frame's text, with the frame's trail as notes, and gives the value that stands for the mistake. */
export function mistake<C extends Code>(frame: Frame, code: C, span: Span, holes: Holes<C>, extra: Extra = {}): Special {
  const { program, report } = frame.run;
  // A mistake is dear to describe: one that is made over and over reaches the limit of steps sooner.
  frame.run.steps += 100;
  frame.run.mistakes++;
  const trail = steps(frame.trail);
  const place = program.isLibrary(span.file) ? trail.find((t) => !program.isLibrary(t.span.file)) : undefined;
  const notes: Note[] = [...(extra.notes ?? [])];
  if (place) notes.push({ message: "it happens here", span });
  for (const step of shortened(trail)) {
    const { way, skipped } = step;
    if (way !== place) notes.push({ message: `${skipped === 0 ? "" : `${skipped} blocks further out, `}in \`${way.name}\`${way.row === undefined ? "" : `, row ${way.row + 1}`}`, span: way.span });
  }
  report(diagnostic(code, place?.span ?? span, holes, { ...extra, notes, fixes: place ? [] : (extra.fixes ?? []) }));
  return UNKNOWN;
}

/** The most uses of blocks that a mistake lists; of a longer way, which only recursion has, the middle is left out. */
const LISTED = { inner: 4, outer: 2 } as const;

function shortened(trail: readonly Trail[]): readonly { readonly way: Trail; readonly skipped: number }[] {
  const skipped = trail.length - LISTED.inner - LISTED.outer;
  if (skipped <= 1) return trail.map((way) => ({ way, skipped: 0 }));
  return [...trail.slice(0, LISTED.inner), ...trail.slice(-LISTED.outer)].map((way, i) => ({ way, skipped: i === LISTED.inner ? skipped : 0 }));
}

/** From the innermost use of a block outwards. */
export function steps(trail: Trail | undefined): readonly Trail[] {
  const all: Trail[] = [];
  for (let at = trail; at; at = at.parent) all.push(at);
  return all;
}

/** A fix that replaces the word at the span by the nearest candidate, if one is near. */
export function didYouMean(word: string, candidates: Iterable<string>, span: Span): { readonly fixes: readonly Fix[] } {
  const near = suggest(word, candidates);
  return { fixes: near === undefined ? [] : [{ title: `did you mean \`${near}\`?`, edits: [{ span, text: near }] }] };
}

/** The same, where there are few candidates; if none is near, a note lists them. */
export function oneOf(word: string, candidates: readonly string[], of: string, span: Span): Extra {
  const near = didYouMean(word, candidates, span);
  return near.fixes.length > 0 || candidates.length === 0 ? near : { notes: [{ message: `${of} has ${candidates.map((name) => `\`${name}\``).join(", ")}` }] };
}

/** A note on where a name was bound before. */
export function boundBefore(span: Span | undefined): Extra {
  return span === undefined ? {} : { notes: [{ message: "first here", span }] };
}

/** Counts one step of work; past the limit, says so once and stops the run. */
export function tick(frame: Frame, span: Span): boolean {
  const { run } = frame;
  if (run.stopped) return false;
  return ++run.steps <= LIMITS.steps || stop(frame, span, `${LIMITS.steps.toLocaleString("en")} steps of evaluation`);
}

export function stop(frame: Frame, span: Span, limit: string): false {
  const run: Elaboration = frame.run;
  if (!run.stopped) mistake(frame, "expansion-limit", span, { limit });
  run.stopped = true;
  return false;
}
