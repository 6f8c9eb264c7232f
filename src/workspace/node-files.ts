/** Large files on Node: read where asked, written piece by piece. Node moves at most 2^31 - 1 bytes a call, so both go in parts. */
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { open, type Bytes, type Opened } from "../backends/weights/safetensors.ts";
import { diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { span } from "../compiler/source.ts";

const largestPart = 2 ** 30;

/** An open file. Reading after `close`, or a file that shrinks while it is read, throws. */
export interface FileBytes extends Bytes {
  close(): void;
}

/** Reads that are shorter are cheap, and never share their memory. */
const shareable = 2 ** 16;

/**
 * Opens a regular file for reading. Throws the system's error; a folder is EISDIR, a pipe or a device EINVAL, without waiting for it. With `oneAtATime`, the bytes of a read of 64 KiB or more hold until the next such read, which
 * takes the same memory: a large file then passes through a room of its largest tensor.
 */
export function fileBytes(path: string, oneAtATime = false): FileBytes {
  const found = statSync(path);
  if (!found.isFile()) throw Object.assign(new Error(`${path} is not a file`), { code: found.isDirectory() ? "EISDIR" : "EINVAL" });
  const descriptor = openSync(path, "r");
  const { size } = fstatSync(descriptor);
  let held = new Uint8Array(0);
  const room = (length: number): Uint8Array => {
    if (!oneAtATime || length < shareable) return new Uint8Array(length);
    if (held.length < length) held = new Uint8Array(length);
    return held.subarray(0, length);
  };
  const read = (offset: number, length: number): Uint8Array => {
    if (offset < 0 || length < 0 || offset + length > size) throw new RangeError(`bytes ${offset} to ${offset + length} of a file of ${size}`);
    const bytes = room(length);
    for (let at = 0; at < length; ) {
      const got = readSync(descriptor, bytes, at, Math.min(length - at, largestPart), offset + at);
      if (got === 0) throw new Error(`${path} became shorter while it was read`);
      at += got;
    }
    return bytes;
  };
  return { size, read, close: () => closeSync(descriptor) };
}

export interface OpenedFile extends Opened {
  /** Lets go of the file; call it when nothing more is read from `store`. */
  close(): void;
}

/** Opens a safetensors file; `oneAtATime` as for `fileBytes`. A file that the system does not let us read is a diagnostic, like one that is malformed. */
export function openWeights(path: string, oneAtATime = false): OpenedFile {
  let bytes: FileBytes | undefined;
  try {
    bytes = fileBytes(path, oneAtATime);
    return { ...open(bytes, path), close: bytes.close };
  } catch (error) {
    bytes?.close();
    const problem = systemProblem(error);
    if (problem === undefined) throw error;
    return { store: undefined, diagnostics: [diagnostic("unreadable-weights-file", span(path, 0, 0), { file: path, problem })], close: () => {} };
  }
}

/** What the system says, in words; undefined for what is not the system's. */
function systemProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EINVAL") return "it is not a file";
  return "syscall" in error ? code : undefined;
}

/**
 * Writes a file from its pieces, with no more than one of them in memory. They go into `<path>.partial`, which takes the file's name when the
 * last is written: whoever looks sees the old file or the whole new one. Throws the system's error, and what the pieces throw, and leaves no rest behind.
 */
export function writePieces(path: string, pieces: Iterable<Uint8Array>): void {
  const partial = `${path}.partial`;
  const descriptor = openSync(partial, "w");
  try {
    try {
      for (const piece of pieces) writeAll(descriptor, piece);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function writeAll(descriptor: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at, Math.min(piece.length - at, largestPart));
}
