/** Projects in folders of their own, as a user has them: with the packages, and with lwm as it is packed. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");
const fixtures = join(import.meta.dirname, "fixtures");

export interface Project {
  readonly path: string;
  readonly remove: () => void;
}

/** An empty folder with the packages at hand; `name` says what it is for. */
export function emptyProject(name: string, files: Readonly<Record<string, string>> = {}): Project {
  const path = mkdtempSync(join(tmpdir(), `lwm-${name}-`));
  linkPackages(path);
  writeFileSync(join(path, "package.json"), '{ "type": "module" }\n');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** What is common to the fixtures, and one of them. */
export function fixtureProject(name: string): Project {
  const project = emptyProject(name);
  cpSync(join(fixtures, "common"), project.path, { recursive: true });
  cpSync(join(fixtures, name), project.path, { recursive: true });
  return project;
}

/** Links in place of what `npm install` copies: there may be no registry. */
export function linkPackages(path: string): void {
  const modules = join(path, "node_modules");
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  symlinkSync(root, join(modules, "lwm"));
}

/** Runs a script of the project. @returns what it printed; what went wrong is thrown */
export async function node(project: Project, args: readonly string[]): Promise<string> {
  const { code, out, err } = await tried(project, args);
  if (code !== 0) throw new Error(`node ${args.join(" ")} ends with ${code}:\n${out}${err}`);
  return out;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function tried(project: Project, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: project.path, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

/** TypeScript 6 and 7, as a project calls them. */
export const compilers = ["typescript6", "typescript"] as const;

/** What a TypeScript says of a project: nothing where all is well. */
export async function typeErrors(project: Project, compiler: (typeof compilers)[number]): Promise<string> {
  return (await tried(project, [join(root, "node_modules", compiler, "bin", "tsc"), "-p", "."])).out;
}
