/** A compiled model as backends take it. */
import type { EmitRequest } from "../backends/artifact.ts";
import { figuresOf } from "../compiler/analyse/figures.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import { positionAt, type Source } from "../compiler/source.ts";
import { labels } from "./labels.ts";

/** @param named what artifacts call a file, in the places that lead back to its lines */
export function emitRequest(compiled: Pick<CompiledModel, "model" | "cost">, weights: EmitRequest["weights"], sourceOf: (uri: string) => Source | undefined, named = (file: string): string => file): EmitRequest {
  return {
    ...described(compiled),
    weights,
    at: ({ file, start }) => {
      const source = sourceOf(file);
      if (!source) return named(file);
      const { line, column } = positionAt(source, start);
      return `${named(file)}:${line}:${column}`;
    },
  };
}

/** What declarations need of it, without weights. */
export function described({ model, cost }: Pick<CompiledModel, "model" | "cost">): Omit<EmitRequest, "weights" | "at"> {
  return { graph: model.graph, figures: figuresOf(cost), reading: model.reading, labels };
}
