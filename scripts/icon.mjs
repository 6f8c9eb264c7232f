/** Draws editors/vscode/icon.png from icon.svg, with the Chromium of CHROMIUM or /usr/bin/chromium. */
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const folder = new URL("../editors/vscode/", import.meta.url);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 256, height: 256 } });
  await page.setContent(`<style>body{margin:0;background:transparent}svg{display:block}</style>${readFileSync(new URL("icon.svg", folder), "utf8")}`);
  writeFileSync(new URL("icon.png", folder), await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: 256, height: 256 } }));
} finally {
  await browser.close();
}
