/** What a search finds for a model's holes, as edits. */
import type { TextEdit } from "../../compiler/diagnostics/diagnostic.ts";
import { fillHoles as search } from "../../compiler/fill-holes.ts";
import type { ModelParam } from "../../compiler/elaborate/model.ts";
import type { View } from "./view.ts";

export type Filled = { readonly edits: readonly TextEdit[] } | { readonly refused: string };

/** Searches all settings of a model whose holes were left open while it is written. */
export function fillHoles(view: View, name: string): Filled {
  const model = view.snapshot.models.find((compiled) => compiled.model.name === name)?.model;
  if (!model) return { refused: `\`${name}\` cannot be compiled as it stands` };
  const { found, diagnostics } = search(model);
  const [problem] = diagnostics;
  return problem ? { refused: problem.message } : { edits: foundEdits(view, model.params, found) };
}

/** What was found, written in place of each `?` of the file. */
export function foundEdits({ source, uri }: View, params: readonly ModelParam[], found: readonly { readonly name: string; readonly shown: string }[]): readonly TextEdit[] {
  return found.flatMap(({ name, shown }) => {
    const span = params.find((param) => param.name === name)?.span;
    return span?.file === uri && source.text.slice(span.start, span.end) === "?" ? [{ span, text: shown }] : [];
  });
}
