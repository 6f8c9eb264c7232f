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
  "unknown-class-list": entry<{ list: string; known: string }>({
    severity: "warning",
    message: ({ list, known }) => `there is no list of class names \`${list}\`; there are ${known}`,
    explain: "`labels` names a list of class names that the compiler knows. With another word the output's classes have numbers only.",
    wrong: 'model M { input x: [3, 8, 8] output y(labels="digit"): global_avgpool -> dense(10) }',
    right: 'model M { input x: [3, 8, 8] output y(labels="digits"): global_avgpool -> dense(10) }',
  }),
  "class-count": entry<{ list: string; count: number; offset: number; classes: number }>({
    severity: "warning",
    message: ({ list, count, offset, classes }) => `the list \`${list}\` has ${count} names${offset === 0 ? "" : `, from class ${offset} on`}; the output has ${classes} classes`,
    explain: "A list of class names must be as long as the output, after the `offset` of classes without a name. Otherwise names would stand at wrong classes.",
    wrong: 'model M { input x: [3, 8, 8] output y(labels="digits"): global_avgpool -> dense(12) }',
    right: 'model M { input x: [3, 8, 8] output y(labels="digits"): global_avgpool -> dense(10) }',
  }),
};
