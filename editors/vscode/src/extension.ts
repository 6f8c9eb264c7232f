/** The extension: it starts the language server, and adds what the protocol does not have: heat, the panel, the library's texts. */
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { heat } from "./heat.ts";
import { networkPanel } from "./network-panel.ts";
import { showSummary, summaries } from "./summary.ts";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const module = context.asAbsolutePath("dist/server.cjs");
  const run = { module, transport: TransportKind.stdio };
  const started = new LanguageClient("lwm", "lwm", { run, debug: run }, {
    documentSelector: [{ language: "lwm" }],
    markdown: { isTrusted: false, supportHtml: false },
  });
  client = started;
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider("lwm", { provideTextDocumentContent: async (uri) => (await started.sendRequest<string | null>("lwm/source", { uri: uri.toString() })) ?? "" }),
    ...summaries(started),
    vscode.commands.registerCommand("lwm.showSummary", (uri?: string, model?: string) => showSummary(started, uri, model)),
    vscode.commands.registerCommand("lwm.restart", () => started.restart()),
    ...heat(started),
    ...networkPanel(context, started),
  );
  await started.start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
