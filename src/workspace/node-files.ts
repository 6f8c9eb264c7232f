/** Large files on Node, read where asked. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { open, type Bytes, type Opened } from "../backends/weights/safetensors.ts";
import { diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { span } from "../compiler/source.ts";
import { systemProblem } from "./node-host.ts";

/** Node reads at most 2^31 - 1 bytes a call. */
const LARGEST_PART = 2 ** 30;

/** An open file. Reading after `close`, or a file that shrinks while it is read, throws. */
export interface FileBytes extends Bytes {
  close(): void;
}

/** Reads that are shorter are cheap, and never share their memory. */
const SHAREABLE = 2 ** 16;

/**
 * Opens a regular file for reading. Throws the system's error; a folder is EISDIR, a pipe or a device EINVAL, without waiting for it. With `oneAtATime`, the bytes of a read of 64 KiB or more hold until the next such read, which
 * takes the same memory: a large file then passes through a room of its largest tensor.
 */
function fileBytes(path: string, oneAtATime = false): FileBytes {
  const found = statSync(path);
  if (!found.isFile()) throw Object.assign(new Error(`${path} is not a file`), { code: found.isDirectory() ? "EISDIR" : "EINVAL" });
  const descriptor = openSync(path, "r");
  const { size } = fstatSync(descriptor);
  let held = new Uint8Array(0);
  const room = (length: number): Uint8Array => {
    if (!oneAtATime || length < SHAREABLE) return new Uint8Array(length);
    if (held.length < length) held = new Uint8Array(length);
    return held.subarray(0, length);
  };
  const read = (offset: number, length: number): Uint8Array => {
    if (offset < 0 || length < 0 || offset + length > size) throw new RangeError(`bytes ${offset} to ${offset + length} of a file of ${size}`);
    const bytes = room(length);
    for (let at = 0; at < length; ) {
      const got = readSync(descriptor, bytes, at, Math.min(length - at, LARGEST_PART), offset + at);
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
    if (!problem) throw error;
    return { store: undefined, diagnostics: [diagnostic("unreadable-weights-file", span(path, 0, 0), { file: path, problem: problem.words })], close: () => {} };
  }
}
