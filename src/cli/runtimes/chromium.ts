/** Chromium, driven from here, with a page that can run networks. The driver (playwright-core) and the browser are the user's own. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Artifact } from "../../backends/artifact.ts";
import { pageFiles, pageText } from "../calibrate-page.ts";
import { problem, type Environment } from "../environment.ts";
import { contents } from "./runtime.ts";
import type { PageInput, PageRuntime } from "./page.ts";

/** What a page found; seconds. */
export interface PageTimes {
  readonly name: string;
  readonly times: readonly number[];
  readonly start: number;
  readonly first: number;
}

export interface Chromium {
  readonly bench: (runtime: PageRuntime, artifacts: readonly Artifact[], inputs: readonly PageInput[], runs: number, settle: number) => Promise<PageTimes>;
  /** Runs the calibration of the page, with a few benchmarks only where they are named. @returns the device file's text */
  readonly calibrate: (runtime: PageRuntime, seconds: number, only?: readonly string[]) => Promise<string>;
  readonly close: () => Promise<void>;
}

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"];

const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };

export async function chromium(runtimes: readonly PageRuntime[], environment: Environment): Promise<Chromium> {
  const executablePath = [process.env.LWM_CHROMIUM, ...PLACES].find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw problem("no Chromium or Chrome was found; LWM_CHROMIUM names its program");
  const driver = await loadDriver();
  const files = new Map(pageFiles(runtimes, environment).map(({ name, path }) => [`/lwm-runtimes/${name}`, path]));
  const served = new Map<string, Uint8Array>([["/", new TextEncoder().encode(pageText(runtimes, environment))]]);
  const server = createServer(({ url = "/" }, response) => {
    const path = files.get(url);
    const body = path === undefined ? served.get(url) : readFileSync(path);
    // an isolated page has a finer clock
    const headers = { "content-type": TYPES[url === "/" ? "html" : (url.split(".").at(-1) ?? "")] ?? "application/octet-stream", "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    response.writeHead(body ? 200 : 404, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await driver.launch({ executablePath, args: ["--no-sandbox", "--enable-unsafe-webgpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const ask = async (call: string): Promise<unknown> => {
    try {
      return await page.evaluate(call);
    } catch (error) {
      throw problem(`in Chromium: ${(error as Error).message.split("\n")[0]}`);
    }
  };
  return {
    async bench(runtime, artifacts, inputs, runs, settle) {
      const endings = [".onnx", ".json", ".bin"].filter((ending) => artifacts.some(({ path }) => path.endsWith(ending)));
      const given = endings.map((ending) => ({ path: `network${ending}`, url: `/network${ending}` }));
      for (const [i, { url }] of given.entries()) served.set(url, contents(artifacts, endings[i]));
      return (await ask(`lwmBench(${JSON.stringify({ runtime, files: given, inputs, runs, settle })})`)) as PageTimes;
    },
    calibrate: async (runtime, seconds, only) => (await ask(`lwmCalibrate(${JSON.stringify({ runtimes: [runtime], seconds, only })})`)) as string,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

async function loadDriver(): Promise<import("playwright-core").BrowserType> {
  try {
    return (await import("playwright-core")).chromium;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw problem("playwright-core is not installed: `npm install playwright-core` (it needs a Chromium or Chrome that is there already)");
  }
}
