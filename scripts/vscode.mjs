/**
 * Tries the packaged extension in VS Code: every feature once, as a person would, in a browser. Prints what it found; 1 where something is missing.
 *
 *   node scripts/vscode.mjs [PART]         only features whose name has PART in it
 *   node scripts/vscode.mjs --pictures     takes the pictures of the extension's README
 *
 * Needs `npm run build`, Chromium (LWM_CHROMIUM names another), and about 800 MB from the npm registry, downloaded once. LWM_SHOTS names a folder for
 * pictures of what fails.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { install, profile, start } from "./vscode/code-server.mjs";
import { openEditor } from "./vscode/editor.mjs";
import { features, untrusted } from "./vscode/features.mjs";
import { takePictures } from "./vscode/pictures.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version, repository } = JSON.parse(readFileSync(join(root, "editors", "vscode", "package.json"), "utf8"));
const part = process.argv[2] ?? "";

/** Quiet, and the same on every screen; files are saved as they are typed. */
const settings = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Light Modern",
  "workbench.activityBar.location": "top",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "files.autoSave": "afterDelay",
  "files.autoSaveDelay": 100,
  "window.enableMenuBarMnemonics": false,
};

install();
const packaged = spawnSync(process.execPath, [join(root, "scripts", "extension.mjs")], { encoding: "utf8" });
if (packaged.status !== 0) throw new Error(packaged.stdout + packaged.stderr);

const folder = mkdtempSync(join(tmpdir(), "lwm-vscode-"));
const browser = await chromium.launch({ executablePath: process.env.LWM_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
let missing = 0;
try {
  if (part === "--pictures") await within("pictures", true, (editor) => takePictures(editor, join(root, "editors", "vscode", "pictures")));
  else {
    const [some, others] = [features, untrusted].map((tried) => Object.entries(tried).filter(([what]) => what.includes(part)));
    if (some.length + others.length === 0) throw new Error(`no feature has "${part}" in its name`);
    if (some.length > 0) await within("trusted", true, (editor) => attempt(editor, some));
    if (others.length > 0) await within("untrusted", false, (editor) => attempt(editor, others));
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
if (missing > 0) console.log(`${missing} missing`);
process.exitCode = missing > 0 ? 1 : 0;

/** Opens an empty folder in a new profile with the extension. */
async function within(name, trust, use) {
  const own = join(folder, name);
  const networks = join(own, "networks");
  mkdirSync(networks, { recursive: true });
  profile(own, join(root, "editors", "vscode", `lwm-${version}.vsix`), settings);
  const server = await start(own, { trust });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    // the README's pictures, from here
    const raw = `${repository.url}/raw/HEAD/`;
    await context.route(`${raw}**`, (route) => route.fulfill({ path: join(root, route.request().url().slice(raw.length)) }));
    await use(await openEditor(context, server.address, networks));
  } finally {
    await server.stop();
  }
}

async function attempt(editor, chosen) {
  for (const [what, how] of chosen) {
    try {
      await how(editor);
      console.log(`works    ${what}`);
    } catch (error) {
      missing += 1;
      const [reason] = String(error.message).split("\n");
      console.log(`MISSING  ${what}: ${reason}`);
      if (process.env.LWM_SHOTS) await editor.page.screenshot({ path: join(process.env.LWM_SHOTS, `${missing}.png`) });
      await editor.press("Escape", "Escape", "Escape");
    }
  }
}
