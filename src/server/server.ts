/** The language server: what it can do, when it says what is wrong, and which files it keeps up with. The rest is in the files beside. */
import { CodeActionKind, CodeLensRefreshRequest, DidChangeWatchedFilesNotification, LSPErrorCodes, ResponseError, SemanticTokensRefreshRequest, TextDocumentSyncKind, type Connection, type InitializeParams, type InitializeResult } from "vscode-languageserver";
import { TOKEN_MODIFIERS, TOKEN_TYPES } from "../workspace/editor/tokens.ts";
import { LIBRARY_PREFIX } from "../workspace/library.ts";
import { documents as openDocuments, type Surroundings } from "./documents.ts";
import { answer } from "./features.ts";
import { answerOwn } from "./own-requests.ts";
import { importDiagnostics, toDiagnostic } from "./diagnostics.ts";

/** A check that takes longer than this waits for a pause in the typing, in milliseconds. */
const SLOW = 100;
const PAUSE = 150;

/** Serves a client over a connection, which the caller then sets to listen. */
export function serve(connection: Connection, surroundings: Surroundings, version: string): void {
  const documents = openDocuments(surroundings);
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  let folders: readonly string[] = [];
  let can: InitializeParams["capabilities"] = {};
  let took = 0;

  const check = async (name: string): Promise<void> => {
    const started = performance.now();
    const uri = documents.uriOf(name);
    await documents.ready(uri);
    const view = documents.view(uri);
    const version = documents.version(uri);
    if (!view || version === undefined) return;
    const files = { source: (other: string) => documents.workspace.source(other), uriOf: documents.uriOf };
    const own = view.snapshot.diagnostics.filter(({ span }) => span.file === name).map((found) => toDiagnostic(files, view.source, found));
    const imported = importDiagnostics(files, view, (other) => documents.version(documents.uriOf(other)) !== undefined);
    await connection.sendDiagnostics({ uri, version, diagnostics: [...own, ...imported] });
    took = performance.now() - started;
  };

  const later = (name: string): void => {
    clearTimeout(timers.get(name));
    timers.set(
      name,
      setTimeout(() => {
        timers.delete(name);
        check(name).catch((error: unknown) => connection.console.error(`the check of ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
      }, took > SLOW ? PAUSE : 0),
    );
  };

  const changed = (uri: string): void => {
    const dependents = documents.dependents(surroundings.nameOf(uri));
    for (const name of dependents) if (!name.startsWith(LIBRARY_PREFIX)) later(name);
    if (dependents.length > 1) refresh();
  };

  /** What a client asks after an edit of a file, it is to ask of others as well. */
  const refresh = (): void => {
    const { inlayHint, codeLens, semanticTokens } = can.workspace ?? {};
    if (inlayHint?.refreshSupport) void connection.languages.inlayHint.refresh().catch(() => {});
    if (codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type).catch(() => {});
    if (semanticTokens?.refreshSupport) void connection.sendRequest(SemanticTokensRefreshRequest.type).catch(() => {});
  };

  // as they stand now: not every client says that files have changed, and edits of a file go to places in it
  const readFolders = async (): Promise<void> => documents.readAgain(await surroundings.find(folders));

  connection.onInitialize(({ capabilities, workspaceFolders, rootUri }): InitializeResult => {
    folders = (workspaceFolders?.map(({ uri }) => uri) ?? (rootUri === null ? [] : [rootUri])).map(surroundings.nameOf);
    can = capabilities;
    return {
      serverInfo: { name: "lwmc", version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        hoverProvider: true,
        inlayHintProvider: true,
        codeLensProvider: {},
        completionProvider: { triggerCharacters: [".", "(", ",", "=", "|", ":", '"', ">"] },
        signatureHelpProvider: { triggerCharacters: ["(", ","], retriggerCharacters: ["="] },
        definitionProvider: true,
        referencesProvider: true,
        documentHighlightProvider: true,
        renameProvider: { prepareProvider: true },
        documentSymbolProvider: true,
        foldingRangeProvider: true,
        semanticTokensProvider: { legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] }, full: { delta: true }, range: true },
        documentFormattingProvider: true,
        documentRangeFormattingProvider: true,
        documentLinkProvider: {},
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorExtract, CodeActionKind.RefactorRewrite], resolveProvider: true },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  connection.onInitialized(() => {
    const { didChangeWatchedFiles, workspaceFolders } = can.workspace ?? {};
    if (didChangeWatchedFiles?.dynamicRegistration) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: "**/*.lwm" }] }).catch(() => {});
    if (!workspaceFolders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.map(({ uri }) => surroundings.nameOf(uri)));
      folders = [...folders.filter((folder) => !gone.has(folder)), ...added.map(({ uri }) => surroundings.nameOf(uri))];
    });
  });

  connection.onDidOpenTextDocument(({ textDocument: { uri, text, version: first } }) => {
    documents.open(uri, text, first);
    changed(uri);
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version: next }, contentChanges }) => {
    documents.change(uri, contentChanges, next);
    changed(uri);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const name = surroundings.nameOf(uri);
    const others = documents.dependents(name).filter((other) => other !== name);
    clearTimeout(timers.get(name));
    timers.delete(name);
    documents.close(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
    for (const other of others) later(other);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    documents.reread(changes.map(({ uri }) => uri));
    refresh();
    for (const name of documents.names()) if (!name.startsWith(LIBRARY_PREFIX)) later(name);
  });

  answer(connection, { documents, readFolders, snippets: () => can.textDocument?.completion?.completionItem?.snippetSupport === true });
  answerOwn(connection, documents);
  connection.onShutdown(() => {
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
  });
  connection.onRequest((method) => {
    throw new ResponseError(LSPErrorCodes.RequestFailed, `there is no request \`${method}\``);
  });
}
