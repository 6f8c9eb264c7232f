/** Completion scripts in the shells that are there: what a person sees who presses Tab. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, built, folder, lwmc } from "./lwmc.ts";

const has = (shell: string): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;
const work = folder({ "net.lwm": "", "two words.lwm": "", "sub/deep.lwm": "", "cat.png": "" });

/** The words that a line's last word may become. */
type Completed = (line: string) => readonly string[];

function shell(command: string, args: readonly string[]): readonly string[] {
  const out = execFileSync(command, args, { cwd: work.path, encoding: "utf8", env: { ...process.env, PATH: `${join(work.path, ".bin")}:${process.env.PATH}` } });
  return out.split("\n").filter((word) => word !== "");
}

/** As bash splits a line: also at `=`. */
const inBash: Completed = (line) => {
  const words = line.split(/ |(?==)|(?<==)/).map((word) => `'${word}'`);
  return shell("bash", ["--norc", "-c", `source bash.sh; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _lwmc; printf '%s\\n' "\${COMPREPLY[@]}"`]);
};

const inFish: Completed = (line) => shell("fish", ["--no-config", "-c", `source fish.fish; complete -C '${line}'`]).map((found) => found.split("\t")[0]);

const shells: readonly (readonly [string, Completed])[] = [["bash", inBash], ["fish", inFish]];

beforeAll(async () => {
  await built();
  mkdirSync(join(work.path, ".bin"));
  symlinkSync(bin, join(work.path, ".bin", "lwmc"));
  for (const [name, file] of [["bash", "bash.sh"], ["zsh", "zsh.sh"], ["fish", "fish.fish"]]) writeFileSync(join(work.path, file), lwmc(["complete", name]).out);
});
afterAll(() => work.remove());

describe.each(shells)("in %s", (name, completed) => {
  test.skipIf(!has(name))(`what may stand at a place${has(name) ? "" : ` (skipped: there is no ${name})`}`, { timeout: 60_000 }, () => {
    expect(completed("lwmc comp")).toEqual(expect.arrayContaining(["compile", "complete"]));
    expect(completed("lwmc weights ")).toEqual(expect.arrayContaining(["bind", "inspect"]));
    expect(completed("lwmc compile net.lwm --weights-a").join(" ")).toContain("--weights-as");
    expect(completed("lwmc compile net.lwm --weights-as f")).toEqual(expect.arrayContaining(["float32", "float16"]));
    expect(completed("lwmc compile net.lwm --target stm32h")).toContain("stm32h747");
    expect(completed("lwmc complete ")).toEqual(expect.arrayContaining(["bash", "zsh", "fish"]));
    expect(completed("lwmc explain shape-mis")).toContain("shape-mismatch");
    expect(completed("lwmc summary MobileNetV3")).toEqual(expect.arrayContaining(["MobileNetV3Large", "MobileNetV3Small"]));
    const files = completed("lwmc check ");
    expect(files).toEqual(expect.arrayContaining(["net.lwm", "two words.lwm"]));
    expect(files.join(" ")).toMatch(/\bsub\b/);
    expect(completed("lwmc run net.lwm --image ")).toEqual(expect.arrayContaining(["cat.png"]));
    expect(completed("lwmc summary net.lwm --by=st").map((word) => word.replace("--by=", ""))).toEqual(["stage"]);
  });
});

/** zsh completes in its line editor alone: here that it takes the script, every function of it. */
test.skipIf(!has("zsh"))(`zsh loads its script${has("zsh") ? "" : " (skipped: there is no zsh)"}`, () => {
  const printed = shell("zsh", ["-f", "-c", "autoload -Uz compinit; compinit -u -D; source ./zsh.sh; print -r -- $_comps[lwmc]; print -rl -- ${(ok)functions[(I)_lwmc*]}"]);
  expect(printed).toEqual(expect.arrayContaining(["_lwmc", "_lwmc_compile", "_lwmc_weights_bind"]));
});
