/** The playground in Chromium, as a plain static host serves it from a path below its root. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { keywords } from "../../grammar/tokens.ts";
import { KEYWORDS } from "../../playground/colours.ts";
import { sharedExists, sharedPath } from "../shared.ts";

const executablePath = process.env.LWM_CHROMIUM ?? "/usr/bin/chromium";
const absent = existsSync(executablePath) ? "" : ` (skipped: needs ${executablePath} or LWM_CHROMIUM)`;
const root = join(import.meta.dirname, "../..");
const PLACE = "/some/where/";
/** Bytes, gzipped, of everything that the page asks for until it shows costs. */
const FIRST_LOAD = 250_000;

const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", mjs: "text/javascript", css: "text/css", json: "application/json", wasm: "application/wasm", png: "image/png" };

test("the page colours the grammar's keywords", () => {
  expect(new Set(KEYWORDS.split("|"))).toEqual(new Set(keywords.map(({ PATTERN }) => PATTERN)));
});

/** Texts with less contrast than WCAG 2.2 asks of small ones (1.4.3, AA): 4.5. Runs in the page. */
function faint(): readonly string[] {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  const rgba = (colour: string): readonly number[] => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data];
  };
  const over = (above: readonly number[], below: readonly number[]): readonly number[] => below.map((value, i) => (above[i] * above[3] + value * (255 - above[3])) / 255);
  const luminance = (colour: readonly number[]): number => {
    const [red, green, blue] = colour.map((value) => (value <= 10.3 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: Element | null): readonly number[] => (element ? over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement)) : [255, 255, 255]);
  return [...document.querySelectorAll<HTMLElement>("body *")].flatMap((element) => {
    const text = [...element.childNodes].filter((node) => node instanceof Text).map((node) => node.textContent).join("").trim();
    if (text === "" || element.offsetParent === null || element.closest("option, optgroup, svg, :disabled")) return [];
    const paper = behind(element);
    const [light, dark] = [luminance(over(rgba(getComputedStyle(element).color), paper)), luminance(paper)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    return ratio < 4.5 ? [`${text}: ${ratio.toFixed(2)}`] : [];
  });
}

describe.skipIf(absent !== "")(`the playground${absent}`, () => {
  let browser: Browser;
  let server: Server;
  let folder = "";
  let url = "";
  const asked = new Set<string>();
  const complaints: string[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lwm-playground-"));
    const built = spawnSync(process.execPath, [join(root, "scripts", "playground.mjs"), folder], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(built.stderr);
    server = createServer((request, response) => {
      const path = request.url!.replace(/[?#].*/, "");
      const file = join(folder, path === PLACE ? "index.html" : path.slice(PLACE.length));
      if (!path.startsWith(PLACE) || !existsSync(file)) return void response.writeHead(404).end();
      asked.add(file);
      response.writeHead(200, { "content-type": TYPES[file.split(".").at(-1)!] ?? "application/octet-stream" }).end(readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PLACE}`;
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    expect(complaints.splice(0)).toEqual([]);
  });

  async function open(options: BrowserContextOptions = {}, fragment = ""): Promise<Page> {
    const context = await browser.newContext({ serviceWorkers: "block", viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    pages.push(page);
    page.on("pageerror", (error) => complaints.push(String(error)));
    // that the browser refuses the service worker is this test's own wish
    page.on("console", (message) => void (["error", "warning"].includes(message.type()) && !message.text().includes("Service Worker") && complaints.push(message.text())));
    await page.goto(url + fragment);
    await page.waitForSelector("#costs");
    return page;
  }

  /** Replaces the whole text by typing. */
  async function write(page: Page, text: string): Promise<void> {
    await page.click(".cm-content");
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
  }

  const total = (page: Page, name: string): Promise<string | null> => page.textContent(`[data-total="${name}"] small`);
  const model = (width: number): string => `model Net {\n  input image: [3, 32, 32]\n  conv2d(${width}, 3)\n  output logits(labels="cifar10"): classifier(10)\n}\n`;

  test("loads little before anything is run", async () => {
    asked.clear();
    const page = await open();
    expect(await total(page, "params")).toMatch(/^[\d,]+$/);
    const bytes = [...asked].reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD);
  });

  test("shows what a network costs while it is typed", async () => {
    const page = await open();
    await write(page, model(8));
    // 8 kernels of 3 × 3 × 3 with a bias, and 10 classes
    await page.waitForFunction(() => document.querySelector('[data-total="params"] small')?.textContent === "314");
    expect(await page.textContent(".cm-content")).toContain("→ [8, ");
    await page.click('[data-sort="macs"]');
    const sorted = await page.$$eval("#costs tbody tr", (rows) => rows.map((row) => row.children[4].textContent!));
    expect(sorted[0]).toMatch(/\d{3},\d{3}/);
    await page.click("#costs tbody .go");
    expect(await page.evaluate(() => document.activeElement?.classList.contains("cm-content"))).toBe(true);
  });

  test("offers a fix beside a mistake, which a click takes", async () => {
    const page = await open();
    await write(page, model(8).replace("conv2d", "conv2b"));
    await page.waitForSelector(".cm-squiggle-error");
    await page.click("#problems .fix");
    await page.waitForFunction(() => document.querySelector("#problems")!.childElementCount === 0);
    expect(await page.textContent(".cm-content")).toContain("conv2d(8, 3)");
    expect(await total(page, "params")).toBe("314");
  });

  test("says what a call takes, where a name comes from and where it stands, and gives it another", async () => {
    const page = await open();
    const lines = (): Promise<readonly string[]> => page.$$eval("#editor .cm-line", (all) => all.map((line) => [...line.childNodes].map((node) => ((node as Element).className === "cm-hint" ? "" : node.textContent)).join("")));
    await write(page, "");
    await page.waitForSelector('.cm-content[aria-autocomplete="list"]');
    await page.keyboard.type("model Net(width: int = 8) {\ninput image: [3, 32, 32]\nconv(width, ");
    await page.waitForFunction(() => document.querySelector("#signature b")?.textContent === "kernel: pair = 3");
    await page.keyboard.type("str");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.waitForSelector("#signature", { state: "detached" });
    await page.keyboard.type("ide=2) -> mbconv(width)");
    expect(await lines()).toEqual(["model Net(width: int = 8) {", "  input image: [3, 32, 32]", "  conv(width, stride=2) -> mbconv(width)", "}"]);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+F12");
    await page.waitForSelector("#references");
    expect(await page.$$eval("#references li", (items) => items.map(({ textContent }) => textContent!.split(":")[0]))).toEqual(["1", "3", "3"]);
    await page.keyboard.press("Escape");
    const rename = async (name: string): Promise<void> => {
      await page.keyboard.press("F2");
      await page.waitForSelector("#name");
      await page.keyboard.type(name);
      await page.keyboard.press("Enter");
    };
    await rename("image");
    await page.waitForFunction(() => document.querySelector(".names .error")!.textContent!.includes("clash"));
    await page.keyboard.press("Escape");
    await rename("wide");
    await page.waitForSelector("#name", { state: "detached" });
    expect(await lines()).toEqual(["model Net(wide: int = 8) {", "  input image: [3, 32, 32]", "  conv(wide, stride=2) -> mbconv(wide)", "}"]);
    const leadsTo = async (file: string): Promise<void> => {
      await page.keyboard.press("F12");
      await page.waitForFunction((name) => document.querySelector("#reader h2")?.textContent === name, file);
    };
    await page.keyboard.press("End");
    for (let i = 0; i < "mbconv(wide)".length; i++) await page.keyboard.press("ArrowLeft");
    await leadsTo("lwm:blocks/mbconv.lwm");
    await page.keyboard.type("x");
    expect(await page.textContent("#reader .cm-activeLine")).toBe("block mbconv(");
    await page.keyboard.press("Control+End");
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Home");
    for (let i = 0; i < "project_conv: c".length; i++) await page.keyboard.press("ArrowRight");
    await leadsTo("lwm:blocks/conv.lwm");
    await page.keyboard.press("Escape");
    expect(await page.textContent("#reader h2")).toBe("lwm:blocks/mbconv.lwm");
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => [document.querySelector("#reader"), document.activeElement?.className])).toEqual([null, "cm-content"]);
  });

  test("restores from a link exactly what was shared", async () => {
    const page = await open();
    const text = model(12) + "// ümläut, 漢字, “quotes” and a tab:\t.\n";
    await write(page, text);
    await page.waitForFunction(() => document.querySelector('[data-total="params"] small')?.textContent === "466");
    await page.click("#share");
    await page.waitForFunction(() => location.hash.length > 10);
    const fragment = await page.evaluate(() => location.hash);
    const other = await open({}, fragment);
    expect(await total(other, "params")).toBe("466");
    await other.click("#share");
    expect(await other.evaluate(() => location.hash)).toBe(fragment);
  });

  test.each([["#1notalink", "damaged"], ["#2eNo", "newer"], ["#elsewhere", "no network"]])("says of the link %s what is wrong with it", async (fragment, said) => {
    const page = await open({}, fragment);
    expect(await page.textContent("#status")).toContain(said);
    expect(await page.textContent("h2")).toBe("Tiny");
  });

  test("keeps the text when it is loaded again, also one that came by a link and was changed", async () => {
    const page = await open();
    await write(page, model(8));
    await page.click("#share");
    await page.waitForFunction(() => location.hash.length > 10);
    await write(page, model(12));
    await page.waitForFunction(() => document.querySelector('[data-total="params"] small')?.textContent === "466");
    expect(await page.evaluate(() => location.hash)).toBe("");
    await page.reload();
    await page.waitForSelector("#costs");
    expect(await total(page, "params")).toBe("466");
  });

  test("is of use with the keyboard alone", async () => {
    const page = await open();
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id || document.activeElement?.className || "");
    const order: string[] = [];
    for (let i = 0; i < 9; i++) {
      await page.keyboard.press("Tab");
      order.push(await focused());
    }
    expect(order.slice(0, 5)).toEqual(["example", "target", "format", "share", "keys"]);
    expect(order[6]).toContain("cm-content");
    expect(order.slice(7)).toContain("tab-Costs");
    await page.focus("#keys");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#keys-list[open]");
    await page.keyboard.press("Escape");
    await page.waitForSelector("#keys-list", { state: "detached" });
    await page.focus(".cm-content");
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("model Net = MobilNetV2(width=0.5)\n");
    await page.waitForSelector("#problems .fix");
    await page.keyboard.press("F8");
    await page.keyboard.press("Control+.");
    await page.waitForFunction(() => document.querySelector("#problems")!.childElementCount === 0);
    expect(await page.textContent("h2")).toBe("Net");
    await page.focus("#tab-Costs");
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector("#graph .node");
    expect(await focused()).toBe("tab-Blocks");
    await page.focus("#graph .more");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#graph .cluster");
  });

  test("prices a target, draws its memory and makes every artifact", async () => {
    const page = await open();
    await page.focus("#target");
    await page.waitForFunction(() => document.querySelectorAll("#target option").length > 10);
    const target = await page.$eval("#target", (menu) => [...(menu as HTMLSelectElement).options].map(({ value }) => value).find((value) => value.startsWith("stm32h747("))!);
    await page.selectOption("#target", target);
    await page.waitForFunction(() => document.querySelector("#panel")!.textContent!.includes("Latency"));
    expect(await page.textContent("#panel")).toMatch(/Latency\d+(\.\d+)? ms/);
    await page.click("#tab-Memory");
    await page.waitForSelector(".plan svg rect");
    await page.selectOption("#target", "");
    await page.click("#tab-Files");
    for (const kind of ["onnx", "tfjs", "weights"]) await page.click(`[data-make="${kind}"]`);
    const wanted = ["Tiny.onnx", "Tiny.json", "Tiny.bin", "Tiny.ts", "Tiny.safetensors"];
    for (const name of wanted) await page.waitForSelector(`a[download="${name}"]`);
    const magic = await page.$eval('a[download="Tiny.json"]', async (link) => Object.keys(JSON.parse(await (await fetch((link as HTMLAnchorElement).href)).text())));
    expect(magic).toContain("modelTopology");
  });

  test.each([{ width: 1280, height: 800 }, { width: 390, height: 844 }])("fits a window of $width pixels, light and dark", async (viewport) => {
    const page = await open({ viewport, colorScheme: "dark" });
    await write(page, `/// Long names.\nmodel ${"Long".repeat(20)} {\n  input image: [3, 32, 32]\n  ${"long_".repeat(20)}: conv(16)\n  output logits: classifier(10)\n  budget { params <= 10 }\n}\n`);
    await page.waitForSelector("#problems .note");
    const paper = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await paper();
    for (const tab of ["Costs", "Blocks", "Memory", "Target", "Run", "Files"]) {
      await page.click(`#tab-${tab}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
      expect(await page.evaluate(faint)).toEqual([]);
    }
    await page.click("#theme");
    expect(await paper()).not.toBe(dark);
    for (const tab of ["Costs", "Blocks", "Run"]) {
      await page.click(`#tab-${tab}`);
      expect(await page.evaluate(faint)).toEqual([]);
    }
  });

  test("runs a picture in the browser, and says that random weights mean nothing", async () => {
    const page = await open();
    await page.click("#tab-Run");
    for (const runtime of ["ort_wasm", "tfjs_wasm"]) {
      await page.selectOption("#runtime", runtime);
      await page.click("#run");
      await page.waitForSelector("#times");
      expect(await page.$$eval(".top tbody tr", (rows) => rows.length)).toBe(5);
      const text = await page.textContent("#result");
      expect(text).toMatch(/measured[\d.]+ (ms|s)/);
      expect(text).toContain("predicted");
      expect(text).toContain("random");
      await page.$eval("#result", (result) => result.replaceChildren());
    }
  });

  const checkpoint = ["weights", "mobilenet_v1_0.25_224-keras", "model.safetensors"] as const;
  const there = sharedExists(...checkpoint) && sharedExists("photos", "hot_dog.png");
  test.skipIf(!there)(`classifies a photograph with a checkpoint that is chosen${there ? "" : " (skipped: needs ../shared)"}`, async () => {
    const page = await open();
    await write(page, "model Net = MobileNetV1(width=0.25, reading=keras)\n");
    await page.waitForFunction(() => document.querySelector("h2")?.textContent === "Net");
    await page.click("#tab-Run");
    await page.setInputFiles("#weights", sharedPath(...checkpoint));
    await page.setInputFiles("#picture", sharedPath("photos", "hot_dog.png"));
    await page.waitForFunction(() => document.querySelector("#panel")!.textContent!.includes("model.safetensors is used"));
    await page.waitForTimeout(300);
    await page.click("#run");
    await page.waitForSelector("#times, #result .error");
    expect(await page.textContent("#result")).toContain("hotdog");
    expect(await page.textContent(".top tbody td")).toBe("hotdog");
  });

  test("opens again without a network", async () => {
    const own = createServer((request, response) => {
      const file = join(folder, request.url === "/" ? "index.html" : request.url!);
      if (!existsSync(file)) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": TYPES[file.split(".").at(-1)!] ?? "application/octet-stream" }).end(readFileSync(file));
    });
    await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
    try {
      const page = await (await browser.newContext()).newPage();
      pages.push(page);
      await page.goto(`http://127.0.0.1:${(own.address() as AddressInfo).port}/`);
      await page.waitForSelector("#costs");
      await page.evaluate(() => navigator.serviceWorker.ready);
      await new Promise((resolve) => own.close(resolve).closeAllConnections());
      await page.reload();
      await page.waitForSelector("#costs");
      await page.click("#tab-Blocks");
      await page.waitForSelector("#graph .node");
    } finally {
      own.closeAllConnections();
      own.close();
    }
  });
});
