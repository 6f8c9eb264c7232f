/** The command line, from its arguments to its exit code. `bin/lwmc.cjs` calls `start`. */
import { join } from "node:path";
import { builtLibrary } from "../workspace/node-library.ts";
import { check } from "./check.ts";
import { Stop, type Environment } from "./environment.ts";
import { err, PipeClosed } from "./output.ts";

declare const LWM_VERSION: string;
/** Given by the script's wrapper. */
declare const lwmFolder: string;

/** Runs the process's command and sets its exit code. */
export function start(): void {
  process.on("SIGINT", () => process.exit(130));
  void main(process.argv.slice(2)).then(end);
}

/** Runs a command. @returns its exit code */
export async function main(argv: readonly string[]): Promise<number> {
  const environment: Environment = { dist: lwmFolder, version: LWM_VERSION, library: () => builtLibrary(join(lwmFolder, "library")) };
  try {
    const operands = argv.slice(1);
    if (argv[0] === "check" && operands.length > 0 && operands.every((word) => !word.startsWith("-"))) return await check(operands, {}, environment);
    const { commands } = await import("./commands.ts");
    return await commands(argv, environment);
  } catch (error) {
    return fault(error);
  }
}

/** What ended a command, in words; the stack of a fault of ours only where LWM_DEBUG asks for it. */
function fault(error: unknown): number {
  if (error instanceof PipeClosed) return 141;
  try {
    if (error instanceof Stop) {
      if (error.message !== "") err(`lwmc: ${error.message}\n`);
      return error.code;
    }
    const detail = error instanceof Error ? (process.env.LWM_DEBUG ? (error.stack ?? error.message) : error.message) : String(error);
    err(`lwmc: this is a fault of lwmc, not of your files: ${detail}\n`);
    if (!process.env.LWM_DEBUG) err("      LWM_DEBUG=1 shows where it happened\n");
  } catch {
    // stderr is closed as well: there is no one left to tell
  }
  return 2;
}

/** Runtimes may leave timers and workers behind; a result that is complete does not wait for them. */
function end(code: number): void {
  process.exitCode = code;
  if (code !== 0 || process.argv[2] !== "check") process.exit(code);
}
