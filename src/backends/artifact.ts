/** What a backend gives back: files that are described first and produced in pieces, so that weights stream. */
import type { Figures } from "../compiler/analyse/figures.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import type { WeightStore } from "./weights/store.ts";

export type { Figures } from "../compiler/analyse/figures.ts";

export interface Artifact {
  /** Relative to the output folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** May be called more than once; each call produces the same bytes. A piece holds until the next is asked for: its memory may be used again. */
  readonly chunks: () => Iterable<Uint8Array>;
}

export interface EmitRequest {
  /** As elaborated: not folded, not fused. The backend runs the passes that it wants. */
  readonly graph: Graph;
  readonly figures: Figures;
  /** The `reading` parameter's value, where the model has one. */
  readonly reading: string | undefined;
  readonly weights: WeightStore;
  /** Class names by list name; undefined where the list is not known. */
  readonly labels: (list: string) => readonly string[] | undefined;
  /** Line and column of a span as text, `mobilenet_v2.lwm:7:3`. */
  readonly at: (span: { readonly file: string; readonly start: number }) => string;
}

export interface Emitted {
  readonly artifacts: readonly Artifact[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A backend is a folder with one of these. Options are its own. */
export interface Backend<Options> {
  readonly name: string;
  readonly emit: (request: EmitRequest, options: Options) => Promise<Emitted>;
  /** Peak bytes of activations alive at once in what this backend emits, batch 1, counted as the language reference's "activations" but over the backend's own operators. */
  readonly activations: (graph: Graph) => number;
}
