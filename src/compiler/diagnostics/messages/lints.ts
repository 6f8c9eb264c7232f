/** Remarks on what is legal and probably not meant. */
import { entry } from "../entry.ts";

export const lintMessages = {
  "unused-layers": entry<{ path: string }>({
    severity: "warning",
    message: ({ path }) => `no output needs \`${path}\`; it is not in the network`,
    explain: "What no output depends on is left out of the network. Add an `output`, use the tensor, or delete the line.",
  }),
};
