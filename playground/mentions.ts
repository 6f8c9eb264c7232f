/** Of the names in the text: what a call takes, where a name is declared, where else it stands, and another for it. */
import { definitionAt } from "../src/workspace/editor/definition.ts";
import { referencesAt, renamable, renameAt } from "../src/workspace/editor/references.ts";
import { signatureAt } from "../src/workspace/editor/signature.ts";
import type { View } from "../src/workspace/editor/view.ts";
import type { Answer, Ask, Refused } from "./protocol.ts";
import { edits, FILE, type Session } from "./session.ts";

async function written(session: Session, text: string): Promise<View> {
  await session.readDevices();
  await session.edit(text);
  return session.view()!;
}

export async function signature(session: Session, { text, at }: Ask<"signature">): Promise<Answer<"signature">> {
  return signatureAt(await written(session, text), at);
}

export async function definition(session: Session, { text, uri, at }: Ask<"definition">): Promise<Answer<"definition">> {
  const own = await written(session, text);
  const view = uri === undefined ? own : session.view(uri)!;
  const found = definitionAt(view, at);
  if (!found) return nameless(view, at);
  const { file, start: from, end: to } = found.to;
  return file === FILE ? { from, to } : { uri: file, text: session.workspace().source(file)!.text, from, to };
}

export async function references(session: Session, { text, at }: Ask<"references">): Promise<Answer<"references">> {
  const view = await written(session, text);
  const found = referencesAt(view, at, true).filter(({ file }) => file === FILE);
  return found.length === 0 ? nameless(view, at) : found.map(({ start: from, end: to }) => ({ from, to }));
}

/** The name as it stands at an offset, where it may be given another. */
export async function writtenName(session: Session, { text, at }: Ask<"renamable">): Promise<Answer<"renamable">> {
  const view = await written(session, text);
  const found = renamable(view, at);
  if ("refused" in found) return found;
  const home = definitionAt(view, at)?.to.file;
  return home === FILE ? { from: found.span.start, to: found.span.end } : { refused: `\`${found.name}\` is declared in ${home}` };
}

export async function rename(session: Session, { text, at, name }: Ask<"rename">): Promise<Answer<"rename">> {
  const found = await renameAt(await written(session, text), at, name);
  return "refused" in found ? found : edits(found);
}

function nameless(view: View, at: number): Refused {
  const found = renamable(view, at);
  return { refused: "refused" in found ? found.refused : `nothing declares \`${found.name}\`` };
}
