/**
 * How long the language server takes after an edit to a user's copy of the library's EfficientNet, nine models of which B7 is the largest: until its
 * diagnostics are there, and until the hints for a screen are; then the same in a model whose width a search finds among 80. Warm; a keystroke at a time. Beside it the processor time that the server took, where the
 * system tells it, since the rest is waiting for other processes.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { bin, median, option, root } from "./measure.mjs";

const edits = Number(option("edits", 120));
const warmUp = 40;
const texts = {
  "file:///efficientnet.lwm": readFileSync(join(root, "stdlib", "networks", "efficientnet.lwm"), "utf8"),
  "file:///wake_eye.lwm": readFileSync(join(root, "examples", "wake_eye.lwm"), "utf8"),
};

const child = spawn(process.execPath, [bin, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
let published = () => {};
connection.onNotification("textDocument/publishDiagnostics", (said) => published(said));
connection.listen();
const saysOf = (uri, version) => new Promise((resolve) => (published = (said) => said.uri === uri && said.version === version && resolve(said.diagnostics)));
await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
await connection.sendNotification("initialized", {});
for (const [uri, text] of Object.entries(texts)) {
  const opened = saysOf(uri, 1);
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "lwm", version: 1, text } });
  if ((await opened).length > 0) throw new Error(`${uri} has problems`);
}

/** A keystroke over the digit behind `found`, one of `digits` by turns: nine of them are more than a search is kept for. */
function keystroke(what, uri, found, digits) {
  const text = texts[uri];
  const at = text.indexOf(found) + found.length;
  const lines = text.slice(0, at).split("\n");
  return { what, uri, digits, start: { line: lines.length - 1, character: lines.at(-1).length } };
}

const keystrokes = [
  keystroke("an argument of B7", "file:///efficientnet.lwm", "scaling(width=2.", ["1", "0"]),
  keystroke("the trunk's head, in all nine", "file:///efficientnet.lwm", "head: conv(12", ["7", "8"]),
  keystroke("a limit of a model whose width is searched", "file:///wake_eye.lwm", "latency <= 6", ["1", "0"]),
  keystroke("an argument of it", "file:///wake_eye.lwm", "classes=", [..."345678912"]),
];
const screen = { start: { line: 0, character: 0 }, end: { line: 60, character: 0 } };
const cpu = () => {
  try {
    const [user, system] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13).map(Number);
    return (user + system) * 10;
  } catch {
    return undefined;
  }
};

let before = cpu();
const versions = Object.fromEntries(Object.keys(texts).map((uri) => [uri, 1]));
const diagnostics = Object.fromEntries(keystrokes.map(({ what }) => [what, []]));
const hints = Object.fromEntries(keystrokes.map(({ what }) => [what, []]));
for (let i = 0; i < edits + warmUp; i++) {
  if (i === warmUp) before = cpu();
  const { what, uri, digits, start: at } = keystrokes[i % keystrokes.length];
  const range = { start: at, end: { ...at, character: at.character + 1 } };
  const version = ++versions[uri];
  const said = saysOf(uri, version);
  const start = performance.now();
  await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [{ range, text: digits[Math.floor(i / keystrokes.length) % digits.length] }] });
  await said;
  const shown = performance.now();
  await connection.sendRequest("textDocument/inlayHint", { textDocument: { uri }, range: screen });
  if (i < warmUp) continue;
  diagnostics[what].push(shown - start);
  hints[what].push(performance.now() - start);
}
const after = cpu();
console.log("language server, after a keystroke in");
for (const what of Object.keys(diagnostics)) console.log(`  ${what}: diagnostics ${median(diagnostics[what]).toFixed(1)} ms, hints ${median(hints[what]).toFixed(1)} ms`);
if (before !== undefined && after !== undefined) console.log(`  of the server's processor time: ${((after - before) / edits).toFixed(1)} ms an edit, collections of garbage among it`);
console.log(`  ${edits} edits, load ${loadavg()[0].toFixed(1)}`);
await connection.sendRequest("shutdown");
await connection.sendNotification("exit");
