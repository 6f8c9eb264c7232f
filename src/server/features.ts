/** Answers to an editor's questions about a text: each asks `workspace/editor/` and translates. */
import {
  CodeActionKind, CompletionItemKind, DocumentHighlightKind, FoldingRangeKind, InlayHintKind, InsertTextFormat, LSPErrorCodes, MarkupKind, ResponseError, SymbolKind,
  type CancellationToken, type CodeAction, type CompletionItem, type Connection, type DocumentSymbol, type SemanticTokens, type SemanticTokensDelta,
} from "vscode-languageserver";
import type { Source, Span } from "../compiler/source.ts";
import { actionsAt } from "../workspace/editor/actions.ts";
import { completionsAt, type Completion } from "../workspace/editor/completion.ts";
import { definitionAt } from "../workspace/editor/definition.ts";
import { foldsOf } from "../workspace/editor/folding.ts";
import { formatEdits } from "../workspace/editor/formatting.ts";
import { hintsOf } from "../workspace/editor/hints.ts";
import { fillHoles } from "../workspace/editor/holes.ts";
import { hoverAt } from "../workspace/editor/hover.ts";
import { lensesOf } from "../workspace/editor/lenses.ts";
import { linksOf } from "../workspace/editor/links.ts";
import { highlightsAt, referencesAt, renamable, renameAt } from "../workspace/editor/references.ts";
import { signatureAt } from "../workspace/editor/signature.ts";
import { symbolsOf, type OutlineSymbol } from "../workspace/editor/symbols.ts";
import type { View } from "../workspace/editor/view.ts";
import type { Documents } from "./documents.ts";
import { encodedTokens, tokenAnswers } from "./semantic-tokens.ts";
import { toChanges, toOffset, toOffsets, toPosition, toRange, type Files } from "./translate.ts";

export interface Asked {
  readonly documents: Documents;
  /** Reads the files of the client's folders as they stand now, of which none may be open. */
  readonly readFolders: () => Promise<void>;
  /** Whether completions may be snippets. */
  readonly snippets: () => boolean;
}

export function answer(connection: Connection, asked: Asked): void {
  const { documents, readFolders } = asked;
  const files: Files = { source: (name) => documents.workspace.source(name), uriOf: documents.uriOf };
  /** @param asked the version that an answer is wanted for, where it is for that alone */
  const of = async <T>(uri: string, token: CancellationToken, none: T, say: (view: View) => T | Promise<T>, asked?: number): Promise<T> => {
    await documents.ready(uri);
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, "cancelled");
    if (asked !== undefined && asked !== documents.version(uri)) throw new ResponseError(LSPErrorCodes.ContentModified, "the text has changed since");
    const view = documents.view(uri);
    return view ? say(view) : none;
  };
  /** For what a client asks again after each edit. */
  const ofThis = <T>(uri: string, token: CancellationToken, none: T, say: (view: View) => T): Promise<T> => of(uri, token, none, say, documents.version(uri));
  const location = (span: Span): { uri: string; range: ReturnType<typeof toRange> } | undefined => {
    const source = files.source(span.file);
    return source && { uri: files.uriOf(span.file), range: toRange(source, span) };
  };
  const markdown = (value: string): { kind: typeof MarkupKind.Markdown; value: string } => ({ kind: MarkupKind.Markdown, value });

  connection.onHover(({ textDocument: { uri }, position }, token) =>
    of(uri, token, null, (view) => {
      const hover = hoverAt(view, toOffset(view.source, position), documents.last(uri));
      return hover ? { contents: markdown(hover.text), range: toRange(view.source, hover.span) } : null;
    }),
  );

  connection.languages.inlayHint.on(({ textDocument: { uri }, range }, token) =>
    ofThis(uri, token, [], (view) => hintsOf(view, toOffsets(view.source, range), documents.last(uri)).map(({ offset, label, tooltip }) => ({ position: toPosition(view.source, offset), label, kind: InlayHintKind.Type, paddingLeft: true, tooltip }))),
  );

  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    of(uri, token, [], (view) => lensesOf(view).map(({ span, title, model }) => ({ range: toRange(view.source, span), command: { title, command: "lwm.showSummary", arguments: [uri, model] } }))),
  );

  connection.onCompletion(({ textDocument: { uri }, position }, token) =>
    of(uri, token, [], (view) => {
      const { span, items } = completionsAt(view, toOffset(view.source, position));
      const range = toRange(view.source, span);
      return items.map((item) => completion(item, range, asked.snippets()));
    }),
  );

  connection.onSignatureHelp(({ textDocument: { uri }, position }, token) =>
    of(uri, token, null, (view) => {
      const help = signatureAt(view, toOffset(view.source, position));
      if (!help) return null;
      const parameters = help.parameters.map(({ place, doc }) => ({ label: [...place] as [number, number], ...(doc === undefined ? {} : { documentation: markdown(doc) }) }));
      return { signatures: [{ label: help.text, parameters, ...(help.doc === undefined ? {} : { documentation: markdown(help.doc) }) }], activeSignature: 0, activeParameter: help.active ?? null };
    }),
  );

  connection.onDefinition(({ textDocument: { uri }, position }, token) =>
    of(uri, token, null, (view) => {
      const found = definitionAt(view, toOffset(view.source, position));
      const target = found && location(found.to);
      return found && target ? [{ originSelectionRange: toRange(view.source, found.from), targetUri: target.uri, targetRange: target.range, targetSelectionRange: target.range }] : null;
    }),
  );

  connection.onReferences(async ({ textDocument: { uri }, position, context }, token) => {
    await readFolders();
    return of(uri, token, [], (view) => referencesAt(view, toOffset(view.source, position), context.includeDeclaration).flatMap((span) => location(span) ?? []));
  });

  connection.onDocumentHighlight(({ textDocument: { uri }, position }, token) =>
    of(uri, token, [], (view) => highlightsAt(view, toOffset(view.source, position)).map(({ span, declares }) => ({ range: toRange(view.source, span), kind: declares ? DocumentHighlightKind.Write : DocumentHighlightKind.Read }))),
  );

  const refuse = (reason: string): never => {
    throw new ResponseError(LSPErrorCodes.RequestFailed, reason);
  };

  connection.onPrepareRename(({ textDocument: { uri }, position }, token) =>
    of(uri, token, null, (view) => {
      const able = renamable(view, toOffset(view.source, position));
      return "refused" in able ? refuse(able.refused) : { range: toRange(view.source, able.span), placeholder: able.name };
    }),
  );

  connection.onRenameRequest(async ({ textDocument: { uri }, position, newName }, token) => {
    await readFolders();
    return of(uri, token, null, async (view) => {
      const edits = await renameAt(view, toOffset(view.source, position), newName);
      return "refused" in edits ? refuse(edits.refused) : { changes: toChanges(files, edits) };
    });
  });

  connection.onDocumentSymbol(({ textDocument: { uri } }, token) => of(uri, token, [], (view) => symbolsOf(view).map((each) => symbol(view.source, each))));

  connection.onFoldingRanges(({ textDocument: { uri } }, token) =>
    of(uri, token, [], (view) => foldsOf(view).map(({ firstLine, lastLine, kind }) => ({ startLine: firstLine - 1, endLine: lastLine - 1, kind: kind === "imports" ? FoldingRangeKind.Imports : kind === "comment" ? FoldingRangeKind.Comment : FoldingRangeKind.Region }))),
  );

  const tokens = tokenAnswers((uri) => documents.version(uri) !== undefined);
  connection.languages.semanticTokens.on(({ textDocument: { uri } }, token) => ofThis(uri, token, { data: [] }, (view) => tokens.full(uri, view)));
  connection.languages.semanticTokens.onDelta(({ textDocument: { uri }, previousResultId }, token) => ofThis<SemanticTokens | SemanticTokensDelta>(uri, token, { data: [] }, (view) => tokens.delta(uri, view, previousResultId)));
  connection.languages.semanticTokens.onRange(({ textDocument: { uri }, range }, token) => ofThis(uri, token, { data: [] }, (view) => ({ data: encodedTokens(view, toOffsets(view.source, range)) })));

  connection.onDocumentFormatting(({ textDocument: { uri } }, token) => of(uri, token, [], ({ source }) => formatEdits(source).map(({ span, text }) => ({ range: toRange(source, span), newText: text }))));
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, range }, token) => of(uri, token, [], ({ source }) => formatEdits(source, toOffsets(source, range)).map(({ span, text }) => ({ range: toRange(source, span), newText: text }))));

  connection.onDocumentLinks(({ textDocument: { uri } }, token) =>
    of(uri, token, [], (view) => linksOf(view).map(({ span, target, file, title }) => ({ range: toRange(view.source, span), target: file ? files.uriOf(target) : target, tooltip: title }))),
  );

  connection.onCodeAction(({ textDocument: { uri }, range, context }, token) =>
    of(uri, token, [], (view) =>
      actionsAt(view, toOffsets(view.source, range)).map(({ title, kind, edits, fixes, preferred, fills }): CodeAction => {
        const diagnostics = fixes ? context.diagnostics.filter((d) => d.code === fixes.code && d.range.start.line === toPosition(view.source, fixes.span.start).line) : [];
        const kinds = { quickfix: CodeActionKind.QuickFix, "refactor.extract": CodeActionKind.RefactorExtract, "refactor.rewrite": CodeActionKind.RefactorRewrite };
        return { title, kind: kinds[kind], ...(diagnostics.length > 0 ? { diagnostics } : {}), ...(preferred ? { isPreferred: true } : {}), ...(fills === undefined ? { edit: { changes: toChanges(files, edits) } } : { data: { uri, model: fills } }) };
      }),
    ),
  );

  connection.onCodeActionResolve(async (action, token) => {
    const { uri, model } = (action.data ?? {}) as { readonly uri?: string; readonly model?: string };
    if (uri === undefined || model === undefined) return action;
    return of<CodeAction>(uri, token, action, async (view) => {
      const filled = await fillHoles(view, model);
      return "refused" in filled ? refuse(filled.refused) : { ...action, edit: { changes: toChanges(files, filled.edits) } };
    });
  });
}

const COMPLETION_KINDS: Readonly<Record<Completion["kind"], CompletionItemKind>> = {
  model: CompletionItemKind.Class,
  block: CompletionItemKind.Function,
  device: CompletionItemKind.Struct,
  value: CompletionItemKind.Variable,
  parameter: CompletionItemKind.Property,
  label: CompletionItemKind.Variable,
  input: CompletionItemKind.Variable,
  output: CompletionItemKind.Variable,
  shared: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  operator: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  record: CompletionItemKind.Struct,
  word: CompletionItemKind.EnumMember,
  metric: CompletionItemKind.Field,
  side: CompletionItemKind.Field,
  column: CompletionItemKind.Property,
  constant: CompletionItemKind.Constant,
  keyword: CompletionItemKind.Keyword,
  type: CompletionItemKind.TypeParameter,
  unit: CompletionItemKind.Unit,
  file: CompletionItemKind.File,
};

function completion({ label, kind, detail, doc, insert, snippet, rank }: Completion, range: ReturnType<typeof toRange>, snippets: boolean): CompletionItem {
  const plain = insert.replace(/\$\{\d+:([^}]*)\}|\$\d/g, "$1");
  const asSnippet = snippet && snippets;
  return {
    label,
    kind: COMPLETION_KINDS[kind],
    detail,
    ...(doc === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
    sortText: `${rank.toFixed(2).padStart(6, "0")}${label}`,
    insertTextFormat: asSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: { range, newText: asSnippet ? insert : snippet ? plain : insert },
    ...(asSnippet && insert.endsWith("($0)") ? { command: { title: "show the parameters", command: "editor.action.triggerParameterHints" } } : {}),
  };
}

const SYMBOL_KINDS: Readonly<Record<OutlineSymbol["kind"], SymbolKind>> = {
  model: SymbolKind.Class,
  block: SymbolKind.Function,
  value: SymbolKind.Variable,
  device: SymbolKind.Struct,
  label: SymbolKind.Field,
  input: SymbolKind.Interface,
  output: SymbolKind.Event,
  shared: SymbolKind.Function,
  parameter: SymbolKind.Property,
};

function symbol(source: Source, { name, kind, detail, span, nameSpan, children }: OutlineSymbol): DocumentSymbol {
  return { name, kind: SYMBOL_KINDS[kind], detail, range: toRange(source, span), selectionRange: toRange(source, nameSpan), children: children.map((child) => symbol(source, child)) };
}
