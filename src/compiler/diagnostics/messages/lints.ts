/** Remarks on what is legal and probably not meant. */
import { entry } from "../entry.ts";

export const lintMessages = {
  "unused-layers": entry<{ path: string }>({
    severity: "warning",
    message: ({ path }) => `no output needs \`${path}\`; it is not in the network`,
    explain: "What no output depends on is left out of the network. Add an `output`, use the tensor, or delete the line.",
  }),
  "unused-input": entry<{ name: string }>({
    severity: "warning",
    message: ({ name }) => `no output needs the input \`${name}\`; it is not in the network`,
    explain: "An input that no output depends on is left out of the network, and of what is emitted.",
    wrong: "model M { input y: [3, 8, 8] input x: [3, 8, 8] relu }",
    right: "model M { input y: [3, 8, 8] input x: [3, 8, 8] add(x, y) }",
  }),
};
