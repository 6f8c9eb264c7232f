/** What the page asks of the compiler in its worker, and what it gets: plain data, places as offsets into the text. */
import type { Figures } from "../src/compiler/analyse/figures.ts";
import type { Network } from "../src/workspace/editor/network.ts";
import type { Convention } from "../src/compiler/analyse/conventions.ts";
import type { Ranked } from "../src/workspace/ranking.ts";

export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export interface Problem {
  readonly from: number;
  readonly to: number;
  readonly severity: "error" | "warning" | "info";
  readonly code: string;
  readonly message: string;
  readonly notes: readonly string[];
  readonly fixes: readonly { readonly title: string; readonly edits: readonly Edit[] }[];
}

export interface Hint {
  readonly at: number;
  readonly label: string;
  readonly tooltip: string;
}

export interface Row {
  readonly path: string;
  readonly what: string;
  readonly shape: string;
  readonly params: number;
  readonly macs: number;
  /** Bytes. */
  readonly weights: number;
  /** Where the text makes it; undefined for what the library makes by itself. */
  readonly from: number | undefined;
}

export const LEVELS = ["stage", "block", "layer"] as const;
export type Level = (typeof LEVELS)[number];

export interface ModelCosts extends Figures {
  readonly name: string;
  readonly doc: string | undefined;
  readonly inputs: string;
  readonly outputs: string;
  /** Where the most bytes are alive. */
  readonly peak: string;
  /** Budgets and holes, in words. */
  readonly remarks: readonly string[];
  readonly rows: Readonly<Record<Level, readonly Row[]>>;
  readonly network: Network;
  /** From the layer or input that makes a tensor to each that reads it. */
  readonly edges: readonly (readonly [string, string])[];
  readonly targets: readonly TargetFigures[];
}

export interface TargetFigures {
  readonly shown: string;
  readonly title: string;
  readonly profile: string;
  readonly rows: readonly { readonly name: string; readonly value: string; readonly note: string }[];
  readonly doubts: readonly string[];
  readonly sources: readonly string[];
  /** Seconds; undefined where nothing was measured. */
  readonly latency: number | undefined;
}

export interface State {
  readonly problems: readonly Problem[];
  readonly hints: readonly Hint[];
  readonly models: readonly ModelCosts[];
}

/** What can be chosen as a target: `stm32h747(precision=int8)` under its title. */
export interface DeviceChoice {
  readonly title: string;
  readonly profiles: readonly { readonly target: string; readonly profile: string }[];
}

export interface Suggestion {
  readonly label: string;
  readonly kind: string;
  readonly detail: string;
  readonly doc: string | undefined;
  readonly insert: string;
  readonly rank: number;
}

/** The parameters of a call, and which of them is being written. */
export interface Signature {
  readonly text: string;
  readonly doc: string | undefined;
  /** Where each stands in the text. */
  readonly parameters: readonly { readonly place: readonly [number, number]; readonly doc: string | undefined }[];
  readonly active: number | undefined;
}

/** A place in a file that is not being edited: the library's, or an example's that is imported. */
export interface Elsewhere {
  readonly uri: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** In words, why there is no answer. */
export interface Refused {
  readonly refused: string;
}

export interface MadeFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** `weights`: the checkpoint alone. */
export type Backend = "onnx" | "tfjs" | "weights";

export interface Made {
  readonly files: readonly MadeFile[];
  /** Of the weights. */
  readonly origin: string;
  /** In words, why there are no files. */
  readonly refused: readonly string[];
}

/** A tensor of a runtime: values in `[channels, height, width]`. */
export interface Fed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Requests {
  /** `target` stands in place of those that the text names; empty: theirs. */
  readonly state: { readonly ask: { readonly text: string; readonly target: string }; readonly answer: State };
  readonly hover: { readonly ask: { readonly at: number }; readonly answer: { readonly from: number; readonly to: number; readonly text: string } | undefined };
  readonly complete: { readonly ask: { readonly text: string; readonly at: number }; readonly answer: { readonly from: number; readonly to: number; readonly items: readonly Suggestion[] } };
  readonly signature: { readonly ask: { readonly text: string; readonly at: number }; readonly answer: Signature | undefined };
  /** Of a name in the text, or in the file `uri`. */
  readonly definition: { readonly ask: { readonly text: string; readonly uri: string | undefined; readonly at: number }; readonly answer: Elsewhere | { readonly from: number; readonly to: number } | Refused };
  /** Where a name stands in the text. */
  readonly references: { readonly ask: { readonly text: string; readonly at: number }; readonly answer: readonly { readonly from: number; readonly to: number }[] | Refused };
  readonly renamable: { readonly ask: { readonly text: string; readonly at: number }; readonly answer: { readonly from: number; readonly to: number } | Refused };
  readonly rename: { readonly ask: { readonly text: string; readonly at: number; readonly name: string }; readonly answer: readonly Edit[] | Refused };
  readonly format: { readonly ask: { readonly text: string }; readonly answer: readonly Edit[] };
  readonly conventions: { readonly ask: { readonly model: string }; readonly answer: readonly Convention[] };
  readonly devices: { readonly ask: Record<string, never>; readonly answer: readonly DeviceChoice[] };
  /** An SVG of the memory plan. */
  readonly memory: { readonly ask: { readonly model: string }; readonly answer: string };
  /** Artifacts, or of them only what a run takes; the weights are those of a safetensors file, or random. */
  readonly make: { readonly ask: { readonly model: string; readonly backend: Backend; readonly toRun: boolean; readonly weights: { readonly name: string; readonly bytes: Uint8Array } | undefined }; readonly answer: Made };
  /** A picture as the model's input; `missing` says what the model does not. */
  readonly feed: { readonly ask: { readonly model: string; readonly width: number; readonly height: number; readonly rgba: Uint8Array }; readonly answer: { readonly input: Fed; readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[]; readonly remark: string } };
  readonly rank: { readonly ask: { readonly model: string; readonly output: string; readonly values: Float32Array }; readonly answer: readonly Ranked[] | undefined };
  readonly predict: { readonly ask: { readonly model: string; readonly runtime: string }; readonly answer: TargetFigures | undefined };
}

export type Kind = keyof Requests;
export type Ask<K extends Kind> = Requests[K]["ask"];
export type Answer<K extends Kind> = Requests[K]["answer"];

export interface Asked {
  readonly id: number;
  readonly kind: Kind;
  readonly ask: unknown;
}

export interface Answered {
  readonly id: number;
  readonly answer?: unknown;
  /** Our own fault, in words. */
  readonly failed?: string;
}
