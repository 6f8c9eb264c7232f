/** The devices that a file declares, without any network. */
import type { Device } from "../devices/device.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { Program } from "./domains.ts";
import { evaluate } from "./evaluate.ts";
import { fileScopes } from "./names.ts";
import { newRun, rootFrame } from "./scope.ts";
import { isKind } from "./values.ts";

/** @param report where mistakes in them go; a device with a mistake is left out */
export function devicesIn(program: Program, uri: string, report: Report): readonly Device[] {
  const file = program.file(uri);
  if (!file) return [];
  const scopeOf = fileScopes(program, report);
  const frame = rootFrame(newRun({ report, program, scopeOf }), scopeOf(file));
  return file.declarations.flatMap((declaration) => {
    if (declaration.kind !== "let") return [];
    const value = evaluate({ kind: "name", name: declaration.name.name, span: declaration.name.span }, frame);
    return isKind(value, "device") ? [value.device] : [];
  });
}
