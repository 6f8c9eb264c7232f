/** One kind of message: its severity, its headline, and what `lwmc explain CODE` says of it. */
export interface Entry<H> {
  readonly severity: Severity;
  /** The headline, without the code and without a full stop. Names from the source stand in backticks. */
  readonly message: (holes: H) => string;
  /** A paragraph: what is wrong, why it is an error, the way out. */
  readonly explain: string;
  /** A small `.lwm` text that causes it, and the same text mended. A test compiles both. */
  readonly wrong?: string;
  readonly right?: string;
}

export type Severity = "error" | "warning" | "info";

export function entry<H = Record<never, never>>(value: Entry<H>): Entry<H> {
  return value;
}
