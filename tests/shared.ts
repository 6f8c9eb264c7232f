/**
 * Reference data beside the repository: exact figures, checkpoints, photographs. It is optional; a test that needs it is skipped
 * where it is absent, and its title says why. `LWM_SHARED` names another place.
 */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";

const beside = process.env.LWM_SHARED ?? fileURLToPath(new URL("../../shared", import.meta.url));

/** The absolute path of the folder, or undefined where it is absent. */
export const shared: string | undefined = existsSync(beside) && statSync(beside).isDirectory() ? resolve(beside) : undefined;

const reason = shared === undefined ? " (skipped: needs ../shared)" : "";

/** `describe`, skipped with its reason where the folder is absent. Read files inside the tests, not in the body of the suite, which runs anyway. */
export function describeShared(title: string, body: () => void): void {
  describe.skipIf(shared === undefined)(title + reason, body);
}

/** `test`, skipped with its reason where the folder is absent. */
export function testShared(title: string, body: () => void | Promise<void>, timeout?: number): void {
  test.skipIf(shared === undefined)(title + reason, body, timeout);
}

/** The path of something in the folder: `sharedPath("parity", "mobilenet_v2", "io.safetensors")`. Where the folder is absent, the path where it would be. */
export function sharedPath(...parts: readonly string[]): string {
  return join(shared ?? beside, ...parts);
}

export function sharedExists(...parts: readonly string[]): boolean {
  return shared !== undefined && existsSync(join(shared, ...parts));
}

/** The names in a folder, sorted; none where the folder is absent, so that a suite can be laid out from it. */
export function sharedNames(...parts: readonly string[]): readonly string[] {
  return sharedExists(...parts) ? readdirSync(sharedPath(...parts)).sort() : [];
}

export function readShared(...parts: readonly string[]): Uint8Array {
  return readFileSync(sharedPath(...parts));
}

export function readText(...parts: readonly string[]): string {
  return readFileSync(sharedPath(...parts), "utf8");
}

export function readJson<T = unknown>(...parts: readonly string[]): T {
  return JSON.parse(readText(...parts)) as T;
}
