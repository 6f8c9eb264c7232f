/** A client of the built server, over its stdin and stdout. */
import { spawn, type ChildProcess } from "node:child_process";
import { pathToFileURL } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from "vscode-jsonrpc/node";
import type { Diagnostic, InitializeResult, Position, TextDocumentContentChangeEvent } from "vscode-languageserver-protocol";
import { bin } from "../cli/lwmc.ts";

export interface Client {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly initialized: InitializeResult;
  /** Opens a document, and gives what is wrong with it. */
  readonly open: (uri: string, text: string) => Promise<readonly Diagnostic[]>;
  /** Replaces a part of it, or all, and gives what is wrong then. */
  readonly edit: (uri: string, changes: readonly TextDocumentContentChangeEvent[]) => Promise<readonly Diagnostic[]>;
  /** The same without waiting. */
  readonly change: (uri: string, changes: readonly TextDocumentContentChangeEvent[]) => Promise<number>;
  /** What was said of the version of a document, or of a later one. */
  readonly said: (uri: string, version: number) => Promise<readonly Diagnostic[]>;
  readonly ask: <T>(method: string, params: object) => Promise<T>;
  readonly end: () => Promise<number | null>;
}

/**
 * @param folder the one that the client has open, if any
 * @param listen answers to what the server asks
 * @param more what the client says of itself
 */
export function client(folder?: string, listen?: (connection: MessageConnection) => void, more?: object): Promise<Client> {
  return clientOf([bin, "lsp", "--stdio"], folder, listen, more);
}

/** Of a server that Node starts with these arguments. */
export async function clientOf(argv: readonly string[], folder?: string, listen: (connection: MessageConnection) => void = () => {}, more: object = {}): Promise<Client> {
  const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(new StreamMessageReader(child.stdout!), new StreamMessageWriter(child.stdin!));
  const versions = new Map<string, number>();
  const published = new Map<string, { readonly version: number; readonly diagnostics: readonly Diagnostic[] }>();
  const waiting = new Set<() => void>();
  connection.onNotification("textDocument/publishDiagnostics", ({ uri, version, diagnostics }: { uri: string; version?: number; diagnostics: Diagnostic[] }) => {
    published.set(uri, { version: version ?? Infinity, diagnostics });
    for (const wake of waiting) wake();
  });
  for (const asked of ["workspace/inlayHint/refresh", "workspace/codeLens/refresh", "workspace/semanticTokens/refresh", "client/registerCapability"]) connection.onRequest(asked, () => null);
  listen(connection);
  connection.listen();
  const said = (uri: string, version: number): Promise<readonly Diagnostic[]> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = published.get(uri);
        if (!found || found.version < version) return;
        waiting.delete(look);
        resolve(found.diagnostics);
      };
      waiting.add(look);
      look();
    });
  const change = async (uri: string, contentChanges: readonly TextDocumentContentChangeEvent[]): Promise<number> => {
    const version = versions.get(uri)! + 1;
    versions.set(uri, version);
    await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
    return version;
  };
  const initialized = await connection.sendRequest<InitializeResult>("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      textDocument: { completion: { completionItem: { snippetSupport: true } } },
      workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true }, inlayHint: { refreshSupport: true }, codeLens: { refreshSupport: true }, semanticTokens: { refreshSupport: true } },
    },
    workspaceFolders: folder === undefined ? null : [{ uri: pathToFileURL(folder).href, name: "test" }],
    ...more,
  });
  await connection.sendNotification("initialized", {});
  return {
    connection,
    process: child,
    initialized,
    open: async (uri, text) => {
      versions.set(uri, 1);
      await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "lwm", version: 1, text } });
      return said(uri, 1);
    },
    change,
    edit: async (uri, changes) => said(uri, await change(uri, changes)),
    said,
    ask: (method, params) => connection.sendRequest(method, params),
    end: async () => {
      const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      return code;
    },
  };
}

/** Where a mark stands in a text, and the text without it. */
export function marked(text: string, mark = "¦"): { readonly text: string; readonly position: Position } {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`no ${mark} in ${text}`);
  return { text: text.slice(0, at) + text.slice(at + mark.length), position: positionOf(text, at) };
}

export function positionOf(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, character: lines[lines.length - 1].length };
}

/** The position of a word, or of the offset behind it. */
export function find(text: string, word: string, behind = 0): Position {
  const at = text.indexOf(word);
  if (at < 0) throw new Error(`no ${word}`);
  return positionOf(text, at + behind);
}
