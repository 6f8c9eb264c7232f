/** The server in a web worker, in headless Chromium: the same answers as in a process. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built } from "../cli/lwmc.ts";
import { readProject } from "../program.ts";
import { client } from "./client.ts";

const executablePath = process.env.LWM_CHROMIUM ?? "/usr/bin/chromium";
const absent = existsSync(executablePath) ? "" : ` (skipped: needs ${executablePath} or LWM_CHROMIUM)`;

/** Runs in the page: JSON-RPC over the worker's messages. */
const page = `<!doctype html><script>
const worker = new Worker("/server.worker.js");
const waiting = new Map();
let next = 1;
worker.onmessage = ({ data }) => {
  const key = data.method === "textDocument/publishDiagnostics" ? data.params.uri + data.params.version : data.id;
  waiting.get(key)?.(data);
};
globalThis.ask = (method, params) => new Promise((resolve, reject) => {
  const id = next++;
  waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
  worker.postMessage({ jsonrpc: "2.0", id, method, params });
});
globalThis.tell = (method, params) => worker.postMessage({ jsonrpc: "2.0", method, params });
globalThis.open = (uri, text) => new Promise((resolve) => {
  waiting.set(uri + 1, ({ params }) => resolve(params.diagnostics));
  tell("textDocument/didOpen", { textDocument: { uri, languageId: "lwm", version: 1, text } });
});
</script>`;

describe.skipIf(absent !== "")(`in Chromium${absent}`, () => {
  let browser: Browser;
  let web: Server;
  let tab: Page;

  beforeAll(async () => {
    await built();
    const worker = readFileSync(join(import.meta.dirname, "..", "..", "dist", "server.worker.js"));
    web = createServer(({ url }, response) => {
      response.setHeader("content-type", url === "/" ? "text/html" : "text/javascript");
      response.end(url === "/" ? page : worker);
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(web.address() as AddressInfo).port}/`);
  });

  afterAll(async () => {
    await browser?.close();
    web?.close();
  });

  test("diagnostics, hints and costs are those of the process", async () => {
    const good = readProject("examples/mnist.lwm");
    const bad = good.replace(/relu\b/, "rleu");
    const all = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };
    const inWorker = await tab.evaluate(
      async ([good, bad, all]) => {
        const page = globalThis as unknown as { ask: (method: string, params: object) => Promise<unknown>; tell: (method: string, params: object) => void; open: (uri: string, text: string) => Promise<unknown> };
        await page.ask("initialize", { processId: null, rootUri: null, capabilities: {} });
        page.tell("initialized", {});
        const textDocument = { uri: "file:///good.lwm" };
        return [await page.open("file:///good.lwm", good as string), await page.open("file:///bad.lwm", bad as string), await page.ask("textDocument/inlayHint", { textDocument, range: all }), await page.ask("textDocument/codeLens", { textDocument }), await page.ask("lwm/source", { uri: "lwm:blocks/conv.lwm" })];
      },
      [good, bad, all] as const,
    );
    const server = await client();
    const textDocument = { uri: "file:///good.lwm" };
    const inProcess = [await server.open("file:///good.lwm", good), await server.open("file:///bad.lwm", bad), await server.ask("textDocument/inlayHint", { textDocument, range: all }), await server.ask("textDocument/codeLens", { textDocument }), await server.ask("lwm/source", { uri: "lwm:blocks/conv.lwm" })];
    await server.end();
    expect(inWorker).toEqual(inProcess);
    expect((inProcess[2] as unknown[]).length).toBeGreaterThan(3);
    expect(inProcess[4]).toContain("block conv(");
  });
});
