/**
 * Every network of a space by its figures, without its layers. A survey is kept for as long as the text stands from which the networks follow, so that
 * an edit elsewhere in the file, or of a limit, expands none of them again.
 */
import type { Model } from "../elaborate/model.ts";
import { networks, type Network } from "./networks.ts";
import type { Axis } from "./space.ts";

export type Surveyed = Pick<Network, "values" | "rank" | "figures" | "kinds"> & { readonly largest: number };

/** Surveys that are kept for each program: the last ones, of so many networks at most. */
const KEPT = { surveys: 8, networks: 1000 } as const;

const kept = new WeakMap<object, Map<string, readonly Surveyed[]>>();

/** The networks that compile, by rank. */
export function survey(model: Model, axes: readonly Axis[]): readonly Surveyed[] {
  const { program, text } = model.written;
  const key = `${text()}\n${JSON.stringify(axes)}`;
  let surveys = kept.get(program);
  if (!surveys) kept.set(program, (surveys = new Map()));
  const made = surveys.get(key) ?? surveyed(model, axes);
  surveys.delete(key);
  if (made.length <= KEPT.networks) surveys.set(key, made);
  if (surveys.size > KEPT.surveys) surveys.delete(surveys.keys().next().value!);
  return made;
}

function surveyed(model: Model, axes: readonly Axis[]): readonly Surveyed[] {
  const all: Surveyed[] = [];
  for (const { values, rank, figures, kinds, largest } of networks(model, axes)) all.push({ values, rank, figures, kinds, largest: largest() });
  return all.sort((a, b) => a.rank - b.rank);
}
