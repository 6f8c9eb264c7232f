/** A folder's files on a server of this machine, opened in headless Chromium. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";

const executablePath = process.env.LWM_CHROMIUM ?? "/usr/bin/chromium";
/** Why there are no pages to be had; empty where there are. */
export const noBrowser = existsSync(executablePath) ? "" : ` (skipped: needs ${executablePath} or LWM_CHROMIUM)`;

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
}

/** Serves a folder; a page for each path that ends in `.html` and is no file is made of the script that its query names. */
export async function serve(folder: string): Promise<{ readonly origin: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://localhost");
    const path = join(folder, pathname);
    const script = searchParams.get("script");
    const found = script === null ? (existsSync(path) ? readFileSync(path) : undefined) : `<!doctype html><script type="module" src="${script}"></script>`;
    response.writeHead(found === undefined ? 404 : 200, { "content-type": script === null ? (types[extname(path)] ?? "application/octet-stream") : "text/html" }).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Opens a page and waits for what its script defines. */
export async function opened(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(url);
  await page.waitForFunction("typeof globalThis.run === 'function'", undefined, { timeout: 30_000 }).catch((error: Error) => {
    throw new Error([error.message, ...problems].join("\n"));
  });
  return page;
}
