/** Colours in the gutter: how much of its network each line is. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

interface Heat {
  readonly range: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly model: string;
  readonly macs: number;
  readonly params: number;
}

/** From cool to hot, the least share and its colour; a line or part belongs to the last that it reaches. */
export const LEVELS: readonly (readonly [number, string])[] = [
  [0.001, "#3f7fbf"],
  [0.02, "#3fa7a0"],
  [0.05, "#8fb34a"],
  [0.1, "#e0b23c"],
  [0.2, "#e8843a"],
  [0.35, "#d9453a"],
];

const CHOICES = ["macs", "params", "off"] as const;

export function heat(client: LanguageClient): readonly vscode.Disposable[] {
  const types = LEVELS.map(([, colour], level) => vscode.window.createTextEditorDecorationType({ gutterIconPath: bar(colour, level), gutterIconSize: "contain", overviewRulerColor: colour, overviewRulerLane: vscode.OverviewRulerLane.Left }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = async (): Promise<void> => {
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.languageId !== "lwm") continue;
      const by = vscode.workspace.getConfiguration("lwm").get<(typeof CHOICES)[number]>("heat", "macs");
      const found = by === "off" ? [] : await client.sendRequest<readonly Heat[]>("lwm/heat", { uri: editor.document.uri.toString() }).catch(() => []);
      const share = (each: Heat): number => (by === "off" ? 0 : each[by]);
      for (const [level, type] of types.entries()) {
        const own = found.filter((each) => share(each) >= LEVELS[level][0] && !(level + 1 < LEVELS.length && share(each) >= LEVELS[level + 1][0]));
        editor.setDecorations(type, own.map((each) => ({ range: new vscode.Range(each.range.start.line, 0, each.range.start.line, 0) })));
      }
    }
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void draw(), 120);
  };
  later();
  return [
    ...types,
    new vscode.Disposable(() => clearTimeout(timer)),
    client.onDidChangeState(later),
    vscode.window.onDidChangeVisibleTextEditors(later),
    vscode.workspace.onDidChangeTextDocument(({ document }) => document.languageId === "lwm" && later()),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("lwm.heat") && later()),
    vscode.commands.registerCommand("lwm.nextHeat", async () => {
      const settings = vscode.workspace.getConfiguration("lwm");
      const now = settings.get<(typeof CHOICES)[number]>("heat", "macs");
      await settings.update("heat", CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length], vscode.ConfigurationTarget.Global);
    }),
  ];
}

/** A bar that is as wide as its level is hot. */
function bar(colour: string, level: number): vscode.Uri {
  const width = 3 + level * 2;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect x="1" y="2" width="${width}" height="12" rx="1.5" fill="${colour}"/></svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`);
}
