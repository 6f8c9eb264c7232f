/** The panel beside the text: the network by its blocks, collapsible, costs as colours; a click goes to the line. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { LEVELS } from "./heat.ts";

type Message = { readonly kind: "ready" } | { readonly kind: "reveal"; readonly range: vscode.Range };

export function networkPanel(context: vscode.ExtensionContext, client: LanguageClient): readonly vscode.Disposable[] {
  let view: vscode.WebviewView | undefined;
  let shown: vscode.Uri | undefined;
  let last: { readonly uri: string; readonly networks: readonly object[] } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** While a file has a mistake, what it was before stays. */
  const draw = async (): Promise<void> => {
    const active = vscode.window.activeTextEditor?.document;
    if (active?.languageId === "lwm") shown = active.uri;
    if (!view?.visible) return;
    const asked = shown;
    const found = asked ? await client.sendRequest<readonly object[]>("lwm/network", { uri: asked.toString() }).catch(() => []) : [];
    const broken = asked !== undefined && vscode.languages.getDiagnostics(asked).some(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
    const before = found.length === 0 && broken && last?.uri === asked.toString();
    if (asked && found.length > 0) last = { uri: asked.toString(), networks: found };
    await view?.webview.postMessage({ kind: "networks", networks: before ? last?.networks : found, before, levels: LEVELS });
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void draw(), 200);
  };

  const reveal = async ({ start, end }: vscode.Range): Promise<void> => {
    if (!shown) return;
    const selection = new vscode.Range(start.line, start.character, end.line, end.character);
    await vscode.window.showTextDocument(shown, { selection, preserveFocus: false, viewColumn: vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === shown?.toString())?.viewColumn });
  };

  const provider: vscode.WebviewViewProvider = {
    resolveWebviewView: (opened) => {
      view = opened;
      const media = vscode.Uri.joinPath(context.extensionUri, "media");
      opened.webview.options = { enableScripts: true, localResourceRoots: [media] };
      opened.webview.html = page(opened.webview, media);
      opened.webview.onDidReceiveMessage((message: Message) => (message.kind === "reveal" ? void reveal(message.range) : later()));
      opened.onDidChangeVisibility(later);
      opened.onDidDispose(() => (view = undefined));
    },
  };
  return [
    new vscode.Disposable(() => clearTimeout(timer)),
    vscode.window.registerWebviewViewProvider("lwm.network", provider),
    vscode.commands.registerCommand("lwm.showNetwork", () => vscode.commands.executeCommand("lwm.network.focus")),
    vscode.window.onDidChangeActiveTextEditor(later),
    vscode.workspace.onDidChangeTextDocument(({ document }) => document.languageId === "lwm" && later()),
    client.onDidChangeState(later),
  ];
}

function page(webview: vscode.Webview, media: vscode.Uri): string {
  const nonce = randomBytes(16).toString("base64");
  const of = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(media, file)).toString();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<link rel="stylesheet" href="${of("network.css")}">
<title>Network</title>
</head>
<body><main id="network"></main><script nonce="${nonce}" src="${of("network.js")}"></script></body>
</html>`;
}
