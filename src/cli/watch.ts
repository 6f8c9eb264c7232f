/** Doing something again whenever files change, until the process is interrupted: a broken file is reported and waited for, from the first run on. */
import { statSync, watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { Stop } from "./environment.ts";
import { err } from "./output.ts";

/** Editors write a file in several steps; this many milliseconds after the last one it is read. */
const QUIET = 60;
/** Where a file system tells nothing, files are looked at this often, in milliseconds. */
const LOOK = 1000;

export interface Watched {
  /** Folders in which any `.lwm` file counts, also one that is new. */
  readonly folders?: readonly string[];
  /** Files beside those that `act` names. */
  readonly files?: readonly string[];
}

/** @param act names the files that it hangs on. It may end as a command does: what it says then is shown, and what it hung on before is watched on. */
export async function watching(act: () => Promise<Iterable<string>>, { folders = [], files = [] }: Watched): Promise<never> {
  const watchers = new Map<string, FSWatcher>();
  /** What was read, and as what. */
  let seen = stamps(files, new Map());
  /** A file that is new in one of the folders. */
  let stirred = false;
  let wake = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => wake(), QUIET);
  };
  const listen = (folder: string, recursive: boolean, told: (name: string | null) => void): void => {
    if (watchers.has(folder)) return;
    try {
      // folders and not files: a file that is replaced by another of its name is followed
      const watcher = watch(folder, { recursive }, (_, name) => told(name));
      watchers.set(folder, watcher);
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(folder);
      });
    } catch {
      // absent, or out of watches: the files are looked at all the same
    }
  };
  for (const folder of folders) {
    listen(folder, true, (name) => {
      if (name !== null && !name.endsWith(".lwm")) return;
      stirred = true;
      soon();
    });
  }

  for (let first = true; ; first = false) {
    const before = stamps(seen.keys(), new Map());
    stirred = false;
    try {
      seen = stamps([...files, ...(await act())], before);
    } catch (error) {
      // wrong usage stays wrong, whatever the files become
      if (!(error instanceof Stop) || (error.code === 2 && first)) throw error;
      err(`lwmc: ${error.message}\n`);
      seen = before;
    }
    for (const file of seen.keys()) listen(dirname(file), false, soon);
    const many = seen.size === 1 ? "1 file" : `${seen.size} files`;
    err(`watching ${folders.length > 0 ? `${folders.join(", ")}: ` : ""}${many}\n`);
    await new Promise<void>((resolve) => {
      const look = setInterval(() => wake(), LOOK);
      wake = () => {
        if (!stirred && ![...seen].some(([file, stamp]) => stampOf(file) !== stamp)) return;
        clearInterval(look);
        resolve();
      };
      wake();
    });
  }
}

/** When the files were last written, and how long they are; of those that are known, what is known. */
function stamps(files: Iterable<string>, known: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...files].map((file) => [file, known.get(file) ?? stampOf(file)]));
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : "-";
}
