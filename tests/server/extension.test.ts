/** What the extension is made of: its parts are there, its server answers, its grammar colours Markdown. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { beforeAll, expect, test } from "vitest";
import { textMate } from "../../grammar/generate.ts";
import { built } from "../cli/lwmc.ts";
import { clientOf } from "./client.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "editors", "vscode");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

beforeAll(async () => {
  await built();
  const run = spawnSync(process.execPath, [join(root, "scripts", "extension.mjs"), "--no-package"], { encoding: "utf8" });
  expect(`${run.stderr}${run.status}`).toBe("0");
});

test("every file that the manifest names is there", () => {
  const { main, icon, contributes } = manifest;
  const named: string[] = [main, icon, ...contributes.grammars.map(({ path }: { path: string }) => path), ...contributes.snippets.map(({ path }: { path: string }) => path), ...contributes.languages.flatMap((language: { configuration: string; icon: { light: string; dark: string } }) => [language.configuration, language.icon.light, language.icon.dark]), ...contributes.viewsContainers.activitybar.map(({ icon: of }: { icon: string }) => of)];
  expect(named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
});

test("the README's pictures are there, each of less than 150 kB", () => {
  const pictures = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/\]\((pictures\/[\w-]+\.png)\)/g)].map(([, path]) => path);
  expect(pictures.map((path) => path.slice("pictures/".length)).sort()).toEqual(readdirSync(join(folder, "pictures")).sort());
  for (const path of pictures) expect(statSync(join(folder, path)).size).toBeLessThan(150_000);
});

test("commands, settings and views are those of the code, and it works in untrusted folders", () => {
  const source = ["extension.ts", "heat.ts", "network-panel.ts", "summary.ts"].map((file) => readFileSync(join(folder, "src", file), "utf8")).join("\n");
  const registered = [...source.matchAll(/registerCommand\("([\w.]+)"/g)].map(([, name]) => name).sort();
  expect(manifest.contributes.commands.map(({ command }: { command: string }) => command).sort()).toEqual(registered);
  expect(manifest.capabilities.untrustedWorkspaces.supported).toBe(true);
  expect(source).toContain(`registerWebviewViewProvider("${manifest.contributes.views.lwm[0].id}"`);
});

test("its server knows the library and serves", async () => {
  const server = await clientOf([join(folder, "dist", "server.cjs")]);
  expect(await server.open("file:///a.lwm", "model A = MobileNetV2(width=0.5)\n")).toEqual([]);
  const [lens] = await server.ask<{ command: { title: string } }[]>("textDocument/codeLens", { textDocument: { uri: "file:///a.lwm" } });
  expect(lens.command.title).toContain("1.97 M params");
  expect(await server.end()).toBe(0);
});

test("a fence of lwm in Markdown has lwm's colours, and other fences have not", async () => {
  await oniguruma.loadWASM(readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm")).buffer as ArrayBuffer).catch(() => {});
  const markdown = { scopeName: "text.html.markdown", patterns: [], repository: {} };
  const texts: Readonly<Record<string, string>> = { "source.lwm": textMate(), "markdown.lwm.codeblock": readFileSync(join(folder, "syntaxes", "lwm.markdown.json"), "utf8"), "text.html.markdown": JSON.stringify(markdown) };
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({ createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns), createOnigString: (text) => new oniguruma.OnigString(text) }),
    loadGrammar: async (scope) => (texts[scope] === undefined ? null : textmate.parseRawGrammar(texts[scope], `${scope}.json`)),
    getInjections: (scope) => (scope === "text.html.markdown" ? ["markdown.lwm.codeblock"] : undefined),
  });
  const grammar = (await registry.loadGrammar("text.html.markdown"))!;
  const scopesOf = (lines: readonly string[]): string[] => {
    let state = textmate.INITIAL;
    return lines.map((line) => {
      const result = grammar.tokenizeLine(line, state);
      state = result.ruleStack;
      return result.tokens.map(({ scopes }) => scopes.join(" ")).join(" ");
    });
  };
  const [, inside, , after] = scopesOf(["```lwm", "model A = B()", "```", "model A = B()"]);
  expect(inside).toContain("meta.embedded.block.lwm");
  expect(inside).toContain("keyword.declaration.lwm");
  expect(after).not.toContain("lwm");
  expect(scopesOf(["```ts", "model A = B()"])[1]).not.toContain("lwm");
});
