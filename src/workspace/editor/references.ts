/** All mentions of a name, and giving it another one. */
import type { TextEdit } from "../../compiler/diagnostics/diagnostic.ts";
import type { Source, Span } from "../../compiler/source.ts";
import type { File } from "../../compiler/syntax/ast.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Read } from "../host.ts";
import { LIBRARY_PREFIX } from "../library.ts";
import { workspace } from "../workspace.ts";
import type { Mention, Named } from "./named.ts";
import { mentionAt, namesOf } from "./names.ts";
import { viewOf, type View } from "./view.ts";

/** In this file and in every other that is open. */
export function referencesAt(view: View, offset: number, withDeclaration: boolean): readonly Span[] {
  const named = mentionAt(namesOf(view.workspace, view.file, view.snapshot), offset)?.named;
  if (!named) return [];
  return mentionsOf(view, named).filter(({ declares }) => withDeclaration || !declares).map(({ span }) => span);
}

/** Within the file of the question: what an editor marks beside the cursor. */
export function highlightsAt(view: View, offset: number): readonly Mention[] {
  const names = namesOf(view.workspace, view.file, view.snapshot);
  const named = mentionAt(names, offset)?.named;
  return named ? names.mentions.filter((mention) => mention.named.key === named.key) : [];
}

function mentionsOf(view: View, named: Named): readonly Mention[] {
  const { workspace } = view;
  const uris = new Set([view.uri, ...(named.span ? [named.span.file] : []), ...workspace.files()]);
  return [...uris].flatMap((uri) => {
    const other = uri === view.uri ? view : viewOf(workspace, uri);
    return other ? namesOf(workspace, other.file, other.snapshot).mentions.filter((mention) => mention.named.key === named.key) : [];
  });
}

export interface Refusal {
  readonly refused: string;
}

/** The word that would be renamed, or why it cannot be. */
export function renamable(view: View, offset: number): { readonly span: Span; readonly name: string } | Refusal {
  const mention = mentionAt(namesOf(view.workspace, view.file, view.snapshot), offset);
  if (!mention) return { refused: "there is no name here" };
  const { named, span } = mention;
  if (!named.span) return { refused: `\`${named.name}\` is part of the language` };
  if (named.span.file.startsWith(LIBRARY_PREFIX)) return { refused: `\`${named.name}\` is part of the standard library` };
  if (view.source.text.slice(span.start, span.end) !== named.name) return { refused: "the name is not written out here" };
  return { span, name: named.name };
}

/**
 * The edits that give a name another one. Refused where a mention would come to mean something else: after the edits every mention in every file
 * must mean what it meant before, and no file may have errors that it did not have.
 */
export async function renameAt(view: View, offset: number, to: string): Promise<readonly TextEdit[] | Refusal> {
  const able = renamable(view, offset);
  if ("refused" in able) return able;
  if (!/^[A-Za-z_]\w*$/.test(to)) return { refused: `\`${to}\` is not a name: names are made of letters, digits and \`_\`, and do not begin with a digit` };
  if (to === able.name) return [];
  const { named } = mentionAt(namesOf(view.workspace, view.file, view.snapshot), offset)!;
  const mentions = mentionsOf(view, named);
  const edited = editedFiles(view, mentions, to);
  const clash = clashOf(view, named, edited, to) ?? (await brokenBy(view, edited, to));
  return clash === undefined ? mentions.map(({ span }) => ({ span, text: to })) : { refused: clash };
}

/** The files with mentions as they would be. */
function editedFiles({ workspace }: View, mentions: readonly Mention[], to: string): ReadonlyMap<string, Edited> {
  const edited = new Map<string, Edited>();
  for (const uri of new Set(mentions.map(({ span }) => span.file))) {
    const source = workspace.source(uri);
    const spans = mentions.flatMap(({ span }) => (span.file === uri ? [span] : [])).sort((a, b) => a.start - b.start);
    if (source) edited.set(uri, editedFile(source, spans, to));
  }
  return edited;
}

/** Compiles the files as they would be: a word of an enum may be passed on to where another is wanted. */
async function brokenBy({ workspace: real }: View, edited: ReadonlyMap<string, Edited>, to: string): Promise<string | undefined> {
  const read = async (uri: string): Promise<Read> => {
    const text = (edited.get(uri)?.source ?? real.source(uri))?.text;
    return text === undefined ? { text, absent: true } : { text };
  };
  const scratch = workspace({ read, resolve: real.resolve }, real.library);
  for (const uri of new Set([...edited.keys(), ...real.files()])) {
    await scratch.load(uri);
    const before = real.snapshot(uri, { trace: true }).diagnostics.filter(({ severity }) => severity === "error");
    const after = scratch.snapshot(uri).diagnostics.filter(({ severity }) => severity === "error");
    if (after.length > before.length) return `\`${to}\` would be an error there: ${after.find(({ message }) => !before.some((other) => other.message === message))?.message ?? after[0].message}`;
  }
  return undefined;
}

function clashOf({ workspace }: View, named: Named, edited: ReadonlyMap<string, Edited>, to: string): string | undefined {
  const after = { ...workspace, file: (uri: string) => edited.get(uri)?.file ?? workspace.file(uri), source: (uri: string) => edited.get(uri)?.source ?? workspace.source(uri) };
  const moved = (uri: string, offset: number): number => edited.get(uri)?.moved(offset) ?? offset;
  for (const [uri, { file, broken }] of edited) {
    const before = viewOf(workspace, uri);
    if (!before) continue;
    if (broken) return `\`${to}\` means something else in the language there`;
    const old = namesOf(workspace, before.file, before.snapshot);
    const fresh = namesOf(after, file, { ...before.snapshot });
    // Each mention must still be there, and mean the same thing: what is declared at the same place, moved as the text around it moved.
    const expected = old.mentions.map(({ span, named: each, declares }) => `${moved(uri, span.start)} ${each.key === named.key ? to : each.name} ${each.span ? `${each.span.file}:${moved(each.span.file, each.span.start)}` : each.key} ${declares}`);
    const found = fresh.mentions.map(({ span, named: each, declares }) => `${span.start} ${each.name} ${each.key} ${declares}`);
    const same = new Set(found);
    if (expected.length !== found.length || fresh.doubled.length > old.doubled.length || expected.some((each) => !same.has(each))) return `\`${to}\` would clash with another name`;
  }
  return undefined;
}

/** A file as it would be. */
interface Edited {
  readonly source: Source;
  readonly file: File;
  /** It has more syntax errors than before. */
  readonly broken: boolean;
  /** Where what stood at an offset stands then. */
  readonly moved: (offset: number) => number;
}

function editedFile(before: Source, spans: readonly Span[], to: string): Edited {
  let text = "";
  let at = 0;
  for (const { start, end } of spans) {
    text += before.text.slice(at, start) + to;
    at = end;
  }
  const source: Source = { uri: before.uri, text: text + before.text.slice(at) };
  const { file, diagnostics } = parse(source);
  const moved = (offset: number): number => spans.reduce((sum, { start, end }) => (end <= offset ? sum + to.length - (end - start) : sum), offset);
  return { source, file, broken: diagnostics.length > parse(before).diagnostics.length, moved };
}
