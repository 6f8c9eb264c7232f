/** What the README says is so: its network compiles within its budget, its figures are the compiler's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileText, network } from "./library/network.ts";

const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

test("the first network compiles, within its budget", async () => {
  const [, text] = /```lwm\n([\s\S]+?)```/.exec(readme)!;
  const { models, diagnostics } = await compileText(text);
  expect(diagnostics).toEqual([]);
  expect(models).toHaveLength(1);
});

const rows = [...readme.matchAll(/^\| (\w+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|/gm)].map(([, name, ...figures]) => [name, figures.map((f) => Number(f.replaceAll(",", "")))] as const);

test("there is a table of figures", () => expect(rows.length).toBeGreaterThan(5));

test.each(rows)("the figures of %s", async (name, [params, macs, activations]) => {
  const { cost } = await network(name);
  expect({ params: cost.params, macs: cost.macs, activations: cost.activations }).toEqual({ params, macs, activations });
});
