/** What stands behind each line of a network while it is written: the shape that the line leaves, and what it costs. */
import { grouped, short } from "../../compiler/analyse/format-figures.ts";
import { showShape } from "../../compiler/ir/shape.ts";
import { foundEdits } from "./holes.ts";
import { placesOf, type KnownPlaces, type Place, type Work } from "./places.ts";
import { layerStatements } from "./statements.ts";
import type { View } from "./view.ts";

export interface Hint {
  /** Behind the statement or row. */
  readonly offset: number;
  /** `[24, 56, 56] · 41.1 M MACs · 10.4 k params` */
  readonly label: string;
  /** The exact figures, and of what. */
  readonly tooltip: string;
}

/** @param range offsets between which hints are wanted */
export function hintsOf(view: View, range: { readonly start: number; readonly end: number }, last?: KnownPlaces): readonly Hint[] {
  const places = placesOf(view, last);
  const hints: Hint[] = [];
  for (const { span } of layerStatements(view.file)) {
    if (span.end < range.start || span.start > range.end) continue;
    const place = places.get(`${span.start}:${span.end}`);
    // An input says its own shape.
    if (place?.shape && !view.source.text.slice(span.start, span.end).endsWith(showShape(place.shape))) hints.push({ offset: span.end, label: labelOf(place), tooltip: tooltipOf(place) });
  }
  for (const { model, found } of view.snapshot.models) {
    for (const { span, text } of foundEdits(view, model.params, found)) {
      if (span.end >= range.start && span.start <= range.end) hints.push({ offset: span.end, label: `= ${text}`, tooltip: `found for ${model.name}` });
    }
  }
  return hints;
}

function labelOf({ shape, first, times }: Place): string {
  const parts = [showShape(shape), ...workText(first, short)];
  return `→ ${parts.join(" · ")}${times > 1 ? ` (first of ${times})` : ""}`;
}

function workText({ macs, params }: Work, shown: (value: number) => string): readonly string[] {
  return [...(macs > 0 ? [`${shown(macs)} MACs`] : []), ...(params > 0 ? [`${shown(params)} ${params === 1 ? "param" : "params"}`] : [])];
}

function tooltipOf({ model, shape, first, all, times, nodes }: Place): string {
  const lines = [`${model}: ${showShape(shape)}`, [...workText(first, grouped), `${grouped(nodes.length)} layer${nodes.length === 1 ? "" : "s"}`].join(", ")];
  if (times > 1) lines.push(`used ${times} times, in all ${workText(all, grouped).join(", ") || "without cost"}`);
  return lines.join("\n");
}
