/** Artifacts on disk, whole or not at all. */
import { closeSync, mkdirSync, openSync, realpathSync, renameSync, rmdirSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { systemProblem } from "../workspace/node-host.ts";
import { problem } from "./environment.ts";

/** Something to write: its pieces are asked for one after the other, so that no more than one is in memory. */
export interface Piecewise {
  readonly path: string;
  readonly chunks: () => Iterable<Uint8Array>;
}

/** Node moves at most 2^31 − 1 bytes a call. */
const LARGEST_PART = 2 ** 30;
/** After so many bytes a waiting interrupt is let in. */
const BETWEEN_PAUSES = 2 ** 23;

/**
 * Writes files below a folder, which is made where it is absent. Everything is written beside its place first and takes its name
 * when all of it is there; where one fails, or on an interrupt, what was begun is removed and what stood there before stands there again.
 */
export async function writeAll(folder: string, files: readonly Piecewise[]): Promise<void> {
  const made: string[] = [];
  const begun: { readonly from: string; readonly to: string; readonly old: string | undefined }[] = [];
  /** How many of them have taken their names. */
  let placed = 0;
  const undo = (): void => {
    begun.forEach(({ from, to, old }, i) => {
      rmSync(i < placed ? to : from, { force: true });
      if (old !== undefined && statSync(old, { throwIfNoEntry: false })) renameSync(old, to);
    });
    for (const path of made.toReversed()) removeIfEmpty(path);
  };
  const interrupted = (): void => {
    undo();
    process.exit(130);
  };
  // before the handler of the whole command, which ends at once
  process.prependOnceListener("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  let at = folder;
  try {
    for (const { path, chunks } of files) {
      at = isAbsolute(path) ? path : join(folder, path);
      makeFolders(dirname(at), made);
      const old = statSync(at, { throwIfNoEntry: false });
      if (old && !old.isFile()) throw Object.assign(new Error(at), { code: old.isDirectory() ? "EISDIR" : "ERR_INVALID_ARG_VALUE" });
      const to = old ? realpathSync(at) : at;
      const from = `${to}.${process.pid}.partial`;
      begun.push({ from, to, old: old && `${to}.${process.pid}.old` });
      await writeOne(from, chunks(), old?.mode ?? 0o666);
    }
    for (const { from, to, old } of begun) {
      at = to;
      // moved away and not overwritten: it can come back, and no file system waits for the new file to reach the disk
      if (old !== undefined) renameSync(to, old);
      renameSync(from, to);
      placed++;
    }
    for (const { old } of begun) if (old !== undefined) rmSync(old, { force: true });
  } catch (error) {
    undo();
    const known = systemProblem(error);
    if (known) throw problem(`cannot write \`${at}\`: ${known.absent ? "its folder does not exist" : known.words}; nothing was written`);
    throw error;
  } finally {
    process.removeListener("SIGINT", interrupted);
    process.removeListener("SIGTERM", interrupted);
  }
}

async function writeOne(path: string, chunks: Iterable<Uint8Array>, mode: number): Promise<void> {
  const descriptor = openSync(path, "wx", mode);
  try {
    let sincePause = 0;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at, Math.min(chunk.length - at, LARGEST_PART));
      sincePause += chunk.length;
      if (sincePause < BETWEEN_PAUSES) continue;
      sincePause = 0;
      await new Promise(setImmediate);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a folder and those above it; those that were made are noted, the outermost first. */
function makeFolders(path: string, made: string[]): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return;
  if (stat) throw Object.assign(new Error(path), { code: "EEXIST" });
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent, made);
  mkdirSync(path);
  made.push(path);
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // something else was put there meanwhile: it stays
  }
}
