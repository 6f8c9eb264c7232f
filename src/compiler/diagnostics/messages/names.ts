/** Names: unknown, repeated, hidden, or of the wrong kind. */
import { entry } from "../entry.ts";

export const nameMessages = {
  "unknown-name": entry<{ name: string; what: string }>({
    severity: "error",
    message: ({ name, what }) => `unknown ${what} \`${name}\``,
    explain: "Nothing of this name is in scope: not in this file, not among its imports, not in the standard library, and no operator is called so.",
    wrong: "model M { input x: [3, 8, 8] convv2d(4) }",
    right: "model M { input x: [3, 8, 8] conv2d(4) }",
  }),
};
