/** What the README and the pages of `docs/` say is so: the first network compiles within its budget, figures are the compiler's, commands run. */
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, folder, lwmc } from "./cli/lwmc.ts";
import { compileText, network } from "./library/network.ts";
import { lwmFiles, readProject } from "./program.ts";

const root = join(import.meta.dirname, "..");
const readme = readProject("README.md");
const pages = ["README.md", "bench/README.md", "src/README.md", ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];

test("the first network compiles, within its budget", async () => {
  const [, text] = /```lwm\n([\s\S]+?)```/.exec(readme)!;
  const { models, diagnostics } = await compileText(text);
  expect(diagnostics).toEqual([]);
  expect(models).toHaveLength(1);
});

const rows = [...readme.matchAll(/^\| (\w+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|/gm)].map(([, name, ...figures]) => [name, figures.map((f) => Number(f.replaceAll(",", "")))] as const);

test("there is a table of figures", () => expect(rows.length).toBeGreaterThan(5));

test.each(rows)("the figures of %s", async (name, [params, macs, activations]) => {
  const { cost } = await network(name);
  expect({ params: cost.params, macs: cost.macs, activations: cost.activations }).toEqual({ params, macs, activations });
});

test.each(["README.md", "docs/devices.md"])("%s counts the devices of the library", (page) => {
  const [, count] = /(\d+)\s(?:devices are in the library|of them in `stdlib\/devices\/`)/.exec(readProject(page))!;
  expect(Number(count)).toBe(lwmFiles("stdlib/devices").length);
});

describe("commands in code blocks", () => {
  const lines = pages.flatMap((page) => [...readProject(page).matchAll(/^```(?:sh|console)\n([^]*?)^```/gm)].flatMap(([, text]) => text.split("\n").flatMap((line) => line.replace(/\s+#\s.*$/, "").split(" && "))));
  const calls = lines.flatMap((line) => {
    const [, words] = /^(?:\$ )?(?:npx )?lwmc (.*)$/.exec(line) ?? [];
    return words === undefined ? [] : [{ line, args: words.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", "")) }];
  });
  /** What these name is not at hand, or takes long: their options are looked at only. */
  const elsewhere = /FILE|my-host|pictures\/|\.safetensors|^(?:bench|calibrate|init|types)/;
  const work = folder({});
  beforeAll(async () => {
    await built();
    cpSync(join(root, "examples"), join(work.path, "examples"), { recursive: true });
    cpSync(join(root, "examples", "wake_eye.lwm"), join(work.path, "wake_eye.lwm"));
  }, 120_000);
  afterAll(work.remove);

  test("there are some", () => expect(calls.length).toBeGreaterThan(15));

  test.each(calls.map(({ line, args }) => [line, args] as const))("%s", (_line, args) => {
    if (!elsewhere.test(args.join(" "))) {
      const { code, err } = lwmc(args, { cwd: work.path });
      expect([code, err.split("\n").filter((text) => text.startsWith("error"))]).toEqual([0, []]);
      return;
    }
    const help = lwmc(["help", args[0]]).out;
    for (const option of args.slice(1).filter((word) => word.startsWith("-"))) expect(help, option).toMatch(new RegExp(`(?:^|[ ,])${option}(?:[ ,\\n]|$)`, "m"));
  }, 60_000);

  test.each(lines.flatMap((line) => /^node ((?:bench|scripts)\/\S+)/.exec(line)?.[1] ?? []))("%s is there", (script) => {
    expect(existsSync(join(root, script))).toBe(true);
  });

  test("every command that a page names exists, and the README lists every command", () => {
    const known = [...lwmc(["--help"]).out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const named = new Set(pages.flatMap((page) => [...readProject(page).matchAll(/`(?:npx )?lwmc ([a-z]+)/g)].map(([, name]) => name)));
    expect([...named].filter((name) => !known.includes(name))).toEqual([]);
    const listed = new Set([...readme.matchAll(/^\| `lwmc ([a-z]+)/gm)].map(([, name]) => name));
    expect(known.filter((name) => !listed.has(name) && name !== "help" && name !== "lsp")).toEqual([]);
  });
});
