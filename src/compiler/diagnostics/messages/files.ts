/** Files and imports. */
import { entry } from "../entry.ts";

export const fileMessages = {
  "file-not-found": entry<{ file: string }>({
    severity: "error",
    message: ({ file }) => `there is no file \`${file}\``,
    explain: "The file named on the command line or in an import does not exist. Imports are relative to the file they stand in.",
  }),
};
