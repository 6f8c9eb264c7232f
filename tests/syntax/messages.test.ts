import { expect, test } from "vitest";
import type { Entry } from "../../src/compiler/diagnostics/entry.ts";
import { syntaxMessages } from "../../src/compiler/diagnostics/messages/syntax.ts";
import { parse } from "../../src/compiler/syntax/parse.ts";
import { source } from "./sources.ts";

const examples = Object.entries(syntaxMessages as Record<string, Entry<never>>).filter(([, entry]) => entry.wrong !== undefined);

test.each(examples)("%s: its example causes it alone, and the mended one nothing", (code, { wrong, right }) => {
  expect(parse(source(wrong!)).diagnostics.map((d) => d.code)).toEqual([code]);
  expect(parse(source(right!)).diagnostics).toEqual([]);
});
