/** Where results and remarks go. Both are written at once and whole, without the streams that Node would set up for them. */
import { fstatSync, writeSync } from "node:fs";

const STDOUT = 1;
const STDERR = 2;

/** Results. */
export function out(text: string): void {
  write(STDOUT, text);
}

/** Diagnostics and progress. */
export function err(text: string): void {
  write(STDERR, text);
}

/** The reader of a pipe has gone away: nothing is left to say. */
export class PipeClosed extends Error {}

function write(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") throw new PipeClosed();
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Whether to colour what goes to stderr, or to stdout: only on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise. */
export function colored(stream: "stdout" | "stderr"): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return TERM !== "dumb" && isTerminal(stream);
}

export function isTerminal(stream: "stdout" | "stderr"): boolean {
  try {
    return fstatSync(stream === "stdout" ? STDOUT : STDERR).isCharacterDevice() && process[stream].isTTY === true;
  } catch {
    return false;
  }
}
