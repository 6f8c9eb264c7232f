/** What elaboration makes of a model: its graph, and the facts that its author states. */
import type { Span } from "../source.ts";
import type { DeviceTarget } from "../devices/device.ts";
import type { Graph, Node } from "../ir/graph.ts";
import type { Shape } from "../ir/shape.ts";

/** A parameter of the model as it was called, for reports and for finding settings that fit. */
export interface ModelParam {
  readonly name: string;
  readonly type: string;
  /** The value as the language would write it. */
  readonly shown: string;
  readonly value: unknown;
  /** From `in low..high step s`, or an enum's options. */
  readonly range?: { readonly low: number; readonly high: number; readonly step: number | undefined };
  readonly options?: readonly string[];
  /** Where the argument stands, if one was written. */
  readonly span?: Span;
}

/** One line of a budget: `params <= 3.5M`. */
export interface Limit {
  /** `params`, `macs`, `flops`, `weights`, `activations` of the network; `ram`, `flash`, `latency`, `energy` of each of its targets. */
  readonly metric: string;
  readonly op: "<=" | "<";
  readonly limit: number;
  readonly span: Span;
}

/** What a search for holes is to find: `maximize macs`. The first counts most. */
export interface Aim {
  readonly direction: "maximize" | "minimize";
  readonly metric: string;
  readonly span: Span;
}

/** `width = ?`: a parameter whose value is left to be found. */
export interface Hole {
  readonly name: string;
  /** The `?`. */
  readonly span: Span;
}

/** One execution of a statement or of a table's row. */
export interface Execution {
  /** Of the statement or the row. */
  readonly span: Span;
  /** What it made: `nodes` of the trace from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  /** Of the tensor that it left; undefined where it left none, or none that is known. */
  readonly shape: Shape | undefined;
}

/** What each statement of a file made in a model, for editors. */
export interface Trace {
  /** Also what no output needs, and what was made before and after a mistake. */
  readonly nodes: readonly Node[];
  /** In the order in which they ended. */
  readonly executions: readonly Execution[];
}

/** Values of parameters by name. */
export type InputValues = Readonly<Record<string, number | boolean>>;

/** An input's shape under other values of parameters; undefined where it would be a mistake. */
export type InputShape = (values: InputValues) => Shape | undefined;

export interface InputSizes {
  /** Whether a parameter changes the inputs' shapes and nothing else. */
  readonly holds: (param: string) => boolean;
  /** The shapes of the graph's inputs, in their order; undefined where one would be a mistake. */
  readonly shapes: (values: InputValues) => readonly Shape[] | undefined;
}

export interface Model {
  readonly name: string;
  readonly file: string;
  /** The model's name where it is declared. */
  readonly span: Span;
  readonly graph: Graph;
  /** Only where it was asked for. */
  readonly trace?: Trace;
  /** Without errors: every shape is known. */
  readonly complete: boolean;
  /** The value of a parameter called `reading`, which every report prints. */
  readonly reading: string | undefined;
  readonly params: readonly ModelParam[];
  /** How the inputs' shapes follow from parameters; undefined where the expansion itself may hang on the inputs' sizes. */
  readonly inputSizes?: InputSizes | undefined;
  readonly limits: readonly Limit[];
  /** The devices that it is for. */
  readonly targets: readonly DeviceTarget[];
  readonly aims: readonly Aim[];
  /** Still to be found; meanwhile they have their parameter's default, or the lowest value of its range. */
  readonly holes: readonly Hole[];
  /**
   * The same model with other arguments (`{ width: 0.75 }`), silently: undefined where that does not compile. Budgets
   * use it to find the nearest setting that fits.
   */
  readonly vary: (overrides: Readonly<Record<string, number | string | boolean>>, trace?: boolean) => Model | undefined;
  /** What its layers, and those of its variations, follow from: the same for the same text of the same program. */
  readonly written: { readonly program: object; readonly text: () => string };
}
