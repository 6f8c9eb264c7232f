/** What the extension promises, each tried once in a window of VS Code. */

export const eye = `/// A little MobileNet for 96×96 pictures, arXiv:1801.04381.
model Eye(width: float in 0.25..1 step 0.25 = 0.5, classes: int = 2) {
  input image: [3, 96, 96]

  let s = scaling(width=width)
  stem: conv(32, stride=2, act=relu6, scale=s)
  stages: mbconv(se=0, act=relu6, scale=s) {
    | expand | out | repeat | stride |
    |      1 |  16 |      1 |      1 |
    |      6 |  24 |      2 |      2 |
    |      6 |  32 |      3 |      2 |
    |      6 |  64 |      4 |      2 |
  }
  head: conv(256, kernel=1, act=relu6)
  output logits: global_avgpool -> dense(classes)

  budget { params <= 150k, macs <= 12M, activations <= 640KiB }
}
`;

/** `eye` with the cursor before `text`. */
export const eyeAt = (text) => eye.replace(text, `‸${text}`);

const model = (lines) => `model A {\n  input image: [3, 96, 96]\n${lines}\n}\n`;

const broken = model("  stem: conv(32, st‸rde=2)\n  output logits: flatten -> dense(10)");

const actions = ".action-widget .monaco-list-row";
const lens = ".codelens-decoration a";
const hover = ".monaco-hover";
const suggestions = ".suggest-widget .monaco-list-row";

/** Takes the action of this name from the menu that a key opens. */
async function act(editor, key, text) {
  const action = editor.page.locator(actions, { hasText: text }).first();
  await editor.until(`action "${text}"`, async () => {
    await editor.press(key);
    return action.waitFor({ timeout: 3000 }).then(() => true, () => false);
  });
  await action.click();
}

function holds(what, truth) {
  if (!truth) throw new Error(what);
}

/** Each opens what it needs, whatever is open. */
export const features = {
  "hints: shape and cost behind layers and rows": async (editor) => {
    await editor.open("eye.lwm", eye);
    await editor.line("stem:", "→ [16, 48, 48] · ");
    await editor.line("|      6 |  64 |", "→ [32, 6, 6] · ");
  },
  "lens: totals and the budget above the model, and the costs part by part on a click": async (editor) => {
    await editor.open("eye.lwm", eye);
    await editor.shows(lens, "MACs");
    await editor.shows(lens, "budget kept");
    await editor.page.locator(lens).first().click();
    const summary = await editor.webview("table:has-text('stages')");
    await editor.shows("h1", "Eye", summary);
    await editor.command("View: Close All Editors");
  },
  "heat in the gutter, by MACs, by parameters and not at all": async (editor) => {
    await editor.open("eye.lwm", eye);
    const heats = async () => (await editor.page.locator(".glyph-margin-widgets [class*=TextEditorDecorationType]").evaluateAll((marks) => marks.map((mark) => `${mark.style.top} ${getComputedStyle(mark).backgroundImage.length}`))).sort().join();
    const macs = await editor.until("heat", heats);
    await editor.command("lwm: Colour Lines by MACs, by Parameters, or Not at All");
    await editor.until("heat by parameters", async () => ![macs, ""].includes(await heats()));
    await editor.command("lwm: Colour Lines by MACs, by Parameters, or Not at All");
    await editor.until("gutter without heat", async () => (await heats()) === "");
    await editor.command("lwm: Colour Lines by MACs, by Parameters, or Not at All");
    await editor.until("heat by MACs again", async () => (await heats()) === macs);
  },
  "mistakes: squiggle, message, way out; what is not wrong keeps its figures": async (editor) => {
    await editor.open("broken.lwm", broken);
    await editor.page.waitForSelector(".squiggly-error");
    await editor.line("output", "→ [10]");
    await editor.press("Control+k", "Control+i");
    await editor.shows(hover, "strde");
    await act(editor, "Control+.", "stride");
    await editor.line("stem: conv(32, stride=2)", "→ [32, 48, 48]");
    await editor.page.waitForSelector(".squiggly-error", { state: "detached" });
  },
  "a mistake's code leads to its explanation": async (editor) => {
    await editor.open("mistake.lwm", broken);
    await editor.page.waitForSelector(".squiggly-error");
    await editor.press("Control+k", "Control+i");
    await editor.page.locator(`${hover} a.code-link`).first().click();
    await editor.until("explanation", async () => (await editor.front()).endsWith(".md") && (await editor.lines()).some((line) => line.startsWith("# ")));
    await editor.command("View: Close All Editors");
  },
  "a budget that is broken, and the nearest width that keeps it": async (editor) => {
    await editor.open("tight.lwm", "model Tight = MobileNetV2(width=1.0) {\n  budget { ‸params <= 2M }\n}\n");
    await editor.page.waitForSelector(".squiggly-error");
    await act(editor, "Control+.", "width");
    await editor.page.waitForSelector(".squiggly-error", { state: "detached" });
  },
  "hover: what it costs here, what it is, and the paper": async (editor) => {
    await editor.open("eye.lwm", eyeAt("mbconv"));
    await editor.line("stem:", "→");
    await editor.press("Control+k", "Control+i");
    await editor.shows(hover, "[32, 6, 6]");
    await editor.shows(hover, "EfficientNet");
    await editor.press("Escape");
  },
  "completion: layers, then the words of an enum": async (editor) => {
    await editor.open("typed.lwm", model("  stem: c‸"));
    await editor.press("Control+Space");
    await editor.shows(suggestions, "conv");
    await editor.type("onv(16, act=");
    await editor.shows(suggestions, "relu6");
    await editor.press("Escape");
  },
  "signature help: the parameter that is being written": async (editor) => {
    await editor.open("called.lwm", model("  stem: conv‸"));
    await editor.type("(16, ");
    await editor.shows(".parameter-hints-widget", "kernel");
    await editor.press("Escape", "Escape");
  },
  "definition: into the library, read-only and coloured, and on from there": async (editor) => {
    await editor.open("eye.lwm", eyeAt("mbconv"));
    await editor.line("stem:", "→");
    await editor.press("F12");
    await editor.line("block mbconv");
    const before = await editor.front();
    await editor.type("x");
    await editor.shows(".monaco-editor-overlaymessage", "read-only");
    await editor.press("Escape");
    holds("the library's text has no colours", (await editor.styled()).some(({ text, spans }) => text.startsWith("block") && new Set(spans.map(([style]) => style)).size > 2));
    holds("the library's text is not in front", before.includes("lwm"));
    await editor.command("View: Close All Editors");
  },
  "references and rename, over files; a rename that would clash is refused": async (editor) => {
    await editor.open("whole.lwm", 'import { gate } from "./part.lwm"\n\n' + model("  stem: conv(16, stride=2) -> gate(16)\n  output logits: global_avgpool -> dense(10)"));
    await editor.open("part.lwm", "/// A gate.\nblock ga‸te(out: channels) {\n  conv(out, kernel=1)\n}\n\nblock other(out: channels) {\n  gate(out)\n}\n");
    await editor.press("Shift+F12");
    await editor.shows(".peekview-title", "References");
    await editor.until("references in both files", async () => ["part.lwm", "whole.lwm"].every(async (name) => (await editor.texts(".ref-tree .monaco-list-row")).some((row) => row.includes(name))));
    await editor.press("Escape", "F2");
    await editor.page.locator(".rename-box input").fill("other");
    await editor.press("Enter");
    await editor.shows(".notifications-toasts, .monaco-editor-overlaymessage", "other");
    await editor.press("Escape", "F2");
    await editor.page.locator(".rename-box input").fill("latch");
    await editor.press("Enter");
    await editor.line("block latch");
    await editor.pick("Control+P", "whole.lwm", "whole.lwm");
    await editor.line('import { latch } from "./part.lwm"');
  },
  "symbols: models and their layers": async (editor) => {
    await editor.open("eye.lwm", eye);
    await editor.press("Control+Shift+o");
    await editor.shows(".quick-input-list .monaco-list-row", "Eye");
    await editor.shows(".quick-input-list .monaco-list-row", "stages");
    await editor.press("Escape");
  },
  "folding: blocks and tables": async (editor) => {
    await editor.open("eye.lwm", eyeAt("stages"));
    await editor.line("stem:", "→");
    const all = (await editor.lines()).length;
    await editor.command("Fold All");
    await editor.until("folded line", async () => (await editor.lines()).length < all - 10);
    await editor.command("Unfold All");
    await editor.until("unfolded line", async () => (await editor.lines()).length === all);
  },
  "colours by grammar and by meaning": async (editor) => {
    await editor.open("eye.lwm", eyeAt("mbconv"));
    await editor.line("stem:", "→");
    await editor.command("Developer: Inspect Editor Tokens and Scopes");
    await editor.shows(".token-inspect-widget", "semantic token type");
    await editor.shows(".token-inspect-widget", "source.lwm");
    await editor.press("Escape");
  },
  "formatting": async (editor) => {
    await editor.open("untidy.lwm", "model A{\n  input image:[3,96,96]\n  stages: mbconv {\n  |expand|out|\n  |1|16|\n  }\n}\n");
    await editor.command("Format Document");
    await editor.line("| expand | out |");
    await editor.line("input image: [3, 96, 96]");
  },
  "links to papers": async (editor) => {
    await editor.open("eye.lwm", eye);
    await editor.page.locator(".detected-link").first().waitFor();
  },
  "actions: a table as calls and back, a block from lines": async (editor) => {
    await editor.open("table.lwm", eyeAt("|      6 |  24"));
    await editor.line("stem:", "→");
    await act(editor, "Control+Shift+r", "calls");
    await editor.until("calls", async () => !(await editor.lines()).some((each) => each.includes("| expand")));
    await editor.press("Control+z");
    await editor.line("| expand");
    await editor.open("lines.lwm", eyeAt("  stem: conv"));
    await editor.press(...Array(8).fill("Shift+ArrowDown"));
    await act(editor, "Control+Shift+r", "block");
    await editor.line("block ");
  },
  "a hole and what fills it, on a device": async (editor) => {
    await editor.open("wake.lwm", "model Wake = MobileNetV1(width=‸?, resolution=96, classes=2) {\n  target stm32h747(precision=int8)\n  budget { weights <= 512KiB, ram <= 160KiB, latency <= 60ms }\n  maximize macs\n}\n");
    await editor.line("model Wake", "0.35");
    await editor.shows(lens, "stm32h747");
    await act(editor, "Control+.", "0.35");
    await editor.line("model Wake = MobileNetV1(width=0.35,");
  },
  "panel: the network by its blocks, which unfold and lead to their lines": async (editor) => {
    await editor.open("parts.lwm", eye);
    await editor.command("lwm: Show the Network by Its Blocks");
    const panel = await editor.webview("#network .part");
    await editor.shows(".total", "Eye", panel);
    await panel.getByRole("button", { name: "parts of stages.1", exact: true }).click();
    await editor.until("part of stages.1", async () => (await panel.locator("ul ul .part").count()) === 2);
    holds("no part is coloured", (await panel.locator(".part").evaluateAll((parts) => parts.map((part) => part.style.borderLeftColor))).some((colour) => colour.startsWith("rgb")));
    await panel.locator(".go", { hasText: "head" }).first().click();
    await editor.until("cursor at head", async () => (await editor.cursor())?.[0] === eye.split("\n").findIndex((line) => line.includes("head:")) + 1);
    await editor.press("End");
    await editor.type(" -> nothing");
    await editor.shows(".total", "before the mistake", panel);
    holds("the panel is empty", (await panel.locator(".part").count()) > 3);
    await editor.press("Control+z");
    await editor.command("View: Show Explorer");
  },
  "what is changed in another file arrives": async (editor) => {
    await editor.open("wide.lwm", "block wide {\n  conv(24)\n}\n");
    await editor.open("user.lwm", 'import { wide } from "./wide.lwm"\n\n' + model("  stem: wide\n  output logits: global_avgpool -> dense(10)"));
    await editor.line("stem: wide", "→ [24, 96, 96]");
    await editor.open("wide.lwm", "block wide {\n  conv(40)\n}\n");
    await editor.pick("Control+P", "user.lwm", "user.lwm");
    await editor.line("stem: wide", "→ [40, 96, 96]");
  },
  "fences in Markdown": async (editor) => {
    await editor.open("notes.md", "# Notes\n\n```lwm\nmodel A(classes: int = 10) {\n```\n\nmodel A(classes: int = 10) {\n");
    await editor.until("colours in the fence", async () => {
      const [inside, outside] = (await editor.styled()).filter(({ text }) => text.startsWith("model")).map(({ spans }) => new Set(spans.map(([style]) => style)).size);
      return inside > 3 && outside <= 2;
    });
  },
  "snippets": async (editor) => {
    await editor.open("new.lwm", "‸\n");
    await editor.type("model");
    await editor.shows(suggestions, "Model of a library network");
    await editor.page.locator(suggestions, { hasText: "Model of a library network" }).click();
    await editor.line("model Name = MobileNetV1(classes=10) {");
    await editor.press("Escape");
  },
  "brackets close, tables and comments go on in the next line, lines become comments": async (editor) => {
    await editor.open("keys.lwm", "‸\n");
    await editor.type("block b {");
    await editor.line("block b {}");
    await editor.press("Enter");
    await editor.type("| out |");
    await editor.press("Enter");
    await editor.type("16 |");
    await editor.line("| 16 |");
    await editor.press("Control+/");
    await editor.line("// | 16 |");
    await editor.press("Control+Home");
    await editor.type("/// What");
    await editor.press("Enter");
    await editor.line("/// What");
    await editor.type("it is");
    await editor.line("/// it is");
  },
  "its page, with its pictures": async (editor) => {
    await editor.command("View: Show Extensions");
    await editor.page.locator(".extensions-viewlet .extension-list-item", { hasText: "lwm" }).first().click();
    const page = await editor.webview("h1:has-text('lwm for VS Code')");
    await editor.until("page whose pictures are all shown", async () => {
      const widths = await page.locator("img").evaluateAll((pictures) => pictures.map(({ naturalWidth }) => naturalWidth));
      return widths.length > 3 && widths.every((width) => width > 500);
    });
    await editor.command("View: Show Explorer");
  },
  "the server starts again": async (editor) => {
    await editor.open("eye.lwm", eye);
    await editor.command("lwm: Restart the Language Server");
    await editor.open("again.lwm", model("  stem: conv(12, stride=2)"));
    await editor.line("stem:", "→ [12, 48, 48]");
  },
};

/** What is tried in a folder that is not trusted. */
export const untrusted = {
  "restricted mode: hints and lens in a folder that is not trusted": async (editor) => {
    await editor.shows(".statusbar-item", "Restricted Mode");
    await editor.open("eye.lwm", eye);
    await editor.line("stem:", "→ [16, 48, 48] · ");
    await editor.shows(lens, "budget kept");
  },
};
