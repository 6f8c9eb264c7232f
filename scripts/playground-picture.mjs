/** Takes the README's picture of the playground: `node scripts/playground-picture.mjs`. Needs Chromium; LWM_CHROMIUM names another. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { buildPlayground } from "./playground.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".png": "image/png" };
const folder = mkdtempSync(join(tmpdir(), "lwm-playground-"));
await buildPlayground(folder);
const server = createServer(({ url }, response) => {
  const name = url === "/" ? "index.html" : url.slice(1);
  response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" }).end(readFileSync(join(folder, name)));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({ executablePath: process.env.LWM_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ serviceWorkers: "block", viewport: { width: 1280, height: 560 }, colorScheme: "light" });
const page = await context.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.waitForSelector("#costs");
await page.waitForSelector(".cm-hint");
await page.screenshot({ path: join(root, "docs", "playground.png") });
await browser.close();
server.close();
rmSync(folder, { recursive: true, force: true });
