/** What a backend cannot express. */
import { entry } from "../entry.ts";

export const backendMessages = {
  "unsupported-operator": entry<{ op: string; backend: string; why: string }>({
    severity: "error",
    message: ({ op, backend, why }) => `the ${backend} backend cannot express \`${op}\`: ${why}`,
    explain: "The backend has no form of this operator with these attributes and shapes.",
  }),
};
