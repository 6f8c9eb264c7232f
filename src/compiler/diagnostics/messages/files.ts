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
  "no-such-model": entry<{ name: string; where: string }>({
    severity: "error",
    message: ({ name, where }) => `there is no model \`${name}\` in ${where}`,
    explain:
      "`net.lwm#Name` means a model that the file declares, and `Name` without a file one of the standard library. Blocks are not models: write a " +
      "model around one to compile it.",
  }),
  "no-models": entry<{ file: string }>({
    severity: "error",
    message: ({ file }) => `\`${file}\` has no model that can be compiled as it stands`,
    explain:
      "The command needs a model. A file that only declares blocks has none; a model with parameters that have no default is compiled by saying what they are: " +
      "`'net.lwm#Model(width=0.5)'`.",
  }),
};
