/** What a client may rely on beside single answers: the last text counts, what it takes back is not worked out, and files are as they are on the disk. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CancellationTokenSource } from "vscode-jsonrpc/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LSPErrorCodes, type InlayHint, type Location, type WorkspaceEdit } from "vscode-languageserver-protocol";
import { built, folder } from "../cli/lwmc.ts";
import { readProject } from "../program.ts";
import { client, find, type Client } from "./client.ts";

const BLOCKS = "block wide(out: channels) {\n  conv(out, stride=2)\n}\n";
const NET = 'import { wide } from "./blocks.lwm"\nmodel A {\n  input x: [3, 8, 8]\n  wide(8)\n}\n';
const everything = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };

beforeAll(built);

describe("in a burst", () => {
  let server: Client;
  const uri = "file:///burst.lwm";
  const text = readProject("stdlib/networks/efficientnet.lwm");
  const start = { line: 0, character: 0 };
  beforeAll(async () => {
    server = await client();
    await server.open(uri, text);
  });
  afterAll(async () => expect(await server.end()).toBe(0));

  test("of 200 edits the last counts: of those before it few are checked, and what was asked of them is answered or refused", async () => {
    let said = 0;
    server.connection.onNotification("textDocument/publishDiagnostics", () => void said++);
    const ask = (method: string, of: CancellationTokenSource): Promise<string> =>
      server.connection.sendRequest(method, { textDocument: { uri }, range: everything }, of.token).then(() => "answered", ({ code }: { code: number }) => (code === LSPErrorCodes.ContentModified ? "overtaken" : code === LSPErrorCodes.RequestCancelled ? "cancelled" : `error ${code}`));
    const asked: Promise<string>[] = [];
    let version = 0;
    for (let i = 0; i < 200; i++) {
      version = await server.change(uri, [{ range: { start, end: start }, text: "\n" }]);
      const source = new CancellationTokenSource();
      for (const method of ["textDocument/inlayHint", "textDocument/codeLens", "textDocument/semanticTokens/full", "textDocument/documentSymbol"]) asked.push(ask(method, source));
      if (i % 2 === 0) source.cancel();
    }
    const ends = await Promise.all(asked);
    // the connection's own handler was taken away: what the server last says of the text is asked for in another way
    const hints = await server.ask<InlayHint[]>("textDocument/inlayHint", { textDocument: { uri }, range: everything });
    expect(Math.min(...hints.map(({ position }) => position.line))).toBeGreaterThan(200);
    expect(version).toBe(201);
    expect(said).toBeLessThan(100);
    expect(new Set(ends)).toEqual(new Set(["answered", "overtaken", "cancelled"]));
    expect(ends.filter((end) => end === "cancelled").length).toBeGreaterThan(300);
    expect(ends.filter((end) => end === "overtaken").length).toBeGreaterThan(100);
  });
});

describe("files and folders", () => {
  const one = folder({ "blocks.lwm": BLOCKS, "net.lwm": NET });
  const two = folder({ "other.lwm": `import { wide } from "${one.path}/blocks.lwm"\nmodel C {\n  input x: [3, 8, 8]\n  wide(4)\n}\n` });
  const uri = (path: string): string => pathToFileURL(path).href;
  const blocks = uri(join(one.path, "blocks.lwm"));
  const net = uri(join(one.path, "net.lwm"));
  const other = uri(join(two.path, "other.lwm"));
  const references = (of: Client): Promise<readonly string[]> =>
    of.ask<Location[]>("textDocument/references", { textDocument: { uri: blocks }, position: find(BLOCKS, "wide", 1), context: { includeDeclaration: false } }).then((found) => found.map((at) => `${at.uri}:${at.range.start.line}`));
  let server: Client;
  beforeAll(async () => {
    server = await client(one.path);
    await server.open(blocks, BLOCKS);
  });
  afterAll(async () => {
    expect(await server.end()).toBe(0);
    one.remove();
    two.remove();
  });

  test("a rename goes to where names stand on the disk now, also where the client said nothing of a change", async () => {
    expect(await references(server)).toEqual([`${net}:0`, `${net}:3`]);
    writeFileSync(join(one.path, "net.lwm"), `\n\n${NET}`);
    const edit = await server.ask<WorkspaceEdit>("textDocument/rename", { textDocument: { uri: blocks }, position: find(BLOCKS, "wide", 1), newName: "broad" });
    expect(edit.changes![net].map(({ range }) => range.start)).toEqual([{ line: 2, character: 9 }, { line: 5, character: 2 }]);
    rmSync(join(one.path, "net.lwm"));
    expect(await references(server)).toEqual([]);
    writeFileSync(join(one.path, "net.lwm"), NET);
    expect(await references(server)).toEqual([`${net}:0`, `${net}:3`]);
  });

  test("a folder that is opened later counts, until it is closed", async () => {
    const change = (added: readonly object[], removed: readonly object[]): Promise<void> => server.connection.sendNotification("workspace/didChangeWorkspaceFolders", { event: { added, removed } });
    await change([{ uri: uri(two.path), name: "two" }], []);
    expect(await references(server)).toEqual(expect.arrayContaining([`${net}:0`, `${other}:0`, `${other}:3`]));
  });

  test("the client is asked to tell of changes, and shows the lines anew that hang on them", async () => {
    const watched: unknown[] = [];
    const refreshed: string[] = [];
    const told = await client(one.path, (connection) => {
      connection.onRequest("client/registerCapability", ({ registrations }: { registrations: unknown[] }) => void watched.push(...registrations));
      for (const what of ["inlayHint", "codeLens", "semanticTokens"]) connection.onRequest(`workspace/${what}/refresh`, () => void refreshed.push(what));
    });
    try {
      expect(await told.open(net, NET)).toEqual([]);
      expect(watched).toMatchObject([{ method: "workspace/didChangeWatchedFiles", registerOptions: { watchers: [{ globPattern: "**/*.lwm" }] } }]);
      writeFileSync(join(one.path, "blocks.lwm"), BLOCKS.replace("conv(out", "conv(2 * out"));
      await told.connection.sendNotification("workspace/didChangeWatchedFiles", { changes: [{ uri: blocks, type: 2 }] });
      const [hint] = await told.ask<InlayHint[]>("textDocument/inlayHint", { textDocument: { uri: net }, range: everything });
      expect(hint.label).toContain("→ [16, 4, 4]");
      expect(new Set(refreshed)).toEqual(new Set(["inlayHint", "codeLens", "semanticTokens"]));
    } finally {
      expect(await told.end()).toBe(0);
    }
  });
});

test("a client that names a root and no folders has one folder", async () => {
  const work = folder({ "blocks.lwm": BLOCKS, "net.lwm": NET });
  const server = await client(undefined, () => {}, { rootUri: pathToFileURL(work.path).href });
  try {
    const uri = pathToFileURL(join(work.path, "blocks.lwm")).href;
    await server.open(uri, BLOCKS);
    const found = await server.ask<Location[]>("textDocument/references", { textDocument: { uri }, position: find(BLOCKS, "wide", 1), context: { includeDeclaration: false } });
    expect(found).toHaveLength(2);
  } finally {
    expect(await server.end()).toBe(0);
    work.remove();
  }
});
