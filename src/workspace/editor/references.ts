/** All mentions of a name, and giving it another one. */
import type { TextEdit } from "../../compiler/diagnostics/diagnostic.ts";
import type { Span } from "../../compiler/source.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { LIBRARY_PREFIX } from "../library.ts";
import { mentionAt, namesOf, type Mention, type Named } from "./names.ts";
import { viewOf, type View } from "./view.ts";

/** In this file and in every other that is open. */
export function referencesAt(view: View, offset: number, withDeclaration: boolean): readonly Span[] {
  const named = mentionAt(namesOf(view.workspace, view.file, view.snapshot), offset)?.named;
  if (!named) return [];
  return mentionsOf(view, named).filter(({ declares }) => withDeclaration || !declares).map(({ span }) => span);
}

/** Within the file of the question: what an editor marks beside the cursor. */
export function highlightsAt(view: View, offset: number): readonly Mention[] {
  const { mentions } = namesOf(view.workspace, view.file, view.snapshot);
  const named = mentionAt({ mentions } as ReturnType<typeof namesOf>, offset)?.named;
  return named ? mentions.filter((mention) => mention.named.key === named.key) : [];
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
 * must mean what it meant before.
 */
export function renameAt(view: View, offset: number, to: string): readonly TextEdit[] | Refusal {
  const able = renamable(view, offset);
  if ("refused" in able) return able;
  if (!/^[A-Za-z_]\w*$/.test(to)) return { refused: `\`${to}\` is not a name: names are made of letters, digits and \`_\`, and do not begin with a digit` };
  if (to === able.name) return [];
  const { named } = mentionAt(namesOf(view.workspace, view.file, view.snapshot), offset)!;
  const mentions = mentionsOf(view, named);
  const clash = clashOf(view, named, mentions, to);
  return clash === undefined ? mentions.map(({ span }) => ({ span, text: to })) : { refused: clash };
}

function clashOf(view: View, named: Named, mentions: readonly Mention[], to: string): string | undefined {
  const { workspace } = view;
  for (const uri of new Set(mentions.map(({ span }) => span.file))) {
    const before = viewOf(workspace, uri);
    if (!before) continue;
    const own = mentions.filter(({ span }) => span.file === uri).sort((a, b) => a.span.start - b.span.start);
    const edited = replaced(before.source.text, own.map(({ span }) => span), to);
    const { file, diagnostics } = parse({ uri, text: edited.text });
    const names = namesOf(workspace, before.file, before.snapshot);
    if (diagnostics.length > 0 && diagnostics.length > parse(before.source).diagnostics.length) return `\`${to}\` means something else in the language`;
    const after = namesOf(renamedWorkspace(view, uri, file, edited.text), file, { ...before.snapshot });
    // Each mention must still be there, and mean the same thing: its declaration, moved as the text around it moved.
    const expected = names.mentions.map((mention) => describe(mention, uri, edited.moved, named, to));
    const found = new Set(after.mentions.map((mention) => describe(mention, uri, (offset) => offset, named, to)));
    if (expected.some((each) => !found.has(each)) || after.mentions.length !== names.mentions.length || doubled(after.mentions)) return `\`${to}\` would clash with another name`;
  }
  return undefined;
}

/** Two declarations of one name in one body, which elaboration refuses. */
function doubled(mentions: readonly Mention[]): boolean {
  const declared = mentions.filter(({ declares }) => declares);
  const tops = declared.filter(({ named }) => named.declaration).map(({ named }) => named.name);
  return new Set(tops).size < tops.length;
}

function describe({ span, named, declares }: Mention, uri: string, moved: (offset: number) => number, renamed: Named, to: string): string {
  const name = named.key === renamed.key ? to : named.name;
  const at = named.span === undefined ? named.key : named.span.file === uri ? String(moved(named.span.start)) : named.key;
  return `${moved(span.start)} ${name} ${at} ${declares}`;
}

function replaced(text: string, spans: readonly Span[], to: string): { readonly text: string; readonly moved: (offset: number) => number } {
  let result = "";
  let at = 0;
  for (const { start, end } of spans) {
    result += text.slice(at, start) + to;
    at = end;
  }
  const moved = (offset: number): number => {
    let shift = 0;
    for (const { start, end } of spans) if (end <= offset) shift += to.length - (end - start);
    return offset + shift;
  };
  return { text: result + text.slice(at), moved };
}

/** The workspace with one file's text replaced. */
function renamedWorkspace({ workspace }: View, uri: string, file: View["file"], text: string): View["workspace"] {
  return { ...workspace, file: (other) => (other === uri ? file : workspace.file(other)), source: (other) => (other === uri ? { uri, text } : workspace.source(other)) };
}
