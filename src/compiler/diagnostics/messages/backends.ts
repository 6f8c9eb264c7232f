/** What a backend cannot express. */
import { entry } from "../entry.ts";

export const backendMessages = {
  "unsupported-operator": entry<{ op: string; backend: string; why: string }>({
    severity: "error",
    message: ({ op, backend, why }) => `the ${backend} backend cannot express \`${op}\`: ${why}`,
    explain: "The backend has no form of this operator with these attributes and shapes.",
  }),
  "onnx-too-large": entry<{ model: string; bytes: number }>({
    severity: "error",
    message: ({ model, bytes }) => `\`${model}\` would be an ONNX file of ${bytes.toLocaleString("en")} bytes; a file may have 2,147,483,647 at most`,
    explain:
      "An ONNX file is one protocol buffer, and a protocol buffer ends at 2 GiB: readers keep its length in 31 bits. A network of up to 536 million parameters fits, " +
      "and twice as many with `--weights-as float16`. A narrower network is the other way out.",
  }),
};
