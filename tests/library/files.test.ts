/** Every file of the library and of the examples: it parses, it is formatted, it says what it is, and its models compile. */
import { describe, expect, test } from "vitest";
import { format } from "../../src/compiler/syntax/format.ts";
import { parse } from "../../src/compiler/syntax/parse.ts";
import { compileText, lwmFiles, textOf } from "./network.ts";

for (const folder of ["stdlib", "examples"] as const) {
  describe(folder, () => {
    for (const path of lwmFiles(folder)) {
      test(path, async () => {
        const text = textOf(folder, path);
        const { file, diagnostics } = parse({ uri: path, text });
        expect(diagnostics).toEqual([]);
        expect(file.declarations.filter((d) => folder === "stdlib" && d.doc === undefined).map((d) => d.name.name)).toEqual([]);

        expect(format({ uri: path, text }).text).toBe(text);

        const checked = await compileText(text);
        expect(checked.diagnostics).toEqual([]);
        expect(checked.models.map(({ model }) => model.name)).toEqual(compilable(file));
      });
    }
  });
}

/** Models that need no arguments. */
function compilable(file: ReturnType<typeof parse>["file"]): readonly string[] {
  return file.declarations.flatMap((d) => (d.kind === "model" && d.params.every((p) => p.default) ? [d.name.name] : []));
}

test("a block is in no file but its own, and is not named twice", () => {
  const names = lwmFiles("stdlib").flatMap((path) => parse({ uri: path, text: textOf("stdlib", path) }).file.declarations.map((d) => d.name.name));
  expect(names.length).toBe(new Set(names).size);
  for (const path of lwmFiles("stdlib").filter((p) => p.startsWith("blocks/"))) {
    expect(parse({ uri: path, text: textOf("stdlib", path) }).file.declarations.map((d) => `blocks/${d.name.name}.lwm`)).toEqual([path]);
  }
});
