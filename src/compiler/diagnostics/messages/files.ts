/** Files and imports. */
import { entry } from "../entry.ts";

export const fileMessages = {
  "file-not-found": entry<{ file: string }>({
    severity: "error",
    message: ({ file }) => `there is no file \`${file}\``,
    explain: "The file named on the command line or in an import does not exist. Imports are relative to the file they stand in.",
  }),
  "unreadable-file": entry<{ file: string; problem: string }>({
    severity: "error",
    message: ({ file, problem }) => `cannot read \`${file}\`: ${problem}`,
    explain: "The file is there, but it is a folder, too large, or the system does not let it be read. Nothing is guessed about what it might hold.",
  }),
};
