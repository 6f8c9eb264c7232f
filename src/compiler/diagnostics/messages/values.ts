/** Values and types known at compile time: numbers, units, arguments, ranges. */
import { entry } from "../entry.ts";

export const valueMessages = {
  "type-mismatch": entry<{ expected: string; found: string }>({
    severity: "error",
    message: ({ expected, found }) => `expected ${expected}, found ${found}`,
    explain: "The value is of another type than the place where it stands wants.",
  }),
};
