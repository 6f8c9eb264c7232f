/** The page: the text on one side, what it costs on the other. */
import { ask } from "./ask.ts";
import { costsPanel } from "./costs.ts";
import { keepDraft, keptDraft } from "./draft.ts";
import { editor } from "./editor.ts";
import { button, el, say, the } from "./elements.ts";
import { binaryBytes, grouped, short } from "./figures.ts";
import type { ModelCosts, Problem, State } from "./protocol.ts";
import { fromFragment, toFragment, type Shared } from "./share.ts";
import { theme } from "./theme.ts";

/** Name, file and group of each example; the texts are fetched when one is chosen. */
declare const LWM_EXAMPLES: readonly { readonly name: string; readonly group: string; readonly id: string }[];

const FIRST = `/// A small network of MobileNetV2's blocks (Sandler et al. 2018).
model Tiny {
  input image(order=rgb, mean=imagenet_mean, std=imagenet_std): [3, 96, 96]

  conv(16, stride=2)
  mbconv {
    | expand | out | repeat | stride |
    |      1 |  16 |      1 |      1 |
    |      4 |  24 |      2 |      2 |
    |      4 |  40 |      2 |      2 |
    |      4 |  80 |      2 |      2 |
  }
  output logits(labels="cifar10"): classifier(10)

  budget { params <= 250k, macs <= 20M }
}
`;

/** Characters; what Internet mail and chats commonly keep whole. */
const LONG_LINK = 8000;

const TABS = ["Costs", "Blocks", "Memory", "Target", "Run", "Files"] as const;
type Tab = (typeof TABS)[number];

const code = editor(the("editor"), changed, () => void format());
const target = the<HTMLSelectElement>("target");
const panel = the("panel");
let state: State | undefined;
/** What the address holds. */
let linked: string | undefined;
let model = "";
let tab: Tab = "Costs";
let running = false;
let again = false;
/** What the open panel was drawn of. */
let drawn: unknown;

/** A link whose text was changed is no link to it any more. */
function changed(): void {
  if (linked !== undefined && linked !== code.text()) {
    linked = undefined;
    history.replaceState(null, "", location.pathname + location.search);
  }
  void check();
}

/** One check at a time, of the text as it then stands. */
async function check(): Promise<void> {
  again = running;
  if (running) return;
  running = true;
  the("right").setAttribute("aria-busy", "true");
  do {
    again = false;
    const text = code.text();
    try {
      const next = await ask("state", { text, target: target.value });
      if (text === code.text()) show(next);
      else again = true;
    } catch (error) {
      say(`the compiler failed: ${(error as Error).message}`);
    }
  } while (again);
  running = false;
  the("right").setAttribute("aria-busy", "false");
}

function show(next: State): void {
  const before = state?.models.find(({ name }) => name === model);
  code.show(next);
  problems(next.problems);
  const broken = next.problems.some(({ severity }) => severity === "error");
  const stale = next.models.length === 0 && broken && state !== undefined && state.models.length > 0;
  if (!stale) state = next;
  const fresh = current();
  head(stale);
  if (fresh && JSON.stringify(fresh) !== JSON.stringify(before)) drawn = undefined;
  void draw();
}

function current(): ModelCosts | undefined {
  const models = state?.models ?? [];
  const found = models.find(({ name }) => name === model) ?? models.at(-1);
  model = found?.name ?? "";
  return found;
}

function head(stale: boolean): void {
  const shown = current();
  const models = state?.models ?? [];
  if (!shown) return the("head").replaceChildren(el("p", {}, "Write a model to see what it costs."));
  const choose = el("select", { id: "model", "aria-label": "Model" }, ...models.map(({ name }) => el("option", { value: name, selected: name === model }, name)));
  choose.addEventListener("change", () => {
    model = choose.value;
    drawn = undefined;
    head(stale);
    void draw();
    the("model").focus();
  });
  const total = (name: string, value: string, exact: string): HTMLElement => el("div", {}, el("dt", {}, name), el("dd", { "data-total": name }, value, el("small", {}, exact)));
  the("head").replaceChildren(
    el("div", { class: "models" }, models.length > 1 ? choose : el("h2", {}, shown.name), el("span", { class: "quiet" }, `${shown.inputs} → ${shown.outputs}`)),
    ...(stale ? [el("p", { class: "warning" }, "The text has errors; these are the figures from before.")] : shown.remarks.map((remark) => el("p", { class: remark.startsWith("over") ? "error" : "" }, remark))),
    el("dl", { class: "totals" },
      total("params", short(shown.params), grouped(shown.params)),
      total("MACs", short(shown.macs), grouped(shown.macs)),
      total("FLOPs", short(shown.flops), grouped(shown.flops)),
      total("weights", binaryBytes(shown.weights), "float32"),
      total("activations", binaryBytes(shown.activations), "at the peak"),
    ),
  );
}

async function draw(): Promise<void> {
  const shown = current();
  if (!shown) return panel.replaceChildren();
  const now = `${tab} ${shown.name}`;
  if (drawn === now) return;
  drawn = now;
  try {
    if (tab === "Costs") costsPanel(panel, shown, code.go);
    else if (tab === "Blocks") (await import("./blocks.ts")).blocksPanel(panel, shown, code.go);
    else if (tab === "Memory") await (await import("./memory.ts")).memoryPanel(panel, shown);
    else if (tab === "Target") (await import("./targets.ts")).targetsPanel(panel, shown);
    else if (tab === "Run") (await import("./run.ts")).runPanel(panel, shown);
    else (await import("./files.ts")).filesPanel(panel, shown, code.text);
  } catch (error) {
    panel.replaceChildren(el("p", { class: "error" }, (error as Error).message));
  }
}

function problems(list: readonly Problem[]): void {
  const { doc } = code.view.state;
  const items = list.map(({ from, severity, message, notes, fixes, code: name }) => {
    const line = doc.lineAt(Math.min(from, doc.length));
    return el("li", { "data-code": name },
      button(`${line.number}:${from - line.from + 1}`, () => code.go(from), { class: "at", "aria-label": `to line ${line.number}` }),
      el("span", { class: `text ${severity}` }, message),
      ...fixes.map(({ title, edits }) => button(title, () => (code.apply(edits), code.view.focus()), { class: "fix" })),
      ...notes.map((note) => el("span", { class: "note" }, note)),
    );
  });
  the("problems").replaceChildren(...(items.length > 0 ? [el("ul", {}, ...items)] : []));
}

function tabs(): void {
  const made = TABS.map((name, i) => {
    const one = button(name, () => select(name), { role: "tab", id: `tab-${name}`, "aria-controls": "panel" });
    one.addEventListener("keydown", ({ key }) => {
      const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
      if (step === 0) return;
      const next = TABS[(i + step + TABS.length) % TABS.length];
      select(next);
      the(`tab-${next}`).focus();
    });
    return one;
  });
  the("tabs").replaceChildren(...made);
  select("Costs");
}

function select(name: Tab): void {
  tab = name;
  for (const each of TABS) {
    the(`tab-${each}`).setAttribute("aria-selected", String(each === name));
    the(`tab-${each}`).tabIndex = each === name ? 0 : -1;
  }
  panel.scrollTop = 0;
  panel.setAttribute("aria-labelledby", `tab-${name}`);
  void draw();
}

async function format(): Promise<void> {
  const text = code.text();
  const edits = await ask("format", { text });
  if (text === code.text() && edits.length > 0) code.apply(edits);
}

async function share(): Promise<void> {
  const text = code.text();
  history.replaceState(null, "", `#${await toFragment({ text, target: target.value })}`);
  linked = text;
  // there is no clipboard without a secure connection
  const copied = navigator.clipboard ? await navigator.clipboard.writeText(location.href).then(() => true, () => false) : false;
  const length = location.href.length;
  say(`${copied ? "the link is copied" : "the link is in the address bar"}${length > LONG_LINK ? `; with ${length} characters it is longer than some programs take` : ""}`);
}

/** Whether the address has a text in it. */
async function restore(): Promise<boolean> {
  const found = await fromFragment(location.hash.slice(1));
  if (!found) return false;
  if ("refused" in found) {
    say(found.refused);
    return false;
  }
  linked = found.text;
  open(found);
  return true;
}

function open(found: Shared): void {
  if (found.target !== "" && ![...target.options].some(({ value }) => value === found.target)) target.append(el("option", { value: found.target }, found.target));
  target.value = found.target;
  code.setText(found.text);
}

function examples(): void {
  const menu = the<HTMLSelectElement>("example");
  for (const group of new Set(LWM_EXAMPLES.map((each) => each.group))) {
    menu.append(el("optgroup", { label: group }, ...LWM_EXAMPLES.filter((each) => each.group === group).map(({ name, id }) => el("option", { value: id }, name))));
  }
  menu.addEventListener("change", () => {
    const id = menu.value;
    menu.value = "";
    void fetch(new URL("examples.json", import.meta.url)).then(async (answer) => {
      const all = (await answer.json()) as readonly { readonly file: string; readonly text: string }[];
      const found = all.find(({ file }) => file === id);
      if (found) code.setText(found.text);
    }).catch(() => say("the examples could not be read"));
  });
}

/** The devices are read when the menu is first looked at. */
function targets(): void {
  let asked = false;
  const fill = (): void => {
    if (asked) return;
    asked = true;
    void ask("devices", {}).then((devices) => {
      const { value } = target;
      for (const { title, profiles } of devices) target.append(el("optgroup", { label: title }, ...profiles.map((each) => el("option", { value: each.target }, `${title.split(/[(,]/)[0].trim()}: ${each.profile}`))));
      target.value = value;
    });
  };
  target.addEventListener("pointerenter", fill);
  target.addEventListener("focus", fill);
  target.addEventListener("change", () => {
    if (target.value !== "") select("Target");
    void check();
  });
}

function dropped(): void {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file?.name.endsWith(".lwm")) void file.text().then(code.setText);
    else if (file?.name.endsWith(".safetensors")) void import("./weights.ts").then(({ takeWeights }) => takeWeights(file));
    else if (file) say("drop a .lwm text or a .safetensors checkpoint");
  });
}

theme(the("theme"));
examples();
targets();
dropped();
tabs();
the("share").addEventListener("click", () => void share());
the("format").addEventListener("click", () => void format());
the("keys").addEventListener("click", () => void import("./keys.ts").then(({ showKeys }) => showKeys()));
addEventListener("hashchange", () => void restore());
const left = (): void => keepDraft({ text: code.text(), target: target.value });
if (!(await restore())) open(keptDraft() ?? { text: FIRST, target: "" });
addEventListener("pagehide", left);
document.addEventListener("visibilitychange", left);
if ("serviceWorker" in navigator && location.protocol !== "file:") void navigator.serviceWorker.register(new URL("offline.js", import.meta.url)).catch(() => {});
