/**
 * Every message that the compiler can give, in one typed table. A family of messages is a file; a new family is a line here.
 */
import type { Entry } from "./entry.ts";
import { syntaxMessages } from "./messages/syntax.ts";
import { nameMessages } from "./messages/names.ts";
import { valueMessages } from "./messages/values.ts";
import { shapeMessages } from "./messages/shapes.ts";
import { costMessages } from "./messages/costs.ts";
import { lintMessages } from "./messages/lints.ts";
import { backendMessages } from "./messages/backends.ts";
import { weightMessages } from "./messages/weights.ts";
import { fileMessages } from "./messages/files.ts";
import { deviceMessages } from "./messages/devices.ts";

export const catalogue = {
  ...syntaxMessages,
  ...nameMessages,
  ...valueMessages,
  ...shapeMessages,
  ...costMessages,
  ...lintMessages,
  ...backendMessages,
  ...weightMessages,
  ...fileMessages,
  ...deviceMessages,
};

export type Code = keyof typeof catalogue;

/** What the message of a code needs to be told. */
export type Holes<C extends Code> = (typeof catalogue)[C] extends Entry<infer H> ? H : never;
