/** Files on a disk, through Node. */
import { isUtf8 } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { resolvePath, type Host, type Read } from "./host.ts";

/** The most that is read of anything said to be a `.lwm` text, in bytes; the parser has a lower limit of its own. */
export const LARGEST_TEXT = 64 * 2 ** 20;

/** Paths are as the user wrote them, relative to the working folder. Reads are done at once: a start-up pays for no thread pool. */
export const nodeHost: Host = { read: async (uri) => readText(uri), resolve: resolvePath };

function readText(path: string): Read {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const bytes = readAtMost(descriptor, LARGEST_TEXT);
    if (bytes === undefined) return { text: undefined, absent: false, problem: `it is larger than ${LARGEST_TEXT.toLocaleString("en")} bytes` };
    const problem = notText(bytes);
    return problem === undefined ? { text: withoutMark(bytes.toString("utf8")) } : { text: undefined, absent: false, problem };
  } catch (error) {
    const problem = systemProblem(error);
    if (problem === undefined) throw error;
    return problem.absent ? { text: undefined, absent: true } : { text: undefined, absent: false, problem: problem.words };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Everything from a file, a pipe or a device up to its end; undefined where that is more than the limit. Throws the system's errors. */
export function readAtMost(descriptor: number, limit: number): Buffer | undefined {
  const stat = fstatSync(descriptor);
  if (stat.isFile() && stat.size > limit) return undefined;
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(stat.isFile() && total === 0 ? stat.size + 1 : 65536);
    const got = readWaiting(descriptor, part);
    if (got === 0) return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    parts.push(part.subarray(0, got));
    total += got;
    if (total > limit) return undefined;
  }
}

/** A pipe that another program set to non-blocking answers EAGAIN where it is merely empty. */
function readWaiting(descriptor: number, into: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, into);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Why bytes are no `.lwm` text, in words that go on from a file's name; undefined where they are one. */
export function notText(bytes: Buffer): string | undefined {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return "it is in UTF-16; save it in UTF-8";
  if (bytes.includes(0)) return "it is no text";
  return isUtf8(bytes) ? undefined : "it is not in UTF-8";
}

/** A byte order mark is not part of the text. */
export function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** A system error in words that go on from a file's name; undefined for what is not one. */
export function systemProblem(error: unknown): { readonly absent: boolean; readonly words: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case undefined:
      return undefined;
    case "ENOENT":
      return { absent: true, words: "it does not exist" };
    case "ENOTDIR":
      return { absent: true, words: "a part of its path is not a folder" };
    case "EISDIR":
      return { absent: false, words: "it is a folder" };
    case "EINVAL":
      return { absent: false, words: "it is not a file" };
    case "EACCES":
    case "EPERM":
      return { absent: false, words: "permission denied" };
    case "EROFS":
      return { absent: false, words: "the file system is read-only" };
    case "ENOSPC":
      return { absent: false, words: "no space is left on the disk" };
    case "EDQUOT":
      return { absent: false, words: "the disk quota is used up" };
    case "EMFILE":
    case "ENFILE":
      return { absent: false, words: "too many files are open" };
    case "ELOOP":
      return { absent: false, words: "its symbolic links go round in a circle" };
    case "ENAMETOOLONG":
      return { absent: false, words: "its name is too long" };
    case "EEXIST":
      return { absent: false, words: "a file of that name is in the way" };
    case "ERR_FS_FILE_TOO_LARGE":
    case "ERR_STRING_TOO_LONG":
      return { absent: false, words: "it is too large" };
    case "ERR_INVALID_ARG_VALUE":
      return { absent: false, words: "it is not a possible file name" };
    default:
      return /^E[A-Z0-9]+$/.test(code) ? { absent: false, words: `the system says ${code}` } : undefined;
  }
}
