/**
 * The bytes that are alive while a step runs, and after it, from what has run before. A step's time has two halves: while it reads, and while it
 * writes. Under `none` everything it touches is there in both; under `full` its last-read inputs are gone in the second half, and its outputs
 * come with it; under `in_place` that holds of one input and the one output that is written over it.
 */
import type { Overlap } from "../device.ts";
import type { Work } from "./work.ts";

/** What is alive, as steps run one after the other. */
export interface Live {
  /** Bytes after the steps run so far. */
  readonly bytes: number;
  /** For each tensor, how many of its readers have not run; one more where it is kept. */
  readonly unread: Int32Array;
}

/** Before any step. An input that nobody reads is not there. */
export function liveAtStart({ tensors }: Work): Live {
  const unread = Int32Array.from(tensors, ({ readers, kept }) => readers.length + (kept ? 1 : 0));
  let bytes = 0;
  tensors.forEach(({ maker, span }, i) => {
    if (maker === -1 && unread[i] > 0) bytes += span;
  });
  return { bytes, unread };
}

/** The highest number of bytes while the step runs, and those after it. */
export interface StepBytes {
  readonly during: number;
  readonly after: number;
}

export function stepBytes({ tensors, steps }: Work, step: number, live: Live, overlap: Overlap): StepBytes {
  const { inputs, outputs } = steps[step];
  let freed = 0;
  for (const input of inputs) if (live.unread[input] === 1) freed += tensors[input].span;
  let made = 0;
  let unused = 0;
  for (const output of outputs) {
    made += tensors[output].span;
    if (live.unread[output] === 0) unused += tensors[output].span;
  }
  const after = live.bytes - freed + made - unused;
  if (overlap === "full") return { during: Math.max(live.bytes, live.bytes - freed + made), after };
  const over = overlap === "in_place" ? overwritten({ tensors, steps }, step, live) : undefined;
  return { during: over === undefined ? live.bytes + made : Math.max(live.bytes, live.bytes - tensors[over].span + made), after };
}

/** The input that the step writes over, if it is the last to read one that it may write over. */
function overwritten({ steps }: Work, step: number, live: Live): number | undefined {
  return steps[step].over.find((input) => live.unread[input] === 1);
}

/** Marks the step as run: `unread` is changed. */
export function run(work: Work, step: number, live: Live, { after }: StepBytes): Live {
  for (const input of work.steps[step].inputs) live.unread[input]--;
  return { bytes: after, unread: live.unread };
}
