/** What layers that do not run as meant do to a time that was measured where all layers did. */
import type { Graph } from "../../ir/graph.ts";
import type { Profile } from "../device.ts";
import { kernelSets, supportOf } from "./support.ts";

/**
 * @param graph as deployed, every shape known
 * @returns the doubt; undefined where all layers run as meant, or nothing is known of the kernels
 */
export function elsewhere(graph: Graph, { kernels, precision }: Profile): string | undefined {
  if (kernels === undefined) return undefined;
  if ("status" in kernelSets[kernels].at[precision]) return kernelSets[kernels].at[precision].status === "native" ? undefined : "no layer runs as meant, and what that costs is not known";
  const found = graph.nodes.map((node) => supportOf(kernels, precision, node)).filter(({ status }) => status === "fallback" || status === "unsupported");
  if (found.length === 0) return undefined;
  const names = [...new Set(found.map(({ op }) => `\`${op}\``))];
  const shown = names.length <= NAMED ? names.join(", ") : `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`;
  return `${shown} in ${found.length} layer${found.length === 1 ? "" : "s"} run${names.length === 1 ? "s" : ""} elsewhere than meant, and what that costs is not known`;
}

/** So many operators are named. */
const NAMED = 3;
