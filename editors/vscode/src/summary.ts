/** A model's costs as a document. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

const SCHEME = "lwm-summary";

/** `lwm-summary:Small.md?file:///net.lwm` */
export function summaries(client: LanguageClient): readonly vscode.Disposable[] {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async ({ path, query }) => (await client.sendRequest<string | null>("lwm/summary", { uri: query, model: path.replace(/\.md$/, "") })) ?? "There is no such network now.",
  };
  return [
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      const uri = document.uri.toString();
      for (const other of vscode.workspace.textDocuments) if (other.uri.scheme === SCHEME && other.uri.query === uri) changed.fire(other.uri);
    }),
  ];
}

/** Without a model, that of the line where the cursor is, or the first. */
export async function showSummary(client: LanguageClient, uri?: string, model?: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const of = uri ?? editor?.document.uri.toString();
  if (of === undefined) return;
  const name = model ?? (await modelAt(client, of, editor?.selection.active.line ?? 0));
  if (name === undefined) {
    void vscode.window.showInformationMessage("There is no network here that can be compiled as it stands.");
    return;
  }
  const target = vscode.Uri.from({ scheme: SCHEME, path: `${name}.md`, query: of });
  await vscode.commands.executeCommand("markdown.showPreviewToSide", target);
}

async function modelAt(client: LanguageClient, uri: string, line: number): Promise<string | undefined> {
  const networks = await client.sendRequest<readonly { readonly model: string; readonly range: { readonly start: { readonly line: number } } }[]>("lwm/network", { uri });
  return (networks.filter(({ range }) => range.start.line <= line).at(-1) ?? networks[0])?.model;
}
