/** Every network and device in the language reference compiles. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileText } from "./network.ts";

const manual = readFileSync(new URL("../../docs/language.md", import.meta.url), "utf8");
const samples = [...manual.matchAll(/^```lwm\n([\s\S]*?)^```$/gm)].map(([, text]) => text);

for (const text of samples) {
  test(/^(?:model|let) \w+/m.exec(text)![0], async () => {
    const { models, diagnostics } = await compileText(text);
    expect(diagnostics.map((d) => `${d.code}: ${d.message}`)).toEqual([]);
    expect(models.length > 0).toBe(/^model /m.test(text));
  });
}
