/** Weights files and binding. */
import { entry } from "../entry.ts";

export const weightMessages = {
  "bad-weights-file": entry<{ file: string; problem: string }>({
    severity: "error",
    message: ({ file, problem }) => `${file}: ${problem}`,
    explain: "The file is not a well-formed safetensors file.",
  }),
};
