/** The built command line, as a user calls it. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
export const bin = join(root, "bin", "lwmc.cjs");

/** Builds what is older than its sources; test files that run beside each other wait for the one that does it. */
export async function built(): Promise<void> {
  const lock = join(tmpdir(), `lwm-test-build-${process.ppid}`);
  while (!taken(lock)) await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    const made = statSync(join(root, "dist", "lwmc.cjs"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (made > Math.max(...["src", "grammar", "stdlib", "scripts"].map((folder) => newest(join(root, folder))))) return;
    const run = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`the build fails:\n${run.stderr}`);
  } finally {
    rmdirSync(lock);
  }
}

function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

function newest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `lwmc` with these arguments; neither terminal nor colour. */
export function lwmc(args: readonly string[], options: CallOptions = {}): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: "utf8",
    cwd: options.cwd ?? root,
    input: options.stdin ?? "",
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, LWM_DEBUG: undefined, ...options.env },
    maxBuffer: 1 << 28,
  });
  return { code: status, out: stdout, err: stderr };
}

/** Starts `lwmc` and reads nothing that it prints. */
export function startLwmc(args: readonly string[], cwd: string): ReturnType<typeof spawn> {
  return spawn(process.execPath, [bin, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
}

/** A folder with these files, and its end. */
export function folder(files: Readonly<Record<string, string | Uint8Array>>): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "lwm-cli-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
