/** A window of VS Code, driven as a person would: by keys, by the command palette, by the mouse. What it shows is read from its page. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What does not appear within this time, in milliseconds, is missing. */
const PATIENCE = 20_000;

const spaces = (text) => text.replaceAll("\u00a0", " ");

/** Opens a folder in a new window. */
export async function openEditor(context, address, folder) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${address}/?folder=${encodeURIComponent(folder)}`, { timeout: 60_000 });
  await page.waitForSelector(".explorer-folders-view", { timeout: 60_000 });

  /** Asks until the answer is neither false nor empty. Where it never is, `what` is missing. */
  const until = async (what, ask) => {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await page.waitForTimeout(50)) {
      const found = await ask();
      if (Array.isArray(found) ? found.length > 0 : found) return found;
    }
    throw new Error(`there is no ${what}`);
  };

  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  /** The texts of all elements that can be seen. */
  const texts = async (selector, within = page) => (await within.locator(selector).filter({ visible: true }).allTextContents()).map(spaces);

  /** The first element's text once it holds `part`. */
  const shows = (selector, part, within = page) => until(`"${part}" in ${selector}`, async () => (await texts(selector, within)).find((text) => text.includes(part)));

  /** Types into the list that a key opens, and takes what is named; a list that was made before a file was is opened again. */
  const pick = async (key, typed, named) => {
    const widget = page.locator(".quick-input-widget");
    await until(`"${named}" to pick`, async () => {
      await press("Escape", key);
      await widget.locator("input[type=text]").fill(typed);
      return widget.locator(".monaco-list-row.focused", { hasText: named }).waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    await press("Enter");
    await widget.waitFor({ state: "hidden" });
  };

  /** Carries out a command by its title in the palette. */
  const command = (title) => pick("F1", `>${title}`, title);

  /** The visible lines of the active editor from top to bottom, with the hints in them; each is text and its spans as `[class, text]`. */
  const styled = () =>
    page.evaluate(() => {
      const editor = [...document.querySelectorAll(".editor-group-container.active .editor-instance .monaco-editor")].find((each) => each.offsetParent !== null);
      return [...(editor?.querySelectorAll(".view-lines > .view-line") ?? [])]
        .map((line) => ({ top: parseFloat(line.style.top), text: line.textContent, spans: [...line.querySelectorAll("span > span")].map((span) => [span.className, span.textContent]) }))
        .sort((one, other) => one.top - other.top);
    });
  const lines = async () => (await styled()).map(({ text }) => spaces(text));

  /** The first line that starts with `start`, behind its indentation. */
  const line = (start, part = "") => until(`"${part}" behind "${start}"`, async () => (await lines()).find((text) => text.trimStart().startsWith(start) && text.includes(part)));

  /** The file that is in front. */
  const front = async () => (await texts(".editor-group-container.active .tab.active .tab-label"))[0] ?? "";

  /** Opens a file of this text; the cursor is where `‸` stands in it, or at its start. */
  const open = async (name, marked) => {
    const text = marked.replace("‸", "");
    const before = marked.slice(0, Math.max(marked.indexOf("‸"), 0)).split("\n");
    writeFileSync(join(folder, name), text);
    await pick("Control+P", `${name}:${before.length}:${before.at(-1).length + 1}`, name);
    const [first] = text.split("\n");
    await until(`${name} in the editor`, async () => (await front()).startsWith(name) && (await lines()).some((each) => each.startsWith(first)));
  };

  /** Line and column of the cursor, as the status bar says them. */
  const cursor = async () => /Ln (\d+), Col (\d+)/.exec((await texts("#status\\.editor\\.selection")).join())?.slice(1).map(Number);

  /** Writes at the cursor. */
  const type = (text) => page.keyboard.type(text, { delay: 20 });

  /** The page within a web view, by what it holds. */
  const webview = (selector) =>
    until(`view with ${selector}`, async () => {
      for (const frame of page.frames()) if (await frame.locator(selector).first().isVisible().catch(() => false)) return frame;
      return undefined;
    });

  return { page, until, press, texts, shows, pick, command, styled, lines, line, front, open, cursor, type, webview };
}
