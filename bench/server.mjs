/**
 * How long the language server takes after an edit to a user's copy of the library's EfficientNet, nine models of which B7 is the largest: until its
 * diagnostics are there, and until the hints for a screen are. Warm; a keystroke at a time. Beside it the processor time that the server took, where the
 * system tells it, since the rest is waiting for other processes.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { bin, median, option, root } from "./measure.mjs";

const edits = Number(option("edits", 60));
const warmUp = 20;
const uri = "file:///efficientnet.lwm";
const text = readFileSync(join(root, "stdlib", "networks", "efficientnet.lwm"), "utf8");

const child = spawn(process.execPath, [bin, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
let published = () => {};
connection.onNotification("textDocument/publishDiagnostics", (said) => published(said));
connection.listen();
const saysOf = (version) => new Promise((resolve) => (published = (said) => said.version === version && resolve(said.diagnostics)));
await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
await connection.sendNotification("initialized", {});
const opened = saysOf(1);
await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "lwm", version: 1, text } });
if ((await opened).length > 0) throw new Error("the library's file has problems");

/** Where the digit of `found` stands that is typed over. */
function place(found, behind) {
  const at = text.indexOf(found) + behind;
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length - 1, character: lines.at(-1).length };
}

const b7 = place("scaling(width=2.0, depth=3.1", "scaling(width=2.".length);
const body = place("head: conv(1280", "head: conv(12".length);
const screen = { start: { line: 0, character: 0 }, end: { line: 60, character: 0 } };
const cpu = () => {
  try {
    const [user, system] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13).map(Number);
    return (user + system) * 10;
  } catch {
    return undefined;
  }
};

const diagnostics = { "an argument of B7": [], "the trunk's head, in all nine": [] };
const hints = { "an argument of B7": [], "the trunk's head, in all nine": [] };
let before = cpu();
let version = 1;
for (let i = 0; i < edits + warmUp; i++) {
  if (i === warmUp) before = cpu();
  const [what, at, digits] = i % 2 === 0 ? ["an argument of B7", b7, ["1", "0"]] : ["the trunk's head, in all nine", body, ["7", "8"]];
  const range = { start: at, end: { ...at, character: at.character + 1 } };
  const said = saysOf(++version);
  const start = performance.now();
  await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [{ range, text: digits[(i >> 1) % 2] }] });
  await said;
  const shown = performance.now();
  await connection.sendRequest("textDocument/inlayHint", { textDocument: { uri }, range: screen });
  if (i < warmUp) continue;
  diagnostics[what].push(shown - start);
  hints[what].push(performance.now() - start);
}
const after = cpu();
console.log("language server, after a keystroke in EfficientNet");
for (const what of Object.keys(diagnostics)) console.log(`  ${what}: diagnostics ${median(diagnostics[what]).toFixed(1)} ms, hints ${median(hints[what]).toFixed(1)} ms`);
if (before !== undefined && after !== undefined) console.log(`  of the server's processor time: ${((after - before) / edits).toFixed(1)} ms an edit, collections of garbage among it`);
console.log(`  ${edits} edits, load ${loadavg()[0].toFixed(1)}`);
await connection.sendRequest("shutdown");
await connection.sendNotification("exit");
