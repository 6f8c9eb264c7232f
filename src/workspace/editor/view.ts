/** What every question of an editor is asked about: a file as it stands, and what the compiler says of it. */
import type { Source } from "../../compiler/source.ts";
import type { Declaration, File } from "../../compiler/syntax/ast.ts";
import type { Snapshot, Workspace } from "../workspace.ts";

export interface View {
  readonly workspace: Workspace;
  readonly uri: string;
  readonly source: Source;
  readonly file: File;
  readonly snapshot: Snapshot;
}

/** A file that is open, or the library's; undefined for another. */
export function viewOf(workspace: Workspace, uri: string): View | undefined {
  const source = workspace.source(uri);
  const file = workspace.file(uri);
  return source && file ? { workspace, uri, source, file, snapshot: workspace.snapshot(uri, { trace: true }) } : undefined;
}

/** The declaration that an offset lies in. */
export function declarationAt(file: File, offset: number): Declaration | undefined {
  return file.declarations.find(({ span }) => span.start <= offset && offset <= span.end);
}

/** A declaration's place without the documentation above it: from its first word. */
export function startOf(source: Source, { span, kind }: Declaration): number {
  const text = source.text.slice(span.start, span.end);
  const found = new RegExp(`^[ \\t]*${kind}\\b`, "m").exec(text);
  return found ? span.start + found.index + found[0].length - kind.length : span.start;
}
