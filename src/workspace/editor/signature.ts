/** The parameters of the call around the cursor, and which of them is being written. */
import { builtInCallable, signatureText, type Callable } from "./callables.ts";
import { callAt, cursorAt, type OpenCall } from "./cursor.ts";
import { prose } from "./describe.ts";
import { INPUT, OUTPUT } from "./named.ts";
import { namesOf, type Names } from "./names.ts";
import type { View } from "./view.ts";

export interface SignatureHelp {
  readonly text: string;
  readonly doc: string | undefined;
  /** Where each parameter stands in the text, and what is said of it. */
  readonly parameters: readonly { readonly place: readonly [number, number]; readonly doc: string | undefined }[];
  /** Undefined where it is none of them. */
  readonly active: number | undefined;
}

export function signatureAt(view: View, offset: number): SignatureHelp | undefined {
  const cursor = cursorAt(view.source, offset);
  if (cursor.inComment) return undefined;
  const names = namesOf(view.workspace, view.file, view.snapshot);
  for (let depth = -1; -depth <= cursor.open.length; depth--) {
    if (cursor.before[cursor.open.at(depth)!].image === "{") return undefined;
    const call = callAt(cursor, depth);
    const callable = call && callableAt(names, call, offset);
    if (!call || !callable) continue;
    const { text, places } = signatureText(callable);
    const position = call.position - (callable.tensors === undefined ? 0 : callable.parameters.length + 1);
    const index = call.named === undefined ? position : callable.parameters.findIndex(({ name }) => name === call.named);
    return {
      text,
      doc: callable.doc === undefined ? undefined : prose(callable.doc),
      parameters: callable.parameters.map(({ doc }, i) => ({ place: places[i], doc })),
      active: index >= 0 && index < callable.parameters.length ? index : undefined,
    };
  }
  return undefined;
}

/** What the word in front of a bracket takes, where it is a call and no declaration. */
export function callableAt(names: Names, { callee, word }: OpenCall, offset: number): Callable | undefined {
  if (word?.image === "model" || word?.image === "block") return undefined;
  if (word?.image === "input") return INPUT;
  if (word?.image === "output") return OUTPUT;
  const bound = names.bindings.findLast(({ named, from, to }) => named.name === callee.image && from <= offset && offset <= to)?.named;
  return names.callable(bound ?? names.lookUp(callee.image)) ?? builtInCallable(callee.image);
}
