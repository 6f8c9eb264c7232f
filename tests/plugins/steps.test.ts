/**
 * The four steps of the README, as they stand there, from an empty folder to a network that runs in Chromium. There may be no registry, so the first
 * step is done offline: lwm is packed as npm packs it and unpacked, and the packages that it would bring are linked.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built } from "../cli/lwmc.ts";
import { launch, noBrowser, serve } from "./pages.ts";
import { root } from "./project.ts";

const steps = /<!-- steps: .*-->\n```sh\n([^]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))![1].trim().split("\n").map((line) => line.replace(/\s+#.*$/, ""));

describe.skipIf(noBrowser !== "")(`the steps of the README${noBrowser}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "lwm-steps-"));
  const run = (command: string): string => execFileSync("/bin/sh", ["-c", command], { cwd: folder, encoding: "utf8", env: { ...process.env, PATH: `${join(folder, "node_modules", ".bin")}:${process.env.PATH}` }, stdio: ["ignore", "pipe", "pipe"] });
  beforeAll(built);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are four, and lead from nothing to a page that classifies", { timeout: 300_000 }, async () => {
    expect(steps).toHaveLength(4);
    const [install, ...rest] = steps;
    expect(install).toBe("npm install lwm vite typescript");
    installOffline(folder);
    for (const step of rest) run(step.replaceAll("npx ", ""));
    expect(readdirSync(folder).filter((name) => name.includes(".d.lwm")).length).toBeGreaterThan(1);

    const { origin, server } = await serve(join(folder, "dist"));
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(`${origin}/index.html`);
      await page.waitForFunction("document.body.textContent.includes('parameters')", undefined, { timeout: 60_000 });
      expect(await page.evaluate("document.body.textContent")).toMatch(/^(airplane|automobile|bird|cat|deer|dog|frog|horse|ship|truck), \d+ % \(\d+ parameters\)$/);
    } finally {
      await browser.close();
      server.close();
    }
  });
});

/** What `npm install` leaves behind. */
function installOffline(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) as [{ filename: string }];
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", folder]);
  rmSync(join(folder, filename));
  renameSync(join(folder, "package"), join(modules, "lwm"));
  expect(existsSync(join(modules, "lwm", "dist", "lwmc.cjs"))).toBe(true);
  const bins = { lwmc: "lwm/bin/lwmc.cjs", tsc: "typescript/bin/tsc", vite: "vite/bin/vite.js" };
  for (const [name, path] of Object.entries(bins)) symlinkSync(join(modules, path), join(modules, ".bin", name));
}
