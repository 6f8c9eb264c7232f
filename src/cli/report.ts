/** Diagnostics on stderr, and whether they let a command go on. */
import { hasErrors, type Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Source } from "../compiler/source.ts";
import { colored, err } from "./output.ts";

/** The text of a file that a diagnostic speaks of. */
export type Sources = (uri: string) => Source | undefined;

/** Renders what was found; the renderer is loaded only if there is something. @returns whether there are errors */
export async function report(diagnostics: readonly Diagnostic[], sources: Sources): Promise<boolean> {
  if (diagnostics.length > 0) {
    const { renderAll } = await import("../compiler/diagnostics/render.ts");
    err(`${renderAll(diagnostics, sources, { color: colored("stderr") }).trimEnd()}\n`);
    err(`\n${tally(diagnostics)}\n`);
  }
  return hasErrors(diagnostics);
}

/** `2 errors, 1 warning` */
function tally(diagnostics: readonly Diagnostic[]): string {
  const parts = (["error", "warning", "info"] as const).map((severity) => {
    const count = diagnostics.filter((d) => d.severity === severity).length;
    return count === 0 ? "" : `${count.toLocaleString("en")} ${severity}${count === 1 || severity === "info" ? "" : "s"}`;
  });
  return parts.filter((part) => part !== "").join(", ");
}

/** The same as data, for `--json`. */
export async function diagnosticsAsJson(diagnostics: readonly Diagnostic[], sources: Sources): Promise<readonly unknown[]> {
  if (diagnostics.length === 0) return [];
  const { toJson } = await import("../compiler/diagnostics/render.ts");
  return diagnostics.map((d) => toJson(d, sources));
}
