/** What cannot be read: tokens, brackets, statements, tables. */
import { entry } from "../entry.ts";

export const syntaxMessages = {
  "unexpected-token": entry<{ found: string; expected: string }>({
    severity: "error",
    message: ({ found, expected }) => `expected ${expected}, found ${found}`,
    explain: "The text does not follow the grammar at this place.",
  }),
};
