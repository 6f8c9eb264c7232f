/** The pictures of the extension's README. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { eye, eyeAt } from "./features.mjs";

const wakeEye = `/// A camera that wakes up for people, on an STM32H747I-DISCO: as wide as memory and time allow.
model WakeEye = MobileNetV1(width=‸?, resolution=96, classes=2) {
  target stm32h747(precision=int8)
  budget { ram <= 160KiB, latency <= 60ms }
  maximize macs
}
`;

export async function takePictures(editor, folder) {
  const { page } = editor;
  const { width } = page.viewportSize();
  mkdirSync(folder, { recursive: true });
  /** So much of the window below its title bar. */
  const picture = (name, height) => page.screenshot({ path: join(folder, `${name}.png`), clip: { x: 0, y: 35, width, height } });
  const alone = async (name, text) => {
    await editor.command("View: Close All Editors");
    await editor.open(name, text);
  };

  await editor.open("eye.lwm", eye);
  await editor.line("stem:", "→");
  await editor.command("lwm: Show the Network by Its Blocks");
  const panel = await editor.webview("#network .part");
  await panel.getByRole("button", { name: "parts of stages.1", exact: true }).click();
  await panel.locator(".go", { hasText: "stages.1" }).first().click();
  await page.waitForSelector(".codelens-decoration a");
  await page.waitForSelector(".glyph-margin-widgets [class*=TextEditorDecorationType]");
  await picture("network", 515);
  await editor.command("View: Toggle Primary Side Bar Visibility");

  await alone("mistake.lwm", eyeAt("stride=2, act").replace("stride=2, act", "strde=2, act"));
  await page.waitForSelector(".squiggly-error");
  await editor.press("Control+k", "Control+i");
  await editor.shows(".monaco-hover", "Quick Fix");
  await picture("mistake", 310);

  await alone("wake_eye.lwm", wakeEye);
  await editor.line("model WakeEye", "= 0.");
  await editor.shows(".codelens-decoration a", "stm32h747");
  await editor.press("Control+.");
  await editor.shows(".action-widget .monaco-list-row", "write");
  await picture("device", 200);

  await alone("completion.lwm", eyeAt(", scale=s)\n  stages").replace("act=relu6‸", "act=‸"));
  await editor.press("Control+Space");
  await editor.shows(".suggest-widget .monaco-list-row", "relu6");
  await picture("completion", 350);

  await alone("hover.lwm", eyeAt("mbconv"));
  await editor.line("stem:", "→");
  await editor.press("Control+k", "Control+i");
  await editor.shows(".monaco-hover", "EfficientNet");
  await picture("hover", 420);
}
