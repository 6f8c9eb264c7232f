/** The values that a search finds for a model's holes, as edits. */
import type { TextEdit } from "../../compiler/diagnostics/diagnostic.ts";
import type { View } from "./view.ts";

export type Filled = { readonly edits: readonly TextEdit[]; readonly said: string } | { readonly refused: string };

/** Searches all settings of the holes; the search is loaded when it is first asked for. */
export async function fillHoles(view: View, name: string): Promise<Filled> {
  const compiled = view.snapshot.models.find(({ model }) => model.name === name);
  if (!compiled) return { refused: `\`${name}\` cannot be compiled as it stands` };
  const { model } = compiled;
  const { fitHoles } = await import("../../compiler/search/fit.ts");
  const { pricingOn } = await import("../../compiler/search/pricing.ts");
  const found = fitHoles(model, pricingOn(model.targets));
  if (found.kind === "too-many") return { refused: `there are ${found.settings} settings, and at most ${found.most} are searched` };
  if (found.kind === "nothing") return { refused: `none of ${found.settings} settings keeps the budget of \`${name}\`` };
  const { values } = found.best;
  const edits = model.holes.flatMap((hole) => (hole.span.file === view.uri && values[hole.name] !== undefined ? [{ span: hole.span, text: String(values[hole.name]) }] : []));
  return { edits, said: `the best of ${found.settings} settings` };
}
