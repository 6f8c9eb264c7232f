/** How much of a network each line of a file is, for colours beside the text. */
import { layerStatements } from "./statements.ts";
import { placesOf, type KnownPlaces, type Place } from "./places.ts";
import { within } from "./tree.ts";
import type { View } from "./view.ts";
import type { Span } from "../../compiler/source.ts";

export interface Heat {
  readonly span: Span;
  readonly model: string;
  /** Of the model's MACs and parameters, from 0 to 1. */
  readonly macs: number;
  readonly params: number;
}

/** Only of the innermost lines: what holds others is as hot as they are together. */
export function heatOf(view: View, last?: KnownPlaces): readonly Heat[] {
  const places = placesOf(view, last);
  const lines = layerStatements(view.file);
  const found: Heat[] = [];
  for (const [i, { span }] of lines.entries()) {
    const next = lines[i + 1];
    if (next && within(next.span, span)) continue;
    const place = places.get(`${span.start}:${span.end}`);
    const total = place && totalsOf(view, place);
    if (!place || !total) continue;
    found.push({ span, model: place.model, macs: share(place.all.macs, total.macs), params: share(place.all.params, total.params) });
  }
  return found;
}

function totalsOf({ snapshot }: View, { model }: Place): { readonly macs: number; readonly params: number } | undefined {
  return snapshot.models.find((compiled) => compiled.model.name === model)?.cost;
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
